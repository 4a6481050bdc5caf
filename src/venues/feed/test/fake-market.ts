/** The truth behind a fake venue: books that change at random, and what each of them was after every change. */
import { assert, type EpochUs, type Prng } from '#core';

/** A level: price in ticks, quantity in lots. */
export type Level = readonly [number, number];

/** A book or a change of it as the venue would tell it. */
export interface FakeChange {
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  readonly tsUs: EpochUs;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  readonly fingerprint: number;
}

const MIDDLE = 1_000;
const SIDE_LEVELS = 12;
/** A price above all asks. */
const CROSSED = MIDDLE + 3 * SIDE_LEVELS;
/** States kept for snapshots of the past. */
const PAST_MAX = 400;

/** Returns 32 bits over a book: levels from the best on, bids first. */
export function fingerprintOf(bids: Iterable<Level>, asks: Iterable<Level>): number {
  let hash = 0x811c9dc5;
  for (const side of [bids, asks]) {
    for (const [price, lots] of side) {
      hash = Math.imul(hash ^ price, 0x01000193);
      hash = Math.imul(hash ^ lots, 0x01000193);
    }
    hash = Math.imul(hash ^ 0x5f, 0x01000193);
  }
  return hash >>> 0;
}

/** A book as plain maps. */
export class PlainBook {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();

  set(side: Map<number, number>, price: number, lots: number): void {
    if (lots === 0) side.delete(price);
    else side.set(price, lots);
  }

  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }

  get sortedBids(): Level[] {
    return [...this.bids].sort((a, b) => b[0] - a[0]);
  }

  get sortedAsks(): Level[] {
    return [...this.asks].sort((a, b) => a[0] - b[0]);
  }

  get fingerprint(): number {
    return fingerprintOf(this.sortedBids, this.sortedAsks);
  }
}

/** One symbol of the venue. */
export class FakeSymbol {
  readonly name: string;
  lastId = 1_000;
  tsUs: EpochUs = 0;
  tradeId = 0;
  /** When the book came to each id. */
  readonly idTimes = new Map<number, EpochUs>();
  /** When each trade was told. */
  readonly tradeTimes: EpochUs[] = [];
  /** Fingerprint of the book after the change at that moment. */
  readonly truth = new Map<EpochUs, number>();
  readonly #book = new PlainBook();
  readonly #prng: Prng;
  readonly #past: FakeChange[] = [];
  #crossedSinceUs: EpochUs = 0;

  constructor(name: string, prng: Prng, tsUs: EpochUs) {
    this.name = name;
    this.#prng = prng;
    for (let i = 1; i <= SIDE_LEVELS; i++) {
      this.#book.set(this.#book.bids, MIDDLE - i, prng.integer(1, 100));
      this.#book.set(this.#book.asks, MIDDLE + i, prng.integer(1, 100));
    }
    this.tsUs = tsUs;
    this.#remember();
  }

  /** Changes some levels and returns the change. */
  change(nowUs: EpochUs): FakeChange {
    const previousId = this.lastId;
    this.tsUs = Math.max(nowUs, this.tsUs + 1);
    this.lastId += this.#prng.integer(1, 4);
    const bids: Level[] = [];
    const asks: Level[] = [];
    for (let i = this.#prng.integer(1, 4); i > 0; i--) {
      const isBid = this.#prng.uniform() < 0.5;
      const price = MIDDLE + this.#prng.integer(1, 2 * SIDE_LEVELS) * (isBid ? -1 : 1);
      const lots = this.#prng.uniform() < 0.3 ? 0 : this.#prng.integer(1, 100);
      this.#book.set(isBid ? this.#book.bids : this.#book.asks, price, lots);
      (isBid ? bids : asks).push([price, lots]);
    }
    if (this.#crossedSinceUs !== 0) {
      const lots = this.#crossedSinceUs > 0 ? 5 : 0;
      this.#book.set(this.#book.bids, CROSSED, lots);
      bids.push([CROSSED, lots]);
      if (lots === 0) this.#crossedSinceUs = 0;
    }
    this.#remember();
    const { fingerprint } = this.snapshot();
    const { lastId, tsUs } = this;
    return { firstId: previousId + 1, lastId, previousId, tsUs, bids, asks, fingerprint };
  }

  /** From the next change on a bid stands above all asks. */
  cross(nowUs: EpochUs): void {
    this.#crossedSinceUs = nowUs;
  }

  /** With the next change it goes. */
  uncross(): void {
    this.#crossedSinceUs = -1;
  }

  /** Returns the book as it was `stepsBack` changes ago. */
  snapshot(stepsBack = 0): FakeChange {
    const snapshot = this.#past[Math.max(0, this.#past.length - 1 - stepsBack)];
    assert(snapshot !== undefined, 'a symbol has a book from its beginning');
    return snapshot;
  }

  #remember(): void {
    const bids = this.#book.sortedBids;
    const asks = this.#book.sortedAsks;
    const fingerprint = fingerprintOf(bids, asks);
    const { lastId, tsUs } = this;
    this.truth.set(tsUs, fingerprint);
    this.idTimes.set(lastId, tsUs);
    this.#past.push({ firstId: -1, lastId, previousId: -1, tsUs, bids, asks, fingerprint });
    if (this.#past.length > PAST_MAX) this.#past.shift();
  }
}
