/**
 * Market events on their way to the trader: it sees each at its local time, in the order of the source, and none before it happened. What it is
 * not: the exchange, which has them already. Invariant: at most `PENDING_MAX` events are under way between two chunks.
 */
import { type EpochUs, XylenError } from '#core';
import { type DepthChunk, type OwnReach, REPLAY_EVENT, type ReplayBook } from '../queue/index.ts';

/** Events that may be under way from one chunk to the next; more is no latency, but a fault of the data. */
const PENDING_MAX = 1 << 22;
const PENDING_MIN = 1 << 12;

/** In the trader's copy of the book there are none. */
const NO_ORDERS: OwnReach = {
  buyLow: Number.NaN,
  buyHigh: Number.NaN,
  sellLow: Number.NaN,
  sellHigh: Number.NaN,
};

/** What the trader has yet to see. */
export class LocalFeed {
  readonly #book: ReplayBook;
  #pending = columnsOf(PENDING_MIN);
  #pendingAt = 0;
  #seenUs: EpochUs = 0;

  /** `book` is the one that the trader sees. */
  constructor(book: ReplayBook) {
    this.#book = book;
  }

  /** True when everything that was kept has been seen. */
  get isEmpty(): boolean {
    return this.#pendingAt === this.#pending.count;
  }

  /** Time of the newest event that was seen or is kept. */
  get lastUs(): EpochUs {
    const { count, localUs } = this.#pending;
    let lastUs = this.#seenUs;
    for (let at = this.#pendingAt; at < count; at++) lastUs = Math.max(lastUs, localUs[at]!);
    return lastUs;
  }

  /** Shows what was kept of earlier chunks and is to be seen until `untilUs`. */
  showKept(untilUs: EpochUs): void {
    this.#pendingAt = this.#show(this.#pending, this.#pendingAt, this.#pending.count, untilUs);
  }

  /** Shows the events [from, end) of a chunk that are to be seen until `untilUs`; returns the index of the first that is not. */
  show(chunk: DepthChunk, from: number, end: number, untilUs: EpochUs): number {
    this.showKept(untilUs);
    return this.isEmpty ? this.#show(chunk, from, end, untilUs) : from;
  }

  /** Keeps the events of a chunk from `from` on, which is about to be reused. */
  keep(chunk: DepthChunk, from: number): void {
    const added = chunk.count - from;
    const waiting = this.#pending.count - this.#pendingAt;
    this.#makeRoom(waiting, added);
    const to = this.#pending;
    to.kind.set(chunk.kind.subarray(from, chunk.count), waiting);
    to.localUs.set(chunk.localUs.subarray(from, chunk.count), waiting);
    to.priceTicks.set(chunk.priceTicks.subarray(from, chunk.count), waiting);
    to.qtyLots.set(chunk.qtyLots.subarray(from, chunk.count), waiting);
    to.count = waiting + added;
  }

  #show(columns: PendingColumns, from: number, end: number, untilUs: EpochUs): number {
    const { kind, localUs, priceTicks, qtyLots } = columns;
    const book = this.#book;
    let at = from;
    while (at < end) {
      at = book.run(columns, localUs, at, end, untilUs, NO_ORDERS);
      if (at === end || localUs[at]! > untilUs) break;
      const what = kind[at]!;
      if (what === REPLAY_EVENT.bid) book.setBid(priceTicks[at]!, qtyLots[at]!);
      else if (what === REPLAY_EVENT.ask) book.setAsk(priceTicks[at]!, qtyLots[at]!);
      at++;
    }
    if (at > from) this.#seenUs = Math.max(this.#seenUs, localUs[at - 1]!);
    return at;
  }

  /** Moves what waits to the front, of larger columns where it takes them. */
  #makeRoom(waiting: number, added: number): void {
    const needed = waiting + added;
    if (needed > PENDING_MAX) {
      throw new XylenError(
        'XY_ROW_INVALID',
        `expected at most ${PENDING_MAX} events under way, found ${needed}`,
        {
          fields: { events: needed },
        },
      );
    }
    const from = this.#pending;
    const at = this.#pendingAt;
    const isLarge = needed <= from.kind.length;
    const to = isLarge ? from : columnsOf(Math.max(needed, 2 * from.kind.length));
    to.kind.set(from.kind.subarray(at, from.count));
    to.localUs.set(from.localUs.subarray(at, from.count));
    to.priceTicks.set(from.priceTicks.subarray(at, from.count));
    to.qtyLots.set(from.qtyLots.subarray(at, from.count));
    this.#pending = to;
    this.#pendingAt = 0;
  }
}

type PendingColumns = Omit<DepthChunk, 'exchUs'>;

function columnsOf(length: number): PendingColumns {
  return {
    count: 0,
    kind: new Uint8Array(length),
    localUs: new Float64Array(length),
    priceTicks: new Float64Array(length),
    qtyLots: new Float64Array(length),
  };
}
