/** Questions for fills: windows, pages, ids, and a venue in memory that keeps the documented rules. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_DAY, US_PER_MS } from '#core';
import { testSeed } from '../../../../test/support/property.ts';
import type { EntryCall, EntryFillsRange, FillRecord, FillsPage } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { fillBody } from './test/bodies.ts';
import { BTC, openStage, paramsOf } from './test/entry-stage.ts';

const SEED = testSeed();
const entry = openStage();
const START_MS = 1_793_000_000_000;
const START_US = START_MS * US_PER_MS;
const PAGES_MAX = 200;

interface Trade {
  readonly id: number;
  readonly time: number;
}

/** Answers as documented: seven days at most, a thousand at most, the oldest first, ids not together with times. */
function answer(trades: readonly Trade[], call: EntryCall<unknown>): Uint8Array {
  const { symbol, fromId, startTime, endTime, limit } = paramsOf(call);
  assert.equal(symbol, 'BTCUSDT');
  assert.ok(fromId === undefined || (startTime === undefined && endTime === undefined));
  const from = Number(startTime ?? 0);
  const to = Number(endTime ?? Number.MAX_SAFE_INTEGER);
  if (fromId === undefined) assert.ok(to >= from && to - from <= 7 * 86_400_000, 'a window of seven days');
  const found = trades.filter(({ id, time }) => id >= Number(fromId ?? 0) && time >= from && time <= to);
  return bytesOf(found.slice(0, Number(limit)).map(({ id, time }) => fillBody({ id, time })));
}

function collect(trades: readonly Trade[], range: EntryFillsRange): { fills: FillRecord[]; pages: number } {
  const fills: FillRecord[] = [];
  let call: EntryCall<FillsPage> | null = entry.fills(range);
  let pages = 0;
  for (; call !== null; pages++) {
    assert.ok(pages < PAGES_MAX, 'the pages end');
    const page: FillsPage = call.parse(answer(trades, call));
    fills.push(...page.fills);
    call = page.next;
  }
  return { fills, pages };
}

const idsOf = (fills: readonly FillRecord[]): number[] =>
  fills.map(({ execId }) => Number(execId.slice('BTCUSDT:'.length)));

test('a fill is read to the last digit, with an id of symbol and trade', () => {
  const page = entry
    .fills({ instrument: BTC, fromUs: START_US, toUs: START_US + US_PER_DAY * 30, afterExecId: null })
    .parse(bytesOf([fillBody({ commission: '-0.00123456', maker: true, side: 'SELL' })]));
  assert.deepEqual(page.fills, [
    {
      instrument: BTC,
      execId: 'BTCUSDT:5001',
      clientOrderId: '',
      venueOrderId: '77001',
      side: 'sell',
      priceTicks: 6_500_050,
      qtyLots: 500,
      filledLots: null,
      fee: { asset: 'USDT', units: -123_456n, decimals: 8 },
      liquidity: 'maker',
      forcedBy: null,
      tsVenueUs: 1_793_390_401_000_000,
    },
  ]);
});

test('behind a known fill the venue is asked by id, for recent ranges', () => {
  const range = { instrument: BTC, fromUs: START_US, toUs: START_US + US_PER_DAY, afterExecId: 'BTCUSDT:41' };
  assert.deepEqual(paramsOf(entry.fills(range)), { symbol: 'BTCUSDT', fromId: '41', limit: '1000' });
  const old = { ...range, toUs: START_US + 8 * US_PER_DAY };
  assert.equal(paramsOf(entry.fills(old)).startTime, String(START_MS));
  for (const afterExecId of ['ETHUSDT:41', '41', 'BTCUSDT:', 'BTCUSDT:x', 'BTCUSDT:0']) {
    assert.throws(() => entry.fills({ ...range, afterExecId }), { code: 'XY_VENUE_REPLY' }, afterExecId);
  }
});

test('a long range goes in windows of seven days that meet without gap or overlap', () => {
  const range = {
    instrument: BTC,
    fromUs: START_US + 7,
    toUs: START_US + 20 * US_PER_DAY + 1,
    afterExecId: null,
  };
  const windows: [number, number][] = [];
  for (let call: EntryCall<FillsPage> | null = entry.fills(range); call !== null; ) {
    const { startTime, endTime } = paramsOf(call);
    windows.push([Number(startTime), Number(endTime)]);
    call = call.parse(bytesOf([])).next;
  }
  assert.equal(windows.length, 3);
  assert.equal(windows[0]?.[0], START_MS);
  windows.slice(1).forEach(([from], at) => {
    assert.equal(from, (windows[at]?.[1] ?? 0) + 1);
  });
  // The last millisecond is asked for, since the range ends behind its beginning.
  assert.equal(windows[2]?.[1], START_MS + 20 * 86_400_000);
});

test('a venue that gives the same full page again is not asked for ever', () => {
  const range = { instrument: BTC, fromUs: START_US, toUs: START_US + US_PER_DAY, afterExecId: 'BTCUSDT:41' };
  const page = bytesOf(Array.from({ length: 1_000 }, () => fillBody({ id: 41, time: START_MS })));
  assert.throws(() => entry.fills(range).parse(page), { code: 'XY_VENUE_REPLY' });
});

test('the end of a range is exclusive, fills of one millisecond in thousands are all had', () => {
  const crowd = Array.from({ length: 2_500 }, (_, n) => ({ id: n + 1, time: START_MS + 5 }));
  const trades = [...crowd, { id: 2_501, time: START_MS + 6 }, { id: 2_502, time: START_MS + 7 }];
  const range = { instrument: BTC, fromUs: START_US, toUs: START_US + 7 * US_PER_MS, afterExecId: null };
  const { fills, pages } = collect(trades, range);
  assert.deepEqual(
    idsOf(fills),
    trades.slice(0, -1).map(({ id }) => id),
  );
  assert.ok(pages <= 5, `${pages} pages`);
});

test(`whatever the fills, each is had once and in order (SEED=${SEED})`, () => {
  const prng = new Prng(SEED).split('binance fills');
  for (let round = 0; round < 40; round++) {
    let time = START_MS;
    let id = 0;
    const trades = Array.from({ length: prng.integer(0, 4_000) }, () => {
      time +=
        prng.uniform() < 0.3
          ? 0
          : prng.uniform() < 0.002
            ? prng.integer(0, 4 * 86_400_000)
            : prng.integer(0, 500);
      id += prng.integer(1, 30);
      return { id, time };
    });
    const fromUs = START_US + prng.integer(0, 5_000) * US_PER_MS;
    const toUs = Math.max(fromUs, time * US_PER_MS - prng.integer(0, 100_000) * US_PER_MS);
    const known = prng.uniform() < 0.5 ? undefined : trades[prng.integer(0, trades.length + 1)];
    const afterExecId = known === undefined ? null : `BTCUSDT:${known.id}`;
    const { fills } = collect(trades, { instrument: BTC, fromUs, toUs, afterExecId });
    const isById = known !== undefined && toUs - fromUs < 7 * US_PER_DAY;
    const wanted = trades.filter(
      (trade) =>
        trade.time * US_PER_MS < toUs && (isById ? trade.id > known.id : trade.time * US_PER_MS >= fromUs),
    );
    assert.deepEqual(
      idsOf(fills),
      wanted.map((trade) => trade.id),
      `round ${round}`,
    );
  }
});

test('a page with a fill of another instrument, too many fills, or half a fill is refused', () => {
  const call = entry.fills({ instrument: BTC, fromUs: START_US, toUs: START_US + 1, afterExecId: null });
  const isRefused = { code: 'XY_VENUE_REPLY' };
  assert.throws(() => call.parse(bytesOf([fillBody({ symbol: 'ETHUSDT' })])), isRefused);
  assert.throws(() => call.parse(bytesOf([fillBody({ qty: '0' })])), isRefused);
  assert.throws(() => call.parse(bytesOf([fillBody({ price: '0' })])), isRefused);
  assert.throws(() => call.parse(bytesOf([fillBody({ id: 0 })])), isRefused);
  assert.throws(() => call.parse(bytesOf(Array.from({ length: 1_001 }, () => fillBody()))), isRefused);
});
