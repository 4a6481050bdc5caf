/**
 * `xylen features`: indicator columns of a file of candles, a row a candle, named and ordered as in `docs/features.md`; model features of recorded
 * candles (`--store`); features of books and trades (`--microstructure`).
 */
import { createWriteStream } from 'node:fs';
import { realpath, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, US_PER_MS, XylenError } from '#core';
import { INDICATOR_NAMES, IndicatorStream } from '#features';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { nearestName } from '../config/nearest-name.ts';
import { refuseOptions, replayRequest } from '../host/replay-options.ts';
import { readCandleCsv } from './features/candle-csv.ts';
import { storeFeatures } from './features/store-features.ts';

/** `--out -`: rows to stdout. */
const STDOUT = '-';

/** Options of `--microstructure` alone. */
const MICROSTRUCTURE_OPTIONS = [
  'every',
  'raw',
  'snapshot',
  'param',
  'otherVenue',
  'otherSymbol',
  'otherRaw',
  'otherSnapshot',
];

/** The command. */
export const command: CommandModule = {
  summary: 'compute features of candles, books and trades',
  example: 'xylen features --in candles.csv.gz --out features.csv --columns rsi_14,ema_20',
  define: (features) => {
    features
      .option('--in <file>', 'candles: ts_ms,open,high,low,close,volume (CSV or CSV.gz)')
      .option('--out <file>', "CSV to write, '-' for stdout; empty cells are not defined")
      .option('--columns <names>', 'comma-separated column names (default: all)')
      .option('--store', 'model features of recorded candles into DATA_DIR/feature_store instead')
      .option('--data <path...>', 'with --store: files or folders instead of the archive')
      .option(
        '--venue <id>',
        'with --store or --microstructure: venue (default: venues.id; of a capture: none)',
      )
      .option(
        '--symbol <symbol...>',
        'with --store or --microstructure: symbols (default: venues.symbols; of a capture: all)',
      )
      .option('--from <moment>', 'first row, UTC; the features warm up on what lies before')
      .option('--to <moment>', 'end, exclusive')
      .option('--microstructure', 'features of books and trades instead, from the archive or a capture')
      .option('--every <duration>', 'with --microstructure: time between rows (default: 1s)')
      .option('--raw <file...>', 'with --microstructure: a capture, as xylen book reads it')
      .option('--snapshot <file...>', 'with --raw: books by request, where the venue needs them')
      .option('--param <name=value...>', 'with --microstructure: parameters, as docs/features.md lists them')
      .option('--other-venue <id>', 'with --microstructure: another venue, to compare books with')
      .option('--other-symbol <symbol...>', 'its symbols, one for each of --symbol')
      .option('--other-raw <file...>', 'its capture')
      .option('--other-snapshot <file...>', 'its books by request');
  },
  run: async (_args, options, context) => {
    if (options.microstructure === true) {
      // Adapters and the archive are loaded for this form only.
      const { microstructureFeatures } = await import('./features/microstructure.ts');
      return microstructureFeatures(options, context);
    }
    refuseOptions(options, MICROSTRUCTURE_OPTIONS, 'features of candles; it belongs to --microstructure');
    if (options.store === true) return store(options, context);
    if (typeof options.in !== 'string' || typeof options.out !== 'string')
      throw new XylenError('XY_USAGE', 'expected --in FILE and --out FILE, --store, or --microstructure');
    const input = options.in;
    const output = options.out;
    const columns = columnsOf(options.columns);
    if (output === STDOUT && context.isJson)
      throw new XylenError('XY_USAGE', "'--out -' and '--json' both claim stdout; name a file");
    await assertApart(input, output);
    return output === STDOUT ? print(input, columns, context) : write(input, output, columns, context);
  },
};

/** Computes the model features of recorded candles, for those who learn from them elsewhere. */
async function store(options: Readonly<Record<string, unknown>>, context: CommandContext): Promise<ExitCode> {
  for (const name of ['in', 'out', 'columns']) {
    if (options[name] !== undefined) throw new XylenError('XY_USAGE', `--${name} does not go with --store`);
  }
  const paths = Array.isArray(options.data) ? options.data.map(String) : [context.dataDir];
  const request = replayRequest(paths, options, context.config);
  const stored = await storeFeatures(request, context);
  if (context.isJson) context.printJson(stored);
  else {
    const { coldCount, dayCount, featureSetHash, rowCount, timeframe } = stored;
    context.print(
      `${rowCount} rows of ${timeframe} on ${dayCount} days in ${context.dataDir}/feature_store, ${coldCount} of them not warm; feature set ${featureSetHash.slice(0, 16)}`,
    );
  }
  return 0;
}

/** What was written. */
interface Tally {
  rowCount: number;
  firstTsMs: number | null;
  lastTsMs: number | null;
}

function columnsOf(value: unknown): readonly string[] {
  if (value === undefined) return INDICATOR_NAMES;
  const names = String(value).split(',');
  for (const name of names) {
    if (INDICATOR_NAMES.includes(name)) continue;
    const near = nearestName(name, INDICATOR_NAMES);
    const hint = near === undefined ? 'docs/features.md lists them' : `did you mean '${near}'?`;
    throw new XylenError('XY_USAGE', `--columns: there is no column '${name}'; ${hint}`, {
      fields: { column: name },
    });
  }
  if (new Set(names).size !== names.length)
    throw new XylenError('XY_USAGE', '--columns names a column twice');
  return names;
}

/** Refuses to write over what is being read. */
async function assertApart(input: string, output: string): Promise<void> {
  if (output === STDOUT) return;
  const real = (path: string) => realpath(path).catch(() => resolve(path));
  if ((await real(input)) === (await real(output)))
    throw new XylenError('XY_USAGE', '--in and --out are one file', { fields: { file: input } });
}

async function print(input: string, columns: readonly string[], context: CommandContext): Promise<ExitCode> {
  const tally: Tally = { rowCount: 0, firstTsMs: null, lastTsMs: null };
  for await (const text of featureText(input, columns, tally, context)) context.print(text.slice(0, -1));
  return 0;
}

/** Writes beside the target and renames, so that the target is there whole or not at all. */
async function write(
  input: string,
  output: string,
  columns: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  const tally: Tally = { rowCount: 0, firstTsMs: null, lastTsMs: null };
  const aside = `${output}.${process.pid}.partial`;
  try {
    const rows = Readable.from(featureText(input, columns, tally, context));
    await pipeline(rows, createWriteStream(aside, { flush: true }));
    await rename(aside, output);
  } catch (thrown) {
    await rm(aside, { force: true });
    if (thrown instanceof XylenError) throw thrown;
    const message = `${output} cannot be written: ${messageOf(thrown)}`;
    throw new XylenError('XY_STORE_FAILED', message, { fields: { file: output }, cause: thrown });
  }
  const { rowCount, firstTsMs, lastTsMs } = tally;
  if (context.isJson) context.printJson({ in: input, out: output, columns, rowCount, firstTsMs, lastTsMs });
  else context.print(`${rowCount} rows of ${columns.length} columns in ${output}`);
  return 0;
}

/** Yields the output as text, a batch of whole lines at a time. */
async function* featureText(
  input: string,
  columns: readonly string[],
  tally: Tally,
  context: CommandContext,
): AsyncGenerator<string> {
  const stream = new IndicatorStream(columns);
  const onBytes = (done: number, total: number) =>
    context.progress.update({ label: 'features', done, total, unit: 'bytes' });
  let text = `ts_ms,${columns.join(',')}\n`;
  for await (const bars of readCandleCsv(input, { signal: context.signal, onBytes })) {
    for (const bar of bars) {
      stream.push(bar);
      const tsMs = bar.openTsUs / US_PER_MS;
      text += rowText(tsMs, stream.values);
      tally.firstTsMs ??= tsMs;
      tally.lastTsMs = tsMs;
      tally.rowCount++;
    }
    if (text === '') continue;
    yield text;
    text = '';
  }
}

/** A row: shortest text that reads back as the same double, nothing where a value is not defined. */
function rowText(tsMs: number, values: Float64Array): string {
  let row = String(tsMs);
  for (let i = 0; i < values.length; i++) row += Number.isFinite(values[i]) ? `,${values[i]}` : ',';
  return `${row}\n`;
}
