/**
 * Benchmark of the book: level updates a second of `L2Book` and of the plain sorted array that it replaced, on the same messages in one run.
 * The messages are modelled on recorded depth deltas of a large perpetual market: 69 levels each, three in five change a level that is
 * there, most within some thousand ticks of a wandering touch, one in twenty anywhere up to a hundred times the price.
 */
import { performance } from 'node:perf_hooks';
import { Prng, Sha256 } from '#core';
import type { Side } from '#domain';
import { BookUpdate } from './book-update.ts';
import { L2Book } from './l2-book.ts';

/** Figures of the bench; updates are level updates. */
export interface BookBench {
  readonly messages: number;
  readonly levelUpdates: number;
  readonly levelsHeld: number;
  readonly bytesHeld: number;
  readonly sortedArrayUpdatesPerS: number;
  readonly bookUpdatesPerS: number;
  readonly speedUp: number;
  /** Reads of the best 50 levels of both sides, one pass a message. */
  readonly topLevelReadsPerS: number;
  /** Of the levels at the end; the sorted array has the same. */
  readonly resultHash: string;
}

const LEVELS_A_MESSAGE = 69;
const SNAPSHOT_LEVELS = 1000;
const TOUCH_TICKS = 618_000;
const TOP_LEVELS = 50;
/** Of the levels in messages: those that the book has already, and those that are taken away. */
const KNOWN_SHARE = 0.77;
const REMOVED_SHARE = 0.23;

/** Applies a snapshot of 1,000 levels a side and `messageCount` deltas, `passes` times over; each rate is that of the best pass. */
export function benchBook(sizes: {
  readonly messageCount: number;
  readonly passes: number;
  readonly seed: number;
}): BookBench {
  const messages = marketMessages(sizes.messageCount, new Prng(sizes.seed));
  const levelUpdates = messages.reduce((sum, { bids, asks }) => sum + bids.count + asks.count, 0);
  const plain = bestOf(sizes.passes, () => {
    const book = new SortedArrayBook();
    const startedMs = performance.now();
    for (const message of messages) book.apply(message);
    return { ms: performance.now() - startedMs, hash: hashOf(book) };
  });
  let book = new L2Book();
  const fast = bestOf(sizes.passes, () => {
    book = new L2Book();
    const startedMs = performance.now();
    for (const message of messages) book.applyUpdate(message);
    return { ms: performance.now() - startedMs, hash: hashOf(book) };
  });
  if (fast.hash !== plain.hash) throw new Error(`books differ: ${fast.hash} and ${plain.hash}`);
  const reads = bestOf(sizes.passes, () => ({ ms: readTops(book, sizes.messageCount), hash: '' }));
  return {
    messages: messages.length,
    levelUpdates,
    levelsHeld: book.levelCount('buy') + book.levelCount('sell'),
    bytesHeld: book.byteLength,
    sortedArrayUpdatesPerS: (levelUpdates * 1000) / plain.ms,
    bookUpdatesPerS: (levelUpdates * 1000) / fast.ms,
    speedUp: plain.ms / fast.ms,
    topLevelReadsPerS: (sizes.messageCount * 2 * TOP_LEVELS * 1000) / reads.ms,
    resultHash: fast.hash,
  };
}

function bestOf(passes: number, pass: () => { ms: number; hash: string }): { ms: number; hash: string } {
  let best = pass();
  for (let i = 1; i < passes; i++) {
    const next = pass();
    if (next.hash !== best.hash) throw new Error('two passes of one bench differ');
    if (next.ms < best.ms) best = next;
  }
  return best;
}

/** Reads the best levels after a change of the touch each, so that nothing is remembered from the pass before. */
function readTops(book: L2Book, times: number): number {
  let lots = 0;
  const touch = book.bestBidTicks;
  const startedMs = performance.now();
  for (let i = 0; i < times; i++) {
    book.setLevel('buy', touch, (i & 7) + 1);
    for (let level = 0; level < TOP_LEVELS; level++) {
      lots += book.qtyLotsAt('buy', level) + book.qtyLotsAt('sell', level);
      lots += book.priceTicksAt('sell', level) - book.priceTicksAt('buy', level);
    }
  }
  const ms = performance.now() - startedMs;
  if (!(lots > 0)) throw new Error('a book has quantities');
  return ms;
}

/** A snapshot and deltas of a market whose touch wanders. */
function marketMessages(count: number, prng: Prng): BookUpdate[] {
  const truth = new L2Book();
  const snapshot = new BookUpdate();
  snapshot.isSnapshot = true;
  for (let i = 0; i < SNAPSHOT_LEVELS; i++) {
    snapshot.bids.push(TOUCH_TICKS - 1 - i - prng.integer(0, 2) - i, prng.integer(1, 5000));
    snapshot.asks.push(TOUCH_TICKS + i + prng.integer(0, 2) + i, prng.integer(1, 5000));
  }
  truth.applyUpdate(snapshot);
  const messages = [snapshot];
  let touch = TOUCH_TICKS;
  for (let i = 0; i < count; i++) {
    touch += prng.integer(-6, 7);
    const message = new BookUpdate();
    const used = new Set<number>();
    while (message.bids.count + message.asks.count < LEVELS_A_MESSAGE) {
      const side: Side = prng.uniform() < 0.5 ? 'buy' : 'sell';
      const isKnown = prng.uniform() < KNOWN_SHARE;
      const priceTicks = isKnown ? knownPrice(truth, side, prng) : priceAround(touch, side, prng);
      if (used.has(priceTicks)) continue;
      used.add(priceTicks);
      const isRemoval = prng.uniform() < REMOVED_SHARE;
      (side === 'buy' ? message.bids : message.asks).push(priceTicks, isRemoval ? 0 : prng.integer(1, 5000));
    }
    truth.applyUpdate(message);
    messages.push(message);
  }
  return messages;
}

/** The price of a level that is there, most often one of the best some hundred. */
function knownPrice(book: L2Book, side: Side, prng: Prng): number {
  const count = book.levelCount(side);
  const index =
    prng.uniform() < 0.95 ? Math.floor(-Math.log(1 - prng.uniform()) * 300) : prng.integer(0, count);
  return book.priceTicksAt(side, Math.min(index, count - 1));
}

function priceAround(touch: number, side: Side, prng: Prng): number {
  const kind = prng.uniform();
  const away = side === 'buy' ? -1 : 1;
  const spread = side === 'buy' ? 1 : 0;
  if (kind < 0.88) return touch - spread + away * Math.floor(-Math.log(1 - prng.uniform()) * 500);
  if (kind < 0.95) return touch - spread + away * prng.integer(0, 16_384);
  const factor = 100 ** prng.uniform();
  return Math.max(1, Math.floor(side === 'buy' ? touch / factor : touch * factor));
}

/** What a hash reads. */
interface Levels {
  levelCount(side: Side): number;
  priceTicksAt(side: Side, index: number): number;
  qtyLotsAt(side: Side, index: number): number;
}

function hashOf(book: Levels): string {
  const hash = new Sha256();
  for (const side of ['buy', 'sell'] as const) {
    for (let i = 0; i < book.levelCount(side); i++) {
      hash.update(`${side}|${book.priceTicksAt(side, i)}|${book.qtyLotsAt(side, i)}\n`);
    }
  }
  return hash.hex().slice(0, 16);
}

/** The reference: one sorted array a side, best level last, found by a short walk from the touch and then by halving. */
class SortedArrayBook implements Levels {
  readonly #sides = { buy: new SortedArraySide(), sell: new SortedArraySide() };

  apply(update: BookUpdate): void {
    const { bids, asks } = update;
    for (let i = 0; i < bids.count; i++) this.#sides.buy.set(bids.priceTicks[i]!, bids.qtyLots[i]!);
    for (let i = 0; i < asks.count; i++) this.#sides.sell.set(-asks.priceTicks[i]!, asks.qtyLots[i]!);
  }

  levelCount(side: Side): number {
    return this.#sides[side].count;
  }

  priceTicksAt(side: Side, index: number): number {
    return Math.abs(this.#sides[side].keys[this.#sides[side].count - 1 - index]!);
  }

  qtyLotsAt(side: Side, index: number): number {
    return this.#sides[side].lots[this.#sides[side].count - 1 - index]!;
  }
}

class SortedArraySide {
  keys = new Float64Array(256);
  lots = new Float64Array(256);
  count = 0;

  set(key: number, qtyLots: number): void {
    const slot = this.#slotOf(key);
    if (slot < this.count && this.keys[slot] === key) {
      if (qtyLots > 0) this.lots[slot] = qtyLots;
      else this.#move(slot + 1, slot, -1);
    } else if (qtyLots > 0) {
      if (this.count === this.keys.length) this.#grow();
      this.#move(slot, slot + 1, 1);
      this.keys[slot] = key;
      this.lots[slot] = qtyLots;
    }
  }

  #move(from: number, to: number, change: number): void {
    this.keys.copyWithin(to, from, this.count);
    this.lots.copyWithin(to, from, this.count);
    this.count += change;
  }

  #slotOf(key: number): number {
    const { keys } = this;
    let slot = this.count;
    const stop = Math.max(0, slot - 12);
    while (slot > stop && keys[slot - 1]! >= key) slot--;
    if (slot > stop || stop === 0) return slot;
    let lower = 0;
    let upper = stop;
    while (lower < upper) {
      const middle = (lower + upper) >> 1;
      if (keys[middle]! < key) lower = middle + 1;
      else upper = middle;
    }
    return lower;
  }

  #grow(): void {
    const { keys, lots } = this;
    this.keys = new Float64Array(keys.length * 2);
    this.lots = new Float64Array(keys.length * 2);
    this.keys.set(keys);
    this.lots.set(lots);
  }
}
