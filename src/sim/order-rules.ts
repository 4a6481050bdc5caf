/**
 * Whether an order may come in (rule M6): the checks of the venue in its order, first refusal counts. Pure questions; margin is asked
 * elsewhere. A refusal is a value: a code of `VENUE_REJECT_CODES` and a sentence with what was expected and found.
 */
import {
  hasLimitPrice,
  type Instrument,
  isConditionalType,
  isStopType,
  notionalAtoms,
  type OrderRequest,
  type PositionSide,
  type VenueRejectCode,
} from '#domain';

/** Why an order is refused. */
export interface Refusal {
  readonly code: VenueRejectCode;
  readonly message: string;
}

/** The market and the account as an arriving order finds them. */
export interface ArrivalContext {
  readonly instrument: Instrument;
  /** Signed lots of the position that the order changes. */
  readonly positionLots: number;
  /** True when the order may only shrink that position. */
  readonly isReducing: boolean;
  /** `NaN` when the instrument has never had a price. */
  readonly lastTicks: number;
  /** The price that triggers the order: the last or the mark price. */
  readonly triggeringTicks: number;
  /** Best price for a taker on the order's side; `NaN` while there is no market to meet. */
  readonly touchTicks: number;
  /** Lots that a taker on the order's side could get at once at a price or better. */
  readonly takeableLots: (limitTicks: number) => number;
  /** Best price of own orders resting on the other side; `NaN` when there are none. */
  readonly ownOppositeTicks: number;
}

const refusal = (code: VenueRejectCode, message: string): Refusal => ({ code, message });

/** Bounds of a trailing stop's distance, basis points. */
const CALLBACK_BPS_MAX = 5_000;

/** Returns why an order's own numbers are not acceptable, `null` when they are. */
export function refusalOfForm(request: OrderRequest, instrument: Instrument): Refusal | null {
  const { type, priceTicks, triggerTicks } = request;
  if (!/^[.A-Z:/a-z0-9_-]{1,36}$/.test(request.clientOrderId)) {
    return refusal('other', `client order id has 1 to 36 of .A-Z:/a-z0-9_-, was '${request.clientOrderId}'`);
  }
  const isTriggerWrong =
    type === 'trailing_stop' ? false : (triggerTicks === null) === isConditionalType(type);
  if ((priceTicks === null) === hasLimitPrice(type) || isTriggerWrong) {
    return refusal('price_filter', `a ${type} order has a price if limit and a trigger if stop or target`);
  }
  for (const ticks of [priceTicks, triggerTicks]) {
    const refusalOfTicks = ticks === null ? null : refusalOfPrice(ticks, instrument);
    if (refusalOfTicks !== null) return refusalOfTicks;
  }
  return refusalOfCallback(request) ?? refusalOfSize(request, instrument);
}

function refusalOfCallback({ callbackBps, type }: OrderRequest): Refusal | null {
  const isTrailing = type === 'trailing_stop';
  if (!isTrailing && callbackBps === undefined) return null;
  const bps = callbackBps ?? Number.NaN;
  if (isTrailing && Number.isInteger(bps) && bps >= 1 && bps <= CALLBACK_BPS_MAX) return null;
  return refusal(
    'other',
    `a trailing stop, and no other order, has a callback of 1 to ${CALLBACK_BPS_MAX} basis points, was ${callbackBps}`,
  );
}

function refusalOfSize(request: OrderRequest, instrument: Instrument): Refusal | null {
  const { qtyLots, reduceOnly, type } = request;
  if (request.closePosition !== true) return refusalOfQuantity(qtyLots, instrument);
  if (qtyLots === 0 && !reduceOnly && (type === 'stop_market' || type === 'take_profit_market')) return null;
  return refusal(
    'other',
    'what closes a position is a stop or target at market without a quantity of its own',
  );
}

/** Returns why a price cannot be one of the instrument's orders, `null` when it can. */
export function refusalOfPrice(ticks: number, instrument: Instrument): Refusal | null {
  if (Number.isSafeInteger(ticks) && ticks > 0 && ticks % instrument.tickStep === 0) return null;
  return refusal(
    'price_filter',
    `a price is a positive multiple of ${instrument.tickStep} ticks, was ${ticks}`,
  );
}

/** Returns why a quantity cannot be one of the instrument's orders, `null` when it can. */
export function refusalOfQuantity(qtyLots: number, instrument: Instrument): Refusal | null {
  const { qtyLotsMin, qtyLotsMax, lotStep } = instrument;
  const isInRange = qtyLots >= qtyLotsMin && qtyLots <= qtyLotsMax && qtyLots % lotStep === 0;
  if (Number.isSafeInteger(qtyLots) && isInRange) return null;
  return refusal(
    'quantity_filter',
    `a quantity is a multiple of ${lotStep} in [${qtyLotsMin}, ${qtyLotsMax}] lots, was ${qtyLots}`,
  );
}

/** Returns why an order does not fit the position mode (rule M66), `null` when it does. */
export function refusalOfSide(request: OrderRequest, sides: readonly PositionSide[]): Refusal | null {
  const { closePosition, positionSide = 'both', reduceOnly, side } = request;
  if (!sides.includes(positionSide)) {
    return refusal('position_side', `a position is ${sides.join(' or ')} in this mode, was ${positionSide}`);
  }
  if (!isOpeningSide(positionSide, side) || (!reduceOnly && closePosition !== true)) return null;
  return refusal('reduce_only', `a ${side} cannot reduce the ${positionSide} position`);
}

/** True when orders of that side open the position: never so in one-way mode, where that depends on what there is. */
function isOpeningSide(positionSide: PositionSide, side: OrderRequest['side']): boolean {
  return positionSide === (side === 'buy' ? 'long' : 'short');
}

/** True when an order may only shrink its position: it says so, or it is of the side of hedge mode that closes. */
export function isReducing({
  closePosition,
  positionSide = 'both',
  reduceOnly,
  side,
}: OrderRequest): boolean {
  return (
    reduceOnly || closePosition === true || (positionSide !== 'both' && !isOpeningSide(positionSide, side))
  );
}

/** Returns why an order may not come into this market now, `null` when it may as far as margin allows. */
export function refusalOfMarket(request: OrderRequest, context: ArrivalContext): Refusal | null {
  const { instrument, lastTicks } = context;
  if (Number.isNaN(lastTicks)) return refusal('no_liquidity', `${instrument.symbol} has no price yet`);
  return (
    refusalOfNotional(request, context) ??
    refusalOfReduceOnly(request, context) ??
    refusalOfTrigger(request, context.triggeringTicks) ??
    refusalOfLimit(request, context)
  );
}

function refusalOfNotional(request: OrderRequest, context: ArrivalContext): Refusal | null {
  if (context.isReducing) return null;
  const { instrument } = context;
  const priceTicks = request.priceTicks ?? request.triggerTicks ?? context.lastTicks;
  const atoms = notionalAtoms(instrument, priceTicks, request.qtyLots);
  if (atoms >= instrument.notionalAtomsMin) return null;
  return refusal('min_notional', `a notional is at least ${instrument.notionalAtomsMin} atoms, was ${atoms}`);
}

function refusalOfReduceOnly(request: OrderRequest, context: ArrivalContext): Refusal | null {
  // A conditional order may be placed before the position that it protects exists; it is asked again when it triggers.
  if (!context.isReducing || isConditionalType(request.type)) return null;
  const closableLots = request.side === 'buy' ? -context.positionLots : context.positionLots;
  if (closableLots > 0) return null;
  return refusal(
    'reduce_only',
    `a reduce-only ${request.side} needs a position to reduce, was ${context.positionLots}`,
  );
}

function refusalOfTrigger(request: OrderRequest, nowTicks: number): Refusal | null {
  const { side, triggerTicks, type } = request;
  if (triggerTicks === null) return null;
  // A trailing stop begins to follow where the price has gone in favour of the position that it closes.
  const isRising = (isStopType(type) && type !== 'trailing_stop') === (side === 'buy');
  if (isRising ? nowTicks < triggerTicks : nowTicks > triggerTicks) return null;
  return refusal(
    'would_trigger_immediately',
    `a trigger is ${isRising ? 'above' : 'below'} the present price ${nowTicks}, was ${triggerTicks}`,
  );
}

function refusalOfLimit(request: OrderRequest, context: ArrivalContext): Refusal | null {
  const { priceTicks, selfTrade = 'refuse', side, timeInForce } = request;
  if (priceTicks === null || isConditionalType(request.type)) return null;
  const reaches = (ticks: number): boolean => (side === 'buy' ? priceTicks >= ticks : priceTicks <= ticks);
  const isRefusing = selfTrade === 'refuse' || timeInForce === 'FOK' || timeInForce === 'GTX';
  if (isRefusing && reaches(context.ownOppositeTicks)) {
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
