/**
 * `xylen import`: takes files of recorded market data into the archive, all of a command or nothing. Files named must be of the kind
 * and symbol asked for; folders are searched for files that are, and what was passed over is listed.
 */
import type { Command } from 'commander';
import { formatDurationUs, formatIso, parseDurationUs, XylenError } from '#core';
import { parseVenueId, VENUE_IDS, type VenueId } from '#domain';
import { HISTORY_KINDS, type HistoryKind } from '#store';
import {
  type FileSummary,
  type FoundFile,
  findFiles,
  nameHasSymbol,
  openSourceFile,
  readRows,
  type SourceFile,
  scanFile,
} from '#store/files';
import { checkSymbol, dataSetKey, isBarKind, isTimeframe } from '#store/history';
import { type ImportOutcome, type ImportSet, type ImportSource, importDataSets } from '#store/parquet';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'read recorded market data into the archive',
  example: 'xylen import ./BTCUSDT_5m.csv.gz --venue binance-usdm --symbol BTCUSDT --kind candles',
  define,
  run,
};

function define(command: Command): void {
  command
    .argument('<path...>', 'files, or folders to search: CSV, CSV.gz, ZIP of one CSV, recorded streams')
    .requiredOption('--venue <id>', 'venue the data are of, e.g. binance-usdm')
    .requiredOption('--symbol <symbol>', 'symbol the data are of, e.g. BTCUSDT')
    .requiredOption('--kind <kind>', HISTORY_KINDS.join(' | '))
    .option('--timeframe <duration>', 'bar length, e.g. 5m (default: told by the data)')
    .option('--replace', 'let rows of the files take the place of archived rows they disagree with')
    .option('--dry-run', 'check and count everything, write nothing');
}

async function run(
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<ExitCode> {
  const wish = parseWish(args, options);
  const { files, skipped } = await selectFiles(wish);
  const scanned = await scanFiles(files, wish, skipped, context);
  const sets = setsOf(scanned, wish, context.signal);
  const outcomes = await importDataSets(context.dataDir, sets, {
    replace: wish.replace,
    dryRun: wish.dryRun,
    signal: context.signal,
    onProgress: (label, done, total) => context.progress.update({ label, done, total, unit: 'rows' }),
  });
  if (context.isJson) context.printJson(jsonOf(outcomes, sets, wish, skipped));
  else for (const line of linesOf(outcomes, sets, wish, skipped)) context.print(line);
  return 0;
}

/** The command line, validated. */
interface Wish {
  readonly paths: readonly string[];
  readonly venue: VenueId;
  readonly symbol: string;
  readonly kind: HistoryKind;
  readonly timeframeUs: number | null;
  readonly replace: boolean;
  readonly dryRun: boolean;
}

/** A file that was passed over, and why. */
interface Skipped {
  readonly path: string;
  readonly reason: string;
}

interface OpenedFile extends FoundFile {
  readonly file: SourceFile;
}

function parseWish(args: readonly unknown[], options: Readonly<Record<string, unknown>>): Wish {
  const paths = args.flat().filter((path): path is string => typeof path === 'string');
  if (paths.length === 0) throw usage('name at least one file or folder');
  const venue = parseVenueId(String(options.venue));
  if (venue === undefined)
    throw usage(`--venue is one of ${VENUE_IDS.join(', ')} or ccxt:NAME, was '${options.venue}'`);
  const kind = HISTORY_KINDS.find((known) => known === options.kind);
  if (kind === undefined) throw usage(`--kind is one of ${HISTORY_KINDS.join(', ')}, was '${options.kind}'`);
  return {
    paths,
    venue,
    kind,
    symbol: checkSymbol(String(options.symbol)),
    timeframeUs: parseTimeframe(options.timeframe, kind),
    replace: options.replace === true,
    dryRun: options.dryRun === true,
  };
}

function parseTimeframe(value: unknown, kind: HistoryKind): number | null {
  if (value === undefined) return null;
  if (!isBarKind(kind)) throw usage(`--timeframe belongs to bars; ${kind} have none`);
  const us = parseDurationUs(String(value));
  if (us !== undefined && isTimeframe(us)) return us;
  throw usage(
    `--timeframe is a duration of whole seconds that divides a day, such as 5m or 1h, was '${value}'`,
  );
}

function usage(message: string): XylenError {
  return new XylenError('XY_USAGE', message);
}

/** Opens what is named and what folders have of the symbol and kind. */
async function selectFiles(wish: Wish): Promise<{ files: OpenedFile[]; skipped: Skipped[] }> {
  const files: OpenedFile[] = [];
  const skipped: Skipped[] = [];
  for (const found of await findFiles(wish.paths)) {
    const reason =
      found.isNamed || nameHasSymbol(found.path, wish.symbol)
        ? undefined
        : `its name does not name ${wish.symbol}`;
    const opened = reason ?? (await openOrReason(found, wish));
    if (typeof opened === 'string') skipped.push({ path: found.path, reason: opened });
    else files.push({ ...found, file: opened });
  }
  if (files.length > 0) return { files, skipped };
  const reasons = skipped.slice(0, 5).map(({ path, reason }) => `${path}: ${reason}`);
  throw new XylenError('XY_DATA_INSUFFICIENT', ['no file to import', ...reasons].join('\n'));
}

async function openOrReason(found: FoundFile, wish: Wish): Promise<SourceFile | string> {
  let file: SourceFile;
  try {
    file = await openSourceFile(found.path);
  } catch (thrown) {
    if (found.isNamed || !(thrown instanceof XylenError)) throw thrown;
    return thrown.message;
  }
  if (file.form.kinds.includes(wish.kind)) return file;
  const reason = `it is a ${file.form.name} and holds ${file.form.kinds.join(' and ')}, not ${wish.kind}`;
  if (found.isNamed) throw usage(`${found.path}: ${reason}`);
  return reason;
}

/** Validates every file; a damaged one ends the command. */
async function scanFiles(
  files: readonly OpenedFile[],
  wish: Wish,
  skipped: Skipped[],
  context: CommandContext,
): Promise<FileSummary[]> {
  const total = files.reduce((sum, { file }) => sum + file.bytes.bytesTotal, 0);
  let done = 0;
  const onRaw = (piece: Buffer): void => {
    done += piece.length;
    context.progress.update({ label: 'reading', done, total, unit: 'bytes' });
  };
  const scanned: FileSummary[] = [];
  for (const { file, path, isNamed } of files) {
    const { kind, symbol } = wish;
    const timeframeUs = isNamed ? wish.timeframeUs : null;
    const found = await scanFile(file, { kind, symbol, timeframeUs, signal: context.signal, onRaw });
    const reason = misfitOf(found, wish);
    if (reason === undefined) scanned.push(found);
    else if (isNamed)
      throw new XylenError('XY_DATA_INSUFFICIENT', `${path}: ${reason}`, { fields: { file: path } });
    else skipped.push({ path, reason });
  }
  if (scanned.length === 0)
    throw new XylenError('XY_DATA_INSUFFICIENT', 'no file to import: all were passed over');
  return scanned;
}

function misfitOf(found: FileSummary, wish: Wish): string | undefined {
  if (found.recordCount === 0) return `it holds no ${wish.kind}`;
  if (wish.timeframeUs === null || found.timeframeUs === wish.timeframeUs) return undefined;
  return `its bars are of ${formatDurationUs(found.timeframeUs ?? 0)}`;
}

/** One data set a timeframe. */
function setsOf(scanned: readonly FileSummary[], wish: Wish, signal: AbortSignal): ImportSet[] {
  const sets = new Map<string, { id: ImportSet['id']; sources: ImportSource[] }>();
  for (const found of scanned) {
    const { venue, symbol, kind } = wish;
    const id = { venue, symbol, kind, timeframeUs: found.timeframeUs };
    const set = sets.get(dataSetKey(id)) ?? { id, sources: [] };
    const { firstTsUs, lastTsUs, recordCount, priceDecimals, qtyDecimals, timeframeUs, file } = found;
    set.sources.push({
      label: file.path,
      tradeIds: kind === 'trades' ? (file.form.tradeIds ?? null) : null,
      recordCount,
      firstTsUs,
      lastTsUs,
      priceDecimals,
      qtyDecimals,
      open: () => readRows(file, { kind, symbol, timeframeUs, signal }),
    });
    sets.set(dataSetKey(id), set);
  }
  return [...sets.values()];
}

function jsonOf(
  outcomes: readonly ImportOutcome[],
  sets: readonly ImportSet[],
  wish: Wish,
  skipped: readonly Skipped[],
): unknown {
  return {
    dryRun: wish.dryRun,
    dataSets: outcomes.map((outcome, ix) => ({
      venue: outcome.id.venue,
      symbol: outcome.id.symbol,
      kind: outcome.id.kind,
      timeframe: outcome.id.timeframeUs === null ? null : formatDurationUs(outcome.id.timeframeUs),
      files: sets[ix]!.sources.map(({ label }) => label),
      rowsNew: outcome.recordsNew,
      rowsKnown: outcome.recordsKnown,
      rowsReplaced: outcome.recordsReplaced,
      rowsRejected: 0,
      rows: outcome.recordCount,
      from: formatIso(outcome.fromUs),
      to: formatIso(outcome.toUs),
      barsMissing: outcome.barsMissing,
      priceDecimals: outcome.priceDecimals,
      qtyDecimals: outcome.qtyDecimals,
      partitionsWritten: outcome.partitionsWritten,
      partitionsResumed: outcome.partitionsResumed,
    })),
    skipped,
  };
}

function linesOf(
  outcomes: readonly ImportOutcome[],
  sets: readonly ImportSet[],
  wish: Wish,
  skipped: readonly Skipped[],
): string[] {
  const count = (value: number): string => value.toLocaleString('en-US');
  const lines = wish.dryRun ? ['Dry run: nothing was written.'] : [];
  outcomes.forEach((outcome, ix) => {
    const { id } = outcome;
    const timeframe = id.timeframeUs === null ? '' : ` ${formatDurationUs(id.timeframeUs)}`;
    const missing =
      outcome.barsMissing === null ? '' : `, ${count(outcome.barsMissing)} bars missing in between`;
    lines.push(
      `${id.venue} ${id.symbol} ${id.kind}${timeframe}: ${sets[ix]!.sources.length} file(s)`,
      `  rows      ${count(outcome.recordsNew)} new, ${count(outcome.recordsKnown)} known, ${count(outcome.recordsReplaced)} replaced, 0 rejected`,
      `  archive   ${count(outcome.recordCount)} rows from ${formatIso(outcome.fromUs)} to ${formatIso(outcome.toUs)}${missing}`,
      `  decimals  price ${outcome.priceDecimals}, quantity ${outcome.qtyDecimals}`,
      `  written   ${outcome.partitionsWritten === 0 ? 'nothing: the archive holds all of it already' : `${outcome.partitionsWritten} partition(s)`}`,
    );
  });
  if (skipped.length > 0) lines.push(`Passed over ${skipped.length} file(s):`);
  return [...lines, ...skipped.map(({ path, reason }) => `  ${path}: ${reason}`)];
}
