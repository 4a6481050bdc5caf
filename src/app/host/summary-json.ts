/** The one JSON object that `--json` prints at the end of a run, and its table for people. Names are a contract. */
import { formatDecimal } from '#core';
import type { EngineSummary } from '#engine';

/** What a finished run is told with. */
export interface RunReportParts {
  readonly summary: EngineSummary;
  readonly outcome: 'ended' | 'interrupted';
  readonly runId: string;
  readonly runHash: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly hasFunding: boolean;
  /** Whose funding is not in the data, or not all the time. */
  readonly fundingMissing: readonly string[];
  readonly isSynthetic: boolean;
  readonly currency: string;
  readonly durationS: number;
  readonly rssMbMax: number;
}

const PERCENT = 100;

/** Returns the summary as plain data; money as doubles, with exact decimal text beside it under `exact`. */
export function summaryJson(parts: RunReportParts): Readonly<Record<string, unknown>> {
  const { summary } = parts;
  const { performance } = summary;
  const exact = (atoms: bigint): string => formatDecimal(atoms, summary.atomDecimals);
  const amount = (atoms: bigint): number => Number(exact(atoms));
  const funding = parts.hasFunding ? -summary.fundingAtoms : null;
  return {
    outcome: parts.outcome,
    runId: parts.runId,
    synthetic: parts.isSynthetic,
    currency: parts.currency,
    events: summary.events,
    snapshots: summary.snapshots,
    predictions: summary.predictions,
    decisions: summary.decisions,
    orders: summary.orders,
    fills: summary.fills,
    trades: summary.trades,
    tradesClosed: summary.tradesClosed,
    rejected: summary.rejected,
    equityStart: amount(summary.equityStartAtoms),
    equityEnd: amount(summary.equityEndAtoms),
    closedPnl: amount(summary.closedPnlAtoms),
    openPnl: amount(summary.openPnlAtoms),
    feesPaid: amount(summary.feesAtoms),
    fundingPaid: funding === null ? null : amount(funding),
    fundingNote: fundingNote(parts),
    barsMissing: summary.barsMissing,
    maxDrawdownPct: performance.maxDrawdown * PERCENT,
    sharpe: performance.sharpe,
    sortino: performance.sortino,
    annualisedReturnPct: percentOrNull(performance.annualisedReturn),
    winRate: performance.winRate,
    profitFactor: performance.profitFactor,
    totalReturnPct: performance.totalReturn * PERCENT,
    buyAndHoldPct: summary.buyAndHoldPct,
    exact: {
      equityStart: exact(summary.equityStartAtoms),
      equityEnd: exact(summary.equityEndAtoms),
      closedPnl: exact(summary.closedPnlAtoms),
      openPnl: exact(summary.openPnlAtoms),
      feesPaid: exact(summary.feesAtoms),
      fundingPaid: funding === null ? null : exact(funding),
    },
    durationS: parts.durationS,
    eventsPerS: parts.durationS > 0 ? summary.events / parts.durationS : null,
    rssMbMax: parts.rssMbMax,
    runHash: parts.runHash,
    manifest: parts.manifest,
  };
}

/** Returns the summary as lines for people. */
export function summaryLines(parts: RunReportParts): readonly string[] {
  const { currency, summary } = parts;
  const { performance } = summary;
  const exact = (atoms: bigint): string => `${formatDecimal(atoms, summary.atomDecimals)} ${currency}`;
  const ratio = (value: number | null): string => (value === null ? 'n/a' : value.toFixed(2));
  const refused = Object.entries(summary.rejected).sort(([, a], [, b]) => b - a);
  const rows: readonly (readonly [string, string])[] = [
    ['run', `${parts.runId}${parts.isSynthetic ? ' (SYNTHETIC market)' : ''}, ${parts.outcome}`],
    ['equity', `${exact(summary.equityStartAtoms)} -> ${exact(summary.equityEndAtoms)}`],
    [
      'net of costs',
      `${(performance.totalReturn * PERCENT).toFixed(2)} %  (buy and hold, no costs: ${percentText(summary.buyAndHoldPct)})`,
    ],
    ['closed / open P&L', `${exact(summary.closedPnlAtoms)} / ${exact(summary.openPnlAtoms)}`],
    ['fees', exact(summary.feesAtoms)],
    ['funding paid', fundingText(parts, exact)],
    ['max drawdown', `${(performance.maxDrawdown * PERCENT).toFixed(2)} %`],
    [
      'sharpe / sortino',
      `${ratio(performance.sharpe)} / ${ratio(performance.sortino)} (${performance.dayCount} days)`,
    ],
    [
      'trades',
      `${summary.trades} (${summary.tradesClosed} closed), win rate ${percentText(percentOrNull(performance.winRate))}`,
    ],
    [
      'decisions',
      `${summary.decisions} of ${summary.snapshots} snapshots, ${summary.orders} orders, ${summary.fills} fills`,
    ],
    ['nothing done', refused.map(([code, count]) => `${code} ${count}`).join(', ') || 'never'],
    [
      'events',
      `${summary.events} in ${parts.durationS.toFixed(1)} s (${Math.round(summary.events / Math.max(parts.durationS, 1e-3))}/s), ${parts.rssMbMax.toFixed(0)} MB`,
    ],
    ...(summary.barsMissing > 0
      ? ([
          ['bars missing', `${summary.barsMissing} in the data that were traded: the result has holes`],
        ] as const)
      : []),
    ['run hash', parts.runHash],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** Says what the funding figure holds and what it does not. */
export function fundingNote({ fundingMissing, hasFunding }: RunReportParts): string {
  if (!hasFunding) return 'no funding data were given: funding is not in the result';
  return ['paid minus received', ...fundingMissing].join('; ');
}

function fundingText(parts: RunReportParts, exact: (atoms: bigint) => string): string {
  if (!parts.hasFunding) return 'no funding data given';
  return [exact(-parts.summary.fundingAtoms), ...parts.fundingMissing].join('; ');
}

function percentOrNull(value: number | null): number | null {
  return value === null ? null : value * PERCENT;
}

function percentText(value: number | null): string {
  return value === null ? 'n/a' : `${value.toFixed(2)} %`;
}
