/** Requests as the venue documents them, their weights, and what answers mean. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BookUpdate } from '#book';
import { XylenError } from '#core';
import type { HistoryRange } from '../market/index.ts';
import { BINANCE_SPOT, BINANCE_USDM, BINANCEUS_SPOT } from './index.ts';
import { BTCUSDT } from './test/frames.ts';
import { RecordingSink } from './test/recording-sink.ts';

const USDM = BINANCE_USDM.rest(BINANCE_USDM.hosts);
const SPOT = BINANCE_SPOT.rest(BINANCE_SPOT.hosts);
const MINUTE_US = 60_000_000;
const FROM_US = 1_600_000_000_000_000 - (1_600_000_000_000_000 % MINUTE_US);
const NOW_US = 1_700_000_000_000_000;

function range(toUs: number, restSymbol = 'BTCUSDT'): HistoryRange {
  return { instrument: BTCUSDT, restSymbol, fromUs: FROM_US, toUs };
}

function bytes(value: unknown): Uint8Array {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

test('requests are those of the documentation, with the weights of what they ask for', () => {
  const into = new BookUpdate();
  const calls = [
    USDM.serverTime(),
    USDM.instruments(),
    USDM.bookSnapshot(BTCUSDT, 'BTCUSDT', into),
    SPOT.bookSnapshot(BTCUSDT, 'BTCUSDT', into),
    SPOT.instruments(),
    BINANCEUS_SPOT.rest(BINANCEUS_SPOT.hosts).serverTime(),
    USDM.polls('open-interest', [{ instrument: BTCUSDT, restSymbol: 'BTCUSDT' }])[0]?.call ?? null,
  ];
  assert.deepEqual(
    calls.map((call) => [call?.method, call?.url, call?.weight]),
    [
      ['GET', 'https://fapi.binance.com/fapi/v1/time', 1],
      ['GET', 'https://fapi.binance.com/fapi/v1/exchangeInfo', 1],
      ['GET', 'https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000', 20],
      ['GET', 'https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000', 50],
      ['GET', 'https://api.binance.com/api/v3/exchangeInfo', 20],
      ['GET', 'https://api.binance.us/api/v3/time', 1],
      ['GET', 'https://fapi.binance.com/fapi/v1/openInterest?symbol=BTCUSDT', 1],
    ],
  );
});

test('pages of candles ask for what is left, at the weight of their size', () => {
  for (const [rest, bars, limit, weight] of [
    [USDM, 50, 50, 1],
    [USDM, 499, 499, 2],
    [USDM, 1_000, 1_000, 5],
    [USDM, 100_000, 1_500, 10],
    [SPOT, 100_000, 1_000, 2],
  ] as const) {
    const call = rest.candles(range(FROM_US + bars * MINUTE_US), MINUTE_US);
    const query = new URL(call?.url ?? '').searchParams;
    assert.deepEqual([query.get('limit'), call?.weight], [String(limit), weight]);
    assert.equal(query.get('interval'), '1m');
    assert.equal(query.get('startTime'), String(FROM_US / 1_000));
    assert.equal(query.get('endTime'), String((FROM_US + bars * MINUTE_US) / 1_000 - 1));
  }
});

test('candles that do not lie in the range, or end after it, are left out', () => {
  const row = (minute: number): unknown[] => [
    FROM_US / 1_000 + minute * 60_000,
    '1.10',
    '1.30',
    '1.00',
    '1.20',
    '5.000',
    FROM_US / 1_000 + minute * 60_000 + 59_999,
    '6',
    3,
    '1',
    '2',
    '0',
  ];
  const call = USDM.candles(range(FROM_US + 2 * MINUTE_US + 30_000_000), MINUTE_US);
  const candles = call?.parse(bytes([row(-1), row(0), row(1), row(2)]));
  assert.deepEqual(
    candles?.map(({ openTsUs }) => (openTsUs - FROM_US) / MINUTE_US),
    [0, 1],
  );
  assert.deepEqual(candles?.[0], {
    openTsUs: FROM_US,
    openTicks: 110,
    highTicks: 130,
    lowTicks: 100,
    closeTicks: 120,
    volumeLots: 5_000,
  });
});

test('funding and open interest are pages in the order of time; spot has neither', () => {
  const us = (offset: number): number => FROM_US / 1_000 + offset;
  const funding = USDM.fundingHistory(range(FROM_US + 1e12));
  assert.match(
    funding?.url ?? '',
    /\/fapi\/v1\/fundingRate\?symbol=BTCUSDT&startTime=\d+&endTime=\d+&limit=1000$/,
  );
  assert.deepEqual(
    funding?.parse(
      bytes([
        { symbol: 'BTCUSDT', fundingTime: us(8), fundingRate: '-0.00010000', markPrice: '' },
        { symbol: 'BTCUSDT', fundingTime: us(2), fundingRate: '0.00020000' },
        { symbol: 'BTCUSDT', fundingTime: us(-2), fundingRate: '1' },
      ]),
    ),
    [
      { tsUs: FROM_US + 2_000, rateE12: 200_000_000 },
      { tsUs: FROM_US + 8_000, rateE12: -100_000_000 },
    ],
  );
  const interest = USDM.openInterestHistory(range(FROM_US + 1e12));
  assert.match(interest?.url ?? '', /\/futures\/data\/openInterestHist\?symbol=BTCUSDT&period=5m&/);
  assert.equal(interest?.coversToUs, FROM_US + 500 * 5 * MINUTE_US);
  assert.deepEqual(
    interest?.parse(bytes([{ sumOpenInterest: '20403.63700000', timestamp: String(us(0)) }])),
    [{ tsUs: FROM_US, openInterestLots: 20_403_637 }],
  );
  assert.equal(SPOT.fundingHistory(range(FROM_US + 1)), null);
  assert.equal(SPOT.openInterestHistory(range(FROM_US + 1)), null);
  assert.deepEqual(SPOT.polls('open-interest', [{ instrument: BTCUSDT, restSymbol: 'BTCUSDT' }]), []);
});

test('names of other scripts are encoded', () => {
  const call = USDM.bookSnapshot(BTCUSDT, '\u5e01USDT', new BookUpdate());
  assert.match(call?.url ?? '', /symbol=%E5%B8%81USDT&limit=1000$/);
});

test('a snapshot is read in any order of members; one that is cut off is a bad reply', () => {
  const into = new BookUpdate();
  const call = SPOT.bookSnapshot(BTCUSDT, 'BTCUSDT', into);
  const body = '{"bids":[["1.00","2.000"]],"asks":[],"lastUpdateId":5}';
  assert.equal(call?.parse(bytes(body)), into);
  assert.deepEqual([into.isSnapshot, into.lastId, into.tsVenueUs, into.bids.count], [true, 5, 0, 1]);
  for (const bad of [
    body.slice(0, -1),
    `${body} x`,
    '{"bids":[],"asks":[]}',
    body.replace('1.00', '1.001'),
  ]) {
    assert.throws(
      () => call?.parse(bytes(bad)),
      (thrown) => thrown instanceof XylenError && thrown.code === 'XY_VENUE_REPLY',
    );
  }
});

test('open interest by poll is in lots', () => {
  const sink = new RecordingSink();
  const [poll] = USDM.polls('open-interest', [{ instrument: BTCUSDT, restSymbol: 'BTCUSDT' }]);
  poll?.decode(bytes({ openInterest: '83782.317', symbol: 'BTCUSDT', time: 1_702_244_985_273 }), 1, sink);
  const wanted = { instrumentIx: 0, tsVenueUs: 1_702_244_985_273_000, openInterestLots: 83_782_317 };
  assert.deepEqual(sink.said, [['open-interest', wanted]]);
  assert.throws(() => poll?.decode(bytes({ openInterest: '1' }), 1, sink), XylenError);
});

test('answers are judged by status, Retry-After and the words of the body', () => {
  const judge = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    USDM.judge({ kind: 'answer', status, headers, body: bytes(body) }, NOW_US);
  const until = (verdict: ReturnType<typeof judge>): number =>
    verdict.kind === 'limited' ? (verdict.untilUs - NOW_US) / 1e6 : Number.NaN;
  assert.equal(judge(200, '{"code":200}').kind, 'good');
  assert.equal(until(judge(429, { code: -1003, msg: 'Too many requests' }, { 'retry-after': '17' })), 17);
  assert.equal(until(judge(429, { code: -1003, msg: 'Too many requests' })), 60);
  assert.equal(until(judge(418, '')), 120);
  assert.equal(until(judge(403, '<html>')), 300);
  const banned = {
    code: -1003,
    msg: 'Way too much request weight used; IP banned until 1700000090000. Please use the websocket.',
  };
  assert.equal(until(judge(418, banned)), 90);
  assert.equal(until(judge(418, banned, { 'retry-after': '120' })), 120);
  assert.equal(until(judge(400, banned)), 90);
  assert.equal(
    until(judge(429, '', { 'retry-after': '999999999' })),
    3 * 86_400,
    'no pause is longer than the longest ban',
  );
  assert.equal(until(judge(429, '', { 'retry-after': '-5' })), 60);
  for (const [status, code] of [
    [500, 0],
    [503, -1008],
    [408, -1007],
    [400, -1001],
  ] as const) {
    assert.equal(judge(status, { code, msg: 'x' }).kind, 'unavailable');
  }
  const refused = judge(400, { code: -1121, msg: 'Invalid symbol.' });
  assert.deepEqual(refused, { kind: 'refused', message: 'HTTP 400 {"code":-1121,"msg":"Invalid symbol."}' });
});
