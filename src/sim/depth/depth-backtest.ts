/**
 * A back-test on recorded depth and trades: market data reach the trader late, its requests reach the exchange late, the answers come late, and a place
 * in the queue decides who is filled (rules M44 to M55, M130 to M133). Events come in chunks of columns; the trader is asked at a set interval. What it
 * is not: it reads no files and knows neither margin nor funding. Invariants: market events of a moment come before requests that arrive in it; the
 * trader sees nothing before its local time; an event costs the same however many came before it.
 */
import { assert, type EpochUs } from '#core';
import type { Assumption } from '../assumption.ts';
import type { ImpactRule } from '../impact/index.ts';
import {
  type DepthChunk,
  type ExchangeModel,
  type QueueModel,
  REPLAY_STATUS,
  ReplayBook,
  type ReplayMarket,
  type ReplayOrder,
  replayMarketOf,
} from '../queue/index.ts';
import { DepthAccount, type DepthFees } from './depth-account.ts';
import { depthAssumptions } from './depth-assumptions.ts';
import { answerOf, type DepthAnswer, DepthDesk, type DepthRequest } from './depth-desk.ts';
import type { DepthOrder } from './depth-order.ts';
import { LocalFeed } from './local-feed.ts';
import { MessageLine } from './message-line.ts';
import type { OrderLatency } from './order-latency.ts';

/** A trader in recorded depth. */
export interface DepthTrader {
  /** Is asked once an interval, after it has seen what there is to see until `desk.nowUs`. */
  onStep(desk: DepthDesk): void;
}

/** What a depth back-test is made of. */
export interface DepthBacktestOptions {
  readonly trader: DepthTrader;
  /** The trader is asked each time that long has passed, from the first event on. */
  readonly stepUs: number;
  readonly queue: QueueModel;
  readonly exchange: ExchangeModel;
  /** Lets own orders use the market up (M107), which is possible where they fill by parts; without it they leave nothing behind (M55). */
  readonly impact?: ImpactRule;
  readonly latency: OrderLatency;
  readonly fees: DepthFees;
  /** Value of one lot at one tick, in atoms of the quote currency. */
  readonly atomsPerTickLot: number;
}

/** One back-test, from the first event to the last. */
export class DepthBacktest {
  /** What its result rests on. */
  readonly assumptions: readonly Assumption[];
  /** The trader's side: account, orders, book. */
  readonly desk: DepthDesk;
  readonly #trader: DepthTrader;
  readonly #stepUs: number;
  readonly #latency: OrderLatency;
  readonly #exchange: ReplayMarket;
  readonly #feed: LocalFeed;
  readonly #requests = new MessageLine<DepthRequest>();
  readonly #answers = new MessageLine<DepthAnswer>();
  /** Orders at the exchange by their number, until they have ended there. */
  readonly #alive = new Map<number, DepthOrder>();
  #nextStepUs: EpochUs = Number.NEGATIVE_INFINITY;
  #stepCount = 0;
  #eventCount = 0;

  constructor(options: DepthBacktestOptions) {
    const { atomsPerTickLot, exchange, fees, impact, latency, queue, stepUs, trader } = options;
    assert(
      Number.isSafeInteger(stepUs) && stepUs >= 1,
      'a trader is asked every whole number of microseconds',
    );
    this.assumptions = depthAssumptions({ queue: queue.name, exchange, latency, fees, stepUs, impact });
    this.#trader = trader;
    this.#stepUs = stepUs;
    this.#latency = latency;
    const book = new ReplayBook();
    const account = new DepthAccount(fees, atomsPerTickLot);
    this.desk = new DepthDesk({ book, account, latency, requests: this.#requests });
    this.#feed = new LocalFeed(book);
    const onFill = (order: ReplayOrder, isMaker: boolean): void => this.#tellFill(order, isMaker);
    const models = { queue, exchange, onFill };
    this.#exchange = replayMarketOf(impact === undefined ? models : { ...models, impact });
  }

  /** Market events played. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** How often the trader was asked. */
  get stepCount(): number {
    return this.#stepCount;
  }

  /** Plays the events of a chunk, which may be reused afterwards. */
  play(chunk: DepthChunk): void {
    if (chunk.count === 0) return;
    if (this.#eventCount === 0) this.#nextStepUs = chunk.exchUs[0]! + this.#stepUs;
    this.#eventCount += chunk.count;
    let at = 0;
    let seenAt = 0;
    for (;;) {
      const requestUs = this.#requests.nextUs;
      at = this.#exchange.play(chunk, at, Math.min(requestUs, this.#nextStepUs));
      if (at === chunk.count) break;
      if (requestUs <= this.#nextStepUs) this.#takeRequest();
      else {
        seenAt = this.#feed.show(chunk, seenAt, at, this.#nextStepUs);
        this.#step();
      }
    }
    // Nobody looks before the next step: what is to be seen until then can be shown now.
    seenAt = this.#feed.show(chunk, seenAt, chunk.count, this.#nextStepUs);
    this.#feed.keep(chunk, seenAt);
  }

  /** Ends the back-test: the trader is asked until it has seen the last event; what is under way then still arrives (M44). */
  finish(): void {
    for (;;) {
      const requestUs = this.#requests.nextUs;
      if (requestUs <= this.#nextStepUs) {
        this.#takeRequest();
        continue;
      }
      this.#feed.showKept(this.#nextStepUs);
      if (this.#feed.isEmpty) break;
      this.#step();
    }
    while (this.#requests.nextUs < Number.POSITIVE_INFINITY) this.#takeRequest();
    this.#learnUntil(Number.MAX_VALUE);
  }

  #step(): void {
    const nowUs = this.#nextStepUs;
    this.#learnUntil(nowUs);
    this.desk.nowUs = nowUs;
    this.#stepCount++;
    this.#nextStepUs = nowUs + this.#stepUs;
    this.#trader.onStep(this.desk);
  }

  #learnUntil(untilUs: EpochUs): void {
    while (this.#answers.nextUs <= untilUs) this.desk.learn(this.#answers.take());
  }

  #takeRequest(): void {
    const nowUs = this.#requests.nextUs;
    const { isCancel, order } = this.#requests.take();
    if (isCancel) {
      const isCancelled = this.#exchange.onCancel(nowUs, order.atExchange);
      this.#answer({ ...answerOf(order, 0, false), isRefusal: !isCancelled }, nowUs);
      if (isCancelled) this.#alive.delete(order.ix);
      return;
    }
    this.#alive.set(order.ix, order);
    this.#exchange.onSubmit(nowUs, order.atExchange);
    // A taker was told of its fills one by one; what rests or has expired is told here.
    if (order.atExchange.status !== REPLAY_STATUS.filled) this.#answer(answerOf(order, 0, false), nowUs);
    if (!order.atExchange.isOpen) this.#alive.delete(order.ix);
  }

  #tellFill(at: ReplayOrder, isMaker: boolean): void {
    const order = this.#alive.get(at.ix);
    assert(order !== undefined, 'an order that fills is alive');
    this.#answer(answerOf(order, at.lastExecLots, isMaker), at.exchUs);
    if (at.leavesLots === 0) this.#alive.delete(at.ix);
  }

  #answer(answer: DepthAnswer, nowUs: EpochUs): void {
    this.#answers.send(answer, nowUs, this.#latency.responseUs(nowUs));
  }
}
