/**
 * What stands on the other side when no book is recorded: a spread and a ladder of equal levels whose size follows the volume traded per
 * minute. It is an assumption and is labelled `synthetic` wherever it is used. The simulator fills against this ladder and the
 * cost model averages over it, so that both always agree.
 */
import { assert, XylenError } from '#core';
import { ceilToTick, floorToLot, floorToTick, type Instrument, type Side } from '#domain';

/** The assumptions about spread and depth. */
export interface DepthRule {
  /** `volume` = ladder from traded volume; `fixed` = the last resort where data have no volume: any size at a fixed slippage. */
  readonly kind: 'volume' | 'fixed';
  /** Half of the spread, ppm of price, at least one tick step when above 0. */
  readonly halfSpreadPpm: number;
  /** Distance between two levels, ppm of price, at least one tick step. */
  readonly levelStepPpm: number;
  /** Quantity on each level, ppm of one minute's volume, at least one lot step. */
  readonly levelVolumePpm: number;
  readonly levelCountMax: number;
  /** Slippage beyond the half spread where the depth is not known, ppm of price. */
  readonly slippagePpm: number;
  /** Share of the traded volume that own orders may take, ppm. */
  readonly participationMaxPpm: number;
}

/** Careful assumptions: 1 basis point of spread, 2.5 % of a minute's volume each half basis point, 10 % of the volume at most. */
export const DEPTH_RULE_DEFAULT: DepthRule = {
  kind: 'volume',
  halfSpreadPpm: 50,
  levelStepPpm: 50,
  levelVolumePpm: 25_000,
  levelCountMax: 20,
  slippagePpm: 500,
  participationMaxPpm: 100_000,
};

/** The ladder at one moment; the two sides mirror each other. */
export interface DepthLadder {
  /** From the price to the first level, a multiple of the tick step. */
  readonly offsetTicks: number;
  readonly halfSpreadTicks: number;
  readonly levelStepTicks: number;
  /** `Infinity` for the rule `fixed`. */
  readonly lotsPerLevel: number;
  readonly levelCount: number;
}

const PPM = 1_000_000;

/** Checks a rule. @throws XY_CONFIG_INVALID naming the value out of range. */
export function checkDepthRule(rule: DepthRule): DepthRule {
  const ranges: readonly (readonly [keyof DepthRule, number, number])[] = [
    ['halfSpreadPpm', 0, 100_000],
    ['levelStepPpm', 0, 100_000],
    ['levelVolumePpm', 1, PPM],
    ['levelCountMax', 1, 1000],
    ['slippagePpm', 0, 100_000],
    ['participationMaxPpm', 1, PPM],
  ];
  for (const [name, low, high] of ranges) {
    const value = rule[name];
    if (!Number.isInteger(value) || Number(value) < low || Number(value) > high) {
      throw new XylenError('XY_CONFIG_INVALID', `${name} is an integer in [${low}, ${high}], was ${value}`);
    }
  }
  return rule;
}

/** Returns the lots on each level of the ladder for a volume per minute (lots, > 0). */
export function lotsPerLevel(rule: DepthRule, instrument: Instrument, minuteVolumeLots: number): number {
  if (rule.kind === 'fixed') return Number.POSITIVE_INFINITY;
  const lots = floorToLot(instrument, (minuteVolumeLots * rule.levelVolumePpm) / PPM);
  return Math.max(instrument.lotStep, lots);
}

/** Builds the ladder around a price for a volume per minute in lots (not used by the rule `fixed`). */
export function depthLadder(
  rule: DepthRule,
  instrument: Instrument,
  priceTicks: number,
  minuteVolumeLots: number,
): DepthLadder {
  if (!(priceTicks > 0)) assert(false, `a ladder stands around a price above 0, was ${priceTicks}`);
  const halfSpreadTicks = stepsOf(rule.halfSpreadPpm, instrument, priceTicks);
  const slippageTicks = rule.kind === 'fixed' ? stepsOf(rule.slippagePpm, instrument, priceTicks) : 0;
  return {
    offsetTicks: halfSpreadTicks + slippageTicks,
    halfSpreadTicks,
    levelStepTicks: Math.max(instrument.tickStep, stepsOf(rule.levelStepPpm, instrument, priceTicks)),
    lotsPerLevel: lotsPerLevel(rule, instrument, minuteVolumeLots),
    levelCount: rule.kind === 'fixed' ? 1 : rule.levelCountMax,
  };
}

/** Returns the best price at which a taker of `side` can trade: the price plus (buy) or minus (sell) half of the spread. */
export function touchTicks(rule: DepthRule, instrument: Instrument, side: Side, priceTicks: number): number {
  const halfSpreadTicks = stepsOf(rule.halfSpreadPpm, instrument, priceTicks);
  return side === 'buy'
    ? ceilToTick(instrument, priceTicks + halfSpreadTicks)
    : floorToTick(instrument, priceTicks - halfSpreadTicks);
}

/** Returns the price of the ladder's level at `index` (0 = best) for a taker of `side`, rounded against the taker. */
export function levelTicks(
  ladder: DepthLadder,
  instrument: Instrument,
  side: Side,
  priceTicks: number,
  index: number,
): number {
  const awayTicks = ladder.offsetTicks + index * ladder.levelStepTicks;
  return side === 'buy'
    ? ceilToTick(instrument, priceTicks + awayTicks)
    : floorToTick(instrument, priceTicks - awayTicks);
}

/** A ppm of the price as ticks, rounded up to a whole tick step; 0 stays 0. */
function stepsOf(ppm: number, instrument: Instrument, priceTicks: number): number {
  return Math.ceil((priceTicks * ppm) / (PPM * instrument.tickStep)) * instrument.tickStep;
}
