/**
 * The rules, one small record each, in the order in which they are asked. Gates compare one number with its limit; a comparison with
 * NaN fails, so an unknown number never passes. Caps say the largest quantity: a signal's size is cut to it, a quantity that was asked
 * for in lots is refused above it. Rules marked `all` hold for exits too, all others are asked of entries only: nothing that guards
 * entries can hold back a way out of a position.
 */
import { maxBig } from '#core';
import { notionalAtoms } from '#domain';
import type { RefusalCode } from './codes.ts';
import { type EntryCaps, isPositiveInteger, type OrderFacts } from './facts.ts';
import type { RiskOptions } from './options.ts';

type NumberOf = (facts: OrderFacts, options: RiskOptions) => number;

/** A comparison of one number with its limit. */
export interface GateRule {
  readonly code: RefusalCode;
  readonly appliesTo: 'entry' | 'all';
  readonly value: NumberOf;
  /** The value must stay below the limit, may go up to it, or must be at least as large. */
  readonly passes: 'below' | 'up_to' | 'at_least';
  readonly limit: NumberOf;
}

/** A largest quantity of an entry. */
export interface CapRule {
  readonly code: RefusalCode;
  readonly lots: (caps: EntryCaps, facts: OrderFacts) => number;
}

/** Returns whether a value passes its limit; false for NaN on either side. */
export function passesGate(rule: GateRule, value: number, limit: number): boolean {
  if (rule.passes === 'below') return value < limit;
  return rule.passes === 'up_to' ? value <= limit : value >= limit;
}

/** Asked first, before any size is known. */
export const STATE_RULES: readonly GateRule[] = [
  forbid('price_filter', isOffTick, 'all'),
  forbid('nothing_to_close', ({ intent, sideLots }) => intent.reduceOnly && !(sideLots < 0), 'all'),
  forbid('shutdown', ({ haltCode }) => haltCode === 'shutdown'),
  gate('emergency_shutdown', emergencyLoss, 'below', (_, options) => options.emergencyDailyLoss),
  gate('drawdown', drawdown, 'below', (_, options) => options.drawdownMax),
  forbid('reduce_only_mode', ({ isReduceOnlyMode, context }) => isReduceOnlyMode || context.isReduceOnlyMode),
  forbid('circuit_breaker', ({ isBreakerOpen }) => isBreakerOpen),
  gate(
    'stale_data',
    ({ dataAgeUs }) => dataAgeUs,
    'up_to',
    (_, options) => options.dataStaleAfterUs,
  ),
  gate(
    'daily_loss',
    ({ dayLossFraction }) => dayLossFraction,
    'below',
    (_, options) => options.dailyLossMax,
  ),
  gate('daily_loss_amount', ({ dayLossAtoms }) => dayLossAtoms, 'below', dailyLossLimitAtoms),
  gate(
    'order_rate',
    ({ recentOrderCount }) => recentOrderCount,
    'below',
    (_, options) => options.orderRateMax,
  ),
  gate(
    'open_orders',
    ({ context }) => context.openOrderCount,
    'below',
    (_, options) => options.openOrdersMax,
  ),
  forbid('duplicate_intent', ({ isDuplicate }) => isDuplicate),
  gate(
    'price_deviation',
    (facts) => facts.priceDeviation,
    'up_to',
    (_, options) => options.priceDeviationMax,
  ),
  gate('stop_too_wide', stopFraction, 'up_to', (_, options) => options.stopLossMax),
  gate('target_too_wide', targetFraction, 'up_to', (_, options) => options.takeProfitMax),
  gate('volatility_unknown', unknownVolatility, 'up_to', () => 0),
];

/** Asked with a quantity in hand; each may cut it further. */
export const CAP_RULES: readonly CapRule[] = [
  { code: 'position_cap', lots: (caps) => caps.positionLots },
  { code: 'exposure_cap', lots: (caps) => caps.exposureLots },
  { code: 'leverage', lots: (caps) => caps.leverageLots },
  { code: 'margin', lots: (caps) => caps.marginLots },
  { code: 'quantity_filter', lots: (_, { context }) => context.instrument.qtyLotsMax },
];

/** Asked last, of the quantity that came out. */
export const FINAL_RULES: readonly GateRule[] = [
  gate(
    'size_zero',
    ({ qtyLots }) => qtyLots,
    'at_least',
    () => 1,
  ),
  gate(
    'quantity_filter',
    ({ qtyLots }) => qtyLots,
    'at_least',
    ({ context }) => context.instrument.qtyLotsMin,
  ),
  gate('min_notional', orderNotional, 'at_least', smallestNotional),
  gate('overflow', tickLots, 'up_to', () => Number.MAX_SAFE_INTEGER),
];

function gate(code: RefusalCode, value: NumberOf, passes: GateRule['passes'], limit: NumberOf): GateRule {
  return { code, appliesTo: 'entry', value, passes, limit };
}

/** A gate whose value says yes (1) or no (0). */
function forbid(
  code: RefusalCode,
  isBad: (facts: OrderFacts) => boolean,
  appliesTo: 'entry' | 'all' = 'entry',
): GateRule {
  return { code, appliesTo, value: (facts) => (isBad(facts) ? 1 : 0), passes: 'up_to', limit: () => 0 };
}

function isOffTick({ intent, context }: OrderFacts): boolean {
  const asked = intent.priceTicks ?? intent.triggerTicks;
  return asked !== null && asked % context.instrument.tickStep !== 0;
}

/** Once risk was shut down for it, no recovery of the equity lifts the rule. */
function emergencyLoss({ haltCode, dayLossFraction }: OrderFacts): number {
  return haltCode === 'emergency_shutdown' ? Number.POSITIVE_INFINITY : dayLossFraction;
}

function drawdown({ haltCode, drawdownFraction }: OrderFacts): number {
  return haltCode === 'drawdown' ? Number.POSITIVE_INFINITY : drawdownFraction;
}

function dailyLossLimitAtoms(_: OrderFacts, { dailyLossMaxAtoms }: RiskOptions): number {
  return dailyLossMaxAtoms === null ? Number.POSITIVE_INFINITY : Number(dailyLossMaxAtoms);
}

function stopFraction({ intent, context }: OrderFacts): number {
  if (intent.size.kind === 'signal') return intent.size.stopFraction;
  return distance(intent.protection?.stopTicks ?? null, intent, context);
}

function targetFraction({ intent, context }: OrderFacts): number {
  return distance(intent.protection?.targetTicks ?? null, intent, context);
}

/** How far a protective price lies from where the order would fill, a fraction, a step of rounding forgiven; 0 when there is none. */
function distance(
  ticks: number | null,
  intent: OrderFacts['intent'],
  { instrument, lastPriceTicks }: OrderFacts['context'],
): number {
  if (ticks === null) return 0;
  const entryTicks = intent.priceTicks ?? intent.triggerTicks ?? lastPriceTicks;
  return Math.max(0, Math.abs(ticks - entryTicks) - instrument.tickStep) / entryTicks;
}

function unknownVolatility({ intent, context }: OrderFacts, { volatilityTarget }: RiskOptions): number {
  const isNeeded = volatilityTarget !== null && intent.size.kind === 'signal';
  return isNeeded && !(context.volatility > 0 && Number.isFinite(context.volatility)) ? 1 : 0;
}

/** Notional in atoms at the lowest price it may be valued at: a venue's minimum is judged by the price of the order. */
function orderNotional({ intent, context, qtyLots }: OrderFacts): number {
  const asked = intent.priceTicks ?? intent.triggerTicks ?? context.lastPriceTicks;
  const priceTicks = Math.min(asked, context.lastPriceTicks);
  if (!isPositiveInteger(priceTicks) || !isPositiveInteger(qtyLots)) return Number.NaN;
  return Number(notionalAtoms(context.instrument, priceTicks, qtyLots));
}

function smallestNotional({ context }: OrderFacts, { orderNotionalMinAtoms }: RiskOptions): number {
  const venue = context.instrument.notionalAtomsMin;
  return Number(maxBig(venue, orderNotionalMinAtoms));
}

function tickLots({ valuationTicks, sideLots, qtyLots }: OrderFacts): number {
  return valuationTicks * (Math.abs(sideLots) + qtyLots);
}
