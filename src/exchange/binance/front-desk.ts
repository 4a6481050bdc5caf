/**
 * The front desk of the exchange: finds the endpoint of a request, counts its weight, checks key, time and signature, in that order, and puts
 * the answer into the venue's form. What an endpoint does stands elsewhere. No clock: the exchange's time comes with each request.
 */
import { type EpochUs, US_PER_MS } from '#core';
import type { ServedAnswer, ServedRequest } from '#net';
import { ApiParams } from './api-params.ts';
import { type ApiRefusal, isRefusal, refuse, refuseWith } from './api-refusal.ts';
import { type ApiRequest, readRequest } from './api-request.ts';
import type { KeyRing } from './key-ring.ts';
import { type LimitHit, OrderLimit, type RequestLimits, WeightLimit } from './request-limits.ts';

/** What an endpoint is given. */
export interface ApiCall {
  readonly params: ApiParams;
  /** Whose request it is; -1 on public endpoints. */
  readonly accountIx: number;
  readonly nowUs: EpochUs;
  /** What the exchange's clock shows, which may be wrong. */
  readonly clockUs: EpochUs;
}

/** One endpoint. */
export interface ApiEndpoint {
  /** `GET /fapi/v1/time`. */
  readonly at: string;
  /** `key` = the key alone is asked for, `signed` = key, time and signature. */
  readonly security: 'none' | 'key' | 'signed';
  readonly weight: (params: ApiParams) => number;
  /** What it adds to the order counters; `null` = it is no order. */
  readonly orders: { readonly in10s: number; readonly inMinute: number } | null;
  /** Answers what becomes the JSON body, or a refusal. */
  readonly answer: (call: ApiCall) => unknown;
}

/** What a front desk is made of. */
export interface FrontDeskParts {
  readonly endpoints: readonly ApiEndpoint[];
  readonly keys: KeyRing;
  readonly accountCount: number;
  readonly limits: RequestLimits;
}

/** The exchange's time, and the clock that clients may go by as well where simulated time runs at another speed. */
export interface DeskTime {
  readonly nowUs: EpochUs;
  readonly clientNowUs: EpochUs;
  /** How far ahead of both the exchange's clock is; absent: it is right. */
  readonly skewUs?: number;
}

const RECV_WINDOW_DEFAULT_MS = 5_000;
const RECV_WINDOW_MAX_MS = 60_000;
const AHEAD_MAX_MS = 1_000;

/** Takes requests and gives answers. */
export class FrontDesk {
  readonly #endpoints: ReadonlyMap<string, ApiEndpoint>;
  readonly #paths: ReadonlySet<string>;
  readonly #keys: KeyRing;
  readonly #weight: WeightLimit;
  readonly #orders: readonly OrderLimit[];

  constructor(parts: FrontDeskParts) {
    this.#endpoints = new Map(parts.endpoints.map((endpoint) => [endpoint.at, endpoint]));
    this.#paths = new Set(parts.endpoints.map(({ at }) => at.slice(at.indexOf(' ') + 1)));
    this.#keys = parts.keys;
    this.#weight = new WeightLimit(parts.limits.weightPerMinute);
    this.#orders = Array.from({ length: parts.accountCount }, () => new OrderLimit(parts.limits));
  }

  /** Answers a request. */
  onRequest(served: ServedRequest, time: DeskTime): ServedAnswer {
    return this.#serve(served.method, served.path, readRequest(served), time, null);
  }

  /** Answers a call that has been read already; one of a session that has logged on needs neither key nor signature. */
  onCall(request: ApiRequest, time: DeskTime, sessionIx: number | null): ServedAnswer {
    return this.#serve(request.method, request.path, request, time, sessionIx);
  }

  /** Checks key, time and signature of a call that wants to log on; returns the account. Secrets are not good for it. */
  logOn(request: ApiRequest, time: DeskTime): number | ApiRefusal {
    const accountIx = this.#accountOf('signed', request, new ApiParams(request.params), time);
    if (isRefusal(accountIx)) return accountIx;
    const at = this.#keys.find(request.apiKey);
    return at === null || this.#keys.canLogOn(at) ? accountIx : refuse('-4056');
  }

  #serve(
    method: string,
    path: string,
    request: ApiRequest | ApiRefusal,
    time: DeskTime,
    sessionIx: number | null,
  ): ServedAnswer {
    const endpoint = this.#endpoints.get(`${method} ${path}`);
    const params = new ApiParams(isRefusal(request) ? new Map() : request.params);
    const hit = this.#weight.take(endpoint?.weight(params) ?? 1, time.nowUs);
    if (hit !== null) return this.#limited(hit, time.nowUs);
    if (isRefusal(request)) return this.#reply(request, time.nowUs);
    if (endpoint === undefined) return this.#reply(this.#noSuchEndpoint(request), time.nowUs);
    const accountIx = this.#callerOf(endpoint, request, params, time, sessionIx);
    if (isRefusal(accountIx)) return this.#reply(accountIx, time.nowUs);
    const orders = endpoint.orders === null ? undefined : this.#orders[accountIx];
    if (endpoint.orders !== null && orders !== undefined) {
      const tooMany = orders.take(endpoint.orders, time.nowUs);
      if (tooMany !== null) return this.#limited(tooMany, time.nowUs, orders.headersAt(time.nowUs));
    }
    const clockUs = time.nowUs + (time.skewUs ?? 0);
    const answer = endpoint.answer({ params, accountIx, nowUs: time.nowUs, clockUs });
    return this.#reply(answer, time.nowUs, orders?.headersAt(time.nowUs));
  }

  /** Returns whose key a request has; -1 = nobody's, or none. */
  ownerOf(served: ServedRequest): number {
    const at = this.#keys.find((served.headers['x-mbx-apikey'] ?? '').trim());
    return at === null || at === -1 ? -1 : this.#keys.accountIxOf(at);
  }

  #noSuchEndpoint(request: ApiRequest): ApiRefusal {
    if (this.#paths.has(request.path))
      return refuseWith('-1020', `${request.method} is not supported here.`, 405);
    return refuseWith(
      '-1020',
      `Path ${request.path.slice(0, 100)}, Method ${request.method} is invalid`,
      404,
    );
  }

  /** Returns the account that asks, -1 where none needs to. */
  #callerOf(
    { security }: ApiEndpoint,
    request: ApiRequest,
    params: ApiParams,
    time: DeskTime,
    sessionIx: number | null,
  ): number | ApiRefusal {
    if (security === 'none') return -1;
    if (sessionIx === null || request.signature !== null)
      return this.#accountOf(security, request, params, time);
    return (security === 'signed' ? timeFault(params, time) : null) ?? sessionIx;
  }

  #accountOf(
    security: 'key' | 'signed',
    request: ApiRequest,
    params: ApiParams,
    time: DeskTime,
  ): number | ApiRefusal {
    const at = this.#keys.find(request.apiKey);
    if (at === null) return refuse('-2014');
    if (at === -1) return refuse('-2015');
    if (security === 'signed') {
      const fault = timeFault(params, time);
      if (fault !== null) return fault;
      if (request.signature === null || request.signature === '') return refuse('-1102', 'signature');
      if (!this.#keys.isSigned(at, request.signedText, request.signature)) return refuse('-1022');
    }
    return this.#keys.accountIxOf(at);
  }

  #limited(hit: LimitHit, nowUs: EpochUs, headers: Readonly<Record<string, string>> = {}): ServedAnswer {
    return this.#reply(hit.refusal, nowUs, { ...headers, 'Retry-After': String(hit.retryAfterSeconds) });
  }

  #reply(answer: unknown, nowUs: EpochUs, headers: Readonly<Record<string, string>> = {}): ServedAnswer {
    const isRefused = isRefusal(answer);
    const body = isRefused ? { code: answer.code, msg: answer.msg } : answer;
    return {
      status: isRefused ? answer.status : 200,
      headers: {
        'Content-Type': 'application/json',
        'X-Xylen-Simulated': 'true',
        'X-MBX-USED-WEIGHT-1M': String(this.#weight.usedAt(nowUs)),
        ...headers,
      },
      body: JSON.stringify(body),
      delayUs: 0,
    };
  }
}

/** Returns what is wrong with the time of a signed request: not sent, too far ahead, or too old by each of the clocks that count. */
function timeFault(params: ApiParams, time: DeskTime): ApiRefusal | null {
  params.need('timestamp');
  const timestampMs = params.integer('timestamp');
  const windowMs = params.integer('recvWindow') ?? RECV_WINDOW_DEFAULT_MS;
  if (params.fault !== null || timestampMs === null) return params.fault;
  if (windowMs > RECV_WINDOW_MAX_MS)
    return refuseWith('-1130', `recvWindow must be less than ${RECV_WINDOW_MAX_MS}`);
  const { skewUs = 0 } = time;
  const isIn = (nowUs: EpochUs): boolean => {
    const nowMs = Math.floor((nowUs + skewUs) / US_PER_MS);
    return timestampMs < nowMs + AHEAD_MAX_MS && nowMs - timestampMs <= windowMs;
  };
  if (isIn(time.nowUs) || isIn(time.clientNowUs)) return null;
  const isAhead = timestampMs >= Math.floor((time.nowUs + skewUs) / US_PER_MS) + AHEAD_MAX_MS;
  return isAhead
    ? refuseWith('-1021', "Timestamp for this request was 1000ms ahead of the server's time.")
    : refuse('-1021');
}
