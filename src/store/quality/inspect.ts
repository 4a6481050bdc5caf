/** The quality report of one data set: the checks that suit its kind, run over its rows, beside its sister data sets where there are any. */
import { formatDurationUs, formatIso } from '#core';
import type { FeedHour } from '#domain';
import {
  type DataSetId,
  type HistoryTable,
  isBarKind,
  type RowChunk,
  rowsInRange,
  timeframeOf,
} from '../history/index.ts';
import { BarChecks } from './bar-checks.ts';
import { BookChecks } from './book-checks.ts';
import { checkAgainstCoarser } from './coarser-check.ts';
import { FundingChecks, TradeChecks } from './event-checks.ts';
import { type Finding, FindingList, type QualityCheck } from './finding.ts';
import { checkHours, checkLedger } from './ledger-checks.ts';
import { checkMarks } from './mark-check.ts';

/** What is looked at. */
export interface InspectOptions {
  /** Only rows with time in [`fromUs`, `toUs`). */
  readonly fromUs?: number;
  readonly toUs?: number;
  /** Called with the rows of each chunk; may throw to end the inspection. */
  readonly onRows?: (count: number) => void;
}

/** How much of the range is there. */
export interface Coverage {
  readonly from: string | null;
  readonly to: string | null;
  readonly rows: number;
  /** Bars or settlements that the range should have; `null` for events. */
  readonly rowsExpected: number | null;
  readonly coveragePct: number | null;
}

/** The report of one data set. */
export interface QualityReport {
  /** `null` for a file whose venue and symbol were not said. */
  readonly venue: string | null;
  readonly symbol: string | null;
  readonly kind: string;
  readonly timeframe: string | null;
  readonly source: string;
  readonly coverage: Coverage;
  /** Sums of the checks, units in the names. */
  readonly statistics: Readonly<Record<string, number>>;
  /** How often each check found something. */
  readonly counts: Readonly<Partial<Record<QualityCheck, number>>>;
  /** At most 1,000 a check. */
  readonly findings: readonly Finding[];
  /** How good each recorded hour of each stream of the symbol is; with the data set `feed-hours` (without one: `ledger`) alone. */
  readonly hours?: readonly FeedHour[];
}

/** Inspects a data set; `sisters` are the other data sets of its venue and symbol. */
export async function inspectTable(
  table: HistoryTable,
  sisters: readonly HistoryTable[],
  options: InspectOptions,
  findings: FindingList = new FindingList(),
): Promise<QualityReport> {
  const rows = (of: HistoryTable): AsyncGenerator<RowChunk> => rowsInRange(of, options);
  const { kind } = table.id;
  const own = counted(rows(table), options.onRows);
  if (kind === 'ledger' || kind === 'feed-hours') {
    // Its rows are read as losses and hours, by their own times.
    const plain = await inspectPlain(own);
    const told = await inspectRecorder(table, sisters, options, findings);
    return { ...report(table, { ...plain, statistics: told.statistics }, findings), ...told.hours };
  }
  if (!isBarKind(kind)) return report(table, await inspectEvents(table.id, own, findings), findings);
  const timeframeUs = timeframeOf(table.id);
  const pass = await inspectBars(timeframeUs, own, findings);
  const statistics: Record<string, number> = { ...pass.statistics };
  if (kind === 'candles') {
    for (const coarser of coarserOf(table, sisters)) {
      const name = formatDurationUs(timeframeOf(coarser.id));
      const count = await checkAgainstCoarser(
        { timeframeUs, rows: rows(table) },
        { timeframeUs: timeframeOf(coarser.id), rows: rows(coarser) },
        findings,
      );
      statistics[`comparedWith_${name}`] = count.compared;
      statistics[`unequalTo_${name}`] = count.unequal;
    }
  } else {
    const candles = candlesFor(table, sisters);
    if (candles !== undefined) {
      const marks = { timeframeUs, rows: rows(table) };
      const lasts = { timeframeUs: timeframeOf(candles.id), rows: rows(candles) };
      Object.assign(statistics, prefixed('mark', await checkMarks(marks, lasts, findings)));
    }
  }
  return report(table, { ...pass, statistics }, findings);
}

/** What a recorder says of itself. */
async function inspectRecorder(
  table: HistoryTable,
  sisters: readonly HistoryTable[],
  options: InspectOptions,
  findings: FindingList,
): Promise<{
  readonly statistics: Readonly<Record<string, number>>;
  readonly hours: { readonly hours?: readonly FeedHour[] };
}> {
  const sister = (kind: string): HistoryTable | undefined => sisters.find(({ id }) => id.kind === kind);
  const isLedger = table.id.kind === 'ledger';
  const statistics = isLedger ? { ...(await checkLedger(table, options, findings)) } : {};
  if (isLedger && sister('feed-hours') !== undefined) return { statistics, hours: {} };
  const tables = isLedger ? { hours: undefined, ledger: table } : { hours: table, ledger: sister('ledger') };
  const hours = await checkHours(tables, options, findings);
  return { statistics: { ...statistics, hours: hours.length }, hours: { hours } };
}

/** What a pass over the rows of one data set gives. */
interface Pass {
  readonly coverage: Coverage;
  readonly statistics: Readonly<Record<string, number>>;
}

async function inspectBars(
  timeframeUs: number,
  rows: AsyncIterable<RowChunk>,
  findings: FindingList,
): Promise<Pass> {
  const checks = new BarChecks(timeframeUs, findings);
  for await (const chunk of rows) checks.add(chunk);
  checks.finish();
  const { rowCount, firstTsUs, lastTsUs, ...statistics } = checks.statistics;
  const expected = rowCount === 0 ? 0 : (lastTsUs - firstTsUs) / timeframeUs + 1;
  return { coverage: coverageOf(rowCount, firstTsUs, lastTsUs + timeframeUs, expected), statistics };
}

async function inspectEvents(
  id: DataSetId,
  rows: AsyncIterable<RowChunk>,
  findings: FindingList,
): Promise<Pass> {
  if (id.kind === 'funding') {
    const checks = new FundingChecks(findings);
    for await (const chunk of rows) checks.add(chunk);
    const { rowCount, firstTsUs, lastTsUs, ...statistics } = checks.finish();
    return {
      coverage: coverageOf(rowCount, firstTsUs, lastTsUs + 1, rowCount + statistics.settlementsMissing),
      statistics,
    };
  }
  if (id.kind === 'trades') {
    const checks = new TradeChecks(findings);
    for await (const chunk of rows) checks.add(chunk);
    const { rowCount, firstTsUs, lastTsUs, ...statistics } = checks.statistics;
    return {
      coverage: coverageOf(rowCount, firstTsUs, lastTsUs + 1, rowCount + statistics.idsMissing),
      statistics,
    };
  }
  if (id.kind !== 'book') return inspectPlain(rows);
  const checks = new BookChecks(findings);
  for await (const chunk of rows) checks.add(chunk);
  const { eventCount, firstTsUs, lastTsUs, ...statistics } = checks.statistics;
  return { coverage: coverageOf(eventCount, firstTsUs, lastTsUs + 1, null), statistics };
}

/** What there is of the kinds that have no checks of their own. */
async function inspectPlain(rows: AsyncIterable<RowChunk>): Promise<Pass> {
  let rowCount = 0;
  let firstTsUs = Number.NaN;
  let lastTsUs = Number.NaN;
  for await (const chunk of rows) {
    const ts = chunk.columns[0]!;
    if (rowCount === 0) firstTsUs = ts[0]!;
    lastTsUs = ts[chunk.rowCount - 1]!;
    rowCount += chunk.rowCount;
  }
  return { coverage: coverageOf(rowCount, firstTsUs, lastTsUs + 1, null), statistics: {} };
}

function coverageOf(rows: number, fromUs: number, toUs: number, rowsExpected: number | null): Coverage {
  if (rows === 0) return { from: null, to: null, rows, rowsExpected: null, coveragePct: null };
  const coveragePct = rowsExpected === null ? null : (100 * rows) / rowsExpected;
  return { from: formatIso(fromUs), to: formatIso(toUs), rows, rowsExpected, coveragePct };
}

function report(table: HistoryTable, pass: Pass, findings: FindingList): QualityReport {
  const { venue, symbol, kind, timeframeUs } = table.id;
  return {
    venue,
    symbol,
    kind,
    timeframe: timeframeUs === null ? null : formatDurationUs(timeframeUs),
    source: table.source,
    ...pass,
    counts: Object.fromEntries(findings.counts),
    findings: findings.listed,
  };
}

async function* counted(
  rows: AsyncIterable<RowChunk>,
  onRows: ((count: number) => void) | undefined,
): AsyncGenerator<RowChunk> {
  for await (const chunk of rows) {
    onRows?.(chunk.rowCount);
    yield chunk;
  }
}

function coarserOf(table: HistoryTable, sisters: readonly HistoryTable[]): HistoryTable[] {
  const own = timeframeOf(table.id);
  return sisters
    .filter(({ id }) => id.kind === 'candles' && timeframeOf(id) > own && timeframeOf(id) % own === 0)
    .sort((a, b) => timeframeOf(a.id) - timeframeOf(b.id));
}

/** The coarsest candles that close whenever the mark bars do. */
function candlesFor(table: HistoryTable, sisters: readonly HistoryTable[]): HistoryTable | undefined {
  const own = timeframeOf(table.id);
  return sisters
    .filter(({ id }) => id.kind === 'candles' && own % timeframeOf(id) === 0)
    .sort((a, b) => timeframeOf(b.id) - timeframeOf(a.id))[0];
}

function prefixed(prefix: string, values: object): Record<string, number> {
  const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [prefix + capital(name), Number(value)]),
  );
}
