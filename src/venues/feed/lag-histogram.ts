/**
 * How late messages are: a histogram of fixed size over the last one to two windows. Buckets grow by a quarter of an octave, so a
 * percentile is exact within 19 %.
 */
import type { EpochUs } from '#core';

const BUCKETS_PER_OCTAVE = 4;
/** 2^40 us are 12 days; whatever is later counts as that. */
const BUCKET_COUNT = 40 * BUCKETS_PER_OCTAVE + 1;

/** Lags in microseconds; those of a clock that runs ahead of ours count as 0. */
export class LagHistogram {
  readonly #windowUs: number;
  #now = new Float64Array(BUCKET_COUNT);
  #before = new Float64Array(BUCKET_COUNT);
  #untilUs: EpochUs = 0;

  /** A window lasts `windowUs`. */
  constructor(windowUs: number) {
    this.#windowUs = windowUs;
  }

  /** Counts a lag that was seen at `nowUs`. */
  add(lagUs: number, nowUs: EpochUs): void {
    if (nowUs >= this.#untilUs) this.#turn(nowUs);
    this.#now[bucketOf(lagUs)]! += 1;
  }

  /** Lags counted in the last one to two windows. */
  get count(): number {
    let count = 0;
    for (let i = 0; i < BUCKET_COUNT; i++) count += this.#now[i]! + this.#before[i]!;
    return count;
  }

  /** Returns the upper edge of the bucket that holds the quantile `share` in (0, 1]; -1 when nothing was counted. */
  quantileUs(share: number): number {
    const total = this.count;
    if (total === 0) return -1;
    const wanted = Math.ceil(total * share);
    let seen = 0;
    for (let i = 0; i < BUCKET_COUNT; i++) {
      seen += this.#now[i]! + this.#before[i]!;
      if (seen >= wanted) return upperEdgeUs(i);
    }
    return upperEdgeUs(BUCKET_COUNT - 1);
  }

  /** The window is over: it becomes the one before. After a silence of two windows both are empty. */
  #turn(nowUs: EpochUs): void {
    const empty = this.#before;
    this.#before = this.#now;
    this.#now = empty.fill(0);
    if (nowUs >= this.#untilUs + this.#windowUs) this.#before.fill(0);
    this.#untilUs = nowUs + this.#windowUs;
  }
}

function bucketOf(lagUs: number): number {
  if (lagUs < 1) return 0;
  return Math.min(BUCKET_COUNT - 1, 1 + Math.floor(Math.log2(lagUs) * BUCKETS_PER_OCTAVE));
}

function upperEdgeUs(bucket: number): number {
  return bucket === 0 ? 0 : Math.ceil(2 ** (bucket / BUCKETS_PER_OCTAVE));
}
