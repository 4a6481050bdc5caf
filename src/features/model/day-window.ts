/** The decision bars of the last 24 hours: volume traded and change of price. */
import { US_PER_DAY } from '#core';
import type { Bar } from '../bar.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';

/** Keeps one day of decision bars and one more, whose close is the price 24 hours ago. */
export class DayWindow implements Taped {
  readonly #timeframeUs: number;
  readonly #opens: Window;
  readonly #closes: Window;
  readonly #volumes: Window;

  constructor(timeframeUs: number) {
    const capacity = US_PER_DAY / timeframeUs + 1;
    this.#timeframeUs = timeframeUs;
    this.#opens = new Window(capacity);
    this.#closes = new Window(capacity);
    this.#volumes = new Window(capacity);
  }

  push(bar: Bar): void {
    this.#opens.push(bar.openTsUs);
    this.#closes.push(bar.close);
    this.#volumes.push(bar.volume);
  }

  /** True when the bars reach back 24 hours before the last close. */
  get isFull(): boolean {
    return this.#firstInside() >= 1;
  }

  /** Volume of the bars that opened in the 24 hours before the last close; NaN until the bars reach back that far. */
  get volume(): number {
    const first = this.#firstInside();
    if (first < 1) return Number.NaN;
    const { values, start, count } = this.#volumes;
    let sum = 0;
    for (let i = start + first; i < start + count; i++) sum += values[i]!;
    return sum;
  }

  /** Last close / last close at or before 24 hours ago - 1; NaN until there is one. */
  get priceChange(): number {
    const first = this.#firstInside();
    if (first < 1) return Number.NaN;
    return this.#closes.ago(0) / this.#closes.values[this.#closes.start + first - 1]! - 1;
  }

  tape(tape: StateTape): void {
    this.#opens.tape(tape);
    this.#closes.tape(tape);
    this.#volumes.tape(tape);
  }

  /** Index (0 = oldest) of the first bar that opened within the last 24 hours. */
  #firstInside(): number {
    const { values, start, count } = this.#opens;
    if (count === 0) return -1;
    const fromUs = this.#opens.ago(0) + this.#timeframeUs - US_PER_DAY;
    let index = 0;
    while (values[start + index]! < fromUs) index++;
    return index;
  }
}
