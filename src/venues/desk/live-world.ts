/**
 * A real venue and its market as a world: what the feed and the account say, in the order in which it came, each event at the moment at which it is handed on.
 * Simulated time does not exist here: `advance` waits for the clock. What a crash left open is not told again; it is asked for when both sides are compared.
 */
import { assert, type EpochUs, XylenError } from '#core';
import type {
  ExecutionEvent,
  InstrumentIx,
  MarketEvent,
  OrderRequest,
  RiskApproved,
  VenueAccount,
  VenueOrder,
} from '#domain';
import type { Cancel, Timers } from '#net';
import type {
  AccountQueries,
  AccountRecovery,
  EarlierOrder,
  OrderGateway,
  World,
  WorldEvent,
} from '../port.ts';

/** Events that may wait: a minute of a busy day of 200 symbols. More mean that the trader cannot keep up. */
export const LIVE_WAITING_MAX = 1_000_000;

/** What a live world is made of. */
export interface LiveWorldParts {
  readonly gateway: OrderGateway & AccountQueries & AccountRecovery;
  readonly timers: Timers;
}

type Step = WorldEvent | 'idle' | 'end';

interface Question {
  readonly limitUs: EpochUs;
  readonly resolve: (step: Step) => void;
  readonly reject: (error: unknown) => void;
}

/** The world of a live run. */
export class LiveWorld implements World {
  readonly #gateway: LiveWorldParts['gateway'];
  readonly #timers: Timers;
  #waiting: (MarketEvent | ExecutionEvent)[] = [];
  /** Where the first event stands in `#waiting`; what lies before it was handed on. */
  #head = 0;
  #worldSeq = 0;
  #lastUs: EpochUs = 0;
  #question: Question | null = null;
  #cancelTimer: Cancel | null = null;
  #failure: XylenError | null = null;
  #hasEnded = false;

  constructor({ gateway, timers }: LiveWorldParts) {
    this.#gateway = gateway;
    this.#timers = timers;
  }

  /** Events that wait for the trader. */
  get waitingCount(): number {
    return this.#waiting.length - this.#head;
  }

  /** Takes an event, of the market or of the account; its local time becomes the moment at which it is taken, which never goes back. */
  push(event: MarketEvent | ExecutionEvent): void {
    if (this.#hasEnded || this.#failure !== null) return;
    if (this.waitingCount >= LIVE_WAITING_MAX) {
      const message = `the run cannot keep up with the market: ${LIVE_WAITING_MAX} events wait for their turn`;
      this.fail(new XylenError('XY_VENUE_FAILED', message));
      return;
    }
    this.#lastUs = Math.max(this.#lastUs, this.#timers.nowUs());
    this.#waiting.push({ ...event, tsLocalUs: this.#lastUs });
    this.#answer();
  }

  /** Ends the run with an error at its next event. */
  fail(error: XylenError): void {
    this.#failure ??= error;
    const question = this.#takeQuestion();
    question?.reject(this.#failure);
  }

  /** Ends the world; what waits is still told. */
  end(): void {
    this.#hasEnded = true;
    this.#answer();
  }

  submit(order: RiskApproved<OrderRequest>, nowUs: EpochUs): void {
    this.#gateway.submit(order, nowUs);
  }

  cancel(
    request: { readonly clientOrderId: string; readonly instrumentIx: InstrumentIx },
    nowUs: EpochUs,
  ): void {
    this.#gateway.cancel(request, nowUs);
  }

  openOrders(): Promise<readonly VenueOrder[]> {
    return this.#gateway.openOrders();
  }

  order(clientOrderId: string, instrumentIx: InstrumentIx): Promise<VenueOrder | null> {
    return this.#gateway.order(clientOrderId, instrumentIx);
  }

  account(): Promise<VenueAccount> {
    return this.#gateway.account();
  }

  adopt(orders: readonly EarlierOrder[], sentUs: EpochUs): void {
    this.#gateway.adopt?.(orders, sentUs);
  }

  async tellFills(instrumentIx: InstrumentIx, fromUs: EpochUs): Promise<void> {
    await this.#gateway.tellFills?.(instrumentIx, fromUs);
  }

  advance(limitUs: EpochUs): Step | Promise<Step> {
    assert(this.#question === null, 'advance is called again after its promise has settled');
    assert(!Number.isNaN(limitUs), 'the limit of advance is a moment');
    if (this.#failure !== null) throw this.#failure;
    const step = this.#step(limitUs);
    if (step !== undefined) return step;
    return new Promise((resolve, reject) => {
      this.#question = { limitUs, resolve, reject };
      this.#arm(limitUs);
    });
  }

  /** A real venue tells nothing twice: a resumed run goes on from where it stood, and compares. */
  resumeAfter(worldSeq: number, notBeforeUs: EpochUs = 0): number {
    assert(this.#worldSeq === 0, 'a world is resumed before anything was told');
    this.#worldSeq = worldSeq;
    // The clock of the machine may have been set back since.
    this.#lastUs = Math.max(this.#lastUs, notBeforeUs);
    for (let at = this.#head; at < this.#waiting.length; at++) {
      const event = this.#waiting[at];
      if (event !== undefined && event.tsLocalUs < notBeforeUs)
        this.#waiting[at] = { ...event, tsLocalUs: notBeforeUs };
    }
    return worldSeq;
  }

  async close(): Promise<void> {
    this.#hasEnded = true;
    const question = this.#takeQuestion();
    question?.resolve('end');
  }

  #step(limitUs: EpochUs): Step | undefined {
    const event = this.#waiting[this.#head];
    if (event !== undefined) {
      if (event.tsLocalUs > limitUs) return 'idle';
      this.#head++;
      // What was handed on is let go of in stretches: cheap for each event, and bounded.
      if (this.#head === this.#waiting.length || this.#head > 4_096) {
        this.#waiting = this.#waiting.slice(this.#head);
        this.#head = 0;
      }
      return { worldSeq: ++this.#worldSeq, event };
    }
    if (this.#hasEnded) return 'end';
    // Whatever is still to come is stamped with the clock, which is past the limit.
    return this.#timers.nowUs() > limitUs ? 'idle' : undefined;
  }

  #answer(): void {
    if (this.#question === null) return;
    const step = this.#step(this.#question.limitUs);
    if (step === undefined) return;
    const question = this.#takeQuestion();
    question?.resolve(step);
  }

  #arm(limitUs: EpochUs): void {
    if (limitUs === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#timers.after(Math.max(1, limitUs + 1 - this.#timers.nowUs()), () => {
      this.#cancelTimer = null;
      this.#answer();
      // A clock may be a little behind its timer.
      if (this.#question !== null) this.#arm(limitUs);
    });
  }

  #takeQuestion(): Question | null {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const question = this.#question;
    this.#question = null;
    return question;
  }
}
