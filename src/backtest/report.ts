/**
 * The report of a run: what it came to, what it cost, what was assumed. A plain value built from the record; JSON and HTML are two faces of
 * it. No profit stands in it without its costs, its sample and its assumptions.
 */
import { formatIso, POW10, US_PER_DAY } from '#core';
import type { EngineSummary } from '#engine';
import type { MarkoutRow } from '#sim';

/** A point of the account's history, from `portfolio_state`. */
export interface EquityPoint {
  readonly tsUs: number;
  readonly equity: number;
}

/** A closed or open round trip, from `trades`. */
export interface ReportTrade {
  readonly tradeId: number;
  readonly symbol: string;
  readonly strategy: string;
  readonly side: string;
  readonly status: string;
  readonly entryTime: number;
  readonly exitTime: number | null;
  readonly entryPrice: number;
  readonly exitPrice: number | null;
  readonly quantity: number;
  readonly pnl: number;
  readonly pnlPercent: number;
  readonly fees: number;
  readonly funding: number;
}

/** A sentence about how fills, costs and data were simulated. */
export interface Assumption {
  readonly key: string;
  readonly value: string;
  readonly text: string;
}

/** Everything that a report is built from. */
export interface ReportInput {
  readonly title: string;
  readonly isSynthetic: boolean;
  readonly currency: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly runHash: string;
  readonly summary: EngineSummary;
  readonly hasFundingData: boolean;
  /** Whose funding is not in the data, or not all the time, in words. */
  readonly fundingMissing: readonly string[];
  readonly assumptions: readonly Assumption[];
  /** How the market moved after the fills; absent where nothing was measured. */
  readonly markouts?: readonly MarkoutRow[];
  readonly equity: readonly EquityPoint[];
  /** Price of an equal-weighted basket at the same moments, 1 = start; `null` where unknown. */
  readonly benchmark: readonly (number | null)[];
  readonly trades: readonly ReportTrade[];
}

/** Return of one calendar month, UTC. */
export interface MonthReturn {
  /** `2024-03` */
  readonly month: string;
  readonly returnPct: number;
}

/** Costs of a run in the account's currency. */
export interface CostTable {
  readonly fees: number;
  /** Received minus paid; `null` when no funding data were given. */
  readonly funding: number | null;
  readonly grossPnl: number;
  readonly netPnl: number;
}

/** The finished report. */
export interface Report extends ReportInput {
  readonly months: readonly MonthReturn[];
  /** Fraction below the high-water mark at each equity point. */
  readonly drawdown: readonly number[];
  readonly costs: CostTable;
}

/** Computes what the faces of the report show. */
export function buildReport(input: ReportInput): Report {
  const { atomDecimals, equityStartAtoms } = input.summary;
  const startEquity = Number(equityStartAtoms) / POW10[atomDecimals]!;
  return {
    ...input,
    months: monthReturns(input.equity, startEquity),
    drawdown: drawdowns(input.equity, startEquity),
    costs: costTable(input),
  };
}

/** Returns the return of each calendar month that has an observation; the first counts from `startEquity`, what the run began with. */
export function monthReturns(equity: readonly EquityPoint[], startEquity: number): readonly MonthReturn[] {
  const months: MonthReturn[] = [];
  let month = '';
  let base = startEquity;
  let last = base;
  const close = (): void => {
    if (month !== '' && base > 0) months.push({ month, returnPct: (last / base - 1) * 100 });
  };
  for (const point of equity) {
    // A point at midnight is the last of the day that ends.
    const pointMonth = formatIso(point.tsUs - 1).slice(0, 7);
    if (pointMonth !== month) {
      close();
      base = last;
      month = pointMonth;
    }
    last = point.equity;
  }
  close();
  return months;
}

function drawdowns(equity: readonly EquityPoint[], startEquity: number): readonly number[] {
  let high = startEquity;
  return equity.map((point) => {
    high = Math.max(high, point.equity);
    return high > 0 ? 1 - point.equity / high : 0;
  });
}

function costTable({ summary, hasFundingData }: ReportInput): CostTable {
  const scale = POW10[summary.atomDecimals]!;
  const money = (atoms: bigint): number => Number(atoms) / scale;
  const net = summary.equityEndAtoms - summary.equityStartAtoms;
  return {
    fees: money(summary.feesAtoms),
    funding: hasFundingData ? money(summary.fundingAtoms) : null,
    grossPnl: money(net + summary.feesAtoms - summary.fundingAtoms),
    netPnl: money(net),
  };
}

/** Thins a series to at most `countMax` points by keeping each day's last, then every n-th. */
export function thin(equity: readonly EquityPoint[], countMax: number): readonly number[] {
  const daily: number[] = [];
  for (let i = 0; i < equity.length; i++) {
    const next = equity[i + 1];
    const day = Math.floor((equity[i]!.tsUs - 1) / US_PER_DAY);
    if (next === undefined || Math.floor((next.tsUs - 1) / US_PER_DAY) !== day) daily.push(i);
  }
  const chosen = daily.length >= 60 ? daily : equity.map((_, i) => i);
  const step = Math.max(1, Math.ceil(chosen.length / countMax));
  return chosen.filter((_, i) => i % step === 0 || i === chosen.length - 1);
}
