/** A trader of the load bench: places and cancels on its connection at a steady rate, and remembers what it was told, to be held against the exchange at the end. */
import { Prng } from '#core';
import type { LoadConnection } from './load-connection.ts';

/** Every so many orders one takes liquidity. */
const TAKES_EVERY = 20;
/** Every so many resting orders one stays. */
const STAYS_EVERY = 50;
/** Most that stay, so that the limit of open orders is never met. */
const STAYING_MAX = 100;

/** What one trader did and saw. */
export interface TraderBook {
  /** Ids of all its orders, in order. */
  readonly orderIds: number[];
  /** Ids that rest as far as it knows. */
  readonly open: Set<number>;
  /** Round trips, milliseconds, of orders and of cancels. */
  readonly placedMs: number[];
  readonly cancelledMs: number[];
  refused: string[];
}

/** Trades until told to stop. */
export class LoadTrader {
  readonly book: TraderBook = { orderIds: [], open: new Set(), placedMs: [], cancelledMs: [], refused: [] };
  readonly connection: LoadConnection;
  readonly #prng: Prng;
  readonly #symbol: string;
  readonly #prices: { readonly low: number; readonly high: number };
  #count = 0;

  constructor(
    connection: LoadConnection,
    seed: number,
    symbol: string,
    prices: { readonly low: number; readonly high: number },
  ) {
    this.connection = connection;
    this.#prng = new Prng(seed).split(`trader-${connection.accountIx}`);
    this.#symbol = symbol;
    this.#prices = prices;
  }

  /** Places an order and, where it is to go again, cancels it; `requestsPerS` orders and cancels a second, counted together. */
  async run(requestsPerS: number, untilMs: number): Promise<void> {
    const everyMs = 1_000 / requestsPerS;
    // Spread, so that the traders do not come in step.
    let dueMs = performance.now() + this.#prng.uniform() * everyMs;
    for (;;) {
      const nowMs = performance.now();
      if (nowMs >= untilMs) return;
      if (nowMs < dueMs) {
        await new Promise((resolve) => setTimeout(resolve, dueMs - nowMs));
        continue;
      }
      dueMs += everyMs * (await this.#order());
    }
  }

  /** Returns how many requests it took. */
  async #order(): Promise<number> {
    const { book } = this;
    const takes = ++this.#count % TAKES_EVERY === 0;
    const side = this.#prng.uniform() < 0.5 ? 'BUY' : 'SELL';
    const { high, low } = this.#prices;
    const form = takes
      ? `type=MARKET&quantity=0.001`
      : `type=LIMIT&timeInForce=GTC&quantity=0.010&price=${side === 'BUY' ? low : high}`;
    const placed = await this.#timed(
      book.placedMs,
      'POST',
      `symbol=${this.#symbol}&side=${side}&${form}&newOrderRespType=RESULT`,
    );
    if (placed === null) return 1;
    book.orderIds.push(placed.orderId);
    if (placed.status === 'FILLED') return 1;
    book.open.add(placed.orderId);
    if (this.#count % STAYS_EVERY === 0 && book.open.size < STAYING_MAX) return 1;
    const cancelled = await this.#timed(
      book.cancelledMs,
      'DELETE',
      `symbol=${this.#symbol}&orderId=${placed.orderId}`,
    );
    if (cancelled?.status === 'CANCELED') book.open.delete(placed.orderId);
    return 2;
  }

  async #timed(
    times: number[],
    method: string,
    params: string,
  ): Promise<{ readonly orderId: number; readonly status: string } | null> {
    const beganMs = performance.now();
    const { body, status } = await this.connection.ask(method, '/fapi/v1/order', params);
    times.push(performance.now() - beganMs);
    // The two fields that are wanted, without reading the rest: the generator shares a machine with what it measures.
    const [, orderId, state] = /"orderId":(\d+),.*?"status":"(\w+)"/.exec(body) ?? [];
    if (status === 200 && orderId !== undefined && state !== undefined)
      return { orderId: Number(orderId), status: state };
    if (this.book.refused.length < 5) this.book.refused.push(body);
    return null;
  }
}
