/**
 * A live market as a source of events for a simulated venue. The simulated present runs behind the clock by the reorder window, so that every
 * event has come before its moment: the run is the replay of its own recording, a window later. Bounded: more events than `WAITING_MAX`
 * mean that the run cannot keep up, and end it with an error.
 */
import { assert, type EpochUs, XylenError } from '#core';
import type { MarketEvent } from '#domain';
import type { Cancel, Transport } from '#net';
import { EventOrder, type PacedSource, type Quiet, type SourceFeed } from '#sim';

/** What a live source needs of the world. */
export interface LiveSourceParts {
  readonly clock: Pick<Transport, 'nowUs' | 'after'>;
  readonly feeds: readonly SourceFeed[];
  /** How late an event may come and still take its place by venue time. */
  readonly windowUs: number;
}

/** Events that may wait: a minute of a busy day of 200 symbols. */
export const WAITING_MAX = 1_000_000;

type Answer = MarketEvent | Quiet | undefined;

interface Question {
  readonly limitUs: EpochUs;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Hands events on when the clock has passed their moment by the window. */
export class LiveSource implements PacedSource {
  readonly feeds: readonly SourceFeed[];
  readonly #clock: LiveSourceParts['clock'];
  readonly #windowUs: number;
  readonly #waiting: EventOrder;
  #question: Question | null = null;
  #cancelTimer: Cancel | null = null;
  #hasEnded = false;
  #failure: XylenError | null = null;

  constructor({ clock, feeds, windowUs }: LiveSourceParts) {
    assert(windowUs > 0, 'the reorder window is positive');
    this.#clock = clock;
    this.feeds = feeds;
    this.#windowUs = windowUs;
    this.#waiting = new EventOrder(windowUs, WAITING_MAX);
  }

  /** What waits for its moment, and what came late or ahead of the clock. */
  get waiting(): Pick<EventOrder, 'count' | 'lateCount' | 'aheadCount'> {
    return this.#waiting;
  }

  /** Takes an event as it came, `tsLocalUs` rising. It is told with the venue time at which it counts. */
  push(event: MarketEvent): void {
    if (this.#hasEnded || this.#failure !== null) return;
    if (this.#waiting.isFull) {
      const message = `the run cannot keep up with the market: ${WAITING_MAX} events wait for their turn`;
      this.fail(new XylenError('XY_VENUE_FAILED', message));
      return;
    }
    this.#waiting.push(event);
    if (this.#question !== null) this.#arm();
  }

  /** Ends the market: what waits is dropped. */
  end(): void {
    this.#hasEnded = true;
    this.#answer(undefined);
  }

  /** Ends the run with an error at its next event. */
  fail(error: XylenError): void {
    this.#failure ??= error;
    this.#disarm();
    this.#question?.reject(error);
    this.#question = null;
  }

  next(limitUs: EpochUs): Answer | Promise<Answer> {
    assert(this.#question === null, 'a source is asked again after it has answered');
    if (this.#failure !== null) throw this.#failure;
    const answer = this.#now(limitUs);
    if (answer !== 'later') return answer;
    return new Promise((resolve, reject) => {
      this.#question = { limitUs, resolve, reject };
      this.#arm();
    });
  }

  saveState(): unknown {
    // What is to come is not known, and what waits would be stale: a live market is never gone back to.
    return null;
  }

  loadState(): void {
    throw new XylenError(
      'XY_CHECKPOINT_INVALID',
      'a run on a live market cannot be continued: its market has gone on',
    );
  }

  #now(limitUs: EpochUs): Answer | 'later' {
    if (this.#hasEnded) return undefined;
    // No event that is still to come counts before the horizon.
    const horizonUs = this.#clock.nowUs() - this.#windowUs;
    if (this.#waiting.nextUs < horizonUs) return this.#waiting.pop();
    return limitUs < horizonUs ? { kind: 'quiet', untilUs: horizonUs } : 'later';
  }

  /** Sets the timer to the moment at which the question can be answered. */
  #arm(): void {
    const question = this.#question;
    assert(question !== null, 'a timer is set for a question');
    this.#disarm();
    const dueUs = Math.min(this.#waiting.nextUs, question.limitUs) + this.#windowUs + 1;
    // Without a limit and without an event there is nothing to wait for but the next event.
    if (dueUs === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#clock.after(Math.max(1, dueUs - this.#clock.nowUs()), () => this.#onTimer());
  }

  #onTimer(): void {
    this.#cancelTimer = null;
    const question = this.#question;
    if (question === null) return;
    const answer = this.#now(question.limitUs);
    if (answer === 'later') this.#arm();
    else this.#answer(answer);
  }

  #answer(answer: Answer): void {
    this.#disarm();
    const question = this.#question;
    this.#question = null;
    question?.resolve(answer);
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}
