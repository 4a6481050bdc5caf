/**
 * Statistics of a series of simple returns (or of trade results) in flat memory: central moments by one-pass updates (Pebay 2008),
 * sums of gains and losses. Definitions are those of `golden/stats/performance.json`: standard deviation with ddof 1, risk-free rate 0,
 * Sortino over the root mean square of the negative returns of all periods, skew and kurtosis as biased population moments.
 */
import { assert, type Checkpointable } from '#core';

/** Accumulates returns one at a time. Undefined figures are `null`, never NaN. */
export class ReturnMoments implements Checkpointable {
  #count = 0;
  #mean = 0;
  #m2 = 0;
  #m3 = 0;
  #m4 = 0;
  #gainCount = 0;
  #gains = 0;
  #losses = 0;
  #downSquares = 0;

  /** Adds one value: a simple return, or a result in money. */
  push(value: number): void {
    assert(Number.isFinite(value), `a return is finite, was ${value}`);
    const n = ++this.#count;
    const delta = value - this.#mean;
    const step = delta / n;
    const step2 = step * step;
    const term = delta * step * (n - 1);
    this.#mean += step;
    this.#m4 += term * step2 * (n * n - 3 * n + 3) + 6 * step2 * this.#m2 - 4 * step * this.#m3;
    this.#m3 += term * step * (n - 2) - 3 * step * this.#m2;
    this.#m2 += term;
    if (value > 0) {
      this.#gainCount++;
      this.#gains += value;
    } else {
      this.#losses -= value;
      this.#downSquares += value * value;
    }
  }

  /** How many values were added. */
  get count(): number {
    return this.#count;
  }
  /** Mean; `null` without values. */
  get mean(): number | null {
    return this.#count === 0 ? null : this.#mean;
  }
  /** Standard deviation, ddof 1; `null` with fewer than two values. */
  get deviation(): number | null {
    return this.#count < 2 ? null : Math.sqrt(this.#m2 / (this.#count - 1));
  }
  /** Root mean square of the negative values over all values; `null` without values. */
  get downsideDeviation(): number | null {
    return this.#count === 0 ? null : Math.sqrt(this.#downSquares / this.#count);
  }
  /** Mean / deviation of one period; `null` when the deviation is 0 or not defined. */
  get sharpe(): number | null {
    return ratio(this.mean, this.deviation);
  }
  /** Mean / downside deviation of one period; `null` when there was no loss, and for fewer than two values, as the Sharpe ratio is. */
  get sortino(): number | null {
    return this.#count < 2 ? null : ratio(this.mean, this.downsideDeviation);
  }
  /** Third standardised moment; `null` when all values are equal. */
  get skew(): number | null {
    return ratio(this.#m3 * Math.sqrt(this.#count), this.#m2 ** 1.5);
  }
  /** Fourth standardised moment (3 for a normal distribution); `null` when all values are equal. */
  get kurtosis(): number | null {
    return ratio(this.#m4 * this.#count, this.#m2 * this.#m2);
  }
  /** Share of values above 0; `null` without values. */
  get winRate(): number | null {
    return this.#count === 0 ? null : this.#gainCount / this.#count;
  }
  /** Sum of gains / sum of losses; `null` without a loss. */
  get profitFactor(): number | null {
    return ratio(this.#gains, this.#losses);
  }

  saveState(): unknown {
    return [
      this.#count,
      this.#mean,
      this.#m2,
      this.#m3,
      this.#m4,
      this.#gainCount,
      this.#gains,
      this.#losses,
      this.#downSquares,
    ];
  }

  loadState(state: unknown): void {
    assert(Array.isArray(state) && state.length === 9, 'checkpoint of ReturnMoments has 9 numbers');
    [this.#count, this.#mean, this.#m2, this.#m3, this.#m4] = state as [
      number,
      number,
      number,
      number,
      number,
    ];
    [this.#gainCount, this.#gains, this.#losses, this.#downSquares] = state.slice(5) as [
      number,
      number,
      number,
      number,
    ];
  }
}

/** Returns a / b; `null` when either is missing, b is 0, or the quotient is not finite. */
export function ratio(a: number | null, b: number | null): number | null {
  if (a === null || b === null || b === 0) return null;
  const quotient = a / b;
  return Number.isFinite(quotient) ? quotient : null;
}
