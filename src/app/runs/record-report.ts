/** What `xylen db query` and `xylen db runs` say about records: one value for programs, lines for people. */
import { existsSync } from 'node:fs';
import { formatDecimal, formatDurationUs, formatIso, XylenError } from '#core';
import {
  type ModelPerformance,
  modelPerformance,
  type OverallPerformance,
  openRecord,
  overallPerformance,
  type RecordReader,
  recentTrades,
  rowCounts,
} from '#store/sqlite';
import type { RunFolder } from './run-folder.ts';
import { isRunLocked } from './run-lock.ts';
import { textTable } from './text-table.ts';

/** An answer in both forms. */
export interface RecordReport {
  readonly json: unknown;
  readonly lines: readonly string[];
}

/** The questions of `xylen db query`. */
export const QUERIES = ['recent-trades', 'model-performance', 'overall-performance'] as const;

/** Answers one of `QUERIES`; `limit` bounds lists. */
export function queryReport(
  record: RecordReader,
  query: (typeof QUERIES)[number],
  limit: number,
): RecordReport {
  if (query === 'recent-trades') return recentTradesReport(record, limit);
  return query === 'model-performance' ? modelReport(record) : overallReport(record);
}

/** Lists runs and what state their records are in. */
export function runsReport(folders: readonly RunFolder[]): RecordReport {
  const runs = folders.map(runSummary);
  const header = ['run', 'mode', 'seed', 'events', 'trades', 'state'];
  const rows = runs.map(({ runId, mode, seed, events, trades, state }) => [
    runId,
    mode,
    seed,
    events,
    trades,
    state,
  ]);
  return { json: { runs }, lines: runs.length === 0 ? ['no runs'] : textTable(header, rows) };
}

interface RunSummary {
  readonly runId: string;
  readonly mode: string | null;
  readonly seed: number | null;
  readonly events: number | null;
  readonly trades: number | null;
  /** `writing`, `closed`, `empty`, or the code of the error that its record gives. */
  readonly state: string;
}

/** A record that cannot be read is a line of the list, not the end of it. */
function runSummary(folder: RunFolder): RunSummary {
  const unknown = { runId: folder.runId, mode: null, seed: null, events: null, trades: null };
  if (!existsSync(folder.recordPath)) return { ...unknown, state: 'empty' };
  try {
    const record = openRecord(folder.recordPath);
    try {
      const run = record.run();
      if (run === null) return { ...unknown, state: 'empty' };
      return {
        runId: folder.runId,
        mode: run.mode,
        seed: run.seed,
        events: record.checkpoint(run.runId)?.eventSeq ?? 0,
        trades: rowCounts(record).trades ?? 0,
        state: isRunLocked(folder) ? 'writing' : 'closed',
      };
    } finally {
      record.close();
    }
  } catch (error) {
    if (error instanceof XylenError) return { ...unknown, state: error.code };
    throw error;
  }
}

function recentTradesReport(record: RecordReader, limit: number): RecordReport {
  const trades = recentTrades(record, limit);
  const decimals = record.run()?.atomDecimals ?? 0;
  const header = [
    'trade',
    'opened',
    'symbol',
    'side',
    'quantity',
    'entry',
    'exit',
    'net pnl',
    'pnl %',
    'held',
    'status',
  ];
  const rows = trades.map((trade) => [
    trade.tradeId,
    formatIso(trade.timestamp),
    trade.symbol,
    trade.side,
    trade.quantity,
    trade.entryPrice,
    trade.exitPrice,
    formatDecimal(trade.pnlAtoms, decimals),
    trade.pnlPercent.toFixed(2),
    trade.holdDuration === null ? null : formatDurationUs(trade.holdDuration),
    trade.status,
  ]);
  const json = { trades: trades.map(({ table: _table, ...trade }) => trade) };
  return { json, lines: trades.length === 0 ? ['no trades'] : textTable(header, rows) };
}

function modelReport(record: RecordReader): RecordReport {
  const models = modelPerformance(record);
  const header = [
    'model',
    'asked',
    'long',
    'short',
    'hold',
    'none',
    'scored',
    'hit rate',
    'mean outcome',
    'mean ms',
  ];
  const rows = models.map((model: ModelPerformance) => [
    model.modelName,
    model.predictions,
    model.long,
    model.short,
    model.hold,
    model.none,
    model.scored,
    percent(model.hitRate),
    percent(model.outcomePnlMean, 4),
    model.latencyMsMean === null ? null : model.latencyMsMean.toFixed(2),
  ]);
  return { json: { models }, lines: models.length === 0 ? ['no predictions'] : textTable(header, rows) };
}

function overallReport(record: RecordReader): RecordReport {
  const overall = overallPerformance(record);
  if (overall === null) return { json: { overall }, lines: ['nothing recorded yet'] };
  return { json: { overall }, lines: overallLines(overall) };
}

function overallLines(overall: OverallPerformance): readonly string[] {
  const money = (atoms: bigint | null): string =>
    atoms === null ? '-' : `${formatDecimal(atoms, overall.atomDecimals)} ${overall.currency}`;
  const facts: readonly (readonly [string, string])[] = [
    ['closed trades', String(overall.closedTrades)],
    ['open trades', String(overall.openTrades)],
    ['liquidated', String(overall.liquidatedTrades)],
    ['win rate', percent(overall.winRate) ?? '-'],
    ['closed net pnl', money(overall.netPnlAtoms)],
    ['profit factor', overall.profitFactor === null ? '-' : overall.profitFactor.toFixed(3)],
    ['fees paid', money(overall.feesAtoms)],
    ['funding received', money(overall.fundingAtoms)],
    ['equity at start', money(overall.equityStartAtoms)],
    ['equity at end', money(overall.equityEndAtoms)],
    ['max drawdown', percent(overall.maxDrawdown) ?? '-'],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

function percent(fraction: number | null, digits = 2): string | null {
  return fraction === null ? null : `${(fraction * 100).toFixed(digits)}%`;
}
