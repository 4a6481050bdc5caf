/**
 * `xylen import`: takes files of recorded market data into the archive, all of a command or nothing. Files named must be of the kind
 * and symbol asked for; folders are searched for files that are, and what was passed over is listed.
 */
import type { Command } from 'commander';
import { formatDurationUs, formatIso, parseDurationUs, XylenError } from '#core';
import { parseVenueId, VENUE_IDS } from '#domain';
import { FILE_KINDS, type FileKind } from '#store';
import { checkSymbol, isBarKind, isTimeframe } from '#store/history';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { type ImportResult, type ImportWish, importFiles } from '../host/import-files.ts';

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
    .requiredOption('--kind <kind>', FILE_KINDS.join(' | '))
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
  const result = await importFiles(wish, context);
  if (context.isJson) context.printJson(jsonOf(result, wish));
  else for (const line of linesOf(result, wish)) context.print(line);
  return 0;
}

function parseWish(args: readonly unknown[], options: Readonly<Record<string, unknown>>): ImportWish {
  const paths = args.flat().filter((path): path is string => typeof path === 'string');
  if (paths.length === 0) throw usage('name at least one file or folder');
  const venue = parseVenueId(String(options.venue));
  if (venue === undefined)
    throw usage(`--venue is one of ${VENUE_IDS.join(', ')} or ccxt:NAME, was '${options.venue}'`);
  const kind = FILE_KINDS.find((known) => known === options.kind);
  if (kind === undefined) throw usage(`--kind is one of ${FILE_KINDS.join(', ')}, was '${options.kind}'`);
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

function parseTimeframe(value: unknown, kind: FileKind): number | null {
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

function jsonOf({ outcomes, passedOver, sets, skipped }: ImportResult, wish: ImportWish): unknown {
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
    rowsLeftOut: Object.fromEntries(passedOver),
    skipped,
  };
}

function linesOf({ outcomes, passedOver, sets, skipped }: ImportResult, wish: ImportWish): string[] {
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
  for (const [what, rows] of passedOver) lines.push(`Left out: ${count(rows)} ${what}`);
  if (skipped.length > 0) lines.push(`Passed over ${skipped.length} file(s):`);
  return [...lines, ...skipped.map(({ path, reason }) => `  ${path}: ${reason}`)];
}
