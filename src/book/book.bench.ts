/**
 * Benchmark of the book: level updates a second of `L2Book` and of the plain sorted array that it replaced, on the same messages in one run.
 * The messages are modelled on recorded depth deltas of a large perpetual market: 69 levels each, three in five change a level that is
 * there, most within some thousand ticks of a wandering touch, one in twenty anywhere up to a hundred times the price.
 */
import { performance } from 'node:perf_hooks';
import { assert, Prng, Sha256 } from '#core';
import type { Side } from '#domain';
import { BookKeeper } from './book-keeper.ts';
import { BookUpdate } from './book-update.ts';
import { DepthSequence } from './depth-sequence.ts';
import { krakenChecksum } from './kraken-checksum.ts';
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
  /** Messages a second through a keeper with the rule of futures: judged, applied, reported. */
  readonly keeperMessagesPerS: number;
  /** Levels read a second among the best 50 of both sides, after a change of the touch each time: one by one, and all at once. */
  readonly levelReadsPerS: number;
  readonly levelCopiesPerS: number;
  /** Checksums of a book a second (twenty levels each). */
  readonly checksumsPerS: number;
  /** Of the levels at the end; the sorted array and the keeper have the same. */
  readonly resultHash: string;
}

const LEVELS_A_MESSAGE = 69;
const SNAPSHOT_LEVELS = 1000;
const TOUCH_TICKS = 618_000;
const TOP_LEVELS = 50;
/** Messages that lie ready at a time: as few as a decoder would have just written, so that they are in the cache. */
const BATCH = 64;
/** Of the levels in messages: those that the book has already, and those that are taken away. */
const KNOWN_SHARE = 0.77;
const REMOVED_SHARE = 0.23;
const UNKNOWN_REMOVED_SHARE = 0.17;

/** Applies a snapshot of 1,000 levels a side and `messageCount` deltas, `passes` times over; each rate is that of the best pass. */
export function benchBook(sizes: {
  readonly messageCount: number;
  readonly passes: number;
  readonly seed: number;
}): BookBench {
  const messages = marketMessages(sizes.messageCount, new Prng(sizes.seed));
  const levelUpdates = messages.reduce((sum, { bids, asks }) => sum + (bids.length + asks.length) / 2, 0);
  const plain = bestOf(sizes.passes, () => {
    const book = new SortedArrayBook();
    return { ms: timeApply(messages, (update) => book.apply(update)), hash: hashOf(book) };
  });
  let book = new L2Book();
  const fast = bestOf(sizes.passes, () => {
    book = new L2Book();
    return { ms: timeApply(messages, (update) => book.applyUpdate(update)), hash: hashOf(book) };
  });
  const kept = bestOf(sizes.passes, () => benchKeeper(messages));
  assert(fast.hash === plain.hash && fast.hash === kept.hash, 'all books of the bench end alike');
  return {
    messages: messages.length,
    levelUpdates,
    levelsHeld: book.levelCount('buy') + book.levelCount('sell'),
    bytesHeld: book.byteLength,
    sortedArrayUpdatesPerS: perS(levelUpdates, plain.ms),
    bookUpdatesPerS: perS(levelUpdates, fast.ms),
    speedUp: plain.ms / fast.ms,
    keeperMessagesPerS: perS(messages.length, kept.ms),
    ...benchReads(book, sizes.messageCount, sizes.passes),
    resultHash: fast.hash,
  };
}

function perS(count: number, ms: number): number {
  return (count * 1000) / ms;
}

interface Pass {
  readonly ms: number;
  readonly hash: string;
}

function bestOf(passes: number, pass: () => Pass): Pass {
  let best = pass();
  for (let i = 1; i < passes; i++) {
    const next = pass();
    assert(next.hash === best.hash, 'two passes of one bench end alike');
    if (next.ms < best.ms) best = next;
  }
  return best;
}

/** A message at rest: pairs of price and quantity. */
interface Message {
  readonly isSnapshot: boolean;
  readonly id: number;
  readonly bids: readonly number[];
  readonly asks: readonly number[];
}

/** Times the application alone: messages are written out in batches, as a decoder would, while the clock stands. */
function timeApply(messages: readonly Message[], apply: (update: BookUpdate) => void): number {
  const batch = Array.from({ length: BATCH }, () => new BookUpdate());
  let ms = 0;
  for (let at = 0; at < messages.length; at += BATCH) {
    const count = Math.min(BATCH, messages.length - at);
    for (let i = 0; i < count; i++) fill(batch[i]!, messages[at + i]!);
    const startedMs = performance.now();
    for (let i = 0; i < count; i++) apply(batch[i]!);
    ms += performance.now() - startedMs;
  }
  return ms;
}

function fill(update: BookUpdate, message: Message): void {
  update.clear();
  update.isSnapshot = message.isSnapshot;
  update.firstId = message.id;
  update.lastId = message.id;
  update.previousId = message.id - 1;
  const { bids, asks } = message;
  for (let i = 0; i < bids.length; i += 2) update.bids.push(bids[i]!, bids[i + 1]!);
  for (let i = 0; i < asks.length; i += 2) update.asks.push(asks[i]!, asks[i + 1]!);
}

function benchKeeper(messages: readonly Message[]): Pass {
  let reported = 0;
  const policy = {
    newRule: () => new DepthSequence(),
    depth: null,
    checksum: null,
    bufferedMax: 1,
    crossedGraceUs: 0,
  };
  const keeper = new BookKeeper(policy, () => reported++);
  keeper.startSync();
  const ms = timeApply(messages, (update) => {
    if (update.isSnapshot) keeper.onSnapshot(update);
    else keeper.onDelta(update);
  });
  assert(reported === messages.length, 'the keeper of the bench applies all messages');
  return { ms, hash: hashOf(keeper.book) };
}

/** Reads the best levels after a change of the touch each, so that nothing is remembered from the pass before; and sums them. */
function benchReads(
  book: L2Book,
  times: number,
  passes: number,
): Pick<BookBench, 'levelReadsPerS' | 'levelCopiesPerS' | 'checksumsPerS'> {
  const touch = book.bestBidTicks;
  const timed = (read: () => number): number =>
    bestOf(passes, () => {
      let sum = 0;
      const startedMs = performance.now();
      for (let i = 0; i < times; i++) {
        book.setLevel('buy', touch, (i & 7) + 1);
        sum += read();
      }
      return { ms: performance.now() - startedMs, hash: String(sum) };
    }).ms;
  const prices = new Float64Array(TOP_LEVELS);
  const lots = new Float64Array(TOP_LEVELS);
  const readAll = (): number => {
    let sum = 0;
    for (let level = 0; level < TOP_LEVELS; level++) {
      sum += book.qtyLotsAt('buy', level) + book.qtyLotsAt('sell', level);
      sum += book.priceTicksAt('sell', level) - book.priceTicksAt('buy', level);
    }
    return sum;
  };
  const copyAll = (): number =>
    book.copyBest('buy', prices, lots) + book.copyBest('sell', prices, lots) + lots[0]!;
  const levelsRead = times * 2 * TOP_LEVELS;
  return {
    levelReadsPerS: perS(levelsRead, timed(readAll)),
    levelCopiesPerS: perS(levelsRead, timed(copyAll)),
    checksumsPerS: perS(
      times,
      timed(() => krakenChecksum(book)),
    ),
  };
}

/** A snapshot and deltas of a market whose touch wanders. */
function marketMessages(count: number, prng: Prng): Message[] {
  const truth = new L2Book();
  const messages: Message[] = [];
  const snapshot = { isSnapshot: true, id: 1, bids: [] as number[], asks: [] as number[] };
  for (let i = 0; i < SNAPSHOT_LEVELS; i++) {
    snapshot.bids.push(TOUCH_TICKS - 1 - i * 2 - prng.integer(0, 2), prng.integer(1, 5000));
    snapshot.asks.push(TOUCH_TICKS + i * 2 + prng.integer(0, 2), prng.integer(1, 5000));
  }
  messages.push(snapshot);
  truth.applySnapshot(Float64Array.from(snapshot.bids), Float64Array.from(snapshot.asks));
  let touch = TOUCH_TICKS;
  for (let id = 2; id < count + 2; id++) {
    touch += prng.integer(-6, 7);
    const message = { isSnapshot: false, id, bids: [] as number[], asks: [] as number[] };
    const used = new Set<number>();
    while (used.size < LEVELS_A_MESSAGE) {
      const side: Side = prng.uniform() < 0.5 ? 'buy' : 'sell';
      const isKnown = prng.uniform() < KNOWN_SHARE;
      let priceTicks: number;
      do {
        priceTicks = isKnown ? knownPrice(truth, side, prng) : priceAround(touch, side, prng);
      } while (used.has(priceTicks) || truth.qtyLotsOf(side, priceTicks) > 0 !== isKnown);
      used.add(priceTicks);
      const isRemoval = prng.uniform() < (isKnown ? REMOVED_SHARE : UNKNOWN_REMOVED_SHARE);
      const levels = side === 'buy' ? message.bids : message.asks;
      levels.push(priceTicks, isRemoval ? 0 : prng.integer(1, 5000));
    }
    truth.applyDelta(Float64Array.from(message.bids), Float64Array.from(message.asks));
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
  if (kind < 0.88) return touch - spread + away * Math.floor(-Math.log(1 - prng.uniform()) * 800);
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
