/**
 * The way of the last price through one candle (rules M12 to M14): open, first extreme, second extreme, close, at 0, 1/4, 3/4 and the end
 * of the bar, straight in between, in whole ticks. It knows nothing of orders. `turn` exchanges the extremes while the first one is not reached.
 */
import { assert, type Checkpointable, type EpochUs } from '#core';
import type { CandleEvent } from '#domain';

/** Quarters of a bar's time in each of its three segments; the same shares split its volume. */
export const SEGMENT_QUARTERS = [1, 2, 1] as const;

/** Which part of a bar a moment lies in. */
export type SegmentIx = 0 | 1 | 2;

/** The price path of the present candle. */
export class CandlePath implements Checkpointable {
  #openUs = Number.NaN;
  #firstUs = Number.NaN;
  #secondUs = Number.NaN;
  #endUs = Number.NaN;
  /** Where the first segment starts: the open, or the point of the last turn. */
  #startUs = Number.NaN;
  #startTicks = Number.NaN;
  #firstTicks = Number.NaN;
  #secondTicks = Number.NaN;
  #closeTicks = Number.NaN;

  /** The lower of the two extremes. */
  get lowTicks(): number {
    return Math.min(this.#firstTicks, this.#secondTicks);
  }

  /** The higher of the two extremes. */
  get highTicks(): number {
    return Math.max(this.#firstTicks, this.#secondTicks);
  }

  /** Starts a candle; `isLowFirst` says which extreme comes first. */
  begin(candle: CandleEvent, isLowFirst: boolean): void {
    assert(
      candle.lowTicks > 0 &&
        candle.lowTicks <= Math.min(candle.openTicks, candle.closeTicks) &&
        candle.highTicks >= Math.max(candle.openTicks, candle.closeTicks),
      'a candle has 0 < low <= open, close <= high',
    );
    const spanUs = candle.timeframeUs;
    this.#openUs = candle.openTsUs;
    this.#firstUs = candle.openTsUs + Math.floor(spanUs / 4);
    this.#secondUs = candle.openTsUs + Math.floor((3 * spanUs) / 4);
    this.#endUs = candle.openTsUs + spanUs;
    this.#startUs = this.#openUs;
    this.#startTicks = candle.openTicks;
    this.#firstTicks = isLowFirst ? candle.lowTicks : candle.highTicks;
    this.#secondTicks = isLowFirst ? candle.highTicks : candle.lowTicks;
    this.#closeTicks = candle.closeTicks;
  }

  /** True while the candle unfolds: [open, end). */
  isRunning(tsUs: EpochUs): boolean {
    return tsUs >= this.#openUs && tsUs < this.#endUs;
  }

  /** Returns the segment of a moment; a bend belongs to the segment that it begins. */
  segmentAt(tsUs: EpochUs): SegmentIx {
    return tsUs < this.#firstUs ? 0 : tsUs < this.#secondUs ? 1 : 2;
  }

  /** Returns where a segment ends. */
  segmentEndUs(segment: SegmentIx): EpochUs {
    return segment === 0 ? this.#firstUs : segment === 1 ? this.#secondUs : this.#endUs;
  }

  /** Returns the last price at a moment of the candle; after it, the close. */
  priceTicks(tsUs: EpochUs): number {
    if (!(tsUs < this.#endUs)) return this.#closeTicks;
    const segment = this.segmentAt(tsUs);
    const fromUs = this.#segmentStartUs(segment);
    const fromTicks = this.#segmentStartTicks(segment);
    const riseTicks = this.#segmentEndTicks(segment) - fromTicks;
    return fromTicks + Math.trunc((riseTicks * (tsUs - fromUs)) / (this.segmentEndUs(segment) - fromUs));
  }

  /** Returns the first moment from `nowUs` to the end of its segment at which the price is at or beyond a target; else `Infinity`. */
  reachUs(target: number, isFalling: boolean, nowUs: EpochUs): EpochUs {
    const isBeyond = (ticks: number): boolean => (isFalling ? ticks <= target : ticks >= target);
    if (isBeyond(this.priceTicks(nowUs))) return nowUs;
    const segment = this.segmentAt(nowUs);
    const endTicks = this.#segmentEndTicks(segment);
    if (!isBeyond(endTicks)) return Number.POSITIVE_INFINITY;
    const fromUs = this.#segmentStartUs(segment);
    const fromTicks = this.#segmentStartTicks(segment);
    const spanUs = this.segmentEndUs(segment) - fromUs;
    const offsetUs = Math.ceil((Math.abs(target - fromTicks) * spanUs) / Math.abs(endTicks - fromTicks));
    let reachedUs = Math.max(nowUs, fromUs + offsetUs);
    // Long bars times many ticks leave the exact integers of a double: the quotient may then come out a moment early.
    while (reachedUs < this.segmentEndUs(segment) && !isBeyond(this.priceTicks(reachedUs))) reachedUs++;
    return reachedUs;
  }

  /** Lets the other extreme come first from now on; only before the first one is reached. Returns whether it could. */
  turn(isLowFirst: boolean, nowUs: EpochUs): boolean {
    const isFirstLow = this.#firstTicks <= this.#secondTicks;
    if (this.segmentAt(nowUs) !== 0 || isFirstLow === isLowFirst || this.#firstTicks === this.#secondTicks) {
      return false;
    }
    this.#startTicks = this.priceTicks(nowUs);
    this.#startUs = nowUs;
    [this.#firstTicks, this.#secondTicks] = [this.#secondTicks, this.#firstTicks];
    return true;
  }

  /** Adds the bends and the end of the path after `nowUs`. */
  addBends(nowUs: EpochUs, bends: number[]): void {
    for (const us of [this.#firstUs, this.#secondUs, this.#endUs]) if (us > nowUs) bends.push(us);
  }

  saveState(): unknown {
    return Float64Array.of(
      this.#openUs,
      this.#firstUs,
      this.#secondUs,
      this.#endUs,
      this.#startUs,
      this.#startTicks,
      this.#firstTicks,
      this.#secondTicks,
      this.#closeTicks,
    );
  }

  loadState(state: unknown): void {
    assert(state instanceof Float64Array && state.length === 9, 'a saved candle path has nine numbers');
    this.#openUs = state[0]!;
    this.#firstUs = state[1]!;
    this.#secondUs = state[2]!;
    this.#endUs = state[3]!;
    this.#startUs = state[4]!;
    this.#startTicks = state[5]!;
    this.#firstTicks = state[6]!;
    this.#secondTicks = state[7]!;
    this.#closeTicks = state[8]!;
  }

  #segmentStartUs(segment: SegmentIx): EpochUs {
    return segment === 0 ? this.#startUs : segment === 1 ? this.#firstUs : this.#secondUs;
  }

  #segmentStartTicks(segment: SegmentIx): number {
    return segment === 0 ? this.#startTicks : segment === 1 ? this.#firstTicks : this.#secondTicks;
  }

  #segmentEndTicks(segment: SegmentIx): number {
    return segment === 0 ? this.#firstTicks : segment === 1 ? this.#secondTicks : this.#closeTicks;
  }
}
