/**
 * VPIN, the volume-synchronised probability of informed trading: trades fill buckets of equal volume V, one that crosses an edge is split; VPIN = mean
 * of |B - S| / V over the last buckets, in [0, 1], with B and S what buyers and sellers took. Easley, Lopez de Prado, O'Hara, "Flow toxicity
 * and liquidity in a high-frequency world" (Review of Financial Studies 25, 2012). Who took is told by the venue (`TAKER`), guessed by the tick
 * rule, or split by the change of price over a bar (bulk classification, section 2.3 of the paper): the buyers' share is Z(dP / sigma).
 */
import { assert, type EpochUs, floorToTimeframe, normalCdf } from '#core';
import type { StateTape, Taped } from '../state-tape.ts';
import { Window } from '../window.ts';

/** Fills buckets and gives the VPIN of the last of them. */
export class VolumeBuckets implements Taped {
  readonly #bucketLots: number;
  /** |B - S| of the last buckets, in lots. */
  readonly #gaps: Window;
  #filledLots = 0;
  #buyLots = 0;
  #closedCount = 0;

  /** `bucketLots` = V; `bucketCount`: how many make a value. */
  constructor(bucketLots: number, bucketCount: number) {
    assert(Number.isSafeInteger(bucketLots) && bucketLots > 0, 'a bucket holds a whole number of lots');
    this.#bucketLots = bucketLots;
    this.#gaps = new Window(bucketCount);
  }

  /** How many buckets were filled. */
  get closedCount(): number {
    return this.#closedCount;
  }

  /** Adds `lots`, of which buyers took the share `buyShare` in [0, 1]. */
  add(lots: number, buyShare: number): void {
    let left = lots;
    // Of a trade that fills more buckets than are looked at, only the last matter.
    const extra = Math.floor(left / this.#bucketLots) - this.#gaps.capacity - 1;
    if (extra > 0) {
      left -= extra * this.#bucketLots;
      this.#closedCount += extra;
    }
    while (left > 0) {
      const part = Math.min(left, this.#bucketLots - this.#filledLots);
      this.#filledLots += part;
      this.#buyLots += part * buyShare;
      left -= part;
      if (this.#filledLots === this.#bucketLots) this.#close();
    }
  }

  /** VPIN in [0, 1]; `NaN` until `bucketCount` buckets are full. */
  get value(): number {
    return this.#gaps.isFull ? this.#gaps.sum() / (this.#gaps.capacity * this.#bucketLots) : Number.NaN;
  }

  /** |B - S| of the bucket that closed last, in lots. */
  get lastGapLots(): number {
    return this.#gaps.count === 0 ? Number.NaN : this.#gaps.ago(0);
  }

  tape(tape: StateTape): void {
    this.#gaps.tape(tape);
    this.#filledLots = tape.number(this.#filledLots);
    this.#buyLots = tape.number(this.#buyLots);
    this.#closedCount = tape.number(this.#closedCount);
  }

  #close(): void {
    this.#gaps.push(Math.abs(2 * this.#buyLots - this.#bucketLots));
    this.#filledLots = 0;
    this.#buyLots = 0;
    this.#closedCount++;
  }
}

/**
 * The tick rule: the buyer took when the price rose, the seller when it fell; an equal price repeats the last. Lee, Ready, "Inferring trade
 * direction from intraday data" (Journal of Finance 46, 1991).
 */
export class TickRule implements Taped {
  #lastTicks = 0;
  #share = 0.5;

  /** Returns the buyers' share of a trade: 1, 0, or one half before the price has changed. */
  push(priceTicks: number): number {
    if (this.#lastTicks > 0 && priceTicks !== this.#lastTicks)
      this.#share = priceTicks > this.#lastTicks ? 1 : 0;
    this.#lastTicks = priceTicks;
    return this.#share;
  }

  tape(tape: StateTape): void {
    this.#lastTicks = tape.number(this.#lastTicks);
    this.#share = tape.number(this.#share);
  }
}

/** How bulk classification knows the deviation of price changes: a given one in ticks, or that of the last `bars` changes. */
export type BulkDeviation = { readonly ticks: number } | { readonly bars: number };

/**
 * Bulk volume classification: trades are gathered in bars of equal time, aligned to the epoch; a bar without trades does not exist. The buyers' share
 * of a bar is cdf(dP / sigma), dP the change of the close, sigma the sample deviation (n - 1) of the changes up to this bar: nothing later. A bar
 * without a change before it, and one with sigma 0, is split in half. With `bars`, bars count only once so many changes are known.
 */
export class BulkClassifier implements Taped {
  readonly #barUs: number;
  readonly #fixedTicks: number;
  readonly #changes: Window;
  readonly #cdf: (z: number) => number;
  readonly #onBar: (lots: number, buyShare: number) => void;
  #openUs = 0;
  #lots = 0;
  #closeTicks = 0;
  #lastCloseTicks = 0;

  constructor(
    barUs: number,
    deviation: BulkDeviation,
    onBar: (lots: number, buyShare: number) => void,
    cdf: (z: number) => number = normalCdf,
  ) {
    assert(barUs > 0, 'a bar has a length');
    this.#barUs = barUs;
    this.#fixedTicks = 'ticks' in deviation ? deviation.ticks : 0;
    this.#changes = new Window('bars' in deviation ? deviation.bars : 2);
    this.#cdf = cdf;
    this.#onBar = onBar;
  }

  /** Adds a trade; a bar that ended before it is classified first. A trade of an earlier bar counts in the one that is open. */
  push(tsVenueUs: EpochUs, priceTicks: number, qtyLots: number): void {
    this.advance(tsVenueUs);
    if (this.#lots === 0) this.#openUs = floorToTimeframe(tsVenueUs, this.#barUs);
    this.#lots += qtyLots;
    this.#closeTicks = priceTicks;
  }

  /** Classifies the open bar if it has ended by `tsUs`. */
  advance(tsUs: EpochUs): void {
    if (this.#lots > 0 && tsUs >= this.#openUs + this.#barUs) this.#closeBar();
  }

  tape(tape: StateTape): void {
    this.#changes.tape(tape);
    this.#openUs = tape.number(this.#openUs);
    this.#lots = tape.number(this.#lots);
    this.#closeTicks = tape.number(this.#closeTicks);
    this.#lastCloseTicks = tape.number(this.#lastCloseTicks);
  }

  #closeBar(): void {
    const lots = this.#lots;
    const hasBefore = this.#lastCloseTicks > 0;
    const change = this.#closeTicks - this.#lastCloseTicks;
    this.#lastCloseTicks = this.#closeTicks;
    this.#lots = 0;
    if (hasBefore) this.#changes.push(change);
    const isFixed = this.#fixedTicks > 0;
    if (!isFixed && !this.#changes.isFull) return;
    const sigma = isFixed ? this.#fixedTicks : this.#deviation();
    this.#onBar(lots, hasBefore && sigma > 0 ? this.#cdf(change / sigma) : 0.5);
  }

  #deviation(): number {
    const { capacity } = this.#changes;
    return Math.sqrt(this.#changes.squaresAround(this.#changes.mean()) / (capacity - 1));
  }
}
