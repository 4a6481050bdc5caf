/** Kernels against the reference values of `../shared/golden/stats/microstructure.json`, and the frame on real recorded books. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { L2Book } from '#book';
import { floorToTimeframe, US_PER_MS, US_PER_SECOND } from '#core';
import type { FeedEvent, Side } from '#domain';
import {
  binanceTrade,
  type CapturedMessage,
  exact,
  l2Messages,
} from '../../../test/support/recorded-market.ts';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import {
  depthImbalance,
  fadingImbalance,
  micropriceGapBps,
  micropriceTicks,
  spreadBps,
} from './book-shape.ts';
import { midSumTicks } from './book-view.ts';
import { FRAME_DEFAULTS } from './frame-options.ts';
import { computeMicrostructure, type MicrostructureTable } from './microstructure-table.ts';
import { OrderFlow } from './order-flow.ts';
import { AmihudIlliquidity, HasbrouckLambda, KyleLambda } from './price-impact.ts';
import { RegressionWindow } from './regression-window.ts';
import { SessionVwap } from './session-vwap.ts';
import { studentCdf } from './student-cdf.ts';
import { TradeFlow } from './trade-flow.ts';
import { BulkClassifier, TickRule, VolumeBuckets } from './vpin.ts';

const SETTINGS = { skip: skipWithoutShared };
const TICK = 0.01;
const LOT = 0.001;

type Numbers = readonly number[];

interface Golden {
  readonly V: number;
  readonly W: number;
  readonly trades: readonly { ts_ms: number; price: number; qty: number; side: number }[];
  readonly vpin: Readonly<Record<string, unknown>>;
  readonly bars: { readonly rows: readonly Numbers[] };
  readonly kyle: Readonly<Record<string, number>> & { readonly dP: unknown };
  readonly tfi_50: Numbers;
  readonly vwap_dev: Numbers;
  readonly book: readonly { readonly bids: readonly Numbers[]; readonly asks: readonly Numbers[] }[];
  readonly book_features: readonly Readonly<Record<string, number>>[];
  readonly ofi_by_level: readonly Numbers[];
  readonly ofi_agg10: Numbers;
  readonly mid_change_ticks_agg10: Numbers;
  readonly ofi_regression: { readonly beta: number; readonly alpha: number; readonly r2: number };
}

function golden(): Golden {
  return JSON.parse(readFileSync(sharedPath('golden', 'stats', 'microstructure.json'), 'utf8')) as Golden;
}

interface Trade {
  readonly us: number;
  readonly ticks: number;
  readonly lots: number;
  readonly side: Side;
}

/** Golden trades, times counted from the first: its bars begin there. */
function tradesOf({ trades }: Golden): Trade[] {
  const startMs = trades[0]!.ts_ms;
  return trades.map(({ price, qty, side, ts_ms }) => ({
    us: (ts_ms - startMs) * US_PER_MS,
    ticks: Math.round(price / TICK),
    lots: Math.round(qty / LOT),
    side: side > 0 ? 'buy' : 'sell',
  }));
}

function near(actual: number | undefined, expected: number | undefined, scale: number, what: string): void {
  assert.ok(actual !== undefined && expected !== undefined, what);
  assert.ok(Math.abs(actual - expected) <= 1e-9 * scale, `${what} is ${actual}, should be ${expected}`);
}

const largest = (values: Numbers): number => values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);

function nearAll(actual: Numbers, expected: Numbers, what: string): void {
  assert.equal(actual.length, expected.length, what);
  const scale = largest(expected);
  for (const [i, value] of expected.entries()) near(actual[i], value, scale, `${what}[${i}]`);
}

test('VPIN by taker, by tick rule and by bulk classification, bucket by bucket', SETTINGS, () => {
  const data = golden();
  const bucketLots = Math.round(data.V / LOT);
  const buckets = (): VolumeBuckets => new VolumeBuckets(bucketLots, data.W);
  const rule = new TickRule();
  const sigma = { ticks: Number(data.vpin.bvc_sigma) / TICK };
  const lists: Record<string, { buckets: VolumeBuckets; values: number[]; gaps: number[] }> = {};
  for (const name of ['exact', 'tick', 'bvc', 'bvc_t_df025']) {
    lists[name] = { buckets: buckets(), values: [], gaps: [] };
  }
  const add = (name: string, lots: number, share: number): void => {
    const list = lists[name]!;
    // One bucket at a time, so that each value is seen.
    for (let left = lots; left > 0; left -= 1) {
      const before = list.buckets.closedCount;
      list.buckets.add(Math.min(1, left), share);
      if (list.buckets.closedCount === before) continue;
      list.gaps.push(list.buckets.lastGapLots);
      if (!Number.isNaN(list.buckets.value)) list.values.push(list.buckets.value);
    }
  };
  const barUs = 15 * US_PER_SECOND;
  const normal = new BulkClassifier(barUs, sigma, (lots, share) => add('bvc', lots, share));
  const fat = new BulkClassifier(
    barUs,
    sigma,
    (lots, share) => add('bvc_t_df025', lots, share),
    (z) => studentCdf(z, 0.25),
  );
  const trades = tradesOf(data);
  for (const { us, ticks, lots, side } of trades) {
    add('exact', lots, side === 'buy' ? 1 : 0);
    add('tick', lots, rule.push(ticks));
    for (const bars of [normal, fat]) bars.push(us, ticks, lots);
  }
  for (const bars of [normal, fat]) bars.advance(trades.at(-1)!.us + barUs);
  for (const [name, { gaps, values }] of Object.entries(lists)) {
    nearAll(values, data.vpin[name] as Numbers, `VPIN ${name}`);
    const expected = data.vpin[`${name}_buckets`] as readonly Numbers[] | undefined;
    if (expected === undefined) continue;
    nearAll(
      gaps,
      expected.map(([buy, sell]) => Math.abs(buy! - sell!) / LOT),
      `buckets ${name}`,
    );
  }
});

test('a trade over many buckets gives the same as its parts', SETTINGS, () => {
  const data = golden();
  const whole = new VolumeBuckets(Math.round(data.V / LOT), data.W);
  for (const { lots, side } of tradesOf(data)) whole.add(lots, side === 'buy' ? 1 : 0);
  near(whole.value, (data.vpin.exact as Numbers).at(-1), 1, 'VPIN');
});

test('Kyle, Hasbrouck, Amihud over the bars', SETTINGS, () => {
  const { bars, kyle } = golden();
  const count = bars.rows.length - 1;
  const kernels = {
    kyle: new KyleLambda(count),
    hasbrouck: new HasbrouckLambda(count),
    amihud: new AmihudIlliquidity(count),
  };
  bars.rows.slice(1).forEach((row, i) => {
    assert.ok(
      Number.isNaN(kernels.kyle.lambda) && Number.isNaN(kernels.amihud.value),
      'not before it is full',
    );
    const [, , , , close = 0, volume = 0, signed = 0] = row;
    const before = bars.rows[i]![4]!;
    kernels.kyle.push(close - before, signed);
    kernels.hasbrouck.push(Math.log(close / before), signed, close);
    kernels.amihud.push(Math.log(close / before), volume * close);
  });
  const fit = kernels.kyle.fit!;
  const pairs = [
    [fit.slope, kyle.lambda],
    [fit.intercept, kyle.intercept],
    [fit.slopeT, kyle.t_lambda],
    [fit.slopeError, kyle.se_lambda],
    [fit.r2, kyle.r2],
    [fit.slopeThroughOrigin, kyle.lambda_no_intercept],
    [kernels.kyle.lambda, kyle.lambda],
    [kernels.hasbrouck.lambda, kyle.hasbrouck_lambda_sqrt_dollar],
    [kernels.amihud.value, kyle.amihud],
  ] as const;
  for (const [actual, expected] of pairs) near(actual, expected, Math.abs(expected!), String(expected));
});

test('trade-flow imbalance of 50 trades and deviation from the session’s VWAP', SETTINGS, () => {
  const data = golden();
  const flow = new TradeFlow(50, 1);
  const vwap = new SessionVwap(0);
  const flows: number[] = [];
  const deviations: number[] = [];
  for (const { us, ticks, lots, side } of tradesOf(data)) {
    flows.push(flow.push(lots, side));
    vwap.push(us, ticks, lots);
    deviations.push(ticks / vwap.at(us) - 1);
  }
  nearAll(flows, data.tfi_50, 'tfi_50');
  nearAll(deviations, data.vwap_dev, 'vwap_dev');
});

/** A book of the golden file: prices to ticks. */
function bookOf({ asks, bids }: Golden['book'][number]): L2Book {
  const book = new L2Book();
  const side = (levels: readonly Numbers[]): Float64Array =>
    Float64Array.from(levels.flatMap(([price, lots]) => [Math.round(price! / TICK), lots!]));
  book.applySnapshot(side(bids), side(asks));
  return book;
}

test('shape of 300 books', SETTINGS, () => {
  const data = golden();
  const books = data.book.map(bookOf);
  const of = (name: string): Numbers => data.book_features.map((features) => features[name]!);
  const column = (value: (book: L2Book) => number): Numbers => books.map(value);
  nearAll(
    column((book) => (midSumTicks(book) / 2) * TICK),
    of('mid'),
    'mid',
  );
  nearAll(column(spreadBps), of('spread_bps'), 'spread_bps');
  nearAll(
    column((book) => depthImbalance(book, 1)),
    of('obi_l1'),
    'obi_l1',
  );
  nearAll(
    column((book) => depthImbalance(book, 5)),
    of('obi_l5'),
    'obi_l5',
  );
  nearAll(
    column((book) => fadingImbalance(book, 5, 0.5)),
    of('obi_l5_exp05'),
    'obi_l5_exp05',
  );
  nearAll(
    column((book) => micropriceTicks(book) * TICK),
    of('microprice'),
    'microprice',
  );
  nearAll(column(micropriceGapBps), of('microprice_dev_bps'), 'microprice_dev_bps');
});

test('order flow of 300 books by level, and its regression', SETTINGS, () => {
  const data = golden();
  const flow = new OrderFlow(5);
  const rows = data.book.map((levels) => {
    flow.push(bookOf(levels));
    return [...flow.flowLots];
  });
  assert.deepEqual(rows, data.ofi_by_level);
  const groups = data.ofi_agg10.map((_, i) =>
    rows.slice(10 * i, 10 * i + 10).reduce((sum, row) => sum + row[0]!, 0),
  );
  assert.deepEqual(groups, data.ofi_agg10);
  const line = new RegressionWindow(groups.length);
  for (const [i, ofi] of groups.entries()) line.push(ofi, data.mid_change_ticks_agg10[i]!);
  const { intercept, r2, slope } = line.fit();
  near(slope, data.ofi_regression.beta, 1, 'beta');
  near(intercept, data.ofi_regression.alpha, 1, 'alpha');
  near(r2, data.ofi_regression.r2, 1, 'r2');
});

/** Events of an l2-raw file of one symbol: the snapshot, what follows it, and the trades. */
function eventsOf(
  messages: readonly CapturedMessage[],
  priceDecimals: number,
  qtyDecimals: number,
): FeedEvent[] {
  const levels = (pairs: unknown): Float64Array =>
    Float64Array.from(
      (pairs as readonly (readonly [string, string])[]).flatMap(([price, qty]) => [
        exact(price, priceDecimals),
        exact(qty, qtyDecimals),
      ]),
    );
  const events: FeedEvent[] = [];
  // What came before the snapshot and reaches beyond it is applied after it.
  let early: FeedEvent[] = [];
  let snapshotId = Number.POSITIVE_INFINITY;
  let bookUs = 0;
  for (const message of messages) {
    const { data, tsLocalUs } = message;
    const base = { instrumentIx: 0, tsLocalUs };
    if (data.lastUpdateId !== undefined) {
      snapshotId = Number(data.lastUpdateId);
      const ids = { firstUpdateId: snapshotId, lastUpdateId: snapshotId, previousUpdateId: -1 };
      const sides = { bids: levels(data.bids), asks: levels(data.asks) };
      bookUs = data.T === undefined ? bookUs : Number(data.T) * US_PER_MS;
      events.push({ kind: 'book', ...base, tsVenueUs: bookUs, isSnapshot: true, ...ids, ...sides });
      events.push(...early.filter((each) => each.kind === 'book' && each.lastUpdateId >= snapshotId));
      early = [];
    } else if (data.e === 'trade') {
      events.push({ kind: 'trade', ...base, ...binanceTrade(message, priceDecimals, qtyDecimals) });
    } else if (data.e === 'depthUpdate') {
      bookUs = Number(data.T ?? data.E) * US_PER_MS;
      const [firstUpdateId, lastUpdateId] = [Number(data.U), Number(data.u)];
      const ids = { firstUpdateId, lastUpdateId, previousUpdateId: Number(data.pu ?? -1) };
      const sides = { bids: levels(data.b), asks: levels(data.a) };
      const update = {
        kind: 'book',
        ...base,
        tsVenueUs: bookUs,
        isSnapshot: false,
        ...ids,
        ...sides,
      } as const;
      if (snapshotId === Number.POSITIVE_INFINITY) early.push(update);
      else if (lastUpdateId >= snapshotId) events.push(update);
    }
  }
  return events;
}

function definedOf(table: MicrostructureTable, name: string): Float64Array {
  const column = table.columns[table.names.indexOf(name)];
  assert.ok(column !== undefined, name);
  return column.filter((value) => !Number.isNaN(value));
}

const RECORDINGS = [
  ['binance-usdm', 'btcusdt_20240808.gz', 2, 3],
  ['binance-usdm', 'ethusdt_20240808.gz', 2, 3],
  ['binance-coinm', 'ethusd_perp_20240808.gz', 2, 0],
  ['binance-spot', 'btcusdt_20240808.gz', 2, 8],
] as const;

for (const [market, file, priceDecimals, qtyDecimals] of RECORDINGS) {
  test(`rows of the recorded book ${market} ${file} are plausible`, SETTINGS, () => {
    const events = eventsOf(l2Messages(market, 'l2-raw', file), priceDecimals, qtyDecimals);
    const options = {
      ...FRAME_DEFAULTS,
      priceDecimals,
      qtyDecimals,
      kyleUs: 60 * US_PER_SECOND,
      volatilityUs: 60 * US_PER_SECOND,
      vpin: { bucketLots: 10 ** qtyDecimals, buckets: 10, barUs: 5 * US_PER_SECOND, deviationBars: 10 },
    };
    const endUs = floorToTimeframe(events.at(-1)!.tsVenueUs, US_PER_SECOND);
    const table = computeMicrostructure(events, endUs, options, { ownIx: 0 });
    const rowCount = table.rowUs.length;
    assert.ok(rowCount > 330, `${rowCount} rows`);
    const within = (name: string, low: number, high: number, share: number): void => {
      const values = definedOf(table, name);
      assert.ok(
        values.length >= share * rowCount,
        `${name} is defined in ${values.length} of ${rowCount} rows`,
      );
      for (const value of values) assert.ok(value >= low && value <= high, `${name} is ${value}`);
    };
    const spreads = definedOf(table, 'spread_bps');
    within('spread_bps', 0, 20, 0.95);
    assert.ok(spreads.every((value) => value > 0));
    within('microprice_bps', -10, 10, 0.95);
    const micro = definedOf(table, 'microprice_bps');
    for (const [i, value] of micro.entries()) assert.ok(Math.abs(value) <= spreads[i]! / 2 + 1e-9);
    for (const name of ['imbalance_1', 'imbalance_5', 'imbalance_10', 'imbalance_20', 'imbalance_5bps']) {
      within(name, -1, 1, 0.95);
    }
    within('trade_flow_10s', -1, 1, 0.9);
    within('queue_bid', 0, 1, 0.7);
    within('queue_ask', 0, 1, 0.7);
    within('ofi_10s', -2_000, 2_000, 0.9);
    within('realised_vol_1m', 0, 0.02, 0.7);
    within('bipower_vol_1m', 0, 0.02, 0.7);
    within('kyle_lambda_1m', -1_000, 1_000, 0.7);
    for (const name of ['vpin_taker', 'vpin_tick', 'vpin_bulk']) within(name, 0, 1, 0.2);
    assert.equal(definedOf(table, 'funding_rate').length, 0, 'nothing was said of it');
    // Takers who buy move the price up: the regressions agree with the papers in sign.
    const lambdas = definedOf(table, 'kyle_lambda_1m');
    const mean = lambdas.reduce((sum, value) => sum + value, 0) / lambdas.length;
    assert.ok(mean > 0, `mean of lambda is ${mean}`);
  });
}
