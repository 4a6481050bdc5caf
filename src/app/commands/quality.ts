/**
 * `xylen quality`: says what is missing, doubtful or wrong in the archive, or in files that may not even be importable, each with its
 * place. Reports; changes nothing. Ends with 1 only when archived files do not hold what was written to them.
 */
import type { Command } from 'commander';
import { formatIso, US_PER_HOUR, US_PER_MS, XylenError } from '#core';
import { HISTORY_KINDS } from '#store';
import { checkSignal, dataSetKey, type HistoryTable } from '#store/history';
import { archivedPartitions, archiveTables, contentHashes, isMissing } from '#store/parquet';
import { FINDINGS_PER_CHECK_MAX, FindingList, inspectTable, type QualityReport } from '#store/quality';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { textTable } from '../runs/text-table.ts';
import { inspectFiles } from './quality/damaged-files.ts';
import { parseWish, type QualityWish } from './quality/quality-wish.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'report gaps, duplicates, disorder and bad prices of the archive',
  example: 'xylen quality --venue binance-usdm --symbol BTCUSDT --kind candles --timeframe 5m',
  define,
  run,
};

/** Findings a check shows in the table; `--json` has up to a thousand. */
const SHOWN_PER_CHECK = 10;

function define(command: Command): void {
  command
    .option('--venue <id>', 'only this venue')
    .option('--symbol <symbol>', 'only this symbol')
    .option('--kind <kind>', `only this kind: ${HISTORY_KINDS.join(' | ')}`)
    .option('--timeframe <duration>', 'only bars of this length')
    .option('--from <moment>', 'only from this moment on, e.g. 2024-05-01')
    .option('--to <moment>', 'only before this moment')
    .option('--file <path...>', 'look at files instead of the archive, also at damaged ones');
}

async function run(
  _args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<ExitCode> {
  const wish = parseWish(options);
  const reports =
    wish.files.length > 0 ? await inspectFiles(wish, context) : await inspectArchive(wish, context);
  if (context.isJson) context.printJson({ reports });
  else for (const report of reports) for (const line of linesOf(report)) context.print(line);
  return wish.files.length === 0 && reports.some(({ counts }) => (counts.integrity ?? 0) > 0) ? 1 : 0;
}

async function inspectArchive(wish: QualityWish, context: CommandContext): Promise<QualityReport[]> {
  const tables = await archiveTables(context.dataDir);
  const chosen = tables.filter((table) => isWished(table, wish));
  if (chosen.length === 0) {
    const held = tables.map(({ id }) => dataSetKey(id).replaceAll('|', ' ')).join('; ') || 'nothing';
    throw new XylenError('XY_DATA_INSUFFICIENT', `the archive has no such data; it has: ${held}`);
  }
  const total = chosen.reduce((sum, { recordCount }) => sum + recordCount, 0);
  let done = 0;
  const onRows = (count: number): void => {
    checkSignal(context.signal);
    done += count;
    context.progress.update({ label: 'checking', done: Math.min(done, total), total, unit: 'rows' });
  };
  const reports: QualityReport[] = [];
  for (const table of chosen) {
    const sisters = tables.filter(({ id }) => id.venue === table.id.venue && id.symbol === table.id.symbol);
    const findings = new FindingList();
    await checkIntegrity(context.dataDir, table, wish, findings);
    // Rows that are not what was written are not worth judging.
    const isSound = findings.counts.size === 0;
    const range = isSound ? wish.range : { fromUs: 0, toUs: 0 };
    reports.push(await inspectTable(table, isSound ? sisters : [], { ...range, onRows }, findings));
  }
  return reports;
}

function isWished({ id }: HistoryTable, wish: QualityWish): boolean {
  return (
    (wish.venue === undefined || id.venue === wish.venue) &&
    (wish.symbol === undefined || id.symbol === wish.symbol) &&
    (wish.kind === undefined || id.kind === wish.kind) &&
    (wish.timeframeUs === undefined || id.timeframeUs === wish.timeframeUs)
  );
}

/** Reads every file of a data set and holds its rows against the hash in its footer. */
async function checkIntegrity(
  dataDir: string,
  table: HistoryTable,
  wish: QualityWish,
  findings: FindingList,
): Promise<void> {
  const { fromUs = Number.NEGATIVE_INFINITY, toUs = Number.POSITIVE_INFINITY } = wish.range;
  for (const { path, meta } of await archivedPartitions(dataDir, table.id)) {
    if (meta.lastTsUs < fromUs || meta.firstTsUs >= toUs) continue;
    try {
      const { found, stated } = await contentHashes(path);
      if (found === stated) continue;
      findings.add(
        'integrity',
        meta.firstTsUs,
        1,
        `${path} holds rows of hash ${found}, its footer says ${stated}`,
      );
    } catch (thrown) {
      // A recorder is at work: the rows of this part are in a file that was verified when it was written.
      if (isMissing(thrown)) continue;
      if (!(thrown instanceof XylenError) || thrown.code !== 'XY_FILE_DAMAGED') throw thrown;
      findings.add('integrity', meta.firstTsUs, 1, thrown.message);
    }
  }
}

/** Hours shown in the table; `--json` has all. */
const HOURS_SHOWN = 48;

/** The recorded hours of a symbol's streams, the newest last. */
function hourLines({ hours = [] }: QualityReport): string[] {
  if (hours.length === 0) return [];
  const head = [
    'stream',
    'hour',
    'messages',
    'gaps',
    'resyncs',
    'checksums',
    'stale %',
    'down %',
    'lag p50 ms',
    'lag p99 ms',
    'clock ms',
  ];
  const cells = hours
    .slice(-HOURS_SHOWN)
    .map((hour) => [
      hour.stream,
      formatIso(hour.hourUs).slice(0, 13),
      ...[hour.messages, hour.gaps, hour.resyncs, hour.checksumFailures].map(String),
      ...[hour.staleUs, hour.downUs].map((us) => ((100 * us) / US_PER_HOUR).toFixed(2)),
      ...[hour.lagP50Us, hour.lagP99Us].map((us) => (us < 0 ? '-' : (us / US_PER_MS).toFixed(1))),
      (hour.clockOffsetUs / US_PER_MS).toFixed(1),
    ]);
  const lines = textTable(head, cells);
  const left = hours.length - cells.length;
  return [
    ...lines.map((line) => `  ${line}`),
    ...(left > 0 ? [`  ... and ${left} hours before; all are in --json`] : []),
  ];
}

function linesOf(report: QualityReport): string[] {
  const { coverage } = report;
  const count = (value: number): string => value.toLocaleString('en-US');
  const name = [report.venue, report.symbol, report.kind, report.timeframe].filter(Boolean).join(' ');
  const expected =
    coverage.rowsExpected === null
      ? ''
      : ` of ${count(coverage.rowsExpected)} (${coverage.coveragePct?.toFixed(2)} %)`;
  const lines = [`${name}  ${report.source}`];
  lines.push(
    coverage.from === null
      ? '  no rows'
      : `  ${coverage.from} to ${coverage.to}: ${count(coverage.rows)} rows${expected}`,
  );
  for (const [key, value] of Object.entries(report.statistics)) {
    lines.push(`  ${key.padEnd(22)} ${count(Math.round(value * 100) / 100)}`);
  }
  lines.push(...hourLines(report));
  if (report.findings.length === 0) lines.push('  nothing found');
  for (const [check, number] of Object.entries(report.counts)) {
    const found = report.findings.filter((finding) => finding.check === check);
    lines.push(`  ${check} (${found[0]?.severity}): ${count(number)}`);
    for (const finding of found.slice(0, SHOWN_PER_CHECK)) lines.push(`    ${finding.text}`);
    if (number > SHOWN_PER_CHECK) {
      const where =
        number > FINDINGS_PER_CHECK_MAX ? `the first ${count(FINDINGS_PER_CHECK_MAX)} are` : 'all are';
      lines.push(`    ... and ${count(number - SHOWN_PER_CHECK)} more; ${where} in --json`);
    }
  }
  return lines;
}
