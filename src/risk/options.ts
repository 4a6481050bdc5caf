/**
 * The limits of risk: type, defaults, ranges, and which direction is the tighter one. Keys are named as in the configuration.
 * Fractions are of equity unless a key says otherwise.
 */
import { assert, POW10, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '#core';

/** How a signal becomes a size. */
export type SizingMethod = 'fixed_fraction' | 'kelly' | 'fixed_amount';

/** Everything that risk can be told. Plain data; money is atoms of the account. */
export interface RiskOptions {
  readonly sizingMethod: SizingMethod;
  /** Part of the equity lost at the stop by a full-strength signal, before `signalScale`. */
  readonly riskFraction: number;
  /** Factor on the signal strength in `fixed_fraction`. */
  readonly signalScale: number;
  /** Part of the full Kelly stake in `kelly`. */
  readonly kellyFraction: number;
  /** Notional of an order in `fixed_amount`. */
  readonly fixedAmountAtoms: bigint;
  /** Volatility per bar at which a size is left as it is; above it sizes shrink in proportion. `null` = no scaling. */
  readonly volatilityTarget: number | null;
  /** Smallest notional of an entry; the venue's own minimum counts too. */
  readonly orderNotionalMinAtoms: bigint;
  /** Largest position, orders in flight included. */
  readonly positionFractionMax: number;
  /** Largest sum of positions and orders in flight. */
  readonly exposureMax: number;
  /** Largest sum of positions and orders in flight as a multiple of equity. */
  readonly leverageMax: number;
  /** Outer bound of a stop, a fraction of the price. */
  readonly stopLossMax: number;
  /** Outer bound of a target, a fraction of the price. */
  readonly takeProfitMax: number;
  /** Distance of the stop at full confidence, a fraction of the price. */
  readonly baseRisk: number;
  /** Distance of the target in units of the stop's, at no confidence and at full confidence. */
  readonly rewardRiskMin: number;
  readonly rewardRiskMax: number;
  /** No entry once the UTC day lost this part of its opening equity. */
  readonly dailyLossMax: number;
  /** No entry once the UTC day lost this much; `null` = no limit in money. */
  readonly dailyLossMaxAtoms: bigint | null;
  /** Fall from the high-water mark at which all is closed and trading ends until a person resumes. */
  readonly drawdownMax: number;
  /** Loss of the UTC day at which all is cancelled and closed and trading ends until a person resumes. */
  readonly emergencyDailyLoss: number;
  /** Losing trades in a row that open the circuit breaker. */
  readonly consecutiveLossesMax: number;
  readonly cooldownUs: number;
  /** Factor on the cool-down at each further opening, >= 1. */
  readonly cooldownGrowth: number;
  readonly cooldownMaxUs: number;
  /** No entry on a price older than this. */
  readonly dataStaleAfterUs: number;
  /** At most `orderRateMax` approved orders in `orderRateWindowUs`; exits count but are never held back. */
  readonly orderRateMax: number;
  readonly orderRateWindowUs: number;
  readonly openOrdersMax: number;
  /** An equal entry (strategy, instrument, side, kind, prices) within this time is a duplicate. */
  readonly duplicateWindowUs: number;
  /** How far a price may lie on the wrong side of the last one, a fraction of it. */
  readonly priceDeviationMax: number;
}

/** Returns the defaults of the design for an account of `atomDecimals`. */
export function defaultRiskOptions(atomDecimals: number): RiskOptions {
  const scale = POW10[atomDecimals];
  assert(scale !== undefined, `atom decimals lie in 0..15, were ${atomDecimals}`);
  const unitAtoms = BigInt(scale);
  return {
    sizingMethod: 'fixed_fraction',
    riskFraction: 0.02,
    signalScale: 0.25,
    kellyFraction: 0.25,
    fixedAmountAtoms: 100n * unitAtoms,
    volatilityTarget: null,
    orderNotionalMinAtoms: 10n * unitAtoms,
    positionFractionMax: 0.25,
    exposureMax: 0.3,
    leverageMax: 3,
    stopLossMax: 0.05,
    takeProfitMax: 0.1,
    baseRisk: 0.02,
    rewardRiskMin: 1.5,
    rewardRiskMax: 2.5,
    dailyLossMax: 0.05,
    dailyLossMaxAtoms: null,
    drawdownMax: 0.25,
    emergencyDailyLoss: 0.2,
    consecutiveLossesMax: 5,
    cooldownUs: US_PER_HOUR,
    cooldownGrowth: 2,
    cooldownMaxUs: 24 * US_PER_HOUR,
    dataStaleAfterUs: 15 * US_PER_MINUTE,
    orderRateMax: 50,
    orderRateWindowUs: 10 * US_PER_SECOND,
    openOrdersMax: 200,
    duplicateWindowUs: US_PER_SECOND,
    priceDeviationMax: 0.05,
  };
}

/** Which direction of a key means less risk; `none` = a matter of style. */
type Tighter = 'lower' | 'higher' | 'none';

interface KeyRule {
  readonly min: number;
  readonly max: number;
  readonly tighter: Tighter;
  readonly isInteger?: boolean;
  readonly isNullable?: boolean;
}

const FRACTION: KeyRule = { min: 0, max: 1, tighter: 'lower' };
const DURATION: KeyRule = { min: 0, max: Number.MAX_SAFE_INTEGER, tighter: 'higher', isInteger: true };
const ATOMS: KeyRule = { min: 0, max: Number.POSITIVE_INFINITY, tighter: 'lower' };

/** Range and tighter direction of every key but `sizingMethod`. */
const KEY_RULES: Readonly<Record<Exclude<keyof RiskOptions, 'sizingMethod'>, KeyRule>> = {
  riskFraction: FRACTION,
  signalScale: FRACTION,
  kellyFraction: FRACTION,
  fixedAmountAtoms: ATOMS,
  volatilityTarget: { min: 1e-9, max: 1, tighter: 'lower', isNullable: true },
  orderNotionalMinAtoms: { ...ATOMS, tighter: 'higher' },
  positionFractionMax: FRACTION,
  exposureMax: { min: 0, max: 125, tighter: 'lower' },
  leverageMax: { min: 0, max: 125, tighter: 'lower' },
  stopLossMax: FRACTION,
  takeProfitMax: FRACTION,
  baseRisk: FRACTION,
  rewardRiskMin: { min: 0.1, max: 10, tighter: 'none' },
  rewardRiskMax: { min: 0.1, max: 10, tighter: 'none' },
  dailyLossMax: FRACTION,
  dailyLossMaxAtoms: { ...ATOMS, isNullable: true },
  drawdownMax: FRACTION,
  emergencyDailyLoss: FRACTION,
  consecutiveLossesMax: { min: 1, max: 1_000, tighter: 'lower', isInteger: true },
  cooldownUs: DURATION,
  cooldownGrowth: { min: 1, max: 10, tighter: 'higher' },
  cooldownMaxUs: DURATION,
  dataStaleAfterUs: { ...DURATION, tighter: 'lower' },
  orderRateMax: { min: 1, max: 10_000, tighter: 'lower', isInteger: true },
  orderRateWindowUs: DURATION,
  openOrdersMax: { min: 1, max: 10_000, tighter: 'lower', isInteger: true },
  duplicateWindowUs: DURATION,
  priceDeviationMax: FRACTION,
};

const METHODS: readonly SizingMethod[] = ['fixed_fraction', 'kelly', 'fixed_amount'];
const KEYS = Object.keys(KEY_RULES) as readonly (keyof typeof KEY_RULES)[];

/** Returns what is wrong with `options`, one sentence a key; empty when they can be used. */
export function riskOptionProblems(options: RiskOptions): readonly string[] {
  const problems: string[] = [];
  if (!METHODS.includes(options.sizingMethod)) {
    problems.push(`sizingMethod is one of ${METHODS.join(', ')}, was ${String(options.sizingMethod)}`);
  }
  for (const key of KEYS) {
    const rule = KEY_RULES[key];
    const value = options[key];
    if (value === null && rule.isNullable === true) continue;
    const wanted = rule === ATOMS || key.endsWith('Atoms') ? 'bigint' : 'number';
    const isGood =
      typeof value === wanted &&
      value !== null &&
      value >= rule.min &&
      value <= rule.max &&
      (rule.isInteger !== true || Number.isSafeInteger(value));
    if (!isGood) problems.push(`${key} is a ${wanted} from ${rule.min} to ${rule.max}, was ${String(value)}`);
  }
  if (options.rewardRiskMin > options.rewardRiskMax) problems.push('rewardRiskMin is at most rewardRiskMax');
  return problems;
}

/** Returns the keys in which `next` allows more than `current`; another sizing method counts, as it may give larger sizes. */
export function loosenedKeys(current: RiskOptions, next: RiskOptions): readonly (keyof RiskOptions)[] {
  const keys: (keyof RiskOptions)[] = [];
  if (current.sizingMethod !== next.sizingMethod) keys.push('sizingMethod');
  for (const key of KEYS) {
    const rule = KEY_RULES[key];
    if (rule.tighter === 'none') continue;
    // `null` means that the limit is off: looser than any value.
    const before = current[key] ?? Number.POSITIVE_INFINITY;
    const after = next[key] ?? Number.POSITIVE_INFINITY;
    if (rule.tighter === 'lower' ? after > before : after < before) keys.push(key);
  }
  return keys;
}

/** Returns the keys in which the two differ. */
export function changedKeys(current: RiskOptions, next: RiskOptions): readonly (keyof RiskOptions)[] {
  return (['sizingMethod', ...KEYS] as const).filter((key) => current[key] !== next[key]);
}
