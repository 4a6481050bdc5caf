/**
 * A book message on its way from the wire into a book: reused for every message, so that the hot path allocates nothing. Whoever is handed one
 * reads it during the call and copies what it keeps.
 */
import { assert, type EpochUs } from '#core';
import type { InstrumentIx } from '#domain';

const LEVELS_START = 64;

/** Levels of one side in the order received; arrays are longer than `count`. */
export class LevelBuffer {
  /** Levels in use. */
  count = 0;
  priceTicks = new Float64Array(LEVELS_START);
  qtyLots = new Float64Array(LEVELS_START);
  /** The level's own sequence number where the venue gives one (KuCoin); else 0. */
  sequence = new Float64Array(LEVELS_START);
  readonly #levelsMax: number;

  /** `levelsMax` bounds what one message may hold. */
  constructor(levelsMax: number) {
    assert(Number.isInteger(levelsMax) && levelsMax >= 1, 'a level buffer has a positive bound');
    this.#levelsMax = levelsMax;
  }

  /** Appends a level; returns false when the message holds more than the bound, and then takes nothing. */
  push(priceTicks: number, qtyLots: number, sequence = 0): boolean {
    const at = this.count;
    if (at === this.priceTicks.length && !this.#grow()) return false;
    this.priceTicks[at] = priceTicks;
    this.qtyLots[at] = qtyLots;
    this.sequence[at] = sequence;
    this.count = at + 1;
    return true;
  }

  /** Forgets the levels and keeps the memory. */
  clear(): void {
    this.count = 0;
  }

  /** Leaves out the levels whose own sequence number is given and at most `sequence`; the others keep their order. */
  dropThrough(sequence: number): void {
    let kept = 0;
    for (let at = 0; at < this.count; at++) {
      const own = this.sequence[at]!;
      if (own > 0 && own <= sequence) continue;
      this.priceTicks[kept] = this.priceTicks[at]!;
      this.qtyLots[kept] = this.qtyLots[at]!;
      this.sequence[kept++] = own;
    }
    this.count = kept;
  }

  /** Takes the levels of another buffer. */
  copyFrom(other: LevelBuffer): void {
    this.count = 0;
    while (this.priceTicks.length < other.count) assert(this.#grow(), 'a copied buffer fits the bound');
    this.priceTicks.set(other.priceTicks.subarray(0, other.count));
    this.qtyLots.set(other.qtyLots.subarray(0, other.count));
    this.sequence.set(other.sequence.subarray(0, other.count));
    this.count = other.count;
  }

  #grow(): boolean {
    const length = Math.min(this.priceTicks.length * 2, this.#levelsMax);
    if (length === this.priceTicks.length) return false;
    this.priceTicks = grown(this.priceTicks, length);
    this.qtyLots = grown(this.qtyLots, length);
    this.sequence = grown(this.sequence, length);
    return true;
  }
}

/** Levels of one side that one message may hold unless told otherwise: Coinbase sends the whole book, some 50,000 levels a side. */
export const UPDATE_LEVELS_MAX = 262_144;

/** A snapshot of a book or a change of it; quantities are absolute, 0 removes a level. */
export class BookUpdate {
  instrumentIx: InstrumentIx = 0;
  tsVenueUs: EpochUs = 0;
  tsLocalUs: EpochUs = 0;
  isSnapshot = false;
  /** Ids of the first and last change in it; -1 where the venue does not number. */
  firstId = -1;
  lastId = -1;
  /** The venue's link to the message before (Binance `pu`); -1 = none. */
  previousId = -1;
  /** CRC-32 of the book after this update, unsigned; -1 = the venue sends none. */
  checksum = -1;
  readonly bids: LevelBuffer;
  readonly asks: LevelBuffer;

  constructor(levelsMax: number = UPDATE_LEVELS_MAX) {
    this.bids = new LevelBuffer(levelsMax);
    this.asks = new LevelBuffer(levelsMax);
  }

  /** Makes it an empty delta without ids. */
  clear(): void {
    this.isSnapshot = false;
    this.firstId = -1;
    this.lastId = -1;
    this.previousId = -1;
    this.checksum = -1;
    this.bids.clear();
    this.asks.clear();
  }

  /** Takes everything of another update. */
  copyFrom(other: BookUpdate): void {
    this.instrumentIx = other.instrumentIx;
    this.tsVenueUs = other.tsVenueUs;
    this.tsLocalUs = other.tsLocalUs;
    this.isSnapshot = other.isSnapshot;
    this.firstId = other.firstId;
    this.lastId = other.lastId;
    this.previousId = other.previousId;
    this.checksum = other.checksum;
    this.bids.copyFrom(other.bids);
    this.asks.copyFrom(other.asks);
  }
}

function grown(values: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const out = new Float64Array(length);
  out.set(values);
  return out;
}
