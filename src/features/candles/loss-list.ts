/** Stretches of time in which something was lost, as far back as anybody may still ask; bounded: beyond it neighbours are joined, which errs towards loss. */
import { assert, type EpochUs } from '#core';
import type { StateTape, Taped } from '../state-tape.ts';

const LOSSES_MAX = 64;

/** A bounded list of closed intervals, in the order told. */
export class LossList implements Taped {
  readonly #fromUs = new Float64Array(LOSSES_MAX);
  readonly #toUs = new Float64Array(LOSSES_MAX);
  #count = 0;

  /** Adds [`fromUs`, `toUs`]. */
  add(fromUs: EpochUs, toUs: EpochUs): void {
    assert(fromUs <= toUs, 'a loss ends after it begins');
    const last = this.#count - 1;
    if (this.#count === LOSSES_MAX) {
      this.#fromUs[last] = Math.min(this.#fromUs[last]!, fromUs);
      this.#toUs[last] = Math.max(this.#toUs[last]!, toUs);
      return;
    }
    this.#fromUs[this.#count] = fromUs;
    this.#toUs[this.#count++] = toUs;
  }

  /** True when something of [`startUs`, `endUs`) was lost. */
  touches(startUs: EpochUs, endUs: EpochUs): boolean {
    for (let i = 0; i < this.#count; i++) {
      if (this.#fromUs[i]! < endUs && this.#toUs[i]! >= startUs) return true;
    }
    return false;
  }

  /** Forgets what ended before `tsUs`. */
  forgetBefore(tsUs: EpochUs): void {
    let kept = 0;
    for (let i = 0; i < this.#count; i++) {
      if (this.#toUs[i]! < tsUs) continue;
      this.#fromUs[kept] = this.#fromUs[i]!;
      this.#toUs[kept++] = this.#toUs[i]!;
    }
    this.#count = kept;
  }

  tape(tape: StateTape): void {
    this.#count = tape.number(this.#count);
    tape.numbers(this.#fromUs);
    tape.numbers(this.#toUs);
  }
}
