/** Wishes of strategies in the words of risk: what the order is to be, and what risk must know of the account. Pure translation. */
import type { OrderLabel } from '#domain';
import type { OrderManager } from '#orders';
import type { Portfolio } from '#portfolio';
import type { OrderIntent, RiskContext } from '#risk';
import type { Desk } from './desk.ts';
import type { InstrumentState } from './instrument-state.ts';
import { pendingExposure } from './pending-exposure.ts';
import type { StrategyOrder } from './strategy.ts';

/** Returns what a wish is for: orders that only shrink are exits; protective ones are told by their type. */
export function labelOf(wish: StrategyOrder): OrderLabel {
  if (wish.reduceOnly !== true) return 'ENTRY';
  if (wish.type === 'stop_market') return 'SL';
  return wish.type === 'take_profit_market' ? 'TP' : 'EXIT';
}

/** Returns the intent that risk judges; `lastTicks` is the last price. */
export function intentOf(
  {
    clientOrderId,
    label,
    strategy,
    wish,
  }: {
    readonly strategy: string;
    readonly wish: StrategyOrder;
    readonly clientOrderId: string;
    readonly label: OrderLabel;
  },
  lastTicks: number,
): OrderIntent {
  const type = wish.type ?? 'market';
  return {
    clientOrderId,
    instrumentIx: wish.instrumentIx,
    side: wish.side,
    label,
    type,
    timeInForce: wish.timeInForce ?? (type === 'market' ? 'IOC' : 'GTC'),
    reduceOnly: wish.reduceOnly ?? false,
    priceTicks: wish.priceTicks ?? null,
    triggerTicks: wish.triggerTicks ?? null,
    size: sizeOf(wish, lastTicks),
    protection: wish.protection ?? null,
    strategy,
  };
}

/** Returns what risk is told of the account at the moment of a wish. */
export function riskContextOf(
  { instrumentIx, side }: Pick<StrategyOrder, 'instrumentIx' | 'side'>,
  orders: OrderManager,
  account: { readonly portfolio: Portfolio; readonly states: readonly InstrumentState[] },
  desk: Desk,
): RiskContext {
  const state = account.states[instrumentIx]!;
  const pending = pendingExposure(orders.openOrders, instrumentIx, side, account);
  return {
    nowUs: desk.nowUs,
    instrument: state.instrument,
    portfolio: account.portfolio,
    pendingSideLots: pending.sideLots,
    reducingSideLots: pending.reducingSideLots,
    pendingOthersAtoms: pending.othersAtoms,
    lastPriceTicks: state.lastTicks,
    lastPriceTsUs: state.usableTsUs,
    volatility: state.pipeline?.realisedVolatility ?? Number.NaN,
    isReduceOnlyMode: desk.isReduceOnlyMode || desk.isReduceOnlyOf(instrumentIx),
    openOrderCount: orders.openCount,
  };
}

function sizeOf(wish: StrategyOrder, lastTicks: number): OrderIntent['size'] {
  if (wish.signal === undefined) return { kind: 'lots', qtyLots: wish.qtyLots ?? 0 };
  return {
    kind: 'signal',
    strength: wish.signal.strength,
    probability: wish.signal.probability,
    expectedReturn: wish.signal.expectedReturn,
    // The probability speaks of direction over a horizon: an even bet.
    rewardRisk: 1,
    stopFraction: Math.abs(lastTicks - (wish.protection?.stopTicks ?? lastTicks)) / lastTicks,
  };
}
