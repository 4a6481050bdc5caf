/** Rows of features of recorded streams: as many as there are seconds, those of the batch form over the same events, and plausible. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDurationUs, US_PER_SECOND } from '#core';
import { computeMicrostructure, FRAME_DEFAULTS, type FrameEvent, type MicrostructureTable } from '#features';
import { sharedPath, skipWithoutShared } from '../../../../test/support/shared-data.ts';
import { tempDir } from '../../../../test/support/temp-dir.ts';
import { mergeStreams } from './arrivals.ts';
import { openCaptureSource } from './capture-source.ts';
import { FrameOrder } from './frame-order.ts';
import { commandCall, rowsOf, runFeatures } from './test/feature-command.ts';

const skip = skipWithoutShared;
const L2 = 'data/binance-usdm/l2-raw';

/** The batch form over the events of a capture, all of them held. */
async function batchOf(dataDir: string, rawFiles: readonly string[]): Promise<MicrostructureTable> {
  const { context } = commandCall(dataDir);
  const side = { kind: 'capture', venue: 'binance-usdm', rawFiles, snapshotFiles: [], symbols: [] } as const;
  const source = await openCaptureSource(side, 0, context);
  const events: FrameEvent[] = [];
  const order = new FrameOrder(context.config.feeds.reorderWindowUs, (event) => events.push(event));
  for await (const batch of mergeStreams(source.streams())) for (const event of batch) order.push(event);
  order.flush();
  const [instrument] = source.instruments;
  assert.ok(instrument !== undefined && source.instruments.length === 1);
  const { priceDecimals, qtyDecimals } = instrument;
  const options = { ...FRAME_DEFAULTS, priceDecimals, qtyDecimals };
  return computeMicrostructure(events, events.at(-1)?.tsVenueUs ?? 0, options, { ownIx: 0 });
}

type Rows = ReturnType<typeof rowsOf>;

function assertWithin(rows: Rows, name: string, low: number, high: number, share: number): void {
  const values = rows.flatMap((row) => (row[name] === '' ? [] : [Number(row[name])]));
  assert.ok(values.length >= share * rows.length, `${name} is defined in ${values.length} of ${rows.length}`);
  for (const value of values) assert.ok(value >= low && value <= high, `${name} is ${value}`);
}

/** What holds of any market that trades much. */
function assertPlausible(rows: Rows): void {
  assertWithin(rows, 'spread_bps', 1e-6, 20, 0.98);
  assertWithin(rows, 'microprice_bps', -10, 10, 0.98);
  for (const row of rows)
    assert.ok(Math.abs(Number(row.microprice_bps)) <= Number(row.spread_bps) / 2 + 1e-9, row.ts_ms);
  for (const name of ['imbalance_1', 'imbalance_5', 'imbalance_10', 'imbalance_20', 'imbalance_25bps'])
    assertWithin(rows, name, -1, 1, 0.98);
  for (const name of ['queue_bid', 'queue_ask']) assertWithin(rows, name, 0, 1, 0.7);
  assertWithin(rows, 'trade_flow_10s', -1, 1, 0.9);
  assertWithin(rows, 'ofi_10s', -2_000, 2_000, 0.9);
}

/** Recordings that go on in the next one belong together; only the first has a snapshot. */
const RECORDINGS = [
  ['btcusdt_20240718.gz', 'btcusdt_20240719.gz'],
  ['btcusdt_20240808.gz'],
  ['ethusdt_20240808.gz'],
] as const;

for (const files of RECORDINGS) {
  test(`${files.join(' and ')}: rows are whole, those of the batch form, and plausible`, {
    skip,
  }, async (context) => {
    const dataDir = tempDir(context);
    const raw = files.map((name) => sharedPath(L2, name));
    const { document, text } = await runFeatures(dataDir, { venue: 'binance-usdm', raw });
    const table = await batchOf(dataDir, raw);
    const rows = rowsOf(text);
    const seconds = (Number(rows.at(-1)?.ts_ms) - Number(rows[0]?.ts_ms)) / 1_000;
    assert.ok(rows.length > 330, `${rows.length} rows`);
    assert.equal(rows.length, seconds + 1, 'a row a second');
    assert.deepEqual([document.rowCount, document.hash], [rows.length, table.hash]);
    assert.equal(table.rowUs.length, rows.length);
    for (const [i, name] of table.names.entries()) {
      const expected = [...(table.columns[i] ?? [])].map((value) =>
        Number.isNaN(value) ? '' : String(value),
      );
      assert.deepEqual(
        rows.map((row) => row[name]),
        expected,
        name,
      );
    }
    assertPlausible(rows);
    assert.ok(Number(document.withoutBookShare) < 0.02);
    // An average of the day is of a day that began within the recording.
    const isDefined = rows.some((row) => row.vwap_gap_bps !== '');
    assert.equal(isDefined, files.length === 2);
  });
}

test('futures beside spot: two recordings of one collector, a few basis points apart', {
  skip,
}, async (context) => {
  const dataDir = tempDir(context);
  const { text } = await runFeatures(dataDir, {
    venue: 'binance-usdm',
    raw: [sharedPath(L2, 'btcusdt_20240808.gz')],
    otherVenue: 'binance-spot',
    otherRaw: [sharedPath('data/binance-spot/l2-raw/btcusdt_20240808.gz')],
    param: ['bucket=20', 'buckets=5', 'bar=5s', 'bar-changes=10', 'kyle=1m'],
  });
  const rows = rowsOf(text);
  assertPlausible(rows.slice(3));
  assertWithin(rows, 'cross_gap_bps', -30, 30, 0.95);
  assertWithin(rows, 'cross_edge_bps', -10, 30, 0.95);
  for (const name of ['vpin_taker', 'vpin_tick', 'vpin_bulk']) assertWithin(rows, name, 0, 1, 0.5);
  assertWithin(rows, 'kyle_lambda_1m', -100, 100, 0.7);
});

test('captures of whole sessions of other venues give rows of every market', { skip }, async (context) => {
  const at = (name: string): string => sharedPath('data/raw-captures', `${name}.txt.gz`);
  const sessions: readonly (readonly [venue: string, raw: string, http: string | null, markets: number])[] = [
    ['kucoin-spot', 'KUCOIN/KUCOIN.ws.1.0', 'KUCOIN/KUCOIN.http.0.0', 9],
    ['kraken-spot', 'KRAKEN/KRAKEN.ws.50.0', null, 10],
    ['coinbase', 'COINBASE/COINBASE.ws.28.0', null, 10],
  ];
  for (const [venue, raw, http, markets] of sessions) {
    const snapshot = http === null ? {} : { snapshot: [at(http)] };
    const { document, text } = await runFeatures(tempDir(context), { venue, raw: [at(raw)], ...snapshot });
    const rows = rowsOf(text);
    assert.equal(rows.length % markets, 0, venue);
    assert.equal(document.every, formatDurationUs(US_PER_SECOND));
    assert.ok(Number(document.withoutBookShare) < 0.2, `${venue}: ${String(document.withoutBookShare)}`);
    for (const row of rows) {
      const spread = row.spread_bps === '' ? 1 : Number(row.spread_bps);
      assert.ok(spread > 0 && spread < 2_000, `${venue} ${row.symbol} ${row.ts_ms}: spread of ${spread} bp`);
    }
  }
});
