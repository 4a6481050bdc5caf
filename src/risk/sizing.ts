/**
 * From a signal to a notional: pure arithmetic, floats, no caps and no rounding to lots (rules do both afterwards, exactly). Every
 * function answers 0 where an input is not a usable number: no input gives a size that its formula would not.
 */
import type { SignalSize } from './intent.ts';
import type { RiskOptions } from './options.ts';

/** Returns the binary Kelly fraction p/a - (1-p)/b for a bet that wins `win` or loses `loss` per unit staked; not below 0. */
export function kellyBinary(probability: number, win: number, loss: number): number {
  return usable(probability / loss - (1 - probability) / win);
}

/** Returns the Gaussian Kelly fraction (mean - riskFree) / variance; negative = short. NaN where the variance is not above 0. */
export function kellyGaussian(mean: number, variance: number, riskFree = 0): number {
  return variance > 0 ? (mean - riskFree) / variance : Number.NaN;
}

/** Returns the factor by which volatility shrinks a size: target / actual, at most 1; 0 where the actual one is not known. */
export function volatilityFactor(target: number | null, actual: number): number {
  if (target === null) return 1;
  return actual > 0 ? usable(Math.min(1, target / actual)) : 0;
}

/**
 * Returns the notional of a signal as a fraction of the equity, before caps.
 * `fixed_fraction`: riskFraction x signalScale x strength is what the equity loses when the stop is hit, so the notional is that budget
 * divided by the distance of the stop. `kelly`: kellyFraction of the binary Kelly stake with the stop as the loss.
 */
export function notionalFraction(size: SignalSize, options: RiskOptions): number {
  const { strength, probability, stopFraction, rewardRisk } = size;
  if (options.sizingMethod === 'fixed_fraction') {
    return usable((options.riskFraction * options.signalScale * strength) / stopFraction);
  }
  if (!(size.expectedReturn > 0)) return 0;
  return usable(options.kellyFraction * kellyBinary(probability, stopFraction * rewardRisk, stopFraction));
}

/** Returns the notional of a signal in units of currency (atoms as a double), before caps; 0 when it has none. */
export function signalNotional(
  size: SignalSize,
  options: RiskOptions,
  account: { readonly equityAtoms: bigint; readonly volatility: number },
): number {
  const factor = volatilityFactor(options.volatilityTarget, account.volatility);
  const equity = Number(account.equityAtoms);
  const base =
    options.sizingMethod === 'fixed_amount'
      ? Number(options.fixedAmountAtoms)
      : usable(equity) * notionalFraction(size, options);
  return usable(base * factor);
}

/** Returns `value` where it is a finite number above 0, else 0. */
function usable(value: number): number {
  return value > 0 && value < Number.POSITIVE_INFINITY ? value : 0;
}
