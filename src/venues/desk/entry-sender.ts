/**
 * Sends the signed requests of one account: the most urgent first, within the venue's budgets, obedient when the venue asks to wait. A request that changes
 * something is sent again only when it is certain that it was not done; where that is not certain the outcome is `unknown`, and whoever sent it must ask.
 */
import { assert, type EpochUs, formatDurationUs, type Prng, US_PER_SECOND, XylenError } from '#core';
import type { VenueRejectCode } from '#domain';
import { BackOff, type Cancel, type HttpAnswer, type HttpFailure, type Transport } from '#net';
import {
  ENTRY_PRIORITIES,
  type EntryAdapter,
  type EntryCall,
  type EntryPriority,
  type EntryVerdict,
} from '../entry/index.ts';
import { ClockSurvey } from './clock-survey.ts';
import { EntryBudget } from './entry-budget.ts';
import { VenueClock } from './venue-clock.ts';

/** What became of a request. */
export type EntryOutcome<T> =
  | { readonly kind: 'good'; readonly value: T }
  /** The venue did not do it, and will not. */
  | {
      readonly kind: 'refused';
      readonly code: VenueRejectCode;
      readonly venueCode: string;
      readonly message: string;
    }
  /** It may have been done or not. */
  | { readonly kind: 'unknown'; readonly message: string }
  /** It was not done, and nobody tries any more. */
  | { readonly kind: 'failed'; readonly message: string };

/** What a sender is made of. */
export interface EntrySenderParts {
  readonly adapter: EntryAdapter;
  readonly transport: Transport;
  readonly prng: Prng;
  readonly options: EntrySenderOptions;
  /** Hears what a person should know: bans, waits, clocks that are off. */
  readonly onNotice: (event: string, detail: string) => void;
}

/** Bounds and times of a sender. */
export interface EntrySenderOptions {
  readonly requestTimeoutUs: number;
  readonly bodyBytesMax: number;
  /** Requests under way at a time; venues whose nonces must arrive in order want one. */
  readonly inFlightMax: number;
  /** Requests that wait, by urgency; cancels have ten times as much room. */
  readonly waitingMax: number;
  /** Tries of one request. */
  readonly triesMax: number;
  /** The venue's clock is measured again after so long. */
  readonly clockEveryUs: number;
}

/** What a sender does unless told otherwise. */
export const ENTRY_SENDER_DEFAULTS: EntrySenderOptions = {
  requestTimeoutUs: 10 * US_PER_SECOND,
  bodyBytesMax: 16 * 1024 * 1024,
  inFlightMax: 8,
  waitingMax: 1_000,
  triesMax: 5,
  clockEveryUs: 300 * US_PER_SECOND,
};

/** What can be seen of a sender. */
export interface EntrySenderStatus {
  readonly waiting: Readonly<Record<EntryPriority, number>>;
  readonly inFlight: number;
  readonly sentCount: number;
  readonly limitedCount: number;
  readonly unknownCount: number;
  /** Nothing is sent before; 0 = no such wish of the venue. */
  readonly blockedUntilUs: EpochUs;
  readonly clockOffsetUs: number;
}

/** One request on its way. */
interface Job {
  readonly call: EntryCall<unknown>;
  /** Not sent any more from then on. */
  readonly untilUs: EpochUs;
  readonly onOutcome: (outcome: EntryOutcome<unknown>) => void;
  readonly backOff: BackOff;
  tries: number;
  notBeforeUs: EpochUs;
  isOver: boolean;
}

/** Sends the requests of one account. */
export class EntrySender {
  readonly clock: VenueClock;
  readonly #parts: EntrySenderParts;
  readonly #budget: EntryBudget;
  readonly #survey: ClockSurvey;
  readonly #lanes: Readonly<Record<EntryPriority, Job[]>> = { cancel: [], protect: [], order: [], query: [] };
  #inFlight = 0;
  #sentCount = 0;
  #limitedCount = 0;
  #unknownCount = 0;
  #jobCount = 0;
  #cancelTimer: Cancel | null = null;
  #timerUs: EpochUs = Number.POSITIVE_INFINITY;
  #isStopped = false;

  constructor(parts: EntrySenderParts) {
    this.#parts = parts;
    this.clock = new VenueClock(parts.transport, parts.prng.split('stamps'));
    this.#budget = new EntryBudget(parts.adapter.limits, parts.transport.nowUs());
    this.#survey = new ClockSurvey({
      ...parts,
      budget: this.#budget,
      clock: this.clock,
      onLimited: (verdict, nowUs) => this.#onLimited(verdict, nowUs),
      onMeasured: () => this.#wakeAt(parts.transport.nowUs()),
    });
  }

  get status(): EntrySenderStatus {
    const { cancel, order, protect, query } = this.#lanes;
    return {
      waiting: {
        cancel: cancel.length,
        protect: protect.length,
        order: order.length,
        query: query.length,
      },
      inFlight: this.#inFlight,
      sentCount: this.#sentCount,
      limitedCount: this.#limitedCount,
      unknownCount: this.#unknownCount,
      blockedUntilUs: this.#budget.blockedUntilUs,
      clockOffsetUs: this.clock.offsetUs,
    };
  }

  /**
   * Sends a request as soon as it may; the outcome comes once, never before this returns. `untilUs`: a request that still waits then is `failed`, because
   * nobody wants an entry order of a minute ago.
   */
  send<T>(
    call: EntryCall<T>,
    onOutcome: (outcome: EntryOutcome<T>) => void,
    untilUs: EpochUs = Number.POSITIVE_INFINITY,
  ): void {
    const { options, prng, transport } = this.#parts;
    const lane = this.#lanes[call.priority];
    const waitingMax = call.priority === 'cancel' ? 10 * options.waitingMax : options.waitingMax;
    const job: Job = {
      call,
      untilUs,
      onOutcome: onOutcome as (outcome: EntryOutcome<unknown>) => void,
      backOff: new BackOff(prng.split(`back-off ${this.#jobCount++}`)),
      tries: 0,
      notBeforeUs: 0,
      isOver: false,
    };
    if (this.#isStopped || lane.length >= waitingMax) {
      const message = this.#isStopped ? 'the desk is closed' : `${waitingMax} requests wait already`;
      transport.after(0, () => this.#end(job, { kind: 'failed', message }));
      return;
    }
    lane.push(job);
    this.#wakeAt(transport.nowUs());
  }

  /** Sends nothing any more; what waits is `failed`, what is under way is still heard. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancelTimer?.();
    this.#survey.stop();
    for (const priority of ENTRY_PRIORITIES) {
      for (const job of this.#lanes[priority].splice(0))
        this.#end(job, { kind: 'failed', message: 'the desk is closed' });
    }
  }

  #pump(): void {
    if (this.#isStopped) return;
    const nowUs = this.#parts.transport.nowUs();
    this.#expire(nowUs);
    this.#survey.pump(nowUs);
    let wakeUs = this.#nextMomentUs(nowUs);
    // A stamp that is off is refused: the time comes first.
    if (!this.#survey.isNeeded) {
      for (const priority of ENTRY_PRIORITIES) {
        const waitUs = this.#pumpLane(this.#lanes[priority], nowUs);
        if (waitUs === 0) continue;
        // What is less urgent must not take what this one waits for.
        wakeUs = Math.min(wakeUs, nowUs + waitUs);
        break;
      }
    }
    this.#wakeAt(wakeUs);
  }

  /** Ends what has waited too long, whatever stands before it. */
  #expire(nowUs: EpochUs): void {
    for (const priority of ENTRY_PRIORITIES) {
      const lane = this.#lanes[priority];
      for (const job of lane.filter(({ untilUs }) => untilUs <= nowUs)) {
        lane.splice(lane.indexOf(job), 1);
        this.#end(job, { kind: 'failed', message: 'it waited too long to be sent' });
      }
    }
  }

  /** The next moment at which a waiting request may be sent again or ends. */
  #nextMomentUs(nowUs: EpochUs): EpochUs {
    let nextUs = Number.POSITIVE_INFINITY;
    for (const priority of ENTRY_PRIORITIES) {
      for (const { notBeforeUs, untilUs } of this.#lanes[priority])
        nextUs = Math.min(nextUs, untilUs, notBeforeUs > nowUs ? notBeforeUs : untilUs);
    }
    return nextUs;
  }

  /** Sends what may be sent; returns how long its first request has to wait for a budget, 0 = it does not. */
  #pumpLane(lane: Job[], nowUs: EpochUs): number {
    for (let at = 0; at < lane.length; ) {
      const job = lane[at];
      assert(job !== undefined, 'a lane has no holes');
      if (job.notBeforeUs > nowUs) {
        at++;
        continue;
      }
      if (this.#inFlight >= this.#parts.options.inFlightMax) return 0;
      const waitUs = this.#budget.take(job.call.costs, job.call.priority, nowUs);
      if (waitUs > 0) return waitUs;
      lane.splice(at, 1);
      this.#dispatch(job);
    }
    return 0;
  }

  #dispatch(job: Job): void {
    const { options, transport } = this.#parts;
    job.tries++;
    this.#inFlight++;
    this.#sentCount++;
    const { bodyBytesMax, requestTimeoutUs: timeoutUs } = options;
    const request = { ...job.call.request(this.clock.stamp()), timeoutUs, bodyBytesMax };
    transport.request(request, (answer) => {
      this.#inFlight--;
      this.#land(job, answer);
      this.#wakeAt(transport.nowUs());
    });
  }

  #land(job: Job, answer: HttpAnswer | HttpFailure): void {
    const { adapter, transport } = this.#parts;
    const isChange = job.call.effect === 'change';
    if (answer.kind === 'failure') {
      if (isChange) this.#end(job, { kind: 'unknown', message: `no answer: ${answer.reason}` });
      else this.#again(job, `no answer: ${answer.reason}`);
      return;
    }
    const nowUs = transport.nowUs();
    this.#budget.report(adapter.usage(answer), nowUs);
    const verdict = judged(adapter, job.call, answer, nowUs);
    switch (verdict.kind) {
      case 'good':
        this.#read(job, answer);
        return;
      case 'nothing-to-do':
        this.#end(job, { kind: 'good', value: undefined });
        return;
      case 'refused':
        this.#end(job, verdict);
        return;
      case 'limited':
        this.#onLimited(verdict, nowUs);
        this.#queueAgain(job, nowUs);
        return;
      case 'clock':
        this.#parts.onNotice('venue_clock', verdict.message);
        this.#survey.need();
        this.#again(job, verdict.message);
        return;
      case 'unavailable':
        this.#again(job, verdict.message);
        return;
      case 'unknown':
        if (isChange) this.#end(job, verdict);
        else this.#again(job, verdict.message);
    }
  }

  #read(job: Job, answer: HttpAnswer): void {
    try {
      const value = job.call.parse(answer.body);
      this.#end(job, { kind: 'good', value });
    } catch (error) {
      // What a venue answers may be anything; anything else that is thrown is a bug of ours.
      if (!(error instanceof XylenError)) throw error;
      const { message } = error;
      // The venue said yes in words that we do not understand: it was done, but nothing is known of it.
      if (job.call.effect === 'change') this.#end(job, { kind: 'unknown', message });
      else this.#end(job, { kind: 'failed', message });
    }
  }

  #onLimited({ isBan, message, untilUs }: EntryVerdict & { kind: 'limited' }, nowUs: EpochUs): void {
    this.#limitedCount++;
    this.#budget.blockUntil(untilUs);
    const words = `${message}; nothing is sent for ${formatDurationUs(Math.max(0, untilUs - nowUs))}`;
    this.#parts.onNotice(isBan ? 'venue_ban' : 'venue_limit', words);
  }

  /** Another try of a request that was not done. */
  #again(job: Job, message: string): void {
    if (job.tries >= this.#parts.options.triesMax) {
      this.#end(job, { kind: 'failed', message });
      return;
    }
    this.#queueAgain(job, this.#parts.transport.nowUs() + job.backOff.nextUs());
  }

  #queueAgain(job: Job, notBeforeUs: EpochUs): void {
    if (this.#isStopped) {
      this.#end(job, { kind: 'failed', message: 'the desk is closed' });
      return;
    }
    job.notBeforeUs = notBeforeUs;
    this.#lanes[job.call.priority].unshift(job);
  }

  #end(job: Job, outcome: EntryOutcome<unknown>): void {
    assert(!job.isOver, 'a request has one outcome');
    job.isOver = true;
    if (outcome.kind === 'unknown') this.#unknownCount++;
    job.onOutcome(outcome);
  }

  #wakeAt(atUs: EpochUs): void {
    if (this.#isStopped || atUs >= this.#timerUs || atUs === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer?.();
    this.#timerUs = atUs;
    const { transport } = this.#parts;
    this.#cancelTimer = transport.after(Math.max(0, atUs - transport.nowUs()), () => {
      this.#timerUs = Number.POSITIVE_INFINITY;
      this.#cancelTimer = null;
      this.#pump();
    });
  }
}

/** An answer that not even its judge can read says nothing. */
function judged(
  adapter: EntryAdapter,
  call: EntryCall<unknown>,
  answer: HttpAnswer,
  nowUs: EpochUs,
): EntryVerdict {
  try {
    return adapter.judge(call, answer, nowUs);
  } catch (error) {
    if (!(error instanceof XylenError)) throw error;
    return { kind: 'unknown', message: error.message };
  }
}
