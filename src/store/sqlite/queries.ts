/**
 * Questions that people and reports ask of a record. Money is summed exactly, in atoms; ratios are floats made from exact sums.
 */
import type { SQLOutputValue } from 'node:sqlite';
import { assert } from '#core';
import { RECORD_TABLES } from '../record-schema.ts';
import type { TradeRow } from '../rows.ts';
import type { QueryRow, RecordReader } from './record-reader.ts';

/** Votes of one model and how they turned out. */
export interface ModelPerformance {
  readonly modelName: string;
  readonly predictions: number;
  readonly long: number;
  readonly short: number;
  readonly hold: number;
  /** Asked, but no vote. */
  readonly none: number;
  /** Predictions whose outcome is known. */
  readonly scored: number;
  readonly correct: number;
  /** correct / scored; `null` when none is scored. */
  readonly hitRate: number | null;
  /** Mean return that followed the action, a fraction before costs. */
  readonly outcomePnlMean: number | null;
  readonly confidenceMean: number | null;
  readonly latencyMsMean: number | null;
}

/** The result of a run in numbers. */
export interface OverallPerformance {
  readonly atomDecimals: number;
  readonly currency: string;
  /** CLOSED and LIQUIDATED trades. */
  readonly closedTrades: number;
  readonly openTrades: number;
  readonly liquidatedTrades: number;
  readonly wins: number;
  readonly losses: number;
  /** wins / closedTrades; `null` without closed trades. */
  readonly winRate: number | null;
  /** Sum over closed trades, net of fees and funding. */
  readonly netPnlAtoms: bigint;
  readonly grossProfitAtoms: bigint;
  /** Zero or negative. */
  readonly grossLossAtoms: bigint;
  /** Profits over losses; `null` without losses. */
  readonly profitFactor: number | null;
  /** Over all trades, open ones included. */
  readonly feesAtoms: bigint;
  /** Over all trades, open ones included; negative = paid. */
  readonly fundingAtoms: bigint;
  readonly equityStartAtoms: bigint;
  /** `null` before the first portfolio state. */
  readonly equityEndAtoms: bigint | null;
  /** Worst fall below the high-water mark, a fraction. */
  readonly maxDrawdown: number;
}

/** Equity over time, in columns. */
export interface EquityCurve {
  readonly tsUs: Float64Array;
  readonly equityAtoms: BigInt64Array;
}

/** How often decisions of one action ended for one reason. */
export interface DecisionCount {
  readonly finalAction: string;
  /** `null`: an order went out. */
  readonly reason: string | null;
  readonly count: number;
}

const CLOSED = "status IN ('CLOSED', 'LIQUIDATED')";

/** Returns the newest trades, newest first. */
export function recentTrades(record: RecordReader, limit: number): readonly TradeRow[] {
  assert(Number.isSafeInteger(limit) && limit >= 0, `limit is a count, was ${limit}`);
  return [...record.rows('trades', { orderBy: 'timestamp DESC, trade_id DESC', limit })];
}

/** Yields all trades by number. */
export function tradesAll(record: RecordReader): IterableIterator<TradeRow> {
  return record.rows('trades');
}

/** Returns each model's votes and outcomes, by name. */
export function modelPerformance(record: RecordReader): readonly ModelPerformance[] {
  const rows = record.select(`SELECT model_name, count(*) AS predictions,
      sum(action = 'long') AS long, sum(action = 'short') AS short, sum(action = 'hold') AS hold,
      sum(action = 'none') AS none, count(outcome_correct) AS scored, coalesce(sum(outcome_correct), 0) AS correct,
      avg(outcome_pnl) AS outcome_pnl, avg(confidence) AS confidence, avg(latency_ms) AS latency_ms
    FROM model_predictions GROUP BY model_name ORDER BY model_name`);
  return rows.map((row) => {
    const scored = numberAt(row, 'scored');
    const correct = numberAt(row, 'correct');
    return {
      modelName: String(row.model_name),
      predictions: numberAt(row, 'predictions'),
      long: numberAt(row, 'long'),
      short: numberAt(row, 'short'),
      hold: numberAt(row, 'hold'),
      none: numberAt(row, 'none'),
      scored,
      correct,
      hitRate: ratio(correct, scored),
      outcomePnlMean: floatAt(row, 'outcome_pnl'),
      confidenceMean: floatAt(row, 'confidence'),
      latencyMsMean: floatAt(row, 'latency_ms'),
    };
  });
}

/** Returns the result of the run; `null` before its first checkpoint. */
export function overallPerformance(record: RecordReader): OverallPerformance | null {
  return record.snapshot(() => {
    const run = record.run();
    if (run === null) return null;
    const [counts] = record.select(`SELECT count(*) FILTER (WHERE ${CLOSED}) AS closed,
        count(*) FILTER (WHERE status = 'OPEN') AS open, count(*) FILTER (WHERE status = 'LIQUIDATED') AS liquidated,
        count(*) FILTER (WHERE ${CLOSED} AND pnl_atoms > 0) AS wins,
        count(*) FILTER (WHERE ${CLOSED} AND pnl_atoms < 0) AS losses FROM trades`);
    assert(counts !== undefined, 'counting gives a row');
    const closedTrades = numberAt(counts, 'closed');
    const wins = numberAt(counts, 'wins');
    const grossProfitAtoms = sumOf(record, 'pnl_atoms', `${CLOSED} AND pnl_atoms > 0`);
    const grossLossAtoms = sumOf(record, 'pnl_atoms', `${CLOSED} AND pnl_atoms < 0`);
    return {
      atomDecimals: run.atomDecimals,
      currency: run.currency,
      closedTrades,
      openTrades: numberAt(counts, 'open'),
      liquidatedTrades: numberAt(counts, 'liquidated'),
      wins,
      losses: numberAt(counts, 'losses'),
      winRate: ratio(wins, closedTrades),
      netPnlAtoms: grossProfitAtoms + grossLossAtoms,
      grossProfitAtoms,
      grossLossAtoms,
      profitFactor: ratio(Number(grossProfitAtoms), -Number(grossLossAtoms)),
      feesAtoms: sumOf(record, 'fees_atoms', 'TRUE'),
      fundingAtoms: sumOf(record, 'funding_atoms', 'TRUE'),
      equityStartAtoms: run.equityStartAtoms,
      ...finalState(record),
    };
  });
}

/** Returns the equity after every portfolio state, in order. */
export function equityCurve(record: RecordReader): EquityCurve {
  return record.snapshot(() => {
    const [counted] = record.select('SELECT count(*) AS n FROM portfolio_state');
    const rowCount = counted === undefined ? 0 : numberAt(counted, 'n');
    const tsUs = new Float64Array(rowCount);
    const equityAtoms = new BigInt64Array(rowCount);
    let at = 0;
    const sql = 'SELECT timestamp, CAST(equity_atoms AS TEXT) FROM portfolio_state ORDER BY state_id';
    for (const [ts, atoms] of record.values(sql)) {
      tsUs[at] = Number(ts);
      equityAtoms[at++] = BigInt(String(atoms));
    }
    assert(at === rowCount, 'a snapshot of the record does not change');
    return { tsUs, equityAtoms };
  });
}

/** Returns how many decisions each action and reason had, the most frequent first. */
export function decisionsSummary(record: RecordReader): readonly DecisionCount[] {
  const rows = record.select(`SELECT final_action, rejection_reason, count(*) AS n FROM ensemble_decisions
    GROUP BY final_action, rejection_reason ORDER BY n DESC, final_action, rejection_reason`);
  return rows.map((row) => ({
    finalAction: String(row.final_action),
    reason: row.rejection_reason === null ? null : String(row.rejection_reason),
    count: numberAt(row, 'n'),
  }));
}

/** Returns how many rows each table holds. */
export function rowCounts(record: RecordReader): Readonly<Record<string, number>> {
  const counts = RECORD_TABLES.map(({ name }) => `(SELECT count(*) FROM ${name}) AS ${name}`);
  const [row] = record.select(`SELECT ${counts.join(', ')}`);
  assert(row !== undefined, 'counting gives a row');
  return Object.fromEntries(RECORD_TABLES.map(({ name }) => [name, numberAt(row, name)]));
}

/** Sums in two halves: SQLite's own sum fails beyond 2^63, and a float would round. */
function sumOf(record: RecordReader, column: string, where: string): bigint {
  const [row] = record.select(`SELECT CAST(coalesce(sum(${column} >> 32), 0) AS TEXT) AS high,
    CAST(coalesce(sum(${column} & 4294967295), 0) AS TEXT) AS low FROM trades WHERE ${where}`);
  assert(row !== undefined, 'a sum gives a row');
  return (BigInt(String(row.high)) << 32n) + BigInt(String(row.low));
}

function finalState(record: RecordReader): Pick<OverallPerformance, 'equityEndAtoms' | 'maxDrawdown'> {
  const [last] = record.rows('portfolio_state', { orderBy: 'state_id DESC', limit: 1 });
  return { equityEndAtoms: last?.equityAtoms ?? null, maxDrawdown: last?.maxDrawdown ?? 0 };
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function numberAt(row: QueryRow, column: string): number {
  const value = row[column];
  assert(typeof value === 'number', `${column} of a query is a number, was ${typeof value}`);
  return value;
}

function floatAt(row: QueryRow, column: string): number | null {
  const value: SQLOutputValue | undefined = row[column];
  return typeof value === 'number' ? value : null;
}
