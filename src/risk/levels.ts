/**
 * Stop and target of a position by confidence. Long: stop = price x (1 - risk), target = price x (1 + risk x RR); short mirrored.
 * risk = baseRisk x (1 + confidence) / 2: a doubtful signal gets half the room, none gets more than the base. RR goes from
 * `rewardRiskMin` (no confidence) to `rewardRiskMax` (full). Both distances have an outer bound. Rounding to ticks never widens
 * the stop and never moves the target farther away.
 */
import { assert } from '#core';
import { ceilToTick, floorToTick, type Instrument, type Side } from '#domain';
import type { RiskOptions } from './options.ts';

/** Forgives the rounding of doubles, so that 101,499.99999999999 ticks are 101,500 and not a whole step less. */
const NOISE = 1e-14;

/** The keys of `RiskOptions` that shape stop and target. */
export type LevelOptions = Pick<
  RiskOptions,
  'baseRisk' | 'rewardRiskMin' | 'rewardRiskMax' | 'stopLossMax' | 'takeProfitMax'
>;

/** Stop and target in ticks, multiples of the tick step, with the distances that they really have. */
export interface ProtectiveLevels {
  readonly stopTicks: number;
  readonly targetTicks: number;
  /** Distance of the stop as a fraction of the price: what sizing divides by. */
  readonly stopFraction: number;
  readonly targetFraction: number;
  readonly rewardRisk: number;
}

/**
 * Returns stop and target of an entry on `side` at `priceTicks`; `null` when no stop within the bounds lies on the instrument's ticks
 * (the price is too small, or the options allow no risk): such an entry cannot be protected and is not to be made.
 */
export function protectiveLevels(
  entry: {
    readonly instrument: Instrument;
    readonly side: Side;
    readonly priceTicks: number;
    readonly confidence: number;
  },
  options: LevelOptions,
): ProtectiveLevels | null {
  const { instrument, side, priceTicks } = entry;
  assert(priceTicks > 0 && Number.isSafeInteger(priceTicks), `entry price > 0 ticks, was ${priceTicks}`);
  const confidence = entry.confidence > 0 ? Math.min(entry.confidence, 1) : 0;
  const risk = Math.min((options.baseRisk * (1 + confidence)) / 2, options.stopLossMax);
  const ratio = options.rewardRiskMin + (options.rewardRiskMax - options.rewardRiskMin) * confidence;
  const reward = Math.min(risk * ratio, options.takeProfitMax);
  const isLong = side === 'buy';
  const stopTicks = isLong
    ? ceilToTick(instrument, priceTicks * (1 - risk) * (1 - NOISE))
    : floorToTick(instrument, priceTicks * (1 + risk) * (1 + NOISE));
  const targetTicks = isLong
    ? floorToTick(instrument, priceTicks * (1 + reward) * (1 + NOISE))
    : ceilToTick(instrument, priceTicks * (1 - reward) * (1 - NOISE));
  const stopAway = Math.abs(priceTicks - stopTicks);
  const isProtected = isLong ? stopTicks < priceTicks : stopTicks > priceTicks;
  const hasTarget = isLong ? targetTicks > priceTicks : targetTicks < priceTicks;
  if (!isProtected || !hasTarget || stopTicks <= 0 || targetTicks <= 0) return null;
  const targetAway = Math.abs(targetTicks - priceTicks);
  return {
    stopTicks,
    targetTicks,
    stopFraction: stopAway / priceTicks,
    targetFraction: targetAway / priceTicks,
    rewardRisk: targetAway / stopAway,
  };
}
