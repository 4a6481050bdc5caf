/**
 * Higher timeframes from the finished bars of one lower timeframe, without look-ahead. The rules:
 *  A1  A higher bar covers [start, start + timeframe), aligned to the epoch; it holds the lower bars that open in it.
 *  A2  It closes with the lower bar that ends at its end.
 *  A3  When that one is missing, it closes when the next lower bar arrives, before that one is taken: `closeOverdue`.
 *  A4  A higher bar without lower bars does not exist.
 *  A5  The bar in which the stream begins is dropped unless the stream begins at its very start: part of it may be missing.
 * Open is the first open, high and low the extremes, close the last close, volume the sum in order of arrival. Numbers pass through
 * unchanged, so that integer ticks and lots stay exact.
 */
import { assert, floorToTimeframe } from '#core';
import { type Bar, emptyBar } from './bar.ts';
import type { StateTape, Taped } from './state-tape.ts';

/** Builds the bars of one higher timeframe. */
export class CandleAggregator implements Taped {
  readonly timeframeUs: number;
  readonly sourceTimeframeUs: number;
  /** The bar that closed last; overwritten by the next one. Empty (`openTsUs` 0) before the first. */
  readonly closed: Bar = emptyBar();
  readonly #building: Bar = emptyBar();
  /** Lower bars in the bar being built; 0 = none. */
  #partCount = 0;
  #hasBegun = false;
  /** True while the bar being built is the one in which the stream began, in its middle (A5). */
  #isDropped = false;

  /** `sourceTimeframeUs` divides `timeframeUs`; equal ones are passed through. */
  constructor(timeframeUs: number, sourceTimeframeUs: number) {
    assert(
      sourceTimeframeUs > 0 && timeframeUs % sourceTimeframeUs === 0,
      'source timeframe divides the timeframe',
    );
    this.timeframeUs = timeframeUs;
    this.sourceTimeframeUs = sourceTimeframeUs;
  }

  /** Rule A3: closes the bar being built when it ends at or before `nextOpenTsUs`; returns true when `closed` is a new bar. */
  closeOverdue(nextOpenTsUs: number): boolean {
    if (this.#partCount === 0 || nextOpenTsUs < this.#building.openTsUs + this.timeframeUs) return false;
    return this.#close();
  }

  /** Takes the next lower bar, after `closeOverdue` for its time; returns true when `closed` is a new bar (rule A2). */
  push(bar: Bar): boolean {
    const startTsUs = floorToTimeframe(bar.openTsUs, this.timeframeUs);
    const building = this.#building;
    if (this.#partCount === 0) {
      this.#isDropped = !this.#hasBegun && bar.openTsUs !== startTsUs;
      this.#hasBegun = true;
      building.openTsUs = startTsUs;
      building.open = bar.open;
      building.high = bar.high;
      building.low = bar.low;
      building.volume = bar.volume;
    } else {
      assert(building.openTsUs === startTsUs, 'an overdue bar is closed before the next one is begun');
      if (bar.high > building.high) building.high = bar.high;
      if (bar.low < building.low) building.low = bar.low;
      building.volume += bar.volume;
    }
    building.close = bar.close;
    this.#partCount++;
    return bar.openTsUs + this.sourceTimeframeUs === startTsUs + this.timeframeUs && this.#close();
  }

  tape(tape: StateTape): void {
    for (const bar of [this.closed, this.#building]) {
      bar.openTsUs = tape.number(bar.openTsUs);
      bar.open = tape.number(bar.open);
      bar.high = tape.number(bar.high);
      bar.low = tape.number(bar.low);
      bar.close = tape.number(bar.close);
      bar.volume = tape.number(bar.volume);
    }
    this.#partCount = tape.number(this.#partCount);
    this.#hasBegun = tape.number(this.#hasBegun ? 1 : 0) === 1;
    this.#isDropped = tape.number(this.#isDropped ? 1 : 0) === 1;
  }

  #close(): boolean {
    this.#partCount = 0;
    if (this.#isDropped) return false;
    Object.assign(this.closed, this.#building);
    return true;
  }
}
