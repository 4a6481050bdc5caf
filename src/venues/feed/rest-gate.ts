/**
 * The one way of a feed to a venue's REST interface. All requests share its budget; a venue that asks to wait is obeyed by all of them, before
 * anything else. Whoever is turned away asks again on the next beat, so that nothing queues here.
 */
import { type EpochUs, US_PER_MINUTE, XylenError } from '#core';
import {
  type BucketRule,
  type Cancel,
  type HttpAnswer,
  type HttpFailure,
  TokenBucket,
  type Transport,
} from '#net';
import { FrameFault, type MarketRest, type RestCall } from '../market/index.ts';
import type { Notices } from './notices.ts';
import type { FeedOptions } from './options.ts';

/** What became of a request. `isFinal`: asking again cannot help. */
export type RestOutcome<T> =
  | { readonly kind: 'good'; readonly value: T; readonly askedUs: EpochUs; readonly answeredUs: EpochUs }
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly isFinal: boolean;
      readonly askedUs: EpochUs;
      readonly answeredUs: EpochUs;
    };

/** What a gate needs. */
export interface RestGateParts {
  readonly rest: MarketRest;
  readonly transport: Transport;
  readonly options: FeedOptions;
  readonly notices: Notices;
}

/** Counters of a gate. */
export interface RestGateStatus {
  readonly requestCount: number;
  readonly failedCount: number;
  readonly limitedCount: number;
  /** Nothing is sent before; 0 = no such wish. */
  readonly limitedUntilUs: EpochUs;
}

/** Sends requests within the budget. */
export class RestGate {
  readonly #parts: RestGateParts;
  readonly #capacity: number;
  readonly #bucket: TokenBucket;
  #requestCount = 0;
  #failedCount = 0;
  #limitedCount = 0;
  #limitedUntilUs: EpochUs = 0;
  #isStopped = false;

  constructor(parts: RestGateParts) {
    this.#parts = parts;
    const rule = budgetRule(parts.rest.weightPerMinuteMax);
    this.#capacity = rule.capacity;
    this.#bucket = new TokenBucket(rule, parts.transport.nowUs());
  }

  get status(): RestGateStatus {
    return {
      requestCount: this.#requestCount,
      failedCount: this.#failedCount,
      limitedCount: this.#limitedCount,
      limitedUntilUs: this.#limitedUntilUs,
    };
  }

  /** Sends nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /**
   * Sends a request and reads its answer, or returns `null` because the budget does not allow it now. The outcome comes later, once, and not at all
   * after the cancel.
   */
  send<T>(
    call: RestCall<unknown>,
    read: (body: Uint8Array) => T,
    onOutcome: (outcome: RestOutcome<T>) => void,
  ): Cancel | null {
    const { options, transport } = this.#parts;
    const askedUs = transport.nowUs();
    if (this.#isStopped) return null;
    // A single request may cost more than the bucket holds; it then takes all of it.
    if (this.#bucket.take(Math.min(call.weight, this.#capacity), askedUs) > 0) return null;
    this.#requestCount++;
    const { body, headers, method, url } = call;
    const { requestBodyBytesMax: bodyBytesMax, requestTimeoutUs: timeoutUs } = options;
    return transport.request({ method, url, headers, body, timeoutUs, bodyBytesMax }, (outcome) => {
      const answeredUs = transport.nowUs();
      const result = this.#read(outcome, read, answeredUs);
      if (result.kind === 'failed') {
        this.#failedCount++;
        this.#parts.notices.tell('request', `${method} ${pathOf(url)}`, result.message, answeredUs);
      }
      onOutcome({ ...result, askedUs, answeredUs });
    });
  }

  #read<T>(answer: HttpAnswer | HttpFailure, read: (body: Uint8Array) => T, nowUs: EpochUs): Reading<T> {
    if (answer.kind === 'failure') return failed(`no answer: ${answer.reason}`);
    this.#noteUsed(answer, nowUs);
    const verdict = this.#parts.rest.judge(answer, nowUs);
    if (verdict.kind === 'limited') {
      this.#limitedCount++;
      this.#limitedUntilUs = Math.max(this.#limitedUntilUs, verdict.untilUs);
      this.#bucket.blockUntil(verdict.untilUs);
    }
    if (verdict.kind !== 'good') return failed(verdict.message, verdict.kind === 'refused');
    try {
      return { kind: 'good', value: read(answer.body) };
    } catch (error) {
      // What a venue answers may be anything; anything else that is thrown is a bug of ours.
      if (!(error instanceof XylenError || error instanceof FrameFault)) throw error;
      return failed(`the answer could not be read: ${error.message}`);
    }
  }

  /** Others may spend from the same budget: the venue knows the sum. */
  #noteUsed(answer: HttpAnswer, nowUs: EpochUs): void {
    const name = this.#parts.rest.usedWeightHeader;
    const text = name === null ? undefined : answer.headers[name];
    if (text !== undefined && /^\d{1,9}$/.test(text)) this.#bucket.reportUsed(Number(text), nowUs);
  }
}

/** A quarter at once and the rest as time passes: enough for single re-syncs, and a mass of them does not end in a ban. */
function budgetRule(weightPerMinuteMax: number): BucketRule {
  const limit = Math.max(2, Math.floor(weightPerMinuteMax));
  const capacity = Math.max(1, Math.floor(limit / 4));
  return { capacity, refill: limit - capacity, windowUs: US_PER_MINUTE };
}

type Failure = { readonly kind: 'failed'; readonly message: string; readonly isFinal: boolean };
type Reading<T> = { readonly kind: 'good'; readonly value: T } | Failure;

function failed(message: string, isFinal = false): Failure {
  return { kind: 'failed', message, isFinal };
}

/** The query stays out of messages: it is long and says nothing that the path does not. */
function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/]*/, '').replace(/\?.*$/, '');
}
