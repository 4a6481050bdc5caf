/**
 * Is the other side alive, and does it do what it said? Watches one connection: total silence, pings, subscriptions that are not answered, books that
 * were confirmed and do not speak (an acknowledgement is no proof of data), and age. It keeps times only; acting is the connection's part.
 */
import { type EpochUs, formatDurationUs } from '#core';
import type { PingRule, SocketLimits, Subscription } from '../market/index.ts';
import { trackKey } from './stream-track.ts';

/** What is to be done now, the most urgent first; `null` = nothing. */
export type WatchFinding =
  | { readonly kind: 'ping' }
  | { readonly kind: 'replace'; readonly detail: string }
  | { readonly kind: 'dead'; readonly detail: string }
  | {
      readonly kind: 'unanswered' | 'silent';
      readonly subscriptions: readonly Subscription[];
      readonly detail: string;
    };

/** The watchdogs of one connection. */
export class ConnectionWatch {
  /** When the last ping left that was answered: all that had been sent before has come. 0 = none. */
  provenUs: EpochUs = 0;
  readonly #limits: SocketLimits;
  readonly #answerTimeoutUs: number;
  readonly #unanswered = new Map<string, Subscription>();
  /** Confirmed books that have not spoken, with the moment by which they must. */
  readonly #mute = new Map<string, { readonly subscription: Subscription; readonly untilUs: EpochUs }>();
  #lifeEndUs = Number.POSITIVE_INFINITY;
  /** When the last message of ours had left: answers are due from then on. */
  #askedUs: EpochUs = 0;
  #pingedUs: EpochUs = 0;
  #isPongDue = false;
  #pingCount = 0;

  constructor(limits: SocketLimits, answerTimeoutUs: number, subscriptions: readonly Subscription[]) {
    this.#limits = limits;
    this.#answerTimeoutUs = answerTimeoutUs;
    for (const subscription of subscriptions) this.#unanswered.set(keyOf(subscription), subscription);
  }

  get unansweredCount(): number {
    return this.#unanswered.size;
  }

  /** True while an answer or first data are awaited. */
  get isWaiting(): boolean {
    return this.#unanswered.size > 0 || this.#mute.size > 0;
  }

  /** The connection is there. */
  open(nowUs: EpochUs, lifeUs: number | null): void {
    this.#askedUs = nowUs;
    this.#pingedUs = nowUs;
    if (lifeUs !== null) this.#lifeEndUs = nowUs + lifeUs;
  }

  /** The venue has answered a subscription. */
  onAnswer(subscription: Subscription, isConfirmed: boolean, nowUs: EpochUs): void {
    const key = keyOf(subscription);
    const wasAwaited = this.#unanswered.delete(key);
    if (!isConfirmed) this.#mute.delete(key);
    else if (wasAwaited && subscription.stream === 'book') {
      this.#mute.set(key, { subscription, untilUs: nowUs + this.#limits.firstDataUs });
    }
  }

  /** A stream has spoken, which also answers its subscription. */
  onData(key: string): void {
    this.#unanswered.delete(key);
    this.#mute.delete(key);
  }

  onPong(): void {
    if (this.#isPongDue) this.provenUs = this.#pingedUs;
    this.#isPongDue = false;
  }

  /** True when no ping is under way and the last one is that old. */
  mayPing(nowUs: EpochUs, everyUs: number): boolean {
    return !this.#isPongDue && nowUs - this.#pingedUs >= everyUs;
  }

  /** A ping leaves now; returns its number. */
  onPing(nowUs: EpochUs): number {
    this.#pingedUs = nowUs;
    this.#isPongDue = true;
    return ++this.#pingCount;
  }

  /** Looks at everything once. */
  check(nowUs: EpochUs, heardUs: EpochUs, ping: PingRule | null, isSending: boolean): WatchFinding | null {
    if (isSending) this.#askedUs = nowUs;
    const { silenceUs } = this.#limits;
    if (nowUs - heardUs >= silenceUs) {
      return { kind: 'dead', detail: `not a word for ${formatDurationUs(silenceUs)}` };
    }
    return (
      this.#checkPing(nowUs, heardUs, ping) ??
      this.#checkAnswers(nowUs) ??
      this.#checkMute(nowUs) ??
      this.#checkAge(nowUs)
    );
  }

  #checkPing(nowUs: EpochUs, heardUs: EpochUs, ping: PingRule | null): WatchFinding | null {
    if (ping === null) return null;
    if (!this.#isPongDue) return nowUs - this.#pingedUs >= ping.everyUs ? { kind: 'ping' } : null;
    if (nowUs - this.#pingedUs < ping.timeoutUs) return null;
    const detail = `a ping was not answered within ${formatDurationUs(ping.timeoutUs)}`;
    this.#isPongDue = false;
    // While it still delivers, another connection takes over before this one goes.
    return heardUs > this.#pingedUs ? { kind: 'replace', detail } : { kind: 'dead', detail };
  }

  #checkAnswers(nowUs: EpochUs): WatchFinding | null {
    if (this.#unanswered.size === 0 || nowUs - this.#askedUs < this.#answerTimeoutUs) return null;
    const subscriptions = [...this.#unanswered.values()];
    const detail = `the subscription was not answered within ${formatDurationUs(this.#answerTimeoutUs)}`;
    return { kind: 'unanswered', subscriptions, detail };
  }

  #checkMute(nowUs: EpochUs): WatchFinding | null {
    const subscriptions: Subscription[] = [];
    for (const { subscription, untilUs } of this.#mute.values()) {
      if (untilUs <= nowUs) subscriptions.push(subscription);
    }
    if (subscriptions.length === 0) return null;
    const detail = `confirmed, but no data within ${formatDurationUs(this.#limits.firstDataUs)}`;
    return { kind: 'silent', subscriptions, detail };
  }

  #checkAge(nowUs: EpochUs): WatchFinding | null {
    if (nowUs < this.#lifeEndUs) return null;
    this.#lifeEndUs = Number.POSITIVE_INFINITY;
    return { kind: 'replace', detail: 'it has reached its age' };
  }
}

function keyOf(subscription: Subscription): string {
  return trackKey(subscription.instrument.ix, subscription.stream, subscription.timeframeUs);
}
