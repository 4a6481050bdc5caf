/**
 * The transport port over the real network: WebSockets, requests, the wall clock and timers of this process. Plain connections are refused
 * except to this machine. Invariants: everything that is open is counted and bounded; after `close` nothing is called and nothing keeps
 * the process alive.
 */
import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { SecureContext } from 'node:tls';
import { assert, type EpochUs } from '#core';
import {
  type Cancel,
  CLOSE_ABNORMAL,
  type ClientSocket,
  type HttpAnswer,
  type HttpFailure,
  type HttpRequest,
  type SocketHandlers,
  type SocketOptions,
  type Transport,
  trustBesides,
} from '#net';
import { ClientWebSocket } from './client-web-socket.ts';
import { HttpExchange } from './http-exchange.ts';
import { addressFault } from './plain-hosts.ts';
import { WallClock } from './wall-clock.ts';

/** How the outside is reached. */
export interface SocketTransportOptions {
  /** A certificate authority in PEM that is trusted besides the usual ones; `null` = the usual ones only. */
  readonly certificateAuthority?: string | null;
  /** Lets plain `ws:` and `http:` leave this machine. */
  readonly isPlainAllowed?: boolean;
}

/** Requests that may be under way at a time; one more fails at once. */
const REQUESTS_MAX = 512;
/** WebSockets that may be open at a time; one more ends at once. */
const SOCKETS_MAX = 512;
/** Connections to one host for requests; more wait for their turn. */
const HOST_CONNECTIONS_MAX = 8;
/** How long an unused connection is kept. */
const IDLE_TIMEOUT_MS = 15_000;
/** The host's timers take no longer delay. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const NOTHING: ClientSocket = {
  send: () => undefined,
  ping: () => undefined,
  close: () => undefined,
  destroy: () => undefined,
};

/** Reaches venues over the network. */
export class SocketTransport implements Transport {
  readonly #clock = new WallClock();
  readonly #secureContext: SecureContext | undefined;
  readonly #isPlainAllowed: boolean;
  readonly #plainAgent: PlainAgent;
  readonly #secureAgent: SecureAgent;
  readonly #sockets = new Set<ClientWebSocket>();
  readonly #exchanges = new Set<HttpExchange>();
  /** Stops the timers that have not called back yet. */
  readonly #timers = new Set<Cancel>();
  #isClosed = false;

  /** @throws XY_CONFIG_INVALID when the certificate authority is none. */
  constructor(options: SocketTransportOptions = {}) {
    const authority = options.certificateAuthority ?? null;
    this.#isPlainAllowed = options.isPlainAllowed ?? false;
    // Made once: reading all authorities for every connection takes milliseconds.
    this.#secureContext = authority === null ? undefined : trustBesides(authority);
    const settings = {
      keepAlive: true,
      maxSockets: HOST_CONNECTIONS_MAX,
      maxFreeSockets: HOST_CONNECTIONS_MAX,
      timeout: IDLE_TIMEOUT_MS,
      scheduling: 'lifo',
    } as const;
    this.#plainAgent = new PlainAgent(settings);
    this.#secureAgent = new SecureAgent(
      this.#secureContext === undefined ? settings : { ...settings, secureContext: this.#secureContext },
    );
  }

  nowUs(): EpochUs {
    return this.#clock.nowUs();
  }

  /** Timers and requests that have not called back, and sockets that have not ended. */
  get openCount(): number {
    return this.#timers.size + this.#exchanges.size + this.#sockets.size;
  }

  after(delayUs: number, call: () => void): Cancel {
    assert(delayUs >= 0, `a delay is at least 0 us, was ${delayUs}`);
    if (this.#isClosed) return () => undefined;
    let timer: NodeJS.Timeout;
    const cancel = (): void => {
      clearTimeout(timer);
      this.#timers.delete(cancel);
    };
    const arm = (restMs: number): void => {
      const ms = Math.min(restMs, TIMER_MS_MAX);
      timer = setTimeout(() => {
        if (restMs > ms) arm(restMs - ms);
        else {
          this.#timers.delete(cancel);
          call();
        }
      }, ms);
    };
    arm(Math.ceil(delayUs / 1_000));
    this.#timers.add(cancel);
    return cancel;
  }

  openSocket(options: SocketOptions, handlers: SocketHandlers): ClientSocket {
    if (this.#isClosed) return NOTHING;
    const url = URL.parse(options.url);
    const fault = addressFault(url, options.url, ['ws:', 'wss:'], this.#isPlainAllowed);
    if (fault !== undefined) return this.#refusedSocket(fault, handlers);
    if (this.#sockets.size >= SOCKETS_MAX)
      return this.#refusedSocket(`${SOCKETS_MAX} sockets are open`, handlers);
    assert(url !== null, 'a good address has been parsed');
    url.hash = '';
    const onGone = (gone: ClientWebSocket): void => void this.#sockets.delete(gone);
    const socket = new ClientWebSocket(url, options, this.#secureContext, handlers, onGone);
    this.#sockets.add(socket);
    return socket;
  }

  request(request: HttpRequest, onOutcome: (outcome: HttpAnswer | HttpFailure) => void): Cancel {
    if (this.#isClosed) return () => undefined;
    const url = URL.parse(request.url);
    const fault = addressFault(url, request.url, ['http:', 'https:'], this.#isPlainAllowed);
    if (fault !== undefined) return this.#refusedRequest(fault, onOutcome);
    if (this.#exchanges.size >= REQUESTS_MAX) {
      return this.#refusedRequest(`${REQUESTS_MAX} requests are under way`, onOutcome);
    }
    assert(url !== null, 'a good address has been parsed');
    const agent = url.protocol === 'https:' ? this.#secureAgent : this.#plainAgent;
    const onGone = (gone: HttpExchange): void => void this.#exchanges.delete(gone);
    const exchange = new HttpExchange(url, request, agent, onOutcome, onGone);
    this.#exchanges.add(exchange);
    return () => exchange.cancel();
  }

  /** Lets go of everything: sockets are broken off, requests and timers forgotten; nothing is called any more. */
  close(): void {
    this.#isClosed = true;
    for (const cancel of [...this.#timers]) cancel();
    for (const exchange of [...this.#exchanges]) exchange.cancel();
    for (const socket of this.#sockets) socket.abandon();
    this.#sockets.clear();
    this.#plainAgent.destroy();
    this.#secureAgent.destroy();
  }

  #refusedSocket(reason: string, handlers: SocketHandlers): ClientSocket {
    this.after(0, () => handlers.onEnd({ code: CLOSE_ABNORMAL, reason }));
    return NOTHING;
  }

  #refusedRequest(reason: string, onOutcome: (outcome: HttpFailure) => void): Cancel {
    return this.after(0, () => onOutcome({ kind: 'failure', reason }));
  }
}
