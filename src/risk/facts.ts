/**
 * The numbers that rules look at, gathered once per order from intent, account, market and risk's own state. Gathering never throws: a
 * number that cannot be known is NaN, and a rule passes only where its comparison is true.
 *
 * `EntryCaps` are the largest quantities that an entry may have, exact (bigint until the last step), each rounded down.
 */
import { divCeil, divFloor, maxBig } from '#core';
import { type OrderRequest, sideSign } from '#domain';
import type { OrderIntent, RiskContext } from './intent.ts';
import type { RiskOptions } from './options.ts';

/** State of risk itself, as rules see it. */
export interface GuardFacts {
  /** Code of the shutdown in force, `null` when none is. */
  readonly haltCode: 'shutdown' | 'emergency_shutdown' | 'drawdown' | null;
  readonly isReduceOnlyMode: boolean;
  readonly isBreakerOpen: boolean;
  /** Worst loss of the day so far, as a fraction of its opening equity, and in atoms. */
  readonly dayLossFraction: number;
  readonly dayLossAtoms: number;
  /** Fall from the high-water mark, a fraction. */
  readonly drawdownFraction: number;
  readonly recentOrderCount: number;
  readonly isDuplicate: boolean;
}

/** Everything that a rule may look at. */
export interface OrderFacts extends GuardFacts {
  readonly intent: OrderIntent;
  readonly context: RiskContext;
  readonly dataAgeUs: number;
  /** How far a price of the order lies on its wrong side, as a fraction of the last price; negative = on the good side. */
  readonly priceDeviation: number;
  /** Signed position of the instrument times the side of the order: positive = the order adds to it. */
  readonly sideLots: number;
  /** Highest price that the order's notional may be valued at. */
  readonly valuationTicks: number;
  /** The quantity under examination; rules of size cut it. */
  qtyLots: number;
}

/** Returns why the order is not well formed, `null` when it is. */
export function malformation(intent: OrderIntent, context: RiskContext): string | null {
  if (!Number.isSafeInteger(context.nowUs)) return `nowUs is an integer, was ${context.nowUs}`;
  if (!(Number.isSafeInteger(context.pendingSideLots) && context.pendingSideLots >= 0)) {
    return `pendingSideLots is an integer >= 0, was ${context.pendingSideLots}`;
  }
  if (!(Number.isSafeInteger(context.reducingSideLots) && context.reducingSideLots >= 0)) {
    return `reducingSideLots is an integer >= 0, was ${context.reducingSideLots}`;
  }
  if (intent.instrumentIx !== context.instrument.ix) return 'intent and context name one instrument';
  if (intent.clientOrderId === '') return 'clientOrderId is not empty';
  if (intent.side !== 'buy' && intent.side !== 'sell')
    return `side is buy or sell, was ${String(intent.side)}`;
  return badPrice(intent) ?? badSize(intent);
}

function badPrice({ type, priceTicks, triggerTicks }: OrderIntent): string | null {
  const isLimit = type === 'limit';
  const isTriggered = type === 'stop_market' || type === 'take_profit_market';
  if (!isLimit && !isTriggered && type !== 'market') return `type is known, was ${String(type)}`;
  if (isLimit ? !isPositiveInteger(priceTicks) : priceTicks !== null) {
    return `priceTicks is ${isLimit ? 'an integer > 0' : 'null'} for ${type}, was ${priceTicks}`;
  }
  if (isTriggered ? !isPositiveInteger(triggerTicks) : triggerTicks !== null) {
    return `triggerTicks is ${isTriggered ? 'an integer > 0' : 'null'} for ${type}, was ${triggerTicks}`;
  }
  return null;
}

function badSize({ size, reduceOnly }: OrderIntent): string | null {
  if (size.kind === 'close') return reduceOnly ? null : 'size close needs reduceOnly';
  if (size.kind === 'lots') {
    return isPositiveInteger(size.qtyLots) ? null : `qtyLots is an integer > 0, was ${size.qtyLots}`;
  }
  if (reduceOnly) return 'a reduce-only order says how many lots, or close';
  if (!(size.strength >= 0 && size.strength <= 1)) return `strength lies in [0, 1], was ${size.strength}`;
  if (!(size.probability >= 0 && size.probability <= 1)) {
    return `probability lies in [0, 1], was ${size.probability}`;
  }
  if (!Number.isFinite(size.expectedReturn)) return `expectedReturn is finite, was ${size.expectedReturn}`;
  if (!(size.rewardRisk > 0 && size.rewardRisk < 1_000)) {
    return `rewardRisk lies in (0, 1000), was ${size.rewardRisk}`;
  }
  if (!(size.stopFraction > 0 && size.stopFraction < 1)) {
    return `stopFraction lies in (0, 1), was ${size.stopFraction}`;
  }
  return null;
}

/** Gathers the facts of a well-formed order. */
export function gatherFacts(intent: OrderIntent, context: RiskContext, guard: GuardFacts): OrderFacts {
  const sign = sideSign(intent.side);
  const last = isPositiveInteger(context.lastPriceTicks) ? context.lastPriceTicks : Number.NaN;
  const asked = intent.priceTicks ?? intent.triggerTicks;
  const mark = context.portfolio.markTicks(intent.instrumentIx);
  const ageUs = context.nowUs - context.lastPriceTsUs;
  return {
    ...guard,
    intent,
    context,
    dataAgeUs: ageUs >= 0 && !Number.isNaN(last) ? ageUs : Number.NaN,
    priceDeviation: deviation(intent, asked, last),
    sideLots: sign * context.portfolio.positionLots(intent.instrumentIx),
    valuationTicks: Math.max(last, mark, asked ?? 0),
    qtyLots: Number.NaN,
  };
}

/**
 * How far the price lies on its wrong side: a limit that would pay too much; a stop entry that would chase too far, either way.
 */
function deviation(intent: OrderIntent, askedTicks: number | null, lastTicks: number): number {
  if (askedTicks === null) return 0;
  const away = (sideSign(intent.side) * (askedTicks - lastTicks)) / lastTicks;
  return intent.type === 'limit' ? away : Math.abs(away);
}

/** The largest quantities of an entry, in lots; may be 0 or negative. */
export interface EntryCaps {
  readonly positionLots: number;
  readonly exposureLots: number;
  readonly leverageLots: number;
  readonly marginLots: number;
}

/** Computes the caps of an entry whose valuation price is known. */
export function entryCaps(facts: OrderFacts, options: RiskOptions): EntryCaps {
  const { context, sideLots } = facts;
  const { portfolio, instrument } = context;
  const ix = instrument.ix;
  const atomsPerTick = BigInt(instrument.atomsPerTickLot);
  const lotAtoms = BigInt(facts.valuationTicks) * atomsPerTick;
  const equity = portfolio.equityAtoms;
  const pendingOthers = maxBig(context.pendingOthersAtoms, 0n);
  const here = BigInt(Math.abs(sideLots)) * BigInt(portfolio.markTicks(ix)) * atomsPerTick;
  const others = maxBig(portfolio.grossExposureAtoms - here, 0n) + pendingOthers;
  // A position on the other side is closed first, and the order may be larger by it, as far as no other order closes it.
  const creditLots = Math.max(0, -sideLots - context.reducingSideLots);
  const heldLots = sideLots > 0 ? sideLots : -creditLots;
  const takenLots = BigInt(heldLots) + BigInt(context.pendingSideLots);
  const room = (limitAtoms: bigint): number => toLots(divFloor(limitAtoms, lotAtoms) - takenLots);
  const leverage = BigInt(portfolio.leverageOf(ix));
  const pendingHere = BigInt(openingLots(heldLots, context.pendingSideLots)) * lotAtoms;
  const free =
    equity -
    portfolio.marginUsedAtoms -
    divCeil(pendingHere, leverage) -
    divCeil(pendingOthers, BigInt(portfolio.leverageMin));
  return {
    positionLots: room(partOf(equity, options.positionFractionMax)),
    exposureLots: room(partOf(equity, options.exposureMax) - others),
    leverageLots: room(partOf(equity, options.leverageMax) - others),
    marginLots: toLots(maxBig(divFloor(free * leverage, lotAtoms), 0n)) + creditLots,
  };
}

/** Returns how many of `qtyLots` open or add, when a position of `sideLots` on the order's side (negative: against it) is there. */
export function openingLots(sideLots: number, qtyLots: number): number {
  return Math.max(0, qtyLots + Math.min(0, sideLots));
}

/** Returns the request that an approved intent becomes. */
export function requestOf(intent: OrderIntent, qtyLots: number): OrderRequest {
  return {
    clientOrderId: intent.clientOrderId,
    instrumentIx: intent.instrumentIx,
    side: intent.side,
    type: intent.type,
    label: intent.label,
    qtyLots,
    priceTicks: intent.priceTicks,
    triggerTicks: intent.triggerTicks,
    timeInForce: intent.timeInForce,
    reduceOnly: intent.reduceOnly,
  };
}

const BILLION = 1_000_000_000;

/** Returns `fraction` of an amount, rounded down; a fraction counts to nine decimals. */
function partOf(amountAtoms: bigint, fraction: number): bigint {
  // 0.001 of a billionth forgives the noise of a double such as 0.57 x 10^9 without ever adding a unit.
  return divFloor(amountAtoms * BigInt(Math.floor(fraction * BILLION + 0.001)), BigInt(BILLION));
}

/** A quantity as a number; beyond the safe range the nearest safe integer towards zero. */
function toLots(lots: bigint): number {
  const largest = BigInt(Number.MAX_SAFE_INTEGER);
  if (lots > largest) return Number.MAX_SAFE_INTEGER;
  return lots < -largest ? -Number.MAX_SAFE_INTEGER : Number(lots);
}

/** True for a safe integer above 0. */
export function isPositiveInteger(value: number | null): value is number {
  return value !== null && Number.isSafeInteger(value) && value > 0;
}
