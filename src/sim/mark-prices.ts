/** Mark prices (rule M35): the venue's own while fresh, else the last price of the instrument. */
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import type { InstrumentIx } from '#domain';
import type { MarginPrices } from './margin.ts';
import type { Matcher } from './matcher.ts';

/** The latest mark of each instrument and what stands in for it. */
export class MarkPrices implements MarginPrices, Checkpointable {
  readonly #matchers: readonly (Matcher | null)[];
  readonly #ageUsMax: number;
  readonly #ticks: Float64Array;
  readonly #setUs: Float64Array;

  constructor(matchers: readonly (Matcher | null)[], ageUsMax: number) {
    this.#matchers = matchers;
    this.#ageUsMax = ageUsMax;
    this.#ticks = new Float64Array(matchers.length).fill(Number.NaN);
    this.#setUs = new Float64Array(matchers.length).fill(Number.NEGATIVE_INFINITY);
  }

  /** Takes a mark price of the venue. */
  set(instrumentIx: InstrumentIx, markTicks: number, nowUs: EpochUs): void {
    if (!(markTicks > 0)) assert(false, `a mark price is above 0 ticks, was ${markTicks}`);
    this.#ticks[instrumentIx] = markTicks;
    this.#setUs[instrumentIx] = nowUs;
  }

  markTicks(instrumentIx: InstrumentIx, tsUs: EpochUs): number {
    if (this.#isFresh(instrumentIx, tsUs)) return this.#ticks[instrumentIx]!;
    const ticks = this.#matchers[instrumentIx]?.lastTicks(tsUs) ?? Number.NaN;
    if (!(ticks > 0)) assert(false, `instrument ${instrumentIx} with a position has a price, was ${ticks}`);
    return ticks;
  }

  worstTicks(instrumentIx: InstrumentIx, isLong: boolean, nowUs: EpochUs): number {
    const matcher = this.#matchers[instrumentIx]!;
    const ticks = isLong ? matcher.lowTicks(nowUs) : matcher.highTicks(nowUs);
    if (!this.#isFresh(instrumentIx, nowUs)) return ticks;
    const markTicks = this.#ticks[instrumentIx]!;
    return isLong ? Math.min(ticks, markTicks) : Math.max(ticks, markTicks);
  }

  saveState(): unknown {
    return { ticks: this.#ticks.slice(), setUs: this.#setUs.slice() };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'mark prices');
    this.#ticks.set(record.ticks as Float64Array);
    this.#setUs.set(record.setUs as Float64Array);
  }

  #isFresh(instrumentIx: InstrumentIx, tsUs: EpochUs): boolean {
    return tsUs - this.#setUs[instrumentIx]! <= this.#ageUsMax;
  }
}
