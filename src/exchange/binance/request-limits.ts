/**
 * What clients may ask for in a time: weight a minute for the one address there is, orders in ten seconds and a minute for each account, in
 * fixed windows of the exchange's own time. Who goes on while limited is banned, longer each time.
 */
import { type EpochUs, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { type ApiRefusal, refuse, refuseWith } from './api-refusal.ts';

/** The limits, as `exchangeInfo` tells them. */
export interface RequestLimits {
  readonly weightPerMinute: number;
  readonly ordersPer10s: number;
  readonly ordersPerMinute: number;
}

/** What Binance publishes for USD-M futures. */
export const REQUEST_LIMITS: RequestLimits = {
  weightPerMinute: 2_400,
  ordersPer10s: 300,
  ordersPerMinute: 1_200,
};

/** Refused requests in one minute after which an address is banned. */
const REFUSALS_MAX = 100;
const BAN_MIN_US = 2 * US_PER_MINUTE;
const BAN_MAX_US = 3 * 24 * 60 * US_PER_MINUTE;

/** Counts within windows of one length that begin at its multiples. */
class FixedWindow {
  readonly #lengthUs: number;
  #startUs = 0;
  #count = 0;

  constructor(lengthUs: number) {
    this.#lengthUs = lengthUs;
  }

  countAt(nowUs: EpochUs): number {
    return nowUs < this.#startUs + this.#lengthUs ? this.#count : 0;
  }

  add(count: number, nowUs: EpochUs): number {
    if (nowUs >= this.#startUs + this.#lengthUs) {
      this.#startUs = nowUs - (nowUs % this.#lengthUs);
      this.#count = 0;
    }
    this.#count += count;
    return this.#count;
  }

  /** Whole seconds until the window ends, at least 1. */
  secondsLeft(nowUs: EpochUs): number {
    return Math.max(1, Math.ceil((this.#startUs + this.#lengthUs - nowUs) / US_PER_SECOND));
  }
}

/** A limit that was hit, and when to try again. */
export interface LimitHit {
  readonly refusal: ApiRefusal;
  readonly retryAfterSeconds: number;
}

/** The weight that is used, and bans. */
export class WeightLimit {
  readonly #limit: number;
  readonly #minute = new FixedWindow(US_PER_MINUTE);
  readonly #refused = new FixedWindow(US_PER_MINUTE);
  #bannedUntilUs = 0;
  #banUs = BAN_MIN_US;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What this minute has used. */
  usedAt(nowUs: EpochUs): number {
    return this.#minute.countAt(nowUs);
  }

  /** Counts a request; `null` when it may pass. */
  take(weight: number, nowUs: EpochUs): LimitHit | null {
    if (nowUs < this.#bannedUntilUs) return this.#banned(nowUs);
    if (this.#minute.add(weight, nowUs) <= this.#limit) return null;
    if (this.#refused.add(1, nowUs) > REFUSALS_MAX) {
      this.#bannedUntilUs = nowUs + this.#banUs;
      this.#banUs = Math.min(BAN_MAX_US, this.#banUs * 2);
      return this.#banned(nowUs);
    }
    return { refusal: refuse('-1003', this.#limit), retryAfterSeconds: this.#minute.secondsLeft(nowUs) };
  }

  #banned(nowUs: EpochUs): LimitHit {
    const msg = `Way too many requests; IP(127.0.0.1) banned until ${Math.ceil(this.#bannedUntilUs / 1_000)}. Please use the websocket for live updates to avoid bans.`;
    const retryAfterSeconds = Math.ceil((this.#bannedUntilUs - nowUs) / US_PER_SECOND);
    return { refusal: refuseWith('-1003', msg, 418), retryAfterSeconds };
  }
}

/** The orders that one account has sent. */
export class OrderLimit {
  readonly #limits: RequestLimits;
  readonly #tenSeconds = new FixedWindow(10 * US_PER_SECOND);
  readonly #minute = new FixedWindow(US_PER_MINUTE);

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** Counts a request with that many orders; `null` when it may pass. A refused one counts too. */
  take(orders: { readonly in10s: number; readonly inMinute: number }, nowUs: EpochUs): LimitHit | null {
    const { ordersPer10s, ordersPerMinute } = this.#limits;
    const in10s = this.#tenSeconds.add(orders.in10s, nowUs);
    const inMinute = this.#minute.add(orders.inMinute, nowUs);
    if (in10s > ordersPer10s)
      return {
        refusal: refuse('-1015', ordersPer10s, 'TEN_SECONDS'),
        retryAfterSeconds: this.#tenSeconds.secondsLeft(nowUs),
      };
    if (inMinute > ordersPerMinute)
      return {
        refusal: refuse('-1015', ordersPerMinute, 'MINUTE'),
        retryAfterSeconds: this.#minute.secondsLeft(nowUs),
      };
    return null;
  }

  /** Returns the headers that tell what was used. */
  headersAt(nowUs: EpochUs): Readonly<Record<string, string>> {
    return {
      'X-MBX-ORDER-COUNT-10S': String(this.#tenSeconds.countAt(nowUs)),
      'X-MBX-ORDER-COUNT-1M': String(this.#minute.countAt(nowUs)),
    };
  }
}
