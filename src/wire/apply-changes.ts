/**
 * How a change becomes state. Pure; server and dashboard run this same code. What did not change keeps its identity, so that a view can
 * tell by comparison whether it has anything to do.
 */
import { CANDLES_MAX, DECISIONS_MAX, EQUITY_POINTS_MAX, LOG_MAX, ORDERS_MAX, TRADES_MAX } from './limits.ts';
import type { Candle, EquityCurve, EquityPoint } from './market.ts';
import type { Changes, DashboardState } from './state.ts';
import type { Order } from './trading.ts';

/** Returns the state after `changes`; the given one is left as it was. */
export function applyChanges(state: DashboardState, changes: Changes): DashboardState {
  return {
    run: changes.run ?? state.run,
    phase: changes.phase ?? state.phase,
    status: changes.status ?? state.status,
    models: changes.models ?? state.models,
    candles: mergeCandles(state.candles, changes.candles),
    equity: mergeEquity(state.equity, changes.equity),
    trades: mergeList(state.trades, changes.trades, (trade) => trade.tradeId, TRADES_MAX),
    orders: mergeOrders(state.orders, changes.orders),
    decisions: mergeList(
      state.decisions,
      changes.decisions,
      (decision) => decision.decisionId,
      DECISIONS_MAX,
    ),
    log: mergeList(state.log, changes.log, (entry) => entry.seq, LOG_MAX),
  };
}

/** Adds items to a list sorted by number, or replaces those of the same number, and keeps the `max` highest. */
export function mergeList<T>(
  list: T[],
  added: readonly T[] | undefined,
  numberOf: (item: T) => number,
  max: number,
): T[] {
  if (added === undefined || added.length === 0) return list;
  const byNumber = new Map(list.map((item) => [numberOf(item), item]));
  for (const item of added) byNumber.set(numberOf(item), item);
  const merged = [...byNumber.values()].sort((a, b) => numberOf(a) - numberOf(b));
  return merged.length > max ? merged.slice(-max) : merged;
}

/**
 * Adds points to the curve. Once it is full its resolution is halved, evenly over the whole run: a point closer to the one before it than
 * the spacing is replaced by the next. The newest point is always there. Points that go back in time are left out.
 */
export function mergeEquity(curve: EquityCurve, added: readonly EquityPoint[] | undefined): EquityCurve {
  if (added === undefined || added.length === 0) return curve;
  let { spacingUs } = curve;
  let points = [...curve.points];
  for (const point of added) {
    addPoint(points, point, spacingUs);
    if (points.length <= EQUITY_POINTS_MAX) continue;
    spacingUs = Math.max(2 * spacingUs, Math.ceil((2 * spanUs(points)) / EQUITY_POINTS_MAX));
    const thinned: EquityPoint[] = [];
    for (const kept of points) addPoint(thinned, kept, spacingUs);
    points = thinned;
  }
  return { spacingUs, points };
}

function addPoint(points: EquityPoint[], point: EquityPoint, spacingUs: number): void {
  const last = points.at(-1);
  if (last !== undefined && point.tsUs < last.tsUs) return;
  const before = points.at(-2);
  const isTooClose = last?.tsUs === point.tsUs || (before !== undefined && isWithin(before, last, spacingUs));
  if (isTooClose) points.pop();
  points.push(point);
}

function isWithin(before: EquityPoint, last: EquityPoint | undefined, spacingUs: number): boolean {
  return last !== undefined && last.tsUs - before.tsUs < spacingUs;
}

function spanUs(points: readonly EquityPoint[]): number {
  return (points.at(-1)?.tsUs ?? 0) - (points[0]?.tsUs ?? 0);
}

function mergeCandles(
  candles: Record<string, Candle[]>,
  added: Record<string, Candle[]> | undefined,
): Record<string, Candle[]> {
  if (added === undefined) return candles;
  const merged = { ...candles };
  for (const [symbol, list] of Object.entries(added)) {
    merged[symbol] = mergeList(merged[symbol] ?? [], list, (candle) => candle.tsUs, CANDLES_MAX);
  }
  return merged;
}

/** Open orders stay as long as any other can go. */
function mergeOrders(orders: Order[], added: readonly Order[] | undefined): Order[] {
  const merged = mergeList(orders, added, (order) => order.orderId, Number.POSITIVE_INFINITY);
  let excess = merged.length - ORDERS_MAX;
  if (excess <= 0) return merged;
  const kept = merged.filter((order) => order.isOpen || excess-- <= 0);
  return kept.slice(-ORDERS_MAX);
}
