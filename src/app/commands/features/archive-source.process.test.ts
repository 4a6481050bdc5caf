/** Rows of features from the archive: those of the capture that was recorded, however it lies there, and empty where the ledger says that something is missing. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FeedEvent, LedgerEntry } from '#domain';
import type { RecordedInstrument } from '#store/recording';
import { captureSession, stampedLines } from '../../../../test/support/capture-session.ts';
import { testSeed } from '../../../../test/support/property.ts';
import { tempDir } from '../../../../test/support/temp-dir.ts';
import { mergeStreams } from './arrivals.ts';
import { openCaptureSource } from './capture-source.ts';
import { type ArchivedEvents, archiveEvents } from './test/archived-events.ts';
import { commandCall, rowsOf, runFeatures } from './test/feature-command.ts';

const SEED = testSeed();
const START_US = Date.UTC(2024, 4, 1, 23, 58, 30) * 1_000;
const SECOND = 1_000_000;
const INSTRUMENT: RecordedInstrument = {
  venue: 'binance-usdm',
  symbol: 'ABUSDT',
  priceDecimals: 2,
  qtyDecimals: 3,
  tradeIds: 'aggregate',
};
const CALL = { venue: 'binance-usdm', symbol: ['ABUSDT'] };

interface Recorded {
  readonly raw: readonly string[];
  readonly events: readonly FeedEvent[];
}

/** A capture, and its events as a recorder would have had them. */
async function recordedSession(
  context: TestContext,
  seconds: number,
  cut?: [number, number],
): Promise<Recorded> {
  const folder = tempDir(context);
  const made = captureSession({ symbol: 'ABUSDT', seed: SEED, startUs: START_US, seconds });
  const at = (second: number): number =>
    made.frames.findIndex(({ atUs }) => atUs >= START_US + second * SECOND);
  const [fromIx, toIx] = cut === undefined ? [0, 0] : [at(cut[0]), at(cut[1])];
  const snapshot = (ix: number): string => `${(made.frames[ix]?.atUs ?? 0) - 1}000 ${made.snapshotAt(ix)}`;
  const lines = stampedLines(made.frames);
  // A feed asks for a book when it sees that it has lost one.
  const after = toIx + 4;
  const rest = toIx === 0 ? lines : [...lines.slice(toIx, after), snapshot(after), ...lines.slice(after)];
  const kept = [...lines.slice(0, fromIx), ...rest];
  const file = join(folder, 'capture');
  writeFileSync(file, [...kept.slice(0, 5), snapshot(5), ...kept.slice(5)].join('\n'));
  const side = { kind: 'capture', ...CALL, rawFiles: [file], snapshotFiles: [], symbols: [] } as const;
  const source = await openCaptureSource(side, 0, commandCall(folder).context);
  const events: FeedEvent[] = [];
  for await (const batch of mergeStreams(source.streams())) {
    for (const event of batch)
      if (event.kind !== 'feed-state' && event.kind !== 'prints-lost') events.push(event);
  }
  return { raw: [file], events };
}

async function archived(
  context: TestContext,
  events: readonly FeedEvent[],
  how: Partial<ArchivedEvents> = {},
): Promise<string> {
  const dataDir = tempDir(context);
  const whole = { instruments: [INSTRUMENT], partEvents: 1_000_000, isCompacted: true };
  await archiveEvents(dataDir, { ...whole, events, ...how });
  return dataDir;
}

test(`the archive gives the bytes of the capture it was recorded from, in any parts (SEED=${SEED})`, async (context) => {
  const { events, raw } = await recordedSession(context, 150);
  const expected = (await runFeatures(tempDir(context), { venue: 'binance-usdm', raw })).text;
  assert.ok(rowsOf(expected).length >= 149);
  for (const how of [
    { partEvents: 1_000_000, isCompacted: true },
    { partEvents: 97, isCompacted: false },
    { partEvents: 613, isCompacted: true },
  ]) {
    const dataDir = await archived(context, events, how);
    const { document, text } = await runFeatures(dataDir, { ...CALL, store: true });
    assert.equal(text, expected, JSON.stringify(how));
    assert.deepEqual(document.source, {
      kind: 'archive',
      venue: 'binance-usdm',
      dataSets: ['ABUSDT book', 'ABUSDT funding-rate', 'ABUSDT mark-price', 'ABUSDT trades'],
      losses: 0,
    });
  }
});

test(`rows from a moment on are those of the whole, a day's average and the book included (SEED=${SEED})`, async (context) => {
  const { events } = await recordedSession(context, 200);
  const dataDir = await archived(context, events);
  const param = ['change=10s', 'fact-stale=5s', 'kyle=20s', 'volatility=20s', 'flow=10s'];
  const whole = rowsOf((await runFeatures(dataDir, { ...CALL, param })).text);
  const from = START_US + 150 * SECOND;
  const to = from + 20 * SECOND;
  const range = { from: new Date(from / 1_000).toISOString(), to: new Date(to / 1_000).toISOString() };
  const part = rowsOf((await runFeatures(dataDir, { ...CALL, param, ...range })).text);
  const expected = whole.filter((row) => Number(row.ts_ms) >= from / 1_000 && Number(row.ts_ms) < to / 1_000);
  assert.equal(part.length, 20);
  assert.deepEqual(part, expected);
  assert.ok(
    part.every((row) => row.vwap_gap_bps !== '' && row.kyle_lambda_20s !== '' && row.spread_bps !== ''),
  );
});

function loss(stream: LedgerEntry['stream'], fromUs: number, toUs: number): LedgerEntry {
  const ids = { lostFromId: -1, lostToId: -1 };
  const named = { venue: 'binance-usdm', symbol: 'ABUSDT', stream } as const;
  return { ...named, cause: 'disconnect', fromUs, toUs, ...ids, detail: 'the connection ended' };
}

test('what the ledger says is missing is empty, whatever the events around it look like', async (context) => {
  const { events } = await recordedSession(context, 60, [20.5, 25.5]);
  const lastBefore = events.findLast(({ tsLocalUs }) => tsLocalUs < START_US + 20.6 * SECOND);
  const snapshot = events.findLast((event) => event.kind === 'book' && event.isSnapshot);
  const [fromUs, toUs] = [lastBefore?.tsLocalUs ?? 0, snapshot?.tsLocalUs ?? 0];
  const losses = [
    loss('book', fromUs, toUs),
    loss('book', fromUs + 1, toUs - 1),
    loss('trades', fromUs, toUs),
  ];
  const dataDir = await archived(context, events, { losses });
  const rows = rowsOf((await runFeatures(dataDir, CALL)).text);
  const emptyOf = (name: string): number[] =>
    rows
      .filter((row) => row[name] === '')
      .map((row) => (Number(row.ts_ms) * 1_000 - START_US) / SECOND)
      .filter((second) => second > 12);
  assert.deepEqual(emptyOf('spread_bps'), [21, 22, 23, 24, 25]);
  assert.deepEqual(
    emptyOf('trade_flow_10s'),
    Array.from({ length: 15 }, (_, i) => 21 + i),
  );
  assert.deepEqual(emptyOf('imbalance_1'), emptyOf('spread_bps'));
  // Without the ledger the old book would have stood for five seconds, and no trade would have been no trade.
  const unsuspecting = rowsOf((await runFeatures(await archived(context, events), CALL)).text);
  assert.ok(unsuspecting.find((row) => Number(row.ts_ms) === START_US / 1_000 + 23_000)?.spread_bps !== '');
});

test('open interest and liquidations of the archive become columns; what is lost of them is no zero', async (context) => {
  const { events } = await recordedSession(context, 40);
  const facts = Array.from({ length: 39 }, (_, i): FeedEvent[] => {
    const tsLocalUs = START_US + i * SECOND + 500_000;
    const base = { instrumentIx: 0, tsVenueUs: tsLocalUs - 1_000 };
    const order = { side: i % 4 === 0 ? 'buy' : 'sell', priceTicks: 10_000, qtyLots: 10 } as const;
    return [
      { kind: 'open-interest', ...base, tsLocalUs, openInterestLots: 1_000 + i },
      { kind: 'liquidation', ...base, tsLocalUs: tsLocalUs + 1, ...order },
    ];
  }).flat();
  const all = [...events, ...facts].sort((a, b) => a.tsLocalUs - b.tsLocalUs);
  const losses = [loss('liquidations', START_US + 20.6 * SECOND, START_US + 22.4 * SECOND)];
  const dataDir = await archived(context, all, { losses });
  const param = ['change=5s', 'liquidations=4s'];
  const rows = rowsOf((await runFeatures(dataDir, { ...CALL, param })).text);
  const at = (second: number): Readonly<Record<string, string>> =>
    rows.find((row) => Number(row.ts_ms) === START_US / 1_000 + second * 1_000) ?? {};
  assert.equal(at(15).oi_change_5s, String(Math.log(1_014 / 1_009)));
  assert.equal(at(15).liquidation_imbalance_4s, '-0.5');
  const empty = rows.filter((row) => row.liquidation_imbalance_4s === '').length;
  assert.equal(
    empty,
    4 + 6,
    'until the first four seconds are whole; the three that lost some and the three after',
  );
  const without = await archived(context, events);
  await assert.rejects(runFeatures(without, { ...CALL, param }), {
    code: 'XY_DATA_INSUFFICIENT',
    message:
      /need liquidations of binance-usdm ABUSDT; the archive has book, funding-rate, mark-price, trades of it/,
  });
});

test('two venues of one archive are compared, their books alone of the other', async (context) => {
  const { events } = await recordedSession(context, 30);
  const other = events
    .filter((event) => event.kind === 'book')
    .map((event) => ({
      ...event,
      instrumentIx: 1,
      tsLocalUs: event.tsLocalUs + 100_000,
      tsVenueUs: event.tsVenueUs + 100_000,
      firstUpdateId: -1,
      lastUpdateId: -1,
      previousUpdateId: -1,
      // Ticks of a tenth, ten of them higher.
      bids: event.bids.map((value, i) => (i % 2 === 0 ? Math.floor(value / 10) + 10 : value)),
      asks: event.asks.map((value, i) => (i % 2 === 0 ? Math.ceil(value / 10) + 10 : value)),
    }));
  const kraken = { ...INSTRUMENT, venue: 'kraken-spot', symbol: 'AB/USD', priceDecimals: 1 } as const;
  const all = [...events, ...other].sort((a, b) => a.tsLocalUs - b.tsLocalUs);
  const dataDir = await archived(context, all, { instruments: [INSTRUMENT, kraken] });
  const call = { ...CALL, otherVenue: 'kraken-spot', otherSymbol: ['AB/USD'] };
  const { document, text } = await runFeatures(dataDir, call);
  const gaps = rowsOf(text).flatMap((row) => (row.cross_gap_bps === '' ? [] : [Number(row.cross_gap_bps)]));
  assert.ok(gaps.length > 20 && gaps.every((gap) => gap < -85 && gap > -115), gaps.join());
  assert.deepEqual(document.otherSource, { venue: 'kraken-spot', dataSets: ['AB/USD book'], losses: 0 });
  await assert.rejects(runFeatures(dataDir, { ...call, otherSymbol: ['AB/USD', 'CD/USD'] }), {
    code: 'XY_DATA_INSUFFICIENT',
    message: /need a book of kraken-spot CD\/USD; the archive has nothing of it/,
  });
});

test('an archive without what is asked for is refused with what it has', async (context) => {
  const { events } = await recordedSession(context, 10);
  const dataDir = await archived(context, events);
  await assert.rejects(runFeatures(dataDir, { ...CALL, symbol: ['CDUSDT'] }), {
    code: 'XY_DATA_INSUFFICIENT',
  });
  await assert.rejects(runFeatures(dataDir, { ...CALL, from: '2025-01-01' }), {
    code: 'XY_DATA_INSUFFICIENT',
    message: /^the data cover 2024-05-01T23:58:30/,
  });
  await assert.rejects(runFeatures(dataDir, { ...CALL, symbol: ['ABUSDT', 'ABUSDT'] }), {
    code: 'XY_USAGE',
    message: /^--symbol: expected each symbol once, found 'ABUSDT'$/,
  });
  await assert.rejects(runFeatures(dataDir, { ...CALL, venue: 'nowhere' }), {
    code: 'XY_USAGE',
    message: /^--venue/,
  });
});
