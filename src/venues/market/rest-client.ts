/**
 * Carries out REST calls one after the other: keeps to the venue's budget, waits when it is told to, tries again where that can help. For
 * history and lists; the feed has its own queue for book snapshots, where order and fairness matter.
 */
import { type EpochUs, type Prng, US_PER_MINUTE, US_PER_SECOND, XylenError } from '#core';
import type { HttpAnswer, HttpFailure, Transport } from '#net';
import { BackOff, TokenBucket, windowRule } from '#net';
import { FrameFault } from './json-cursor.ts';
import type { MarketRest, RestCall } from './rest.ts';

const REQUEST_TIMEOUT_US = 15 * US_PER_SECOND;
const BODY_BYTES_MAX = 64 * 1024 * 1024;
const TRIES_MAX = 6;
/** A venue that wants a longer pause is not waited for: the caller is told when it may come again. */
const WAIT_US_MAX = 5 * US_PER_MINUTE;

/** What a client is made of. */
export interface RestClientParts {
  readonly rest: MarketRest;
  readonly transport: Transport;
  readonly prng: Prng;
  /** Ends waits and requests; calls then fail with XY_INTERRUPTED. */
  readonly signal: AbortSignal;
}

/** Calls the public REST interface of one venue. */
export class RestClient {
  readonly #parts: RestClientParts;
  readonly #bucket: TokenBucket;
  readonly #backOff: BackOff;

  constructor(parts: RestClientParts) {
    this.#parts = parts;
    const rule = windowRule(parts.rest.weightPerMinuteMax, US_PER_MINUTE);
    this.#bucket = new TokenBucket(rule, parts.transport.nowUs());
    this.#backOff = new BackOff(parts.prng);
  }

  /**
   * Returns what the venue answered. @throws XY_VENUE_LIMITED when it wants a longer pause than five minutes, XY_VENUE_FAILED when it refuses
   * or cannot be reached after six tries, XY_VENUE_REPLY when its answer is not of the documented form, XY_INTERRUPTED.
   */
  async call<T>(call: RestCall<T>): Promise<T> {
    let lastMessage = '';
    for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
      await this.#takeBudget(call.weight);
      const outcome = await this.#send(call);
      if (outcome.kind === 'failure') lastMessage = outcome.reason;
      else {
        const verdict = this.#parts.rest.judge(outcome, this.#parts.transport.nowUs());
        if (verdict.kind === 'good') {
          this.#backOff.reset();
          return this.#read(call, outcome);
        }
        lastMessage = verdict.message;
        if (verdict.kind === 'refused') break;
        if (verdict.kind === 'limited') {
          this.#bucket.blockUntil(verdict.untilUs);
          continue;
        }
      }
      await this.#sleep(this.#backOff.nextUs());
    }
    const message = `${call.method} ${withoutQuery(call.url)}: ${lastMessage}`;
    throw new XylenError('XY_VENUE_FAILED', message, { fields: { url: withoutQuery(call.url) } });
  }

  #read<T>(call: RestCall<T>, answer: HttpAnswer): T {
    try {
      return call.parse(answer.body);
    } catch (cause) {
      if (!(cause instanceof FrameFault)) throw cause;
      const message = `${call.method} ${withoutQuery(call.url)}: ${cause.message}`;
      throw new XylenError('XY_VENUE_REPLY', message, { cause });
    }
  }

  async #takeBudget(weight: number): Promise<void> {
    const { transport } = this.#parts;
    for (;;) {
      const waitUs = this.#bucket.take(weight, transport.nowUs());
      if (waitUs === 0) return;
      if (waitUs > WAIT_US_MAX) {
        const message = `the venue asks to wait for ${Math.ceil(waitUs / US_PER_SECOND)} s`;
        throw new XylenError('XY_VENUE_LIMITED', message, {
          fields: { untilUs: transport.nowUs() + waitUs },
        });
      }
      await this.#sleep(waitUs);
    }
  }

  #send(call: RestCall<unknown>): Promise<HttpAnswer | HttpFailure> {
    const { signal, transport } = this.#parts;
    const { body, headers, method, url } = call;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(interrupted());
        return;
      }
      const onAbort = (): void => {
        cancel();
        reject(interrupted());
      };
      const request = {
        method,
        url,
        headers,
        body,
        timeoutUs: REQUEST_TIMEOUT_US,
        bodyBytesMax: BODY_BYTES_MAX,
      };
      const cancel = transport.request(request, (outcome) => {
        signal.removeEventListener('abort', onAbort);
        resolve(outcome);
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #sleep(us: number): Promise<void> {
    const { signal, transport } = this.#parts;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(interrupted());
        return;
      }
      const onAbort = (): void => {
        cancel();
        reject(interrupted());
      };
      const cancel = transport.after(us, () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

/**
 * Fetches pages until the range is covered or the venue has no more; each begins where the one before ended: behind its last row (`nextUs`), or
 * where the call says that its page ends, so that a hole longer than a page does not end the history.
 */
export async function* pagesOf<T>(
  client: RestClient,
  range: { readonly fromUs: EpochUs; readonly toUs: EpochUs },
  callAt: (fromUs: EpochUs) => RestCall<readonly T[]> | null,
  nextUs: (last: T) => EpochUs,
): AsyncGenerator<readonly T[]> {
  let { fromUs } = range;
  while (fromUs < range.toUs) {
    const call = callAt(fromUs);
    if (call === null) return;
    const page = await client.call(call);
    const last = page.at(-1);
    if (last !== undefined) yield page;
    const followingUs = Math.max(last === undefined ? fromUs : nextUs(last), call.coversToUs ?? fromUs);
    // A venue that answers with the same page again would be asked for ever.
    if (followingUs <= fromUs) return;
    fromUs = followingUs;
  }
}

/** An address without its parameters, for messages: keys and tokens stand there. */
function withoutQuery(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

function interrupted(): XylenError {
  return new XylenError('XY_INTERRUPTED', 'interrupted while asking a venue');
}
