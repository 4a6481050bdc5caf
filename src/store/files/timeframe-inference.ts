/** Tells the bar length of a series from its times: the commonest step, and whether every bar lies on the grid of it. */
import type { RowChunk } from '../history/index.ts';

/** Distinct steps counted; a series of bars has a handful (gaps), further ones are not the commonest. */
const STEPS_MAX = 4_096;

/** Collects the times of a series, chunk by chunk. */
export class TimeframeInference {
  readonly #counts = new Map<number, number>();
  #lastTsUs = Number.NaN;
  /** Bars so far. */
  rowCount = 0;
  /** Greatest common divisor of all times: a grid fits when its step divides it. */
  #divisor = 0;

  /** Adds the rows of a chunk. */
  add(chunk: RowChunk): void {
    const ts = chunk.columns[0]!;
    this.rowCount += chunk.rowCount;
    for (let row = 0; row < chunk.rowCount; row++) {
      const tsUs = ts[row]!;
      const step = tsUs - this.#lastTsUs;
      const count = this.#counts.get(step);
      if (count !== undefined) this.#counts.set(step, count + 1);
      else if (step > 0 && this.#counts.size < STEPS_MAX) this.#counts.set(step, 1);
      this.#lastTsUs = tsUs;
      if (this.#divisor === 0 || tsUs % this.#divisor !== 0) this.#divisor = gcd(tsUs, this.#divisor);
    }
  }

  /** The commonest step in microseconds, of equal ones the shortest; `null` before the second bar. */
  get commonStepUs(): number | null {
    let best: number | null = null;
    let bestCount = 0;
    for (const [step, count] of this.#counts) {
      if (count < bestCount || (count === bestCount && best !== null && step > best)) continue;
      best = step;
      bestCount = count;
    }
    return best;
  }

  /** True when every time is a multiple of `timeframeUs`. */
  fitsGrid(timeframeUs: number): boolean {
    return this.#divisor % timeframeUs === 0;
  }
}

function gcd(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
