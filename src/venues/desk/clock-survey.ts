/** Measures the venue's clock: at the start, again every some minutes, and at once when the venue says that a stamp is off. */
import { type EpochUs, XylenError } from '#core';
import type { HttpAnswer, HttpFailure, Transport } from '#net';
import type { EntryAdapter, EntryCall, EntryVerdict } from '../entry/index.ts';
import type { EntryBudget } from './entry-budget.ts';
import type { VenueClock } from './venue-clock.ts';

/** What a survey needs. */
export interface ClockSurveyParts {
  readonly adapter: EntryAdapter;
  readonly transport: Transport;
  readonly budget: EntryBudget;
  readonly clock: VenueClock;
  readonly options: {
    readonly requestTimeoutUs: number;
    readonly bodyBytesMax: number;
    readonly clockEveryUs: number;
  };
  readonly onLimited: (verdict: EntryVerdict & { kind: 'limited' }, nowUs: EpochUs) => void;
  readonly onMeasured: () => void;
  readonly onNotice: (event: string, detail: string) => void;
}

/** Asks for the time, a few times in a row. */
export class ClockSurvey {
  readonly #parts: ClockSurveyParts;
  #dueUs: EpochUs = Number.NEGATIVE_INFINITY;
  #isMeasuring = false;
  #isNeeded = true;
  #isStopped = false;

  constructor(parts: ClockSurveyParts) {
    this.#parts = parts;
  }

  /** True while nothing is to be signed: the clock is not known, or is known to be off. */
  get isNeeded(): boolean {
    return this.#isNeeded;
  }

  /** The venue has refused a stamp. */
  need(): void {
    this.#isNeeded = true;
    this.#dueUs = Number.NEGATIVE_INFINITY;
  }

  /** Begins when it is time to. */
  pump(nowUs: EpochUs): void {
    if (this.#isMeasuring || nowUs < this.#dueUs) return;
    this.#isMeasuring = true;
    this.#parts.clock.begin();
    this.#ask();
  }

  /** Asks no more. */
  stop(): void {
    this.#isStopped = true;
  }

  #ask(): void {
    if (this.#isStopped) return;
    const { adapter, budget, clock, options, transport } = this.#parts;
    const call = adapter.serverTime();
    const askedUs = transport.nowUs();
    const waitUs = budget.take(call.costs, call.priority, askedUs);
    if (waitUs > 0) {
      transport.after(waitUs, () => this.#ask());
      return;
    }
    const { bodyBytesMax, requestTimeoutUs: timeoutUs } = options;
    transport.request({ ...call.request(clock.stamp()), timeoutUs, bodyBytesMax }, (answer) => {
      const answeredUs = transport.nowUs();
      const venueUs = this.#timeOf(call, answer, answeredUs);
      clock.sample(venueUs, askedUs, answeredUs);
      if (clock.isMeasured) this.#end(answeredUs);
      else this.#ask();
    });
  }

  /** Without any answer the last estimate stays: the venue judges every stamp itself. */
  #end(nowUs: EpochUs): void {
    this.#isMeasuring = false;
    this.#isNeeded = false;
    this.#dueUs = nowUs + this.#parts.options.clockEveryUs;
    this.#parts.onMeasured();
  }

  #timeOf(call: EntryCall<number>, answer: HttpAnswer | HttpFailure, nowUs: EpochUs): EpochUs | null {
    if (answer.kind === 'failure') return null;
    const { adapter, budget, onLimited, onNotice } = this.#parts;
    budget.report(adapter.usage(answer), nowUs);
    try {
      const verdict = adapter.judge(call, answer, nowUs);
      if (verdict.kind === 'limited') onLimited(verdict, nowUs);
      if (verdict.kind !== 'good') return null;
      return call.parse(answer.body);
    } catch (error) {
      if (!(error instanceof XylenError)) throw error;
      onNotice('venue_clock', error.message);
      return null;
    }
  }
}
