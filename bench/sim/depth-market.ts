/**
 * A seeded market of depth and trades in columns, as long as it is asked for, in memory that does not grow: SYNTHETIC. A tenth of its steps are trades
 * against the touch (with the level's new quantity behind them), the others change levels, most near the touch. What it is not: a model of anything;
 * it gives an engine work of the usual kinds in the usual shares.
 */
import { assert, Prng } from '#core';
import { type DepthChunk, REPLAY_EVENT } from '#sim';

/** How such a market is made. */
export interface DepthMarketOptions {
  readonly seed: number;
  readonly eventCount: number;
  /** Mean time between two steps. */
  readonly stepMeanUs: number;
  readonly startUs: number;
}

/** Events of a chunk, and room for those of its last step. */
const CHUNK_EVENTS = 16_384;
const STEP_EVENTS_MAX = 8;
/** Levels of a side at the start. */
const LEVELS = 50;
/** Prices are kept within that many ticks of the first one. */
const RANGE = 8_192;
const MIDDLE_TICKS = 600_000;
const LOTS_MAX = 5_000;
const TRADE_LOTS_MAX = 800;
/** Feed latency: from, and up to that much more. */
const FEED_US = 2_000;
const FEED_SPREAD_US = 3_000;
const { ask, bid, boughtTrade, soldTrade } = REPLAY_EVENT;

/** Makes the events chunk by chunk; each chunk is valid until the next one is taken. */
export function* depthMarket(options: DepthMarketOptions): Generator<DepthChunk, void, void> {
  const market = new DepthMarket(options);
  for (let left = options.eventCount; left > 0; ) {
    const chunk = market.next();
    chunk.count = Math.min(chunk.count, left);
    left -= chunk.count;
    yield chunk;
  }
}

class DepthMarket {
  readonly #prng: Prng;
  readonly #gapMaxUs: number;
  readonly #chunk: DepthChunk = {
    count: 0,
    kind: new Uint8Array(CHUNK_EVENTS + STEP_EVENTS_MAX),
    exchUs: new Float64Array(CHUNK_EVENTS + STEP_EVENTS_MAX),
    localUs: new Float64Array(CHUNK_EVENTS + STEP_EVENTS_MAX),
    priceTicks: new Float64Array(CHUNK_EVENTS + STEP_EVENTS_MAX),
    qtyLots: new Float64Array(CHUNK_EVENTS + STEP_EVENTS_MAX),
  };
  /** Quantities by tick, from MIDDLE_TICKS - RANGE on. */
  readonly #bids = new Int32Array(2 * RANGE);
  readonly #asks = new Int32Array(2 * RANGE);
  #bestBid = RANGE;
  #bestAsk = RANGE + 1;
  #exchUs: number;
  #localUs: number;
  #isOpened = false;

  constructor({ seed, startUs, stepMeanUs }: DepthMarketOptions) {
    assert(stepMeanUs >= 1, 'steps are at least 1 us apart');
    this.#prng = new Prng(seed).split('depth-market');
    this.#gapMaxUs = 2 * stepMeanUs;
    this.#exchUs = startUs;
    this.#localUs = startUs + FEED_US;
  }

  /** Writes the next events, whole steps. */
  next(): DepthChunk {
    this.#chunk.count = 0;
    if (!this.#isOpened) this.#open();
    while (this.#chunk.count < CHUNK_EVENTS) this.#step();
    return this.#chunk;
  }

  #open(): void {
    this.#isOpened = true;
    for (let away = 0; away < LEVELS; away++) {
      this.#set(true, this.#bestBid - away, this.#lots(LOTS_MAX));
      this.#set(false, this.#bestAsk + away, this.#lots(LOTS_MAX));
    }
  }

  #step(): void {
    this.#exchUs += 1 + this.#below(this.#gapMaxUs);
    this.#localUs = Math.max(this.#localUs, this.#exchUs + FEED_US + this.#below(FEED_SPREAD_US));
    const roll = this.#below(100);
    const isBid = this.#below(2) === 0;
    if (roll < 10) this.#trade(isBid);
    else if (roll < 85) this.#change(isBid);
    else this.#improve(isBid);
  }

  /** Somebody takes from the best bid or ask. */
  #trade(isBid: boolean): void {
    const best = isBid ? this.#bestBid : this.#bestAsk;
    const there = isBid ? this.#bids[best]! : this.#asks[best]!;
    const lots = Math.min(this.#lots(TRADE_LOTS_MAX), there);
    this.#emit(isBid ? soldTrade : boughtTrade, best, lots);
    this.#set(isBid, best, there - lots);
    // The other side steps into the emptied price, half of the time, as long as prices stay where they are kept.
    const isRoom = Math.abs(best - RANGE) < RANGE / 2 || best > RANGE !== isBid;
    if (there === lots && isRoom && this.#below(2) === 0) this.#set(!isBid, best, this.#lots(LOTS_MAX));
  }

  #change(isBid: boolean): void {
    const draw = this.#below(64);
    const away = (draw * draw) >> 6;
    const isGone = this.#below(10) === 0 && away > 0;
    const price = isBid ? this.#bestBid - away : this.#bestAsk + away;
    this.#set(isBid, price, isGone ? 0 : this.#lots(LOTS_MAX));
  }

  /** A new best price where the spread has room, else more at the touch. */
  #improve(isBid: boolean): void {
    const room = this.#bestAsk - this.#bestBid > 1 ? 1 : 0;
    const price = isBid ? this.#bestBid + room : this.#bestAsk - room;
    this.#set(isBid, price, this.#lots(LOTS_MAX));
  }

  #set(isBid: boolean, price: number, lots: number): void {
    this.#emit(isBid ? bid : ask, price, lots);
    const levels = isBid ? this.#bids : this.#asks;
    levels[price] = lots;
    if (isBid) {
      if (lots > 0) this.#bestBid = Math.max(this.#bestBid, price);
      else if (price === this.#bestBid) this.#bestBid = this.#nextLevel(true, price);
    } else if (lots > 0) this.#bestAsk = Math.min(this.#bestAsk, price);
    else if (price === this.#bestAsk) this.#bestAsk = this.#nextLevel(false, price);
  }

  /** The next level behind an emptied touch; where there is none near, one appears. */
  #nextLevel(isBid: boolean, price: number): number {
    const levels = isBid ? this.#bids : this.#asks;
    const step = isBid ? -1 : 1;
    for (let away = 1; away <= LEVELS; away++)
      if (levels[price + step * away]! > 0) return price + step * away;
    const next = price + step;
    levels[next] = this.#lots(LOTS_MAX);
    this.#emit(isBid ? bid : ask, next, levels[next]!);
    return next;
  }

  #emit(kind: number, price: number, lots: number): void {
    const at = this.#chunk.count;
    this.#chunk.kind[at] = kind;
    this.#chunk.exchUs[at] = this.#exchUs;
    this.#chunk.localUs[at] = this.#localUs;
    this.#chunk.priceTicks[at] = MIDDLE_TICKS - RANGE + price;
    this.#chunk.qtyLots[at] = lots;
    this.#chunk.count = at + 1;
  }

  /** A number in [1, max]. */
  #lots(max: number): number {
    return 1 + this.#below(max);
  }

  /** A number in [0, bound); its bias is far below what anybody could see. */
  #below(bound: number): number {
    return this.#prng.uint32() % bound;
  }
}
