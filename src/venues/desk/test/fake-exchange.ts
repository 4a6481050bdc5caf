/** A small exchange that speaks a made-up protocol over the simulated network and goes wrong when it is told to. It counts what it did, and what it was asked too often. */
import { US_PER_SECOND } from '#core';
import type { NetworkServer, ServedAnswer, ServedRequest, ServerSocket, SocketReceiver, Timers } from '#net';

/** Host of the simulated network. */
export const FAKE_EXCHANGE = 'exchange.test';
/** Requests in any window of one second. */
export const FAKE_LIMIT = 20;
const STAMP_US_MAX = US_PER_SECOND;
const DELAY_US = 5_000;

/** What the next request meets. */
export type ExchangeFault =
  | 'lost-before'
  | 'lost-after'
  | 'limited'
  | 'banned'
  | 'unavailable'
  | 'garbage'
  | 'error-after';

interface PrivateSocket {
  readonly socket: ServerSocket;
  readonly ticket: string;
}

/** The server. */
export class FakeExchange implements NetworkServer {
  /** How often each order was placed. */
  readonly placed = new Map<string, number>();
  readonly canceled: string[] = [];
  /** Paths in the order in which they came. */
  readonly heard: string[] = [];
  readonly faults: ExchangeFault[] = [];
  /** Its clock minus ours. */
  offsetUs = 0;
  /** Answers pings, greets. */
  isTalking = true;
  overspentCount = 0;
  ticketCount = 0;
  keepAliveCount = 0;
  readonly #timers: Timers;
  readonly #times: number[] = [];
  readonly #sockets = new Set<PrivateSocket>();
  #tickets = new Set<string>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get socketCount(): number {
    return this.#sockets.size;
  }

  /** Forgets all tickets and says so, as a venue whose listen key has expired. */
  expire(): void {
    this.forgetTickets();
    this.tell('expired');
  }

  /** Forgets all tickets and says nothing. */
  forgetTickets(): void {
    this.#tickets = new Set();
  }

  /** Says something to everybody. */
  tell(text: string): void {
    for (const { socket } of this.#sockets) socket.send(text);
  }

  onRequest({ method, path, query }: ServedRequest): ServedAnswer | 'no-answer' {
    const nowUs = this.#timers.nowUs();
    this.#count(nowUs);
    const params = new URLSearchParams(query);
    if (path === '/time') return answer(200, nowUs + this.offsetUs);
    this.heard.push(`${path} ${params.get('id') ?? ''}`.trim());
    if (Math.abs(Number(params.get('at')) - nowUs - this.offsetUs) > STAMP_US_MAX)
      return answer(400, 'clock');
    const fault = this.faults.shift();
    if (fault === 'lost-before') return 'no-answer';
    if (fault === 'limited') return answer(429, 'limited', { 'retry-after': '2' });
    if (fault === 'banned') return answer(418, 'banned', { 'retry-after': '30' });
    if (fault === 'unavailable') return answer(503, 'busy');
    const done = this.#do(method, path, params);
    if (fault === 'lost-after') return 'no-answer';
    if (fault === 'error-after') return answer(500, 'who knows');
    return fault === 'garbage' ? { ...done, body: '%%%' } : done;
  }

  onSocket(_path: string, query: string, socket: ServerSocket): SocketReceiver {
    const ticket = new URLSearchParams(query).get('ticket') ?? '';
    const entry: PrivateSocket = { socket, ticket };
    if (!this.#tickets.has(ticket)) socket.close(4001, 'no such ticket');
    else this.#sockets.add(entry);
    return {
      onMessage: (text) => {
        if (this.isTalking && text === 'hello') socket.send('ready');
        if (this.isTalking && text.startsWith('ping')) socket.send('pong');
      },
      onPing: () => undefined,
      onEnd: () => this.#sockets.delete(entry),
    };
  }

  /** Takes an order; returns its id here, `null` for one that it has. */
  protected place(id: string, _text: string): string | null {
    if (this.placed.has(id)) return null;
    this.placed.set(id, 1);
    return `v-${id}`;
  }

  /** Ends an order; `null` when there is none to end. */
  protected cancel(id: string): string | null {
    this.canceled.push(id);
    return 'ok';
  }

  /** Answers a question. */
  protected question(_path: string, id: string): unknown {
    return this.placed.has(id) ? 'known' : 'absent';
  }

  #do(method: string, path: string, params: URLSearchParams): ServedAnswer {
    const id = params.get('id') ?? '';
    if (path === '/ticket') return this.#ticket(method, id);
    if (method === 'GET') return answer(200, this.question(path, id));
    const done = path === '/cancel' ? this.cancel(id) : this.place(id, params.get('text') ?? '');
    if (done !== null) return answer(200, done);
    return answer(400, path === '/cancel' ? 'absent' : 'duplicate');
  }

  #ticket(method: string, id: string): ServedAnswer {
    if (method === 'POST') {
      const ticket = `ticket-${++this.ticketCount}`;
      this.#tickets.add(ticket);
      return answer(200, ticket);
    }
    this.keepAliveCount++;
    return this.#tickets.has(id) ? answer(200, 'ok') : answer(400, 'no such ticket');
  }

  #count(nowUs: number): void {
    this.#times.push(nowUs);
    while ((this.#times[0] ?? nowUs) <= nowUs - US_PER_SECOND) this.#times.shift();
    if (this.#times.length > FAKE_LIMIT) this.overspentCount++;
  }
}

function answer(status: number, body: unknown, headers: Record<string, string> = {}): ServedAnswer {
  return { status, headers, body: JSON.stringify(body), delayUs: DELAY_US };
}
