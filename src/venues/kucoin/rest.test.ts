/** KuCoin's answers: codes before status, pages within their bounds, digits kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BookUpdate } from '#book';
import { XylenError } from '#core';
import type { HttpAnswer } from '#net';
import { DecodedCollector } from '../../../test/support/decoded-collector.ts';
import type { RestCall } from '../market/index.ts';
import { KUCOIN_FUTURES, KUCOIN_SPOT } from './adapter.ts';

const SPOT = KUCOIN_SPOT.rest(KUCOIN_SPOT.hosts);
const FUTURES = KUCOIN_FUTURES.rest(KUCOIN_FUTURES.hosts);
const INSTRUMENT = {
  ix: 4,
  venue: 'kucoin-spot',
  symbol: 'A-B',
  wireSymbol: 'A-B',
  priceDecimals: 3,
  qtyDecimals: 2,
} as const;

function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { kind: 'answer', status, headers, body: Buffer.from(body) };
}

function parse<T>(call: RestCall<T> | null, data: string): T {
  assert.ok(call !== null);
  return call.parse(Buffer.from(`{"code":"200000","data":${data}}`));
}

const judge = (of: HttpAnswer) => SPOT.judge(of, 1_000_000);

test('an answer is good by its code, not by its status', () => {
  assert.equal(judge(answer(200, '{"code":"200000","data":1}')).kind, 'good');
  assert.equal(judge(answer(200, '{"data":[1,2],"code":"200000"}')).kind, 'good');
  assert.deepEqual(judge(answer(200, '{"code":"400100","msg":"symbol not exists"}')), {
    kind: 'refused',
    message: 'HTTP 200: {"code":"400100","msg":"symbol not exists"}',
  });
  assert.equal(judge(answer(200, '{"code":"500000","msg":"Internal Server Error"}')).kind, 'unavailable');
  assert.equal(judge(answer(200, '<html>maintenance</html>')).kind, 'unavailable');
  assert.equal(judge(answer(503, '')).kind, 'unavailable');
  assert.equal(judge(answer(403, '{"code":"400007"}')).kind, 'refused');
});

test('too many requests: the pool says in milliseconds when it is full again', () => {
  const body = '{"code":"429000","msg":"Too Many Requests"}';
  const untilUs = (of: HttpAnswer): number => {
    const verdict = judge(of);
    assert.ok(verdict.kind === 'limited');
    return verdict.untilUs;
  };
  assert.equal(untilUs(answer(429, body, { 'gw-ratelimit-reset': '6125' })), 1_000_000 + 6_125_000);
  assert.equal(untilUs(answer(200, body, { 'gw-ratelimit-reset': '0' })), 1_000_000);
  assert.equal(
    untilUs(answer(429, '<html>error 1015</html>', { 'retry-after': '7' })),
    1_000_000 + 7_000_000,
  );
  assert.equal(untilUs(answer(429, body, { 'gw-ratelimit-reset': 'soon' })), 1_000_000 + 30_000_000);
});

test('a book by request: numbers or text, spot or futures, in exact ticks', () => {
  const call = SPOT.bookSnapshot(INSTRUMENT, 'A-B', new BookUpdate());
  assert.equal(call?.url, 'https://api.kucoin.com/api/v1/market/orderbook/level2_100?symbol=A-B');
  const collector = new DecodedCollector();
  collector.onBook(
    parse(
      call,
      '{"time":1619378329970,"sequence":"77","bids":[["1.5","2287.04744145"],["1.001","3"]],"asks":null}',
    ),
  );
  const futures = FUTURES.bookSnapshot(INSTRUMENT, 'AM', new BookUpdate());
  assert.equal(futures?.url, 'https://api-futures.kucoin.com/api/v1/level2/snapshot?symbol=AM');
  collector.onBook(
    parse(
      futures,
      '{"symbol":"A-B","sequence":78,"asks":[[29641.0,30109]],"bids":[[29640.125,7]],"ts":1654326922830525196}',
    ),
  );
  assert.deepEqual(
    collector.books.map(({ asks, bids, isSnapshot, lastId, tsVenueUs }) => [
      lastId,
      isSnapshot,
      tsVenueUs,
      bids,
      asks,
    ]),
    [
      [
        77,
        true,
        1_619_378_329_970_000,
        [
          [1_500, 228_704, 0],
          [1_001, 300, 0],
        ],
        [],
      ],
      [78, true, 1_654_326_922_830_525, [[29_640_125, 700, 0]], [[29_641_000, 3_010_900, 0]]],
    ],
  );
});

test('a book without a number or with a level that is none is not as documented', () => {
  for (const data of [
    '{"sequence":null,"bids":[]}',
    '{"bids":[],"asks":[]}',
    '{"sequence":"1","bids":[["1"]]}',
    '{"sequence":"1","bids":[["-1","1"]]}',
    'null',
  ]) {
    const call = SPOT.bookSnapshot(INSTRUMENT, 'A-B', new BookUpdate());
    assert.throws(
      () => parse(call, data),
      (thrown) => thrown instanceof XylenError && thrown.code === 'XY_VENUE_REPLY',
      data,
    );
  }
});

test('pages of candles: inclusive bounds, oldest first, the range alone', () => {
  const range = { instrument: INSTRUMENT, restSymbol: 'A-B', fromUs: 1_200_000_000, toUs: 1e15 };
  const spot = SPOT.candles(range, 60_000_000);
  assert.equal(
    spot?.url,
    'https://api.kucoin.com/api/v1/market/candles?symbol=A-B&type=1min&startAt=1200&endAt=91199',
  );
  assert.equal(spot?.coversToUs, 1_200_000_000 + 1_500 * 60_000_000);
  const rows =
    '[["91200","1","1","1","1","1","1"],["1260","1.5","1.6","1.7","1.4","3","9"],["1200","1.1","1.2","1.3","1.0","2","9"],["1140","1","1","1","1","1","1"]]';
  assert.deepEqual(parse(spot, rows), [
    {
      openTsUs: 1_200_000_000,
      openTicks: 1_100,
      highTicks: 1_300,
      lowTicks: 1_000,
      closeTicks: 1_200,
      volumeLots: 200,
    },
    {
      openTsUs: 1_260_000_000,
      openTicks: 1_500,
      highTicks: 1_700,
      lowTicks: 1_400,
      closeTicks: 1_600,
      volumeLots: 300,
    },
  ]);
  const futures = FUTURES.candles(
    { ...range, fromUs: 1_636_459_200_000_000, toUs: 1_636_459_260_000_000 },
    60_000_000,
  );
  assert.equal(
    futures?.url,
    'https://api-futures.kucoin.com/api/v1/kline/query?symbol=A-B&granularity=1&from=1636459200000&to=1636459259999',
  );
  assert.deepEqual(parse(futures, '[[1636459200000,4779.3,4792.1,4768.7,4770.3,78051,3.5]]'), [
    {
      openTsUs: 1_636_459_200_000_000,
      openTicks: 4_779_300,
      highTicks: 4_792_100,
      lowTicks: 4_768_700,
      closeTicks: 4_770_300,
      volumeLots: 7_805_100,
    },
  ]);
  assert.equal(SPOT.candles(range, 7), null);
  assert.equal(FUTURES.candles(range, 3 * 60_000_000), null);
  assert.throws(() => parse(spot, '[["1200","1"]]'), XylenError);
});

test('settled rates of a stretch that holds no more than a page', () => {
  const range = { instrument: INSTRUMENT, restSymbol: 'AM', fromUs: 1_551_700_000_000_000, toUs: 1e16 };
  const call = FUTURES.fundingHistory(range);
  assert.equal(
    call?.url,
    'https://api-futures.kucoin.com/api/v1/contract/funding-rates?symbol=AM&from=1551700000000&to=1552059999999',
  );
  assert.equal(call?.coversToUs, 1_552_060_000_000_000);
  assert.deepEqual(
    parse(
      call,
      '[{"symbol":"AM","fundingRate":2.26E-4,"timepoint":1551770400000},{"fundingRate":-0.0001,"timepoint":1551741600000}]',
    ),
    [
      { tsUs: 1_551_741_600_000_000, rateE12: -100_000_000 },
      { tsUs: 1_551_770_400_000_000, rateE12: 226_000_000 },
    ],
  );
  assert.equal(SPOT.fundingHistory(range), null);
});

test('the time of the venue', () => {
  assert.equal(parse(SPOT.serverTime(), '1546837113087'), 1_546_837_113_087_000);
});

test('spot symbols: steps as written, what cannot be represented is left out', () => {
  const listed = parse(
    SPOT.instruments(),
    `[{"symbol":"A-B","name":"A-B","baseCurrency":"A","quoteCurrency":"B","baseMinSize":"1","quoteMinSize":"0.1","baseMaxSize":"10000000000","baseIncrement":"0.0001","priceIncrement":"0.0000000001","minFunds":"0.5","enableTrading":true},
      {"symbol":"C-B","baseCurrency":"C","quoteCurrency":"B","baseMinSize":"0.00001","baseMaxSize":"5","baseIncrement":"0.001","priceIncrement":"1","quoteMinSize":"0.1","minFunds":null,"enableTrading":false},
      {"symbol":"D-B","baseIncrement":"0.0000000000000001","priceIncrement":"1"},{"symbol":"E-B"}]`,
  );
  assert.deepEqual(
    listed.map(({ spec, status, wireSymbol }) => [
      wireSymbol,
      spec.priceDecimals,
      spec.qtyDecimals,
      spec.qtyMin,
      spec.notionalMin,
      status,
    ]),
    [
      ['A-B', 10, 4, '1', '0.5', 'trading'],
      ['C-B', 0, 3, '0.001', '0.1', 'halted'],
    ],
  );
});

test('contracts: sizes in base units, margins as the venue states them, dated ones left out', () => {
  const contract = (symbol: string, more: string): string =>
    `{"symbol":"${symbol}","baseCurrency":"A","quoteCurrency":"USDT","lotSize":1,"tickSize":0.1,"multiplier":0.001,"maxOrderQty":1000000,"maintainMargin":0.005,"maxLeverage":125,"openInterest":"5191275",${more}}`;
  const data = `[${contract('AM', '"type":"FFWCSX","status":"Open"')},${contract('BM', '"type":"FFWCSX","status":"Paused"')},${contract('CM22', '"type":"FFICSX","status":"Open"')}]`;
  const listed = parse(FUTURES.instruments(), data);
  assert.deepEqual(
    listed.map(({ spec, status }) => [
      spec.symbol,
      spec.tickSize,
      spec.qtyMax,
      spec.leverageMax,
      spec.maintenanceMarginPpm,
      spec.kind,
      status,
    ]),
    [
      ['AM', '0.1', '1000', 125, 5_000, 'perpetual', 'trading'],
      ['BM', '0.1', '1000', 125, 5_000, 'perpetual', 'halted'],
    ],
  );
  const collector = new DecodedCollector();
  const [plan] = FUTURES.polls('open-interest', [
    { instrument: { ...INSTRUMENT, qtyDecimals: 0 }, restSymbol: 'AM' },
  ]);
  plan?.call.parse(Buffer.from(`{"code":"200000","data":${data}}`));
  plan?.decode(Buffer.from(`{"code":"200000","data":${data}}`), 9, collector);
  assert.deepEqual(collector.interests, [{ instrumentIx: 4, tsVenueUs: 9, openInterestLots: 5_191_275 }]);
  assert.deepEqual(FUTURES.polls('quotes', []), []);
  assert.deepEqual(SPOT.polls('open-interest', []), []);
});
