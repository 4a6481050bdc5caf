/**
 * Stands before the venue's servers and does wrong what it was told to: to single requests, to single messages of the private stream, by bans. The venue behind
 * it makes no mistake of its own, so whatever the trader believes can be held against what is true.
 */
import { type Prng, US_PER_MS, US_PER_SECOND } from '#core';
import type { NetworkServer, ServedAnswer, ServedRequest, ServerSocket, SocketReceiver, Timers } from '#net';
import type { FaultKind, RequestFault, StreamFault } from './fault.ts';

/** What a gate is made of. */
export interface FaultGateParts {
  readonly inner: NetworkServer;
  readonly timers: Timers;
  readonly prng: Prng;
  /** A fault took effect; it makes trouble until then. */
  readonly onDone: (kind: FaultKind, untilUs: number) => void;
}

/** A request fault that waits for its request. */
interface ArmedRequest {
  readonly kind: RequestFault;
  /** Start of the path and method that it waits for; empty = any but the question for the time. */
  readonly only: string;
}

/** The trader gives a request up after ten seconds. */
const TIMEOUT_US = 10 * US_PER_SECOND;

/** The gate. */
export class FaultGate implements NetworkServer {
  readonly #parts: FaultGateParts;
  #requests: ArmedRequest[] = [];
  #messages: StreamFault[] = [];
  #bannedUntilUs = 0;

  constructor(parts: FaultGateParts) {
    this.#parts = parts;
  }

  /** Does that to the next request that fits. */
  armRequest(kind: RequestFault): void {
    const dice = this.#parts.prng.uniform();
    const only = dice < 0.5 ? 'POST /order' : dice < 0.75 ? 'POST /cancel' : '';
    this.#requests.push({ kind, only });
  }

  /** Does that to the next message. */
  armMessage(kind: StreamFault): void {
    this.#messages.push(kind);
  }

  /** True when no message will be spoilt. */
  get isIdle(): boolean {
    return this.#messages.length === 0;
  }

  /** Forgets what has not happened yet. */
  calm(): void {
    this.#requests = [];
    this.#messages = [];
    this.#bannedUntilUs = 0;
  }

  onRequest(request: ServedRequest): ServedAnswer | 'no-answer' {
    const { inner, timers } = this.#parts;
    if (timers.nowUs() < this.#bannedUntilUs) return this.#banned();
    const what = `${request.method} ${request.path}`;
    const at = this.#requests.findIndex(({ only }) =>
      only === '' ? request.path !== '/time' : what.startsWith(only),
    );
    const [fault] = at < 0 ? [] : this.#requests.splice(at, 1);
    return fault === undefined ? inner.onRequest(request) : this.#spoil(fault.kind, request);
  }

  onSocket(path: string, query: string, socket: ServerSocket): SocketReceiver {
    return this.#parts.inner.onSocket(
      path,
      query,
      new SpoiltSocket(socket, this.#parts, () => this.#messages.shift()),
    );
  }

  #spoil(kind: RequestFault, request: ServedRequest): ServedAnswer | 'no-answer' {
    const { inner, onDone, prng, timers } = this.#parts;
    const nowUs = timers.nowUs();
    switch (kind) {
      case 'request-lost':
        onDone(kind, nowUs + TIMEOUT_US);
        return 'no-answer';
      case 'request-late': {
        const delayUs = prng.integer(200 * US_PER_MS, 15 * US_PER_SECOND);
        onDone(kind, nowUs + Math.max(delayUs, TIMEOUT_US));
        timers.after(delayUs, () => inner.onRequest(request));
        return 'no-answer';
      }
      case 'request-twice':
        onDone(kind, nowUs);
        timers.after(prng.integer(1, 2_000_000), () => inner.onRequest(request));
        return inner.onRequest(request);
      case 'answer-lost':
        onDone(kind, nowUs + TIMEOUT_US);
        inner.onRequest(request);
        return 'no-answer';
      case 'error-before':
        onDone(kind, nowUs);
        return answer(500, '{"message":"an error"}');
      case 'unavailable':
        onDone(kind, nowUs + US_PER_SECOND);
        return answer(503, '{"message":"busy"}');
      case 'limited':
        onDone(kind, nowUs + 3 * US_PER_SECOND);
        return { ...answer(429, '{"message":"limited"}'), headers: { 'retry-after': '3' } };
      case 'banned':
        this.#bannedUntilUs = nowUs + prng.integer(5, 40) * US_PER_SECOND;
        onDone(kind, this.#bannedUntilUs);
        return this.#banned();
      default:
        return this.#spoilAnswer(kind, inner.onRequest(request));
    }
  }

  #spoilAnswer(
    kind: 'answer-late' | 'answer-garbage' | 'error-after',
    done: ServedAnswer | 'no-answer',
  ): ServedAnswer | 'no-answer' {
    if (done === 'no-answer') return done;
    const { onDone, prng, timers } = this.#parts;
    const delayUs = kind === 'answer-late' ? prng.integer(100 * US_PER_MS, 15 * US_PER_SECOND) : 0;
    onDone(kind, timers.nowUs() + Math.min(delayUs, TIMEOUT_US));
    if (kind === 'error-after') return answer(500, '{"message":"an error"}');
    return { ...done, body: kind === 'answer-garbage' ? '%%%' : done.body, delayUs: done.delayUs + delayUs };
  }

  #banned(): ServedAnswer {
    const leftS = Math.ceil((this.#bannedUntilUs - this.#parts.timers.nowUs()) / US_PER_SECOND);
    return { ...answer(418, '{"message":"banned"}'), headers: { 'retry-after': String(leftS) } };
  }
}

/** A socket that does wrong to single messages. */
class SpoiltSocket implements ServerSocket {
  readonly #inner: ServerSocket;
  readonly #parts: FaultGateParts;
  readonly #next: () => StreamFault | undefined;
  #held: string | null = null;

  constructor(inner: ServerSocket, parts: FaultGateParts, next: () => StreamFault | undefined) {
    this.#inner = inner;
    this.#parts = parts;
    this.#next = next;
  }

  send(text: string): void {
    // Greetings and pongs are no messages of the account.
    const fault = text.startsWith('{') ? this.#next() : undefined;
    const held = this.#held;
    this.#held = null;
    if (fault !== undefined) this.#spoil(fault, text);
    else this.#inner.send(text);
    if (held !== null) this.#inner.send(held);
  }

  close(code: number, reason: string): void {
    this.#inner.close(code, reason);
  }

  destroy(): void {
    this.#inner.destroy();
  }

  stall(): void {
    this.#inner.stall();
  }

  #spoil(fault: StreamFault, text: string): void {
    const { onDone, prng, timers } = this.#parts;
    const delayUs = prng.integer(10 * US_PER_MS, 5 * US_PER_SECOND);
    onDone(fault, timers.nowUs() + (fault === 'message-late' ? delayUs : 0));
    if (fault === 'message-twice') {
      this.#inner.send(text);
      this.#inner.send(text);
    } else if (fault === 'message-garbage') this.#inner.send('%%%');
    else if (fault === 'message-late') timers.after(delayUs, () => this.#inner.send(text));
    else if (fault === 'messages-swapped') {
      this.#held = text;
      timers.after(US_PER_SECOND, () => this.#release());
    }
  }

  #release(): void {
    const text = this.#held;
    if (text === null) return;
    this.#held = null;
    this.#inner.send(text);
  }
}

function answer(status: number, body: string): ServedAnswer {
  return { status, headers: {}, body, delayUs: 2_000 };
}
