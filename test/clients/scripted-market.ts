/** A market of one symbol that does what a test tells it: the book, prints and marks of the moments that it names. */
import { assert, type EpochUs } from '#core';
import type { MarketEvent, Side } from '#domain';
import type { ExchangeMarket } from '#exchange';

/** A best price, in ticks, and what stands there, in lots. */
interface Best {
  readonly ticks: number;
  readonly lots: number;
}

const LEVELS = 20;
/** What stands at the levels behind the best one, lots. */
const DEEP_LOTS = 5_000;
/** Ticks between two levels. */
const STEP_TICKS = 10;

/** The market. */
export class ScriptedMarket implements ExchangeMarket {
  readonly feeds = (['book', 'trade', 'mark', 'funding'] as const).map((kind) => ({
    instrumentIx: 0,
    kind,
    timeframeUs: null,
  }));
  readonly #events: MarketEvent[] = [];
  #isOver = false;
  #updateId = 1;
  #tradeId = 0;
  #levels: Readonly<Record<Side, ReadonlyMap<number, number>>> = { buy: new Map(), sell: new Map() };

  next(limitUs: EpochUs): MarketEvent | 'quiet' | undefined {
    const [first] = this.#events;
    if (first === undefined) return this.#isOver ? undefined : 'quiet';
    return first.tsVenueUs > limitUs ? 'quiet' : this.#events.shift();
  }

  fundingE12(): number {
    return 100_000_000;
  }

  /** Nothing comes any more. */
  end(): void {
    this.#isOver = true;
  }

  /** Moves the whole book to new best prices; mark and a print of one lot follow the middle. */
  moveTo(atUs: EpochUs, bid: Best, ask: Best): void {
    assert(bid.ticks < ask.ticks, 'a book is not crossed');
    const before = this.#levels;
    this.#levels = { buy: ladder(bid, -STEP_TICKS), sell: ladder(ask, STEP_TICKS) };
    const id = ++this.#updateId;
    this.#events.push({
      kind: 'book',
      ...momentOf(atUs),
      isSnapshot: id === 2,
      firstUpdateId: id,
      lastUpdateId: id,
      previousUpdateId: id - 1,
      bids: changesOf(before.buy, this.#levels.buy),
      asks: changesOf(before.sell, this.#levels.sell),
    });
    const middle = Math.floor((bid.ticks + ask.ticks) / 2);
    this.#events.push({ kind: 'mark', ...momentOf(atUs), markTicks: middle });
    this.print(atUs, middle, 1, 'buy');
  }

  /** A print. */
  print(atUs: EpochUs, priceTicks: number, qtyLots: number, takerSide: Side): void {
    this.#events.push({
      kind: 'trade',
      ...momentOf(atUs),
      tradeId: ++this.#tradeId,
      priceTicks,
      qtyLots,
      takerSide,
    });
  }

  /** A settlement of funding. */
  settle(atUs: EpochUs, rateE12: number): void {
    this.#events.push({ kind: 'funding', ...momentOf(atUs), rateE12 });
  }
}

function momentOf(atUs: EpochUs): {
  readonly instrumentIx: 0;
  readonly tsVenueUs: EpochUs;
  readonly tsLocalUs: EpochUs;
} {
  return { instrumentIx: 0, tsVenueUs: atUs, tsLocalUs: atUs };
}

function ladder({ lots, ticks }: Best, stepTicks: number): ReadonlyMap<number, number> {
  return new Map(
    Array.from({ length: LEVELS }, (_, at) => [ticks + at * stepTicks, at === 0 ? lots : DEEP_LOTS]),
  );
}

/** Pairs of price and quantity; what is gone has the quantity 0. */
function changesOf(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): Float64Array {
  const gone = [...before.keys()].filter((ticks) => !after.has(ticks)).map((ticks) => [ticks, 0]);
  return Float64Array.from([...gone, ...[...after].map(([ticks, lots]) => [ticks, lots])].flat());
}
