/**
 * The transport ports of venue clients: sockets, requests, timers. They answer by calls, never by promises, so that the same clients run over
 * real sockets and inside a simulated world, where one seed gives the same order of calls.
 */
import type { EpochUs } from '#core';

/** Why a socket ended. */
export interface SocketEnd {
  /** Close code of RFC 6455; 1006 = broken off without one. */
  readonly code: number;
  readonly reason: string;
}

/** What the owner of a socket is told; nothing after `onEnd`, which comes exactly once, also when it never opened. */
export interface SocketHandlers {
  onOpen(): void;
  /** A text message as bytes, valid during the call only. */
  onMessage(bytes: Uint8Array): void;
  /** The answer to a protocol-level ping. */
  onPong(): void;
  onEnd(end: SocketEnd): void;
}

/** A WebSocket of a client. */
export interface ClientSocket {
  /** Sends a text message; before `onOpen` and after the end it does nothing. */
  send(text: string): void;
  /** Sends a protocol-level ping. */
  ping(): void;
  /** Ends it politely; `onEnd` follows in bounded time. */
  close(): void;
  /** Breaks it off; `onEnd` follows. */
  destroy(): void;
}

/** How a socket is opened. */
export interface SocketOptions {
  readonly url: string;
  /** A longer message ends the socket with code 1009. */
  readonly messageBytesMax: number;
  readonly connectTimeoutUs: number;
}

/** A request; the answer is JSON text in all venues. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutUs: number;
  readonly bodyBytesMax: number;
}

/** An answer of whatever status. */
export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** No answer: refused, broken off, too late or too long. */
export interface HttpFailure {
  readonly kind: 'failure';
  readonly reason: string;
}

/** Stops what was asked for; afterwards nothing is called any more. */
export type Cancel = () => void;

/** Time and its passing. */
export interface Timers {
  /** Wall-clock time; never decreases. */
  nowUs(): EpochUs;
  /** Calls back once after a delay. */
  after(delayUs: number, call: () => void): Cancel;
}

/** The world outside as venue clients see it. */
export interface Transport extends Timers {
  openSocket(options: SocketOptions, handlers: SocketHandlers): ClientSocket;
  /** Calls back once with the outcome, never before it returns. */
  request(request: HttpRequest, onOutcome: (outcome: HttpAnswer | HttpFailure) => void): Cancel;
}
