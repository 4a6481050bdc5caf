/**
 * The truth behind a hostile venue: seeded books and trades of some symbols. Books are kept the naive way, in maps, so that they share nothing with
 * the code under test. Bid and ask never meet; every change has ids that follow one another.
 */
import { assert, type Prng } from '#core';

/** A symbol as its venue has it. */
export interface TrueInstrument {
  /** Name in Xylen. */
  readonly symbol: string;
  /** Name in messages of streams. */
  readonly wireSymbol: string;
  /** Name in requests. */
  readonly restSymbol: string;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** Where the venue counts contracts: lots in one of them. */
  readonly lotsPerContract?: number;
  /** Where the price starts. */
  readonly midTicks: number;
}

/** One level of a change; 0 lots removes it. */
export interface TrueLevel {
  readonly side: 'bid' | 'ask';
  readonly ticks: number;
  readonly lots: number;
}

/** A change of a book, complete in itself: before and after it the book is not crossed. */
export interface TrueChange {
  readonly kind: 'change';
  readonly book: TrueBook;
  readonly levels: readonly TrueLevel[];
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  /** Time of the venue. */
  readonly tsUs: number;
}

/** A print. */
export interface TrueTrade {
  readonly kind: 'trade';
  readonly book: TrueBook;
  readonly id: number;
  readonly ticks: number;
  readonly lots: number;
  readonly takerSide: 'buy' | 'sell';
  readonly tsUs: number;
}

const LEVELS_START = 30;
const STEP_TICKS_MAX = 6;
const LOTS_MAX = 50_000;
/** Sides stay about this deep, so that a snapshot has a size that tests can afford. */
const LEVELS_MAX = 60;

/** The book of one symbol. */
export class TrueBook {
  readonly instrument: TrueInstrument;
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  /** Id of the last change. */
  lastId: number;
  tradeId: number;
  #midTicks: number;

  constructor(instrument: TrueInstrument, prng: Prng) {
    this.instrument = instrument;
    this.#midTicks = instrument.midTicks;
    this.lastId = prng.integer(1_000, 1_000_000);
    this.tradeId = prng.integer(1_000, 1_000_000);
    for (let at = 1; at <= LEVELS_START; at++) {
      this.bids.set(this.#midTicks - at, this.#lots(prng.integer(1, LOTS_MAX)));
      this.asks.set(this.#midTicks + at, this.#lots(prng.integer(1, LOTS_MAX)));
    }
  }

  /** Levels of a side, best first. */
  levels(side: 'bid' | 'ask'): readonly (readonly [ticks: number, lots: number])[] {
    const sign = side === 'bid' ? -1 : 1;
    return [...(side === 'bid' ? this.bids : this.asks)].sort((a, b) => sign * (a[0] - b[0]));
  }

  /** Makes the next change: the middle moves, levels come, go and change. `levelsMax` 1 for venues that tell one level a message. */
  change(prng: Prng, tsUs: number, levelsMax = 8): TrueChange {
    const levels: TrueLevel[] = [];
    if (levelsMax > 1 && prng.uniform() < 0.3) this.#moveMiddle(prng, levels);
    const wanted = 1 + prng.integer(0, Math.max(1, levelsMax - levels.length));
    while (levels.length < wanted) this.#changeLevel(prng, levels);
    const firstId = this.lastId + 1;
    const previousId = this.lastId;
    this.lastId += levels.length;
    return { kind: 'change', book: this, levels, firstId, lastId: this.lastId, previousId, tsUs };
  }

  /** Makes the next print, at the touch. */
  trade(prng: Prng, tsUs: number): TrueTrade {
    const takerSide = prng.uniform() < 0.5 ? 'buy' : 'sell';
    const best = this.levels(takerSide === 'buy' ? 'ask' : 'bid')[0];
    assert(best !== undefined, 'a side of a true book is never empty');
    const lots = this.#lots(prng.integer(1, best[1] / this.#lots(1) + 1));
    return { kind: 'trade', book: this, id: ++this.tradeId, ticks: best[0], lots, takerSide, tsUs };
  }

  /** Whole contracts in lots. */
  #lots(contracts: number): number {
    return contracts * (this.instrument.lotsPerContract ?? 1);
  }

  /** Moves the middle by some ticks; what it passes is removed first. */
  #moveMiddle(prng: Prng, levels: TrueLevel[]): void {
    const step = prng.integer(-STEP_TICKS_MAX, STEP_TICKS_MAX + 1);
    this.#midTicks += step;
    for (const [ticks] of this.levels('bid')) {
      if (ticks < this.#midTicks) break;
      this.#set('bid', ticks, 0, levels);
    }
    for (const [ticks] of this.levels('ask')) {
      if (ticks > this.#midTicks) break;
      this.#set('ask', ticks, 0, levels);
    }
    this.#set('bid', this.#midTicks - 1, this.#lots(prng.integer(1, LOTS_MAX)), levels);
    this.#set('ask', this.#midTicks + 1, this.#lots(prng.integer(1, LOTS_MAX)), levels);
  }

  #changeLevel(prng: Prng, levels: TrueLevel[]): void {
    const side = prng.uniform() < 0.5 ? 'bid' : 'ask';
    const map = side === 'bid' ? this.bids : this.asks;
    if (map.size > LEVELS_MAX) {
      const worst = this.levels(side).at(-1);
      assert(worst !== undefined, 'a full side has a worst level');
      this.#set(side, worst[0], 0, levels);
      return;
    }
    // Near the touch most of the time, far away now and then.
    const distance = 1 + Math.floor(prng.exponential(8));
    const ticks = this.#midTicks + (side === 'bid' ? -distance : distance);
    const isRemoval = prng.uniform() < 0.3 && map.size > 5 && map.has(ticks);
    if (ticks > 0) this.#set(side, ticks, isRemoval ? 0 : this.#lots(prng.integer(1, LOTS_MAX)), levels);
  }

  #set(side: 'bid' | 'ask', ticks: number, lots: number, levels: TrueLevel[]): void {
    const map = side === 'bid' ? this.bids : this.asks;
    if (lots > 0) map.set(ticks, lots);
    else map.delete(ticks);
    // A change names a level once: the last word counts.
    const before = levels.findIndex((level) => level.side === side && level.ticks === ticks);
    if (before >= 0) levels.splice(before, 1);
    levels.push({ side, ticks, lots });
  }
}

/** Returns what the venue writes for a quantity, as a scaled integer and its decimals: whole contracts where it counts them. */
export function wireQtyOf(
  { lotsPerContract, qtyDecimals }: TrueInstrument,
  lots: number,
): readonly [units: number, decimals: number] {
  return lotsPerContract === undefined ? [lots, qtyDecimals] : [lots / lotsPerContract, 0];
}

/** Decimal text of a scaled integer with all its decimals: `decimalText(246, 3)` is `0.246`. */
export function decimalText(units: number, decimals: number): string {
  const digits = String(units).padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
