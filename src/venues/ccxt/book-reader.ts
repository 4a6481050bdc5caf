/**
 * Books of ccxt as updates: the first look is a snapshot, every later one holds the levels that differ from the look before. Entries of one price (order
 * by order) are added up. Invariant: whoever applies the updates in order has the levels of the last look, best `levelsMax` a side.
 */
import type { BookUpdate, LevelBuffer } from '#book';
import { assert } from '#core';
import { CcxtFault } from './ccxt-fault.ts';
import type { CcxtLevel } from './exchange.ts';
import { priceTicksOf, qtyLotsOf } from './numbers.ts';

/** The scale of an instrument's numbers. */
export interface BookScale {
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
}

/** A side at one look, best first. */
class SideLevels {
  count = 0;
  readonly ticks: Float64Array;
  readonly lots: Float64Array;
  readonly #sign: 1 | -1;

  /** `sign`: 1 where prices rise away from the best. */
  constructor(levelsMax: number, sign: 1 | -1) {
    this.ticks = new Float64Array(levelsMax);
    this.lots = new Float64Array(levelsMax);
    this.#sign = sign;
  }

  /** Reads entries, best first. @throws CcxtFault when one is no level, or they are out of order */
  read(entries: readonly CcxtLevel[], { priceDecimals, qtyDecimals }: BookScale): void {
    this.count = 0;
    for (let at = 0; at < entries.length; at++) {
      const [price, qty] = entries[at] ?? [];
      const ticks = priceTicksOf(price, priceDecimals);
      const lots = qtyLotsOf(qty, qtyDecimals);
      if (Number.isNaN(ticks) || Number.isNaN(lots)) {
        const scale = `${priceDecimals} and ${qtyDecimals} decimals`;
        throw new CcxtFault(`expected a level of at most ${scale}, found ${price} x ${qty}`);
      }
      if (lots > 0 && !this.#add(ticks, lots)) return;
    }
  }

  /** False when the side is full and the level the first of a worse price. */
  #add(ticks: number, lots: number): boolean {
    const last = this.count - 1;
    if (last >= 0 && this.ticks[last] === ticks) {
      this.lots[last] = this.lots[last]! + lots;
      return true;
    }
    if (last >= 0 && this.#sign * (ticks - this.ticks[last]!) < 0) {
      throw new CcxtFault(`expected levels in order, found ${ticks} ticks behind ${this.ticks[last]}`);
    }
    if (this.count === this.ticks.length) return false;
    this.ticks[this.count] = ticks;
    this.lots[this.count] = lots;
    this.count++;
    return true;
  }

  /** Puts into `into` what makes this side of `before`: levels that are new or have changed, and those that are gone with quantity 0. */
  changesSince(before: SideLevels, into: LevelBuffer): void {
    let old = 0;
    for (let at = 0; at < this.count; at++) {
      const ticks = this.ticks[at]!;
      while (old < before.count && this.#sign * (before.ticks[old]! - ticks) < 0) {
        push(into, before.ticks[old]!, 0);
        old++;
      }
      const isKnown = old < before.count && before.ticks[old] === ticks;
      if (!isKnown || before.lots[old] !== this.lots[at]) push(into, ticks, this.lots[at]!);
      if (isKnown) old++;
    }
    for (; old < before.count; old++) push(into, before.ticks[old]!, 0);
  }

  /** Puts all levels into `into`. */
  allInto(into: LevelBuffer): void {
    for (let at = 0; at < this.count; at++) push(into, this.ticks[at]!, this.lots[at]!);
  }
}

/** Reads the looks at one book. */
export class BookReader {
  readonly #scale: BookScale;
  #bids: SideLevels;
  #asks: SideLevels;
  #nextBids: SideLevels;
  #nextAsks: SideLevels;
  #isFirst = true;

  constructor(scale: BookScale, levelsMax: number) {
    this.#scale = scale;
    this.#bids = new SideLevels(levelsMax, -1);
    this.#nextBids = new SideLevels(levelsMax, -1);
    this.#asks = new SideLevels(levelsMax, 1);
    this.#nextAsks = new SideLevels(levelsMax, 1);
  }

  /** The next look is a snapshot. */
  forget(): void {
    this.#isFirst = true;
  }

  /**
   * Looks at a book and fills `into` with the levels and whether it is a snapshot; false when nothing has changed. @throws CcxtFault when the book cannot be
   * read, and then the look did not happen
   */
  look(
    book: { readonly bids: readonly CcxtLevel[]; readonly asks: readonly CcxtLevel[] },
    into: BookUpdate,
  ): boolean {
    this.#nextBids.read(book.bids, this.#scale);
    this.#nextAsks.read(book.asks, this.#scale);
    into.clear();
    into.isSnapshot = this.#isFirst;
    if (this.#isFirst) {
      this.#nextBids.allInto(into.bids);
      this.#nextAsks.allInto(into.asks);
    } else {
      this.#nextBids.changesSince(this.#bids, into.bids);
      this.#nextAsks.changesSince(this.#asks, into.asks);
    }
    [this.#bids, this.#nextBids] = [this.#nextBids, this.#bids];
    [this.#asks, this.#nextAsks] = [this.#nextAsks, this.#asks];
    this.#isFirst = false;
    return into.isSnapshot || into.bids.count + into.asks.count > 0;
  }
}

function push(into: LevelBuffer, ticks: number, lots: number): void {
  assert(into.push(ticks, lots), 'an update has room for two sides of a look');
}
