/**
 * Streams that a venue has only as answers: asked for on their interval, within the budget of all requests. One plan has one request under way; an
 * answer that fails is asked for again sooner than the interval, with growing pauses.
 */
import { type EpochUs, US_PER_SECOND } from '#core';
import type { StreamKind } from '#domain';
import type { Cancel } from '#net';
import type { DecodedSink, PollPlan } from '../market/index.ts';
import type { RestGate, RestOutcome } from './rest-gate.ts';

const RETRY_FIRST_US = US_PER_SECOND;

/** How a kind of polled stream is doing. */
export interface PollState {
  readonly stream: StreamKind;
  /** The longest interval of its plans. */
  readonly everyUs: number;
  /** When all of its plans were last answered: what each of them has delivered is complete until then. */
  readonly answeredUs: EpochUs;
}

interface Poll {
  readonly plan: PollPlan;
  dueUs: EpochUs;
  answeredUs: EpochUs;
  failures: number;
  cancel: Cancel | null;
}

/** Runs the polls of a feed. */
export class Poller {
  readonly #gate: RestGate;
  readonly #open: () => { readonly sink: DecodedSink; readonly tsLocalUs: EpochUs };
  readonly #polls: readonly Poll[];
  #next = 0;

  /** `open` is asked for the sink of an answer and its time. */
  constructor(
    gate: RestGate,
    plans: readonly PollPlan[],
    open: () => { readonly sink: DecodedSink; readonly tsLocalUs: EpochUs },
  ) {
    this.#gate = gate;
    this.#open = open;
    this.#polls = plans.map((plan) => ({ plan, dueUs: 0, answeredUs: 0, failures: 0, cancel: null }));
  }

  /** The kinds that are polled. */
  get states(): readonly PollState[] {
    const byStream = new Map<StreamKind, PollState>();
    for (const { plan, answeredUs } of this.#polls) {
      const other = byStream.get(plan.stream);
      byStream.set(plan.stream, {
        stream: plan.stream,
        everyUs: Math.max(plan.everyUs, other?.everyUs ?? 0),
        answeredUs: Math.min(answeredUs, other?.answeredUs ?? answeredUs),
      });
    }
    return [...byStream.values()];
  }

  /** Asks whatever is due, beginning behind the one that was last asked, so that a tight budget starves none. */
  pump(nowUs: EpochUs): void {
    const count = this.#polls.length;
    for (let i = 0; i < count; i++) {
      const at = (this.#next + i) % count;
      const poll = this.#polls[at];
      if (poll === undefined || poll.cancel !== null || nowUs < poll.dueUs) continue;
      poll.cancel = this.#gate.send(
        poll.plan.call,
        (body) => this.#decode(poll, body),
        (outcome) => this.#land(poll, outcome),
      );
      if (poll.cancel === null) {
        this.#next = at;
        return;
      }
      poll.dueUs = nowUs + poll.plan.everyUs;
    }
  }

  /** Asks no more. */
  stop(): void {
    for (const poll of this.#polls) {
      poll.cancel?.();
      poll.cancel = null;
      poll.dueUs = Number.POSITIVE_INFINITY;
    }
  }

  #decode(poll: Poll, body: Uint8Array): EpochUs {
    const { sink, tsLocalUs } = this.#open();
    poll.plan.decode(body, tsLocalUs, sink);
    return tsLocalUs;
  }

  #land(poll: Poll, outcome: RestOutcome<EpochUs>): void {
    poll.cancel = null;
    if (outcome.kind === 'good') {
      poll.failures = 0;
      poll.answeredUs = outcome.value;
      return;
    }
    const retryUs = RETRY_FIRST_US * 2 ** Math.min(poll.failures++, 16);
    poll.dueUs = Math.min(poll.dueUs, outcome.answeredUs + retryUs);
  }
}
