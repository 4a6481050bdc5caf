/**
 * What was missing in the data that a run rested on, counted as it passes (M108): bars that never came, silences, times at which a feed was not usable. What it is
 * not: a repair; orders met what there was.
 */
import { type Checkpointable, type EpochUs, formatDurationUs, stateRecord } from '#core';
import type { InstrumentTable, MarketEvent } from '#domain';
import type { Assumption } from './assumption.ts';
import type { DataCard } from './source.ts';

/** Silences and losses of the instruments of one run. */
export class DataGaps implements Checkpointable {
  readonly #instruments: InstrumentTable;
  readonly #cards: readonly (DataCard | null)[];
  /** End of the last bar, or moment of the last event, by instrument; `NaN` before the first. */
  readonly #lastUs: Float64Array;
  readonly #barsMissing: Float64Array;
  readonly #longestUs: Float64Array;
  /** When a feed became unusable; `NaN` while it is usable. */
  readonly #outSinceUs: Float64Array;
  readonly #outCount: Float64Array;
  readonly #outUs: Float64Array;

  constructor(instruments: InstrumentTable, cards: readonly (DataCard | null)[]) {
    const { count } = instruments;
    this.#instruments = instruments;
    this.#cards = cards;
    this.#lastUs = new Float64Array(count).fill(Number.NaN);
    this.#barsMissing = new Float64Array(count);
    this.#longestUs = new Float64Array(count);
    this.#outSinceUs = new Float64Array(count).fill(Number.NaN);
    this.#outCount = new Float64Array(count);
    this.#outUs = new Float64Array(count);
  }

  /** Takes note of an event at the moment at which the venue learns of it. */
  onMarket(event: MarketEvent, nowUs: EpochUs): void {
    const ix = event.instrumentIx;
    switch (event.kind) {
      case 'candle':
        if (event.timeframeUs === this.#cards[ix]?.timeframeUs)
          this.#onBar(ix, event.openTsUs, event.timeframeUs);
        return;
      case 'feed-state':
        this.#onFeedState(ix, event.isUsable, nowUs);
        return;
      case 'mark':
      case 'funding':
        return;
      default: {
        const quietUs = nowUs - this.#lastUs[ix]!;
        if (quietUs > this.#longestUs[ix]!) this.#longestUs[ix] = quietUs;
        this.#lastUs[ix] = nowUs;
      }
    }
  }

  /** Returns what was missing, one line an instrument with data. */
  assumptions(): readonly Assumption[] {
    return this.#instruments.all.flatMap((instrument) => {
      const card = this.#cards[instrument.ix] ?? null;
      if (card === null) return [];
      const key = `gaps.${instrument.venue}:${instrument.symbol}`;
      return [{ key, value: this.#valueOf(instrument.ix, card), text: GAPS_TEXT }];
    });
  }

  saveState(): unknown {
    return this.#columns().map((column) => column.slice());
  }

  loadState(state: unknown): void {
    const { columns } = stateRecord({ columns: state }, 'data gaps');
    for (const [at, column] of this.#columns().entries()) {
      const saved = (columns as readonly Float64Array[])[at];
      if (saved !== undefined) column.set(saved);
    }
  }

  #columns(): readonly Float64Array[] {
    return [this.#lastUs, this.#barsMissing, this.#longestUs, this.#outSinceUs, this.#outCount, this.#outUs];
  }

  #onBar(ix: number, openTsUs: EpochUs, timeframeUs: number): void {
    const missing = Math.round((openTsUs - this.#lastUs[ix]!) / timeframeUs);
    if (missing > 0) this.#barsMissing[ix]! += missing;
    this.#lastUs[ix] = openTsUs + timeframeUs;
  }

  #onFeedState(ix: number, isUsable: boolean, nowUs: EpochUs): void {
    const sinceUs = this.#outSinceUs[ix]!;
    if (isUsable === Number.isNaN(sinceUs)) return;
    if (isUsable) this.#outUs[ix]! += nowUs - sinceUs;
    else this.#outCount[ix]!++;
    this.#outSinceUs[ix] = isUsable ? Number.NaN : nowUs;
  }

  #valueOf(ix: number, card: DataCard): string {
    const [bars, longestUs, outCount, outUs] = [
      this.#barsMissing[ix]!,
      this.#longestUs[ix]!,
      this.#outCount[ix]!,
      this.#outUs[ix]!,
    ];
    const main =
      card.level === 'candles' ? `${bars} bars missing` : `longest silence ${formatDurationUs(longestUs)}`;
    return outCount === 0
      ? main
      : `${main}, feed not usable ${outCount} times, ${formatDurationUs(outUs)} in all`;
  }
}

const GAPS_TEXT = 'What was missing in the data. Orders met what there was; nothing was filled in.';
