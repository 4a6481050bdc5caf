/**
 * `xylen download`: history from the public archive of Binance into the archive here: files with their checksums, several at a time, continued
 * where they broke off, verified, unpacked as a stream and imported. Days that the archive has not yet come by request.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { formatIso, Prng, parseDurationUs, parseMomentUs, XylenError } from '#core';
import { parseVenueId } from '#domain';
import type { HistoryKind } from '#store';
import { checkSymbol } from '#store/history';
import { VISION_KINDS, type VisionKind, type VisionWish, visionArchives } from '#venues/binance-vision';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { type FetchedArchives, fetchArchives } from '../host/download/fetch-archives.ts';
import { type ImportResult, importFiles } from '../host/import-files.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'load history from the public archives of Binance',
  example:
    'xylen download klines --venue binance-usdm --symbol BTCUSDT --timeframe 5m --from 2024-01-01 --to 2024-03-01',
  define,
  run,
};

/** Where the public archive is. */
const ARCHIVE_URL = 'https://data.binance.vision';
const PARALLEL_DEFAULT = 4;
const PARALLEL_MAX = 16;

/** What each kind of archive becomes here. */
const HISTORY_KIND: Readonly<Partial<Record<VisionKind, HistoryKind>>> = {
  klines: 'candles',
  aggTrades: 'trades',
  trades: 'trades',
  fundingRate: 'funding',
};

function define(command: Command): void {
  command
    .argument('<kind>', Object.keys(HISTORY_KIND).join(' | '))
    .requiredOption('--venue <id>', 'binance-usdm or binance-spot')
    .requiredOption('--symbol <symbol...>', 'symbols as the venue spells them, e.g. BTCUSDT')
    .requiredOption('--from <moment>', 'first day, e.g. 2024-01-01')
    .option('--to <moment>', 'end, exclusive (default: now)')
    .option('--timeframe <duration>', 'bar length of klines, e.g. 5m')
    .option('--parallel <n>', `files at a time, 1 to ${PARALLEL_MAX}`, String(PARALLEL_DEFAULT))
    .option('--replace', 'let downloaded rows take the place of archived rows they disagree with')
    .option('--archive-url <url>', 'a mirror of the public archive', ARCHIVE_URL);
}

/** The command line, validated. */
interface DownloadWish {
  readonly wishes: readonly VisionWish[];
  readonly kind: HistoryKind;
  readonly parallel: number;
  readonly replace: boolean;
  readonly baseUrl: string;
}

/** What became of one symbol. */
interface SymbolOutcome {
  readonly wish: VisionWish;
  readonly fetched: FetchedArchives;
  /** `null` when nothing was found. */
  readonly imported: ImportResult | null;
}

async function run(
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<ExitCode> {
  const wish = parseWish(args, options, context);
  const outcomes: SymbolOutcome[] = [];
  for (const one of wish.wishes) outcomes.push(await downloadSymbol(one, wish, context));
  if (context.isJson) context.printJson({ symbols: outcomes.map(jsonOf) });
  else for (const outcome of outcomes) for (const line of linesOf(outcome)) context.print(line);
  return outcomes.some(({ imported }) => imported !== null) ? 0 : 1;
}

async function downloadSymbol(
  one: VisionWish,
  wish: DownloadWish,
  context: CommandContext,
): Promise<SymbolOutcome> {
  const { config, dataDir, progress, signal } = context;
  const archives = visionArchives(one, context.wallNowUs());
  const fetched = await fetchArchives(archives, {
    baseUrl: wish.baseUrl,
    folder: join(dataDir, 'downloads'),
    parallel: wish.parallel,
    certificateAuthority: readAuthority(config.feeds.certificateAuthorityFile),
    // Only the length of pauses after a failure is drawn from it.
    prng: new Prng(context.wallNowUs()),
    signal,
    progress,
  });
  if (fetched.paths.length === 0) return { wish: one, fetched, imported: null };
  const { symbol, timeframeUs, venue } = one;
  const { kind, replace } = wish;
  const paths = fetched.paths;
  const imported = await importFiles(
    { paths, venue, symbol, kind, timeframeUs, replace, dryRun: false },
    context,
  );
  return { wish: one, fetched, imported };
}

function parseWish(
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): DownloadWish {
  const visionKind = VISION_KINDS.find((kind) => kind === args[0] && HISTORY_KIND[kind] !== undefined);
  const kind = visionKind === undefined ? undefined : HISTORY_KIND[visionKind];
  if (visionKind === undefined || kind === undefined)
    throw usage(`expected one of ${Object.keys(HISTORY_KIND).join(', ')}, found '${String(args[0])}'`);
  const venue = parseVenueId(String(options.venue));
  if (venue === undefined) throw usage(`--venue: expected a venue id, found '${String(options.venue)}'`);
  const fromUs = momentOf('--from', options.from);
  const toUs = options.to === undefined ? context.wallNowUs() : momentOf('--to', options.to);
  if (toUs <= fromUs)
    throw usage(`--to: expected a moment after --from (${formatIso(fromUs)}), found ${formatIso(toUs)}`);
  const timeframeUs =
    options.timeframe === undefined ? null : (parseDurationUs(String(options.timeframe)) ?? Number.NaN);
  if (Number.isNaN(timeframeUs))
    throw usage(`--timeframe: expected a duration such as 5m, found '${String(options.timeframe)}'`);
  if (visionKind !== 'klines' && timeframeUs !== null)
    throw usage(`--timeframe belongs to klines; ${visionKind} have none`);
  const symbols = Array.isArray(options.symbol) ? options.symbol.map(String) : [];
  const wishes = symbols.map(
    (symbol): VisionWish => ({
      venue,
      kind: visionKind,
      symbol: checkSymbol(symbol),
      timeframeUs,
      fromUs,
      toUs,
    }),
  );
  // Refused before anything is loaded.
  for (const wish of wishes) visionArchives(wish, context.wallNowUs());
  return {
    wishes,
    kind,
    parallel: parallelOf(options.parallel),
    replace: options.replace === true,
    baseUrl: urlOf(options.archiveUrl),
  };
}

function momentOf(name: string, value: unknown): number {
  const us = parseMomentUs(String(value));
  if (us === undefined)
    throw usage(`${name}: expected a moment such as 2024-01-01, found '${String(value)}'`);
  return us;
}

function parallelOf(value: unknown): number {
  const count = Number(value);
  if (Number.isInteger(count) && count >= 1 && count <= PARALLEL_MAX) return count;
  throw usage(`--parallel: expected an integer from 1 to ${PARALLEL_MAX}, found '${String(value)}'`);
}

function urlOf(value: unknown): string {
  const text = String(value).replace(/\/+$/, '');
  const isLocal = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/.test(text);
  if (URL.canParse(text) && (text.startsWith('https://') || isLocal)) return text;
  throw usage(`--archive-url: expected an https address (http on this machine only), found '${text}'`);
}

function readAuthority(path: string | null): string | null {
  if (path === null) return null;
  if (!existsSync(path))
    throw new XylenError('XY_FILE_MISSING', `feeds.ca_file: no such file: ${path}`, {
      fields: { file: path },
    });
  return readFileSync(path, 'utf8');
}

function usage(message: string): XylenError {
  return new XylenError('XY_USAGE', message);
}

function jsonOf({ fetched, imported, wish }: SymbolOutcome): unknown {
  const outcome = imported?.outcomes[0];
  return {
    venue: wish.venue,
    symbol: wish.symbol,
    kind: wish.kind,
    files: fetched.paths.length,
    filesKept: fetched.keptCount,
    bytesLoaded: fetched.bytesLoaded,
    missing: fetched.missing.map(({ name }) => name),
    rowsNew: outcome?.recordsNew ?? 0,
    rowsKnown: outcome?.recordsKnown ?? 0,
    rows: outcome?.recordCount ?? 0,
    from: outcome === undefined ? null : formatIso(outcome.fromUs),
    to: outcome === undefined ? null : formatIso(outcome.toUs),
  };
}

function linesOf({ fetched, imported, wish }: SymbolOutcome): string[] {
  const count = (value: number): string => value.toLocaleString('en-US');
  const megabytes = (fetched.bytesLoaded / 1e6).toFixed(1);
  const lines = [
    `${wish.venue} ${wish.symbol} ${wish.kind}: ${fetched.paths.length} file(s), ${megabytes} MB loaded, ${fetched.keptCount} were here`,
  ];
  for (const outcome of imported?.outcomes ?? []) {
    lines.push(
      `  rows      ${count(outcome.recordsNew)} new, ${count(outcome.recordsKnown)} known`,
      `  archive   ${count(outcome.recordCount)} rows from ${formatIso(outcome.fromUs)} to ${formatIso(outcome.toUs)}`,
    );
  }
  if (imported === null) lines.push('  nothing was found');
  const missing = fetched.missing.map(({ name }) => name);
  if (missing.length > 0)
    lines.push(`  not there  ${missing.slice(0, 10).join(', ')}${missing.length > 10 ? ' ...' : ''}`);
  return lines;
}
