/**
 * Stop and target that a model proposes with its vote, in quote currency: the formula of the risk room in doubles, before ticks. Long:
 * stop = price x (1 - risk), target = price x (1 + risk x RR); short mirrored. What is traded is still decided by risk, on its own numbers;
 * a test holds both within a tick of each other.
 */
import { assert } from '#core';

/** The limits that shape stop and target: fractions of the price, and reward-to-risk ratios at no and at full confidence. */
export interface StopTargetOptions {
  readonly baseRisk: number;
  readonly rewardRiskMin: number;
  readonly rewardRiskMax: number;
  readonly stopLossMax: number;
  readonly takeProfitMax: number;
}

/** The defaults of the design. */
export const STOP_TARGET_DEFAULT: StopTargetOptions = {
  baseRisk: 0.02,
  rewardRiskMin: 1.5,
  rewardRiskMax: 2.5,
  stopLossMax: 0.05,
  takeProfitMax: 0.1,
};

/** Prices of a stop and a target. */
export interface StopTarget {
  readonly stopLoss: number;
  readonly takeProfit: number;
}

/** Returns stop and target of an entry at `price` with a confidence in [0, 1]. */
export function stopAndTarget(
  action: 'long' | 'short',
  price: number,
  confidence: number,
  options: StopTargetOptions,
): StopTarget {
  assert(price > 0 && confidence >= 0 && confidence <= 1, 'a stop belongs to a price and a confidence');
  const risk = Math.min((options.baseRisk * (1 + confidence)) / 2, options.stopLossMax);
  const ratio = options.rewardRiskMin + (options.rewardRiskMax - options.rewardRiskMin) * confidence;
  const reward = Math.min(risk * ratio, options.takeProfitMax);
  const sign = action === 'long' ? 1 : -1;
  return { stopLoss: price * (1 - sign * risk), takeProfit: price * (1 + sign * reward) };
}
