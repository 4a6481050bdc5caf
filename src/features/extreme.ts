/** The largest or smallest of the last N values, found again only when it leaves the window: O(1) on average, exact always. */
import type { StateTape, Taped } from './state-tape.ts';
import { Window } from './window.ts';

/** A sliding maximum (`sign` +1) or minimum (`sign` -1); of equal extremes the latest counts. */
export class Extreme implements Taped {
  readonly #window: Window;
  readonly #sign: 1 | -1;
  #best = Number.NEGATIVE_INFINITY;
  /** Pushes since the extreme came in. */
  age = 0;

  constructor(period: number, sign: 1 | -1) {
    this.#window = new Window(period);
    this.#sign = sign;
  }

  /** Takes a value and returns the extreme of the window, NaN until the window is full. */
  push(value: number): number {
    const signed = value * this.#sign;
    const isFull = this.#window.push(signed);
    if (signed >= this.#best) {
      this.#best = signed;
      this.age = 0;
    } else if (++this.age >= this.#window.capacity) this.#rescan();
    return isFull ? this.#best * this.#sign : Number.NaN;
  }

  tape(tape: StateTape): void {
    this.#window.tape(tape);
    this.#best = tape.number(this.#best);
    this.age = tape.number(this.age);
  }

  #rescan(): void {
    const { values, start, capacity } = this.#window;
    let best = 0;
    for (let i = 1; i < capacity; i++) if (values[start + i]! >= values[start + best]!) best = i;
    this.#best = values[start + best]!;
    this.age = capacity - 1 - best;
  }
}
