/**
 * What a change of a limit order comes to (rule M64): it is refused and the order stands, it ends the order, or the order stands changed, in its
 * place or behind all others. Pure; the conditions under which a change ends an order are those of Binance USD-M.
 */
import { type AmendRequest, type Instrument, notionalAtoms } from '#domain';
import { type Refusal, refusalOfPrice, refusalOfQuantity } from './order-rules.ts';
import type { SimOrder } from './sim-order.ts';

/** The market and the account as a change finds them. */
export interface AmendContext {
  readonly instrument: Instrument;
  /** Best price for a taker on the order's side; `NaN` while there is no market to meet. */
  readonly touchTicks: number;
  /** Best price of own orders resting on the other side; `NaN` when there are none. */
  readonly ownOppositeTicks: number;
  /** Returns why the account cannot carry more lots on the order's side, `null` when it can. */
  readonly marginRefusal: (moreLots: number) => Refusal | null;
}

/** What becomes of the order. */
export type AmendOutcome =
  | ({ readonly kind: 'refused' } & Refusal)
  | { readonly kind: 'cancelled'; readonly reason: string }
  | {
      readonly kind: 'amended';
      readonly priceTicks: number;
      readonly qtyLots: number;
      readonly keepsPlace: boolean;
    };

/** Decides about a change; `order` and `context` are there when the order is known. */
export function amendOutcome(
  request: AmendRequest,
  order: SimOrder | undefined,
  context: AmendContext | null,
): AmendOutcome {
  if (order === undefined || context === null || order.phase === 'done') {
    const found = order === undefined ? 'not known' : order.status;
    return refused({ code: 'unknown_order', message: `the order is ${found}` });
  }
  if (order.priceTicks === null || order.phase === 'conditional')
    return refused({ code: 'other', message: 'only limit orders that wait for no trigger are changed' });
  const priceTicks = request.priceTicks ?? order.priceTicks;
  const qtyLots = request.qtyLots ?? order.qtyLots;
  const { instrument } = context;
  const formal = refusalOfPrice(priceTicks, instrument) ?? refusalOfQuantity(qtyLots, instrument);
  if (formal !== null) return refused(formal);
  if (priceTicks === order.priceTicks && qtyLots === order.qtyLots)
    return refused({ code: 'other', message: 'nothing would change' });
  if (qtyLots <= order.filledLots) return { kind: 'cancelled', reason: 'amended_below_filled' };
  const keepsPlace = priceTicks === order.priceTicks && qtyLots < order.qtyLots;
  const to = { priceTicks, qtyLots, keepsPlace };
  return ofMarket(order, to, context) ?? { kind: 'amended', ...to };
}

function ofMarket(
  order: SimOrder,
  to: { readonly priceTicks: number; readonly qtyLots: number; readonly keepsPlace: boolean },
  context: AmendContext,
): AmendOutcome | null {
  const { instrument } = context;
  const atoms = notionalAtoms(instrument, to.priceTicks, to.qtyLots);
  if (!order.isReducing && atoms < instrument.notionalAtomsMin) {
    const message = `a notional is at least ${instrument.notionalAtomsMin} atoms, was ${atoms}`;
    return refused({ code: 'min_notional', message });
  }
  if (to.keepsPlace) return null;
  const reaches = (ticks: number): boolean =>
    order.side === 'buy' ? to.priceTicks >= ticks : to.priceTicks <= ticks;
  const isPostOnly = order.timeInForce === 'GTX';
  if ((isPostOnly || order.selfTrade === 'refuse') && reaches(context.ownOppositeTicks)) {
    const message = `would trade with an own order at ${context.ownOppositeTicks}`;
    return refused({ code: 'self_trade', message });
  }
  if (isPostOnly && reaches(context.touchTicks)) return { kind: 'cancelled', reason: 'post_only_would_take' };
  const moreLots = to.qtyLots - order.qtyLots;
  const refusal = moreLots > 0 && !order.isReducing ? context.marginRefusal(moreLots) : null;
  return refusal === null ? null : refused(refusal);
}

function refused(refusal: Refusal): AmendOutcome {
  return { kind: 'refused', ...refusal };
}
