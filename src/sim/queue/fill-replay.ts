/**
 * An order schedule played against a recorded market (rules M44 to M55): events come in chunks of columns, requests travel a set time, the exchange
 * fills. What it is not: it reads no files and knows no fees. Invariants: market events of a moment come before requests that arrive in it; what
 * an order shows is what the trader knows once all answers are in.
 */
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import type { ImpactRule } from '../impact/index.ts';
import type { QueueModel } from './queue-model.ts';
import type { ReplayChunk } from './replay-chunk.ts';
import type { ExchangeModel, FillListener } from './replay-exchange.ts';
import type { ReplayMarket } from './replay-market.ts';
import { replayMarketOf } from './replay-markets.ts';
import { type PlannedOrder, REPLAY_STATUS, ReplayOrder } from './replay-order.ts';

export { REPLAY_EVENT, type ReplayChunk } from './replay-chunk.ts';

/** What a replay is made of. */
export interface FillReplayOptions {
  readonly queue: QueueModel;
  readonly exchange: ExchangeModel;
  /** How long a request travels to the exchange. */
  readonly entryUs: number;
  /** How long an answer travels back. */
  readonly responseUs: number;
  readonly orders: readonly PlannedOrder[];
  /** Lets own orders use the market up (M107), which is possible where they fill by parts; without it they leave nothing behind (M55). */
  readonly impact?: ImpactRule;
  readonly onFill?: FillListener;
}

/** One replay, from the first event to the last. */
export class FillReplay implements Checkpointable {
  /** The orders with what became of them, in the order of the schedule. */
  readonly orders: readonly ReplayOrder[];
  readonly #exchange: ReplayMarket;
  readonly #entryUs: number;
  readonly #responseUs: number;
  /** The orders by submission and by cancel, equal times in the order of the schedule. */
  readonly #submits: readonly ReplayOrder[];
  readonly #cancels: readonly ReplayOrder[];
  #submitAt = 0;
  #cancelAt = 0;
  /** When the next request arrives at the exchange. */
  #nextArrivalUs: EpochUs;

  constructor({ queue, exchange, entryUs, impact, responseUs, orders, onFill }: FillReplayOptions) {
    assert(Number.isSafeInteger(entryUs) && entryUs >= 0, 'requests travel whole microseconds');
    assert(Number.isSafeInteger(responseUs) && responseUs >= 0, 'answers travel whole microseconds');
    this.#exchange = replayMarketOf({
      queue,
      exchange,
      ...(impact === undefined ? {} : { impact }),
      ...(onFill === undefined ? {} : { onFill }),
    });
    this.#entryUs = entryUs;
    this.#responseUs = responseUs;
    this.orders = orders.map((plan, ix) => new ReplayOrder(plan, ix));
    this.#submits = this.orders.toSorted((a, b) => a.plan.submitLocalUs - b.plan.submitLocalUs);
    this.#cancels = this.orders
      .filter(({ plan }) => plan.cancelLocalUs < Number.POSITIVE_INFINITY)
      .toSorted((a, b) => a.plan.cancelLocalUs - b.plan.cancelLocalUs);
    this.#nextArrivalUs = this.#nextLocalUs() + entryUs;
  }

  /** Plays the events of a chunk. */
  play(chunk: ReplayChunk): void {
    let at = 0;
    for (;;) {
      at = this.#exchange.play(chunk, at, this.#nextArrivalUs);
      if (at === chunk.count) return;
      this.#request();
    }
  }

  /** Ends the replay: requests that were given until `lastLocalUs`, when the trader saw the last event, still arrive; later ones are never given. */
  finish(lastLocalUs: EpochUs): void {
    while (this.#nextLocalUs() <= lastLocalUs) this.#request();
  }

  /** Returns everything that later events may ask for; taken between two chunks. */
  saveState(): unknown {
    return {
      orders: this.orders.map((order) => order.save()),
      exchange: this.#exchange.saveState(),
      next: [this.#submitAt, this.#cancelAt, this.#exchange.lastUs],
    };
  }

  /** Takes the state of a replay with the same options into a fresh one. */
  loadState(state: unknown): void {
    const { exchange, next, orders } = stateRecord(state, 'fill replay');
    const saved = orders as readonly (readonly number[])[];
    assert(saved.length === this.orders.length, 'a saved replay has as many orders as its schedule');
    for (const order of this.orders) order.load(saved[order.ix] ?? []);
    this.#exchange.loadState(exchange, this.orders);
    const [submitAt, cancelAt, lastExchUs] = next as readonly [number, number, number];
    this.#submitAt = submitAt;
    this.#cancelAt = cancelAt;
    this.#exchange.lastUs = lastExchUs;
    this.#nextArrivalUs = this.#nextLocalUs() + this.#entryUs;
  }

  #nextLocalUs(): EpochUs {
    const submitUs = this.#submits[this.#submitAt]?.plan.submitLocalUs ?? Number.POSITIVE_INFINITY;
    const cancelUs = this.#cancels[this.#cancelAt]?.plan.cancelLocalUs ?? Number.POSITIVE_INFINITY;
    return Math.min(submitUs, cancelUs);
  }

  /** Carries out the request that arrives next (M44, M50); of equal times submissions go first, so that no cancel overtakes its order. */
  #request(): void {
    const arrivalUs = this.#nextArrivalUs;
    const localUs = this.#nextLocalUs();
    const submitted = this.#submits[this.#submitAt];
    if (submitted !== undefined && submitted.plan.submitLocalUs === localUs) {
      this.#submitAt++;
      submitted.localUs = localUs;
      this.#exchange.onSubmit(arrivalUs, submitted);
    } else {
      const cancelled = this.#cancels[this.#cancelAt++];
      assert(cancelled !== undefined, 'a request that is due is a submission or a cancel');
      this.#cancel(cancelled, localUs, arrivalUs);
    }
    this.#nextArrivalUs = this.#nextLocalUs() + this.#entryUs;
  }

  /** A cancel is not sent when the trader knows already that the order has ended; one that comes too late changes nothing but the time of the request. */
  #cancel(order: ReplayOrder, localUs: EpochUs, arrivalUs: EpochUs): void {
    assert(order.status !== REPLAY_STATUS.none, 'a cancel follows its order');
    if (!order.isOpen && order.exchUs + this.#responseUs <= localUs) return;
    order.localUs = localUs;
    this.#exchange.onCancel(arrivalUs, order);
  }
}
