/** The figures of a run, read off the engine. */
import type { PerformanceSummary } from '#portfolio';
import type { EngineServices } from './services.ts';

/** What a run came to. Amounts are atoms of the account's currency. */
export interface EngineSummary {
  readonly events: number;
  readonly snapshots: number;
  readonly predictions: number;
  readonly decisions: number;
  readonly orders: number;
  readonly fills: number;
  /** Round trips, open ones included. */
  readonly trades: number;
  readonly tradesClosed: number;
  /** Decisions without an order and orders refused by the venue, by reason code. */
  readonly rejected: Readonly<Record<string, number>>;
  readonly equityStartAtoms: bigint;
  readonly equityEndAtoms: bigint;
  readonly closedPnlAtoms: bigint;
  readonly openPnlAtoms: bigint;
  readonly feesAtoms: bigint;
  /** Received minus paid. */
  readonly fundingAtoms: bigint;
  /** Money that the venue had and no event told of, booked by its word; transfers included. 0 where venue and trader are one. */
  readonly adjustmentsAtoms: bigint;
  readonly atomDecimals: number;
  /** Equal weights, bought at the first and valued at the last price, without costs; percent. `null` without a price. */
  readonly buyAndHoldPct: number | null;
  /** Bars that the data lack within the time that was traded, over all instruments. */
  readonly barsMissing: number;
  readonly performance: PerformanceSummary;
}

/** Collects the figures. */
export function buildSummary(engine: EngineServices): EngineSummary {
  const { decisionDesk, journal, orderDesk, portfolio, statistics } = engine;
  const { counts } = decisionDesk;
  const rejected: Record<string, number> = { ...counts.rejected };
  for (const [code, count] of Object.entries(orderDesk.venueRejections)) {
    const key = `venue_${code}`;
    rejected[key] = (rejected[key] ?? 0) + count;
  }
  return {
    events: engine.eventSeq,
    snapshots: counts.snapshots,
    predictions: counts.predictions,
    decisions: counts.decisions,
    orders: orderDesk.orderCount,
    fills: journal.fillCount,
    trades: journal.trades.closedCount + journal.trades.openTrades().length,
    tradesClosed: journal.trades.closedCount,
    rejected,
    equityStartAtoms: portfolio.startCashAtoms,
    equityEndAtoms: portfolio.equityAtoms,
    closedPnlAtoms: journal.trades.closedNetAtoms,
    openPnlAtoms: journal.trades.openPnlAtoms(portfolio.unrealisedAtoms),
    feesAtoms: portfolio.feesAtoms,
    fundingAtoms: portfolio.fundingAtoms,
    adjustmentsAtoms: portfolio.adjustmentsAtoms,
    atomDecimals: engine.options.instruments.atomDecimals,
    buyAndHoldPct: buyAndHoldPct(engine),
    barsMissing: engine.states.reduce((sum, state) => sum + state.barsMissing, 0),
    performance: statistics.summary(),
  };
}

/** Returns the change of an equal-weighted basket from the first to the last price, in percent; `null` before the first price. */
export function buyAndHoldPct(engine: EngineServices): number | null {
  let sum = 0;
  let count = 0;
  for (const { firstTicks, lastTicks } of engine.states) {
    if (firstTicks === 0) continue;
    sum += lastTicks / firstTicks - 1;
    count++;
  }
  return count === 0 ? null : (sum / count) * 100;
}
