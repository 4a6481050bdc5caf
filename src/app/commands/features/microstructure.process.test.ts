/** Rows of features from captures: the same bytes however the capture is cut, empty where nothing is known, refused where it is asked for wrongly. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Prng } from '#core';
import { computeMicrostructure, FRAME_DEFAULTS, type FrameEvent } from '#features';
import {
  type CaptureSession,
  captureSession,
  stampedLines,
  wrappedLines,
} from '../../../../test/support/capture-session.ts';
import { testSeed } from '../../../../test/support/property.ts';
import { tempDir } from '../../../../test/support/temp-dir.ts';
import { mergeStreams } from './arrivals.ts';
import { openCaptureSource } from './capture-source.ts';
import { FrameOrder } from './frame-order.ts';
import { type CommandCall, commandCall, rowsOf, runFeatures } from './test/feature-command.ts';

const SEED = testSeed();
/** A minute before a midnight. */
const START_US = Date.UTC(2024, 4, 1, 23, 59) * 1_000;
const SECOND = 1_000_000;

function session(seconds = 90, symbol = 'ABUSDT', middle = 10_000): CaptureSession {
  return captureSession({ symbol, seed: SEED, startUs: START_US, seconds, middle });
}

/** The snapshot as a line between the frames, where it was answered. */
function withSnapshots(
  made: CaptureSession,
  lines: readonly string[],
  ...places: readonly number[]
): string[] {
  return lines.flatMap((line, i) => {
    const { atUs } = made.frames[i] ?? { atUs: 0 };
    return places.includes(i) ? [`${atUs - 1}000 ${made.snapshotAt(i)}`, line] : [line];
  });
}

function captureFile(folder: string, name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  const content = `${lines.join('\n')}\n`;
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(content) : content);
  return path;
}

async function csvOf(
  context: TestContext,
  lines: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const folder = tempDir(context);
  const raw = [captureFile(folder, 'capture.gz', lines)];
  return (await runFeatures(folder, { raw, venue: 'binance-usdm', ...options })).text;
}

test(`the same capture in any form, packing and cutting gives the same bytes (SEED=${SEED})`, async (context) => {
  const made = session();
  const folder = tempDir(context);
  const lines = withSnapshots(made, stampedLines(made.frames), 5);
  const wrapped = wrappedLines(made.frames);
  const snapshot = captureFile(folder, 'depth.json', [
    `${(made.frames[5]?.atUs ?? 0) - 1}000 ${made.snapshotAt(5)}`,
  ]);
  const prng = new Prng(SEED);
  const cuts = [0, prng.integer(1, 300), prng.integer(300, 600), lines.length];
  const parts = cuts.slice(1).map((end, i) => captureFile(folder, `part-${i}.gz`, lines.slice(cuts[i], end)));
  const bytes = Buffer.from(lines.join('\n'));
  const members: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + prng.integer(1, 9_000);
    members.push(gzipSync(bytes.subarray(at, end)));
    at = end;
  }
  writeFileSync(join(folder, 'members.gz'), Buffer.concat(members));
  const forms: readonly Readonly<Record<string, unknown>>[] = [
    { raw: [captureFile(folder, 'plain.txt', lines)] },
    { raw: [captureFile(folder, 'packed.gz', lines)] },
    { raw: [join(folder, 'members.gz')] },
    { raw: parts },
    { raw: [captureFile(folder, 'wrapped.ndjson', wrapped)], snapshot: [snapshot] },
  ];
  const outputs: string[] = [];
  for (const form of forms)
    outputs.push((await runFeatures(folder, { venue: 'binance-usdm', ...form })).text);
  for (const text of outputs) assert.equal(text, outputs[0]);
  const rows = rowsOf(outputs[0] ?? '');
  assert.ok(rows.length >= 88 && rows.length <= 91, `${rows.length} rows`);
  const printed = commandCall(folder);
  await printed.run({ venue: 'binance-usdm', ...forms[0], out: '-' });
  assert.equal(`${printed.lines.join('\n')}\n`, outputs[0], 'stdout has the rows and nothing else');
});

/** The events of a capture in the one order, as the command samples them. */
async function orderedEvents(folder: string, rawFiles: readonly string[]): Promise<FrameEvent[]> {
  const { context } = commandCall(folder);
  const side = { kind: 'capture', venue: 'binance-usdm', rawFiles, snapshotFiles: [], symbols: [] } as const;
  const source = await openCaptureSource(side, 0, context);
  const events: FrameEvent[] = [];
  const order = new FrameOrder(context.config.feeds.reorderWindowUs, (event) => events.push(event));
  for await (const batch of mergeStreams(source.streams())) for (const event of batch) order.push(event);
  order.flush();
  return events;
}

test(`rows are those of computeMicrostructure over the events (SEED=${SEED})`, async (context) => {
  const made = session();
  const folder = tempDir(context);
  const raw = [captureFile(folder, 'capture', withSnapshots(made, stampedLines(made.frames), 5))];
  const { document, text } = await runFeatures(folder, { venue: 'binance-usdm', raw });
  const events = await orderedEvents(folder, raw);
  const endUs = events.at(-1)?.tsVenueUs ?? 0;
  const options = { ...FRAME_DEFAULTS, priceDecimals: 2, qtyDecimals: 3 };
  const table = computeMicrostructure(events, endUs, options, { ownIx: 0 });
  const expected = Array.from(table.rowUs, (rowUs, i) => {
    const cells = table.columns.map((column) => (Number.isNaN(column[i]) ? '' : String(column[i])));
    return [rowUs / 1_000, 'ABUSDT', ...cells].join(',');
  });
  assert.equal(text, `${[`ts_ms,symbol,${table.names.join(',')}`, ...expected].join('\n')}\n`);
  assert.deepEqual(
    [document.hash, document.rowCount, document.columns],
    [table.hash, expected.length, ['ts_ms', 'symbol', ...table.names]],
  );
  for (const name of [
    'ofi_10s',
    'queue_bid',
    'trade_flow_10s',
    'vwap_gap_bps',
    'premium_bps',
    'funding_rate',
  ]) {
    const column = table.columns[table.names.indexOf(name)];
    assert.ok(
      column?.some((value) => !Number.isNaN(value)),
      `${name} is defined somewhere`,
    );
  }
});

test('a book that is not right gives empty cells from the last good message until it is right again', async (context) => {
  const made = session(40);
  const at = (second: number): number =>
    made.frames.findIndex(({ atUs, kind }) => kind === 'depth' && atUs >= START_US + second * SECOND);
  const healedAt = at(22);
  const lines = withSnapshots(made, stampedLines(made.frames), 5, healedAt);
  // A change that was never written down, a moment after the tenth second.
  const lost = stampedLines(made.frames)[at(10.5)] ?? '';
  const whole = rowsOf(await csvOf(context, lines));
  const rows = rowsOf(
    await csvOf(
      context,
      lines.filter((line) => line !== lost),
    ),
  );
  assert.deepEqual(
    rows.map((row) => row.ts_ms),
    whole.map((row) => row.ts_ms),
  );
  const secondsOf = (name: string): number[] =>
    rows
      .filter((row) => row[name] === '')
      .map((row) => Number(row.ts_ms) - START_US / 1_000)
      .map((ms) => ms / 1_000);
  assert.deepEqual(
    secondsOf('spread_bps'),
    Array.from({ length: 12 }, (_, i) => 11 + i),
  );
  assert.ok(
    secondsOf('ofi_10s').includes(31) && !secondsOf('ofi_10s').includes(33),
    'windows are whole again',
  );
  for (const [i, row] of rows.entries()) {
    if (row.spread_bps !== '') assert.equal(row.imbalance_5, whole[i]?.imbalance_5, 'never an old value');
    assert.equal(row.trade_flow_10s, whole[i]?.trade_flow_10s, 'trades are not concerned');
  }
});

test('a line that cannot be read may have been a trade: windows over it are empty, and so is its day', async (context) => {
  const made = session(100);
  const lines = withSnapshots(made, stampedLines(made.frames), 5);
  const damaged = made.frames.findIndex(({ atUs }) => atUs >= START_US + 75.5 * SECOND);
  const rows = rowsOf(await csvOf(context, lines.toSpliced(damaged, 0, '{"e":"aggTr', 'garbage')));
  const isDefined = (name: string, second: number): boolean =>
    rows.find((row) => Number(row.ts_ms) === START_US / 1_000 + second * 1_000)?.[name] !== '';
  const defined = [75, 76, 77, 85, 86].map((second) => isDefined('trade_flow_10s', second));
  assert.deepEqual(defined, [true, false, false, false, true]);
  assert.deepEqual(
    [74, 75, 76, 90].map((second) => isDefined('vwap_gap_bps', second)),
    [true, true, false, false],
  );
  assert.ok(isDefined('spread_bps', 78), 'the book is numbered: nothing of it is missing');
});

test('trades that come again, or on a second stream of Binance, count once', async (context) => {
  const made = session(20);
  const snapshot = `${(made.frames[0]?.atUs ?? 0) - 1}000 ${made.snapshotAt(0)}`;
  const doubled = made.frames.flatMap((frame) => {
    const single = { ...frame, raw: frame.raw.replace('"aggTrade"', '"trade"').replace('"a":', '"t":') };
    return frame.kind === 'trade' ? [frame, single, frame] : [frame];
  });
  const once = await csvOf(context, [snapshot, ...stampedLines(made.frames)]);
  assert.equal(await csvOf(context, [snapshot, ...stampedLines(doubled)]), once);
});

test('several symbols: a row a moment and symbol on one grid, and another venue beside each', async (context) => {
  const folder = tempDir(context);
  const [first, second] = [session(30, 'ABUSDT'), session(30, 'CDUSDT', 5_000)];
  const both = (middle: number): string[] =>
    [...session(30, 'ABUSDT', middle).frames, ...session(30, 'CDUSDT', 5_000).frames]
      .sort((a, b) => a.atUs - b.atUs)
      .flatMap((frame) => stampedLines([frame]));
  const named = (made: CaptureSession, symbol: string): string =>
    `https://fapi.binance.com/fapi/v1/depth?symbol=${symbol} -> 1: ${made.snapshotAt(0)}`;
  const snapshot = [captureFile(folder, 'depth', [named(first, 'ABUSDT'), named(second, 'CDUSDT')])];
  const raw = [captureFile(folder, 'raw', both(10_000))];
  const call = { venue: 'binance-usdm', symbol: ['ABUSDT', 'CDUSDT'], raw, snapshot };
  const { document, text } = await runFeatures(folder, call);
  const rows = rowsOf(text);
  assert.deepEqual(
    rows.slice(0, 4).map(({ symbol }) => symbol),
    ['ABUSDT', 'CDUSDT', 'ABUSDT', 'CDUSDT'],
  );
  assert.equal(rows[0]?.ts_ms, rows[1]?.ts_ms);
  const tallies = document.symbols as readonly { readonly symbol: string; readonly rowCount: number }[];
  assert.deepEqual(
    tallies.map(({ rowCount }) => rowCount * 2),
    [rows.length, rows.length],
  );

  const higher = session(30, 'ABUSDT', 10_010);
  const otherSnapshot = [
    captureFile(folder, 'other-depth', [named(higher, 'ABUSDT'), named(second, 'CDUSDT')]),
  ];
  const otherRaw = [captureFile(folder, 'other-raw', both(10_010))];
  const other = { otherVenue: 'binance-usdm', otherRaw, otherSnapshot };
  const crossed = rowsOf((await runFeatures(folder, { ...call, ...other })).text).slice(10);
  for (const row of crossed) {
    const gap = Number(row.cross_gap_bps);
    // The same book, ten ticks lower than there; the other symbol's is the same in both.
    if (row.symbol === 'CDUSDT') assert.equal(row.cross_gap_bps, '0');
    else assert.ok(gap > -10.1 && gap < -9.9, row.cross_gap_bps);
  }
});

test('frames without a time of receipt are timed by the venue, and nothing without any time makes rows', async (context) => {
  const made = session(20);
  const bare = made.frames.map(({ raw }) => raw);
  const rows = rowsOf(await csvOf(context, [made.snapshotAt(0), ...bare]));
  assert.ok(rows.length >= 19 && rows.slice(1).every((row) => row.spread_bps !== ''));
  const timeless = JSON.parse(made.snapshotAt(0)) as Record<string, unknown>;
  const depth = JSON.parse(bare.find((raw) => raw.includes('depthUpdate')) ?? '') as { data: object };
  const frame = { ...depth, data: { ...depth.data, E: 0, T: 0 } };
  const lines = [JSON.stringify({ ...timeless, E: 0, T: 0 }), JSON.stringify(frame)];
  await assert.rejects(csvOf(context, lines), { code: 'XY_DATA_INSUFFICIENT' });
});

test('rows of a part of the time, chosen columns, other distances, and what is said of them', async (context) => {
  const folder = tempDir(context);
  const made = session(60);
  const raw = [captureFile(folder, 'raw', withSnapshots(made, stampedLines(made.frames), 5))];
  const call = { venue: 'binance-usdm', raw };
  const whole = rowsOf((await runFeatures(folder, call)).text);
  const part = await runFeatures(folder, {
    ...call,
    from: new Date((START_US + 20 * SECOND) / 1_000).toISOString(),
    to: new Date((START_US + 40 * SECOND) / 1_000).toISOString(),
    columns: 'imbalance_5,spread_bps',
  });
  const expected = whole
    .slice(19, 39)
    .map((row) => [row.ts_ms, row.symbol, row.imbalance_5, row.spread_bps].join(','));
  assert.equal(part.text, `${['ts_ms,symbol,imbalance_5,spread_bps', ...expected].join('\n')}\n`);
  assert.deepEqual([part.document.rowCount, part.document.withoutBookShare], [20, 0]);
  const coarse = await runFeatures(folder, { ...call, every: '20s', param: ['bucket=2', 'levels=3'] });
  const names = coarse.document.columns as readonly string[];
  assert.deepEqual(
    names.filter((name) => /^(imb|ofi|kyle|vpin|real)/.test(name)),
    [
      ...['imbalance_3', 'imbalance_5bps', 'imbalance_25bps', 'ofi_20s', 'ofi_5_20s', 'ofi_1m', 'ofi_5_1m'],
      ...['kyle_lambda_5m', 'realised_vol_5m', 'vpin_taker', 'vpin_tick', 'vpin_bulk'],
    ],
  );
  const said: CommandCall = commandCall(folder);
  await said.run({ ...call, out: join(folder, 'said.csv') });
  assert.match(said.lines[0] ?? '', /^\d+ rows of 24 features every 1s in .*said\.csv; frame [0-9a-f]{16}$/);
  assert.match(
    said.lines[1] ?? '',
    /^binance-usdm ABUSDT: \d+ rows, \d+\.\d % of them without a usable book$/,
  );
});

test('wrong use is refused with option, value and what is allowed, and leaves nothing behind', async (context) => {
  const folder = tempDir(context);
  const made = session(10);
  const raw = [captureFile(folder, 'raw', withSnapshots(made, stampedLines(made.frames), 5))];
  const out = join(folder, 'out.csv');
  const call = { venue: 'binance-usdm', raw, out };
  const refused = async (options: Readonly<Record<string, unknown>>, message: RegExp): Promise<void> => {
    const { run } = commandCall(folder, { isJson: true });
    await assert.rejects(run({ ...call, ...options }), (thrown: Error & { code?: string }) => {
      assert.equal(thrown.code, 'XY_USAGE', thrown.message);
      assert.match(thrown.message, message);
      return true;
    });
  };
  await refused(
    { every: '0s' },
    /^--every: expected a duration from 10ms to 1h in whole milliseconds, found '0s'$/,
  );
  await refused({ every: 'often' }, /^--every: .*'often'/);
  await refused({ param: ['kyle'] }, /^--param: expected NAME=VALUE, found 'kyle'$/);
  await refused(
    { param: ['kile=5m'] },
    /^--param: expected one of levels, .*, found 'kile'; did you mean 'kyle'\?$/,
  );
  await refused(
    { param: ['kyle=1500ms'] },
    /^--param kyle: expected a duration from 3s to 1d that is a multiple of 1s, found '1500ms'$/,
  );
  await refused(
    { param: ['levels=0'] },
    /^--param levels: expected 1 to 16 numbers of levels .*, found '0'$/,
  );
  await refused({ param: ['flow=10s,10s'] }, /each once, found '10s,10s'$/);
  await refused(
    { param: ['bucket=0.0001'] },
    /^--param bucket: expected a volume above 0 with at most 3 decimals.*'0\.0001'$/,
  );
  await refused(
    { param: ['bucket.NOUSDT=1'] },
    /^--param bucket\.NOUSDT: expected a symbol of ABUSDT, found 'NOUSDT'$/,
  );
  await refused({ param: ['kyle=5m', 'kyle=5m'] }, /each parameter once/);
  await refused({ venue: 'nowhere' }, /^--venue: expected one of binance-usdm, .*, found 'nowhere'$/);
  await refused({ symbol: ['NOUSDT'] }, /expected a market of the capture \(ABUSDT\), found 'NOUSDT'/);
  await refused({ columns: 'spread_bsp' }, /no column 'spread_bsp'; did you mean 'spread_bps'\?/);
  await refused(
    { columns: 'spread_bps,spread_bps' },
    /^--columns: expected each column once, found 'spread_bps'$/,
  );
  await refused({ from: 'noon' }, /^--from: expected a UTC moment .*, found 'noon'$/);
  await refused({ from: '2024-05-02', to: '2024-05-01' }, /^--to: expected a moment after --from/);
  await refused({ otherRaw: raw }, /^--other-raw belongs to another venue: it needs --other-venue$/);
  await refused({ otherVenue: 'coinbase' }, /--other-raw FILE/);
  await refused({ store: true }, /--store reads the archive and --raw a capture/);
  await refused({ in: 'x' }, /^--in does not go with --microstructure$/);
  await refused({ out: raw[0] }, /--out would write over/);
  await refused({ out: '-' }, /both claim stdout/);
  await refused({ out: undefined }, /needs --out FILE/);
  await refused({ raw: undefined, snapshot: raw }, /it needs --raw/);
  await refused(
    { microstructure: false, in: 'x', raw: undefined, every: '1s' },
    /^--every does not go with .*--microstructure$/,
  );
  const late = commandCall(folder);
  await assert.rejects(late.run({ ...call, from: '2030-01-01' }), { code: 'XY_DATA_INSUFFICIENT' });
  const { run } = commandCall(folder, { signal: AbortSignal.abort() });
  await assert.rejects(run(call), { code: 'XY_INTERRUPTED' });
  assert.deepEqual(readdirSync(folder), ['raw'], 'nothing half-written remains');
  assert.ok(readFileSync(raw[0] ?? '').length > 0);
});

test('the page of features lists every parameter that is taken', async (context) => {
  const { run } = commandCall(tempDir(context));
  const thrown: unknown = await run({ venue: 'binance-usdm', raw: ['none'], out: 'x', param: ['?=1'] }).catch(
    (error: unknown) => error,
  );
  const names = /expected one of (.*), found/.exec(String(thrown))?.[1]?.split(', ') ?? [];
  assert.ok(names.length > 10);
  const page = readFileSync(new URL('../../../../docs/features.md', import.meta.url), 'utf8');
  for (const name of names) assert.ok(page.includes(`\`${name}\``), `docs/features.md names ${name}`);
});
