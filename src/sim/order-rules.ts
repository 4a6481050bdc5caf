/**
 * Whether an order may come in (rule M6): the checks of the venue in its order, first refusal counts. Pure questions; margin is asked
 * elsewhere. A refusal is a value: a code of `VENUE_REJECT_CODES` and a sentence with what was expected and found.
 */
import { type Instrument, notionalAtoms, type OrderRequest, type VenueRejectCode } from '#domain';

/** Why an order is refused. */
export interface Refusal {
  readonly code: VenueRejectCode;
  readonly message: string;
}

/** The market and the account as an arriving order finds them. */
export interface ArrivalContext {
  readonly instrument: Instrument;
  readonly positionLots: number;
  /** `NaN` when the instrument has never had a price. */
  readonly lastTicks: number;
  /** Best price for a taker on the order's side; `NaN` while there is no market to meet. */
  readonly touchTicks: number;
  /** Lots that a taker on the order's side could get at once at a price or better. */
  readonly takeableLots: (limitTicks: number) => number;
  /** Best price of own orders resting on the other side; `NaN` when there are none. */
  readonly ownOppositeTicks: number;
}

const refusal = (code: VenueRejectCode, message: string): Refusal => ({ code, message });

const isConditional = (request: OrderRequest): boolean =>
  request.type === 'stop_market' || request.type === 'take_profit_market';

/** Returns why an order's own numbers are not acceptable, `null` when they are. */
export function refusalOfForm(request: OrderRequest, instrument: Instrument): Refusal | null {
  const { qtyLots, type, priceTicks, triggerTicks } = request;
  if (!/^[.A-Z:/a-z0-9_-]{1,36}$/.test(request.clientOrderId)) {
    return refusal('other', `client order id has 1 to 36 of .A-Z:/a-z0-9_-, was '${request.clientOrderId}'`);
  }
  if ((priceTicks === null) === (type === 'limit') || (triggerTicks === null) === isConditional(request)) {
    return refusal('price_filter', `a ${type} order has a price if limit and a trigger if stop or target`);
  }
  for (const ticks of [priceTicks, triggerTicks]) {
    if (ticks === null || (Number.isSafeInteger(ticks) && ticks > 0 && ticks % instrument.tickStep === 0))
      continue;
    return refusal(
      'price_filter',
      `a price is a positive multiple of ${instrument.tickStep} ticks, was ${ticks}`,
    );
  }
  const { qtyLotsMin, qtyLotsMax, lotStep } = instrument;
  const isInRange = qtyLots >= qtyLotsMin && qtyLots <= qtyLotsMax && qtyLots % lotStep === 0;
  if (!Number.isSafeInteger(qtyLots) || !isInRange) {
    return refusal(
      'quantity_filter',
      `a quantity is a multiple of ${lotStep} in [${qtyLotsMin}, ${qtyLotsMax}] lots, was ${qtyLots}`,
    );
  }
  return null;
}

/** Returns why an order may not come into this market now, `null` when it may as far as margin allows. */
export function refusalOfMarket(request: OrderRequest, context: ArrivalContext): Refusal | null {
  const { instrument, lastTicks } = context;
  if (Number.isNaN(lastTicks)) return refusal('no_liquidity', `${instrument.symbol} has no price yet`);
  return (
    refusalOfNotional(request, context) ??
    refusalOfReduceOnly(request, context) ??
    refusalOfTrigger(request, lastTicks) ??
    refusalOfLimit(request, context)
  );
}

function refusalOfNotional(request: OrderRequest, context: ArrivalContext): Refusal | null {
  if (request.reduceOnly) return null;
  const { instrument } = context;
  const priceTicks = request.priceTicks ?? request.triggerTicks ?? context.lastTicks;
  const atoms = notionalAtoms(instrument, priceTicks, request.qtyLots);
  if (atoms >= instrument.notionalAtomsMin) return null;
  return refusal('min_notional', `a notional is at least ${instrument.notionalAtomsMin} atoms, was ${atoms}`);
}

function refusalOfReduceOnly(request: OrderRequest, context: ArrivalContext): Refusal | null {
  // A conditional order may be placed before the position that it protects exists; it is asked again when it triggers.
  if (!request.reduceOnly || isConditional(request)) return null;
  const closableLots = request.side === 'buy' ? -context.positionLots : context.positionLots;
  if (closableLots > 0) return null;
  return refusal(
    'reduce_only',
    `a reduce-only ${request.side} needs a position to reduce, was ${context.positionLots}`,
  );
}

function refusalOfTrigger(request: OrderRequest, lastTicks: number): Refusal | null {
  const { triggerTicks } = request;
  if (triggerTicks === null) return null;
  const isRising = (request.type === 'stop_market') === (request.side === 'buy');
  if (isRising ? lastTicks < triggerTicks : lastTicks > triggerTicks) return null;
  return refusal(
    'would_trigger_immediately',
    `a trigger is ${isRising ? 'above' : 'below'} the last price ${lastTicks}, was ${triggerTicks}`,
  );
}

function refusalOfLimit(request: OrderRequest, context: ArrivalContext): Refusal | null {
  const { priceTicks, side, timeInForce } = request;
  if (priceTicks === null) return null;
  const reaches = (ticks: number): boolean => (side === 'buy' ? priceTicks >= ticks : priceTicks <= ticks);
  if (reaches(context.ownOppositeTicks)) {
    return refusal('self_trade', `would trade with an own order at ${context.ownOppositeTicks}`);
  }
  if (timeInForce === 'GTX' && reaches(context.touchTicks)) {
    return refusal('post_only_would_take', `would take at ${context.touchTicks}, limit ${priceTicks}`);
  }
  if (timeInForce === 'FOK') {
    const lots = context.takeableLots(priceTicks);
    if (lots < request.qtyLots)
      return refusal('fok_unfilled', `${lots} of ${request.qtyLots} lots to be had`);
  }
  return null;
}
