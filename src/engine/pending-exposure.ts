/** What orders that may still fill can make of the account: the part of risk's question that the orders answer. */
import { type InstrumentIx, type Side, sideSign } from '#domain';
import { leavesLots, type Order } from '#orders';
import type { Portfolio } from '#portfolio';
import type { InstrumentState } from './instrument-state.ts';

/** What may still happen without another order. */
export interface PendingExposure {
  /** Lots of entries of the instrument on the side that may still fill. */
  readonly sideLots: number;
  /** Lots of reduce-only orders of the instrument on the side that may still fill. */
  readonly reducingSideLots: number;
  /** Notional that entries of all other instruments may add to the present exposure at worst. */
  readonly othersAtoms: bigint;
}

const NONE: PendingExposure = Object.freeze({ sideLots: 0, reducingSideLots: 0, othersAtoms: 0n });

/** Lots of entries of one instrument that may still fill, and the highest price that they may be valued at. */
interface OpenEntries {
  buyLots: number;
  sellLots: number;
  priceTicks: number;
}

/** Returns what open orders may do before an order of `side` on an instrument. */
export function pendingExposure(
  orders: readonly Order[],
  instrumentIx: InstrumentIx,
  side: Side,
  account: { readonly portfolio: Portfolio; readonly states: readonly InstrumentState[] },
): PendingExposure {
  if (orders.length === 0) return NONE;
  let sideLots = 0;
  let reducingSideLots = 0;
  const others = new Map<InstrumentIx, OpenEntries>();
  for (const order of orders) {
    const { request } = order;
    if (request.instrumentIx !== instrumentIx) addOther(others, order);
    else if (request.side !== side) continue;
    else if (request.label === 'ENTRY') sideLots += leavesLots(order);
    else reducingSideLots += leavesLots(order);
  }
  let othersAtoms = 0n;
  for (const [ix, entries] of others) othersAtoms += worstAddition(ix, entries, account);
  return { sideLots, reducingSideLots, othersAtoms };
}

function addOther(others: Map<InstrumentIx, OpenEntries>, order: Order): void {
  const { instrumentIx, label, priceTicks, side, triggerTicks } = order.request;
  if (label !== 'ENTRY') return;
  const entries = others.get(instrumentIx) ?? { buyLots: 0, sellLots: 0, priceTicks: 0 };
  if (sideSign(side) > 0) entries.buyLots += leavesLots(order);
  else entries.sellLots += leavesLots(order);
  entries.priceTicks = Math.max(entries.priceTicks, priceTicks ?? triggerTicks ?? 0);
  others.set(instrumentIx, entries);
}

/** The worst of: all buys fill, all sells fill, none does. */
function worstAddition(
  ix: InstrumentIx,
  { buyLots, priceTicks, sellLots }: OpenEntries,
  { portfolio, states }: { readonly portfolio: Portfolio; readonly states: readonly InstrumentState[] },
): bigint {
  const state = states[ix]!;
  const positionLots = portfolio.positionLots(ix);
  const worstLots = Math.max(Math.abs(positionLots), positionLots + buyLots, sellLots - positionLots);
  const addedLots = BigInt(worstLots - Math.abs(positionLots));
  const ticks = Math.max(priceTicks, state.lastTicks, portfolio.markTicks(ix));
  return addedLots * BigInt(ticks) * BigInt(state.instrument.atomsPerTickLot);
}
