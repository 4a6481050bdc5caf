/**
 * Rows of features of several instruments on one grid: at each moment of it a row an instrument, in their order, also for those of which nothing is
 * known yet. An instrument costs its own events alone.
 */
import { type EpochUs, floorToTimeframe } from '#core';
import type { InstrumentIx } from '#domain';
import { type FrameEvent, type FrameInstruments, type FrameOptions, MicrostructureFeed } from '#features';

/** One instrument and what is computed of it. */
export interface SampledFrame {
  readonly options: FrameOptions;
  readonly instruments: FrameInstruments;
}

/** Rows with time in [`fromUs`, `toUs`) are told. */
export interface RowRange {
  readonly fromUs: EpochUs | null;
  readonly toUs: EpochUs | null;
}

/** Hears of a row; `values` is used again for the next one. */
export type FrameRowSink = (frameIx: number, rowUs: EpochUs, values: Float64Array) => void;

/** Samples frames together; they share the grid and the bound on rows at once. */
export class FrameSampler {
  readonly feeds: readonly MicrostructureFeed[];
  readonly #everyUs: number;
  readonly #rowsAtOnceMax: number;
  readonly #toUs: EpochUs;
  readonly #followers = new Map<InstrumentIx, MicrostructureFeed[]>();
  #nextUs: EpochUs = 0;

  constructor(frames: readonly SampledFrame[], range: RowRange, onRow: FrameRowSink) {
    const fromUs = range.fromUs ?? Number.NEGATIVE_INFINITY;
    this.#toUs = range.toUs ?? Number.POSITIVE_INFINITY;
    this.#everyUs = Math.max(...frames.map(({ options }) => options.sampling.everyUs));
    this.#rowsAtOnceMax = Math.min(...frames.map(({ options }) => options.rowsAtOnceMax));
    this.feeds = frames.map(({ instruments, options }, frameIx) => {
      const feed = new MicrostructureFeed(options, instruments, (rowUs, values) => {
        if (rowUs >= fromUs && rowUs < this.#toUs) onRow(frameIx, rowUs, values);
      });
      this.#follow(instruments.ownIx, feed);
      if (instruments.otherIx !== undefined) this.#follow(instruments.otherIx, feed);
      return feed;
    });
  }

  /** True when no row is still to be told. */
  get isDone(): boolean {
    return this.#nextUs >= this.#toUs;
  }

  /** Rows that were not made in a silence too long. */
  get passedOverCount(): number {
    return this.feeds[0]?.frame.passedOverCount ?? 0;
  }

  /** Takes the next event, in the one order of events. */
  push(event: FrameEvent): void {
    this.#advance(event.tsVenueUs);
    for (const feed of this.#followers.get(event.instrumentIx) ?? []) feed.push(event);
  }

  #follow(instrumentIx: InstrumentIx, feed: MicrostructureFeed): void {
    const followers = this.#followers.get(instrumentIx) ?? [];
    followers.push(feed);
    this.#followers.set(instrumentIx, followers);
  }

  /** Moment by moment, so that the rows of one moment stand together. */
  #advance(tsUs: EpochUs): void {
    if (this.#nextUs === 0) {
      this.#advanceAll(tsUs);
      this.#nextUs = floorToTimeframe(tsUs, this.#everyUs) + this.#everyUs;
      return;
    }
    if (tsUs < this.#nextUs) return;
    const count = Math.floor((tsUs - this.#nextUs) / this.#everyUs) + 1;
    if (count > this.#rowsAtOnceMax) {
      this.#advanceAll(tsUs);
      this.#nextUs += count * this.#everyUs;
      return;
    }
    for (let i = 0; i < count; i++) {
      this.#advanceAll(this.#nextUs);
      this.#nextUs += this.#everyUs;
    }
  }

  #advanceAll(tsUs: EpochUs): void {
    for (const { frame } of this.feeds) frame.advance(tsUs);
  }
}
