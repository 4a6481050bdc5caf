/**
 * A WebSocket over the `ws` package. Invariants: `onEnd` comes once and in bounded time whatever the peer does, nothing comes after it,
 * and no error of a socket escapes. What is sent and not taken is bounded: a peer that does not read is broken off.
 */
import type { IncomingMessage } from 'node:http';
import type { SecureContext } from 'node:tls';
import WebSocket, { type ClientOptions } from 'ws';
import {
  CLOSE_ABNORMAL,
  CLOSE_NORMAL,
  CLOSE_TOO_BIG,
  type ClientSocket,
  type SocketHandlers,
  type SocketOptions,
} from '#net';
import { reasonOf } from './error-reason.ts';

/** How long a peer may take over its part of an end. */
export const CLOSE_TIMEOUT_MS = 2_000;
/** Bytes that may wait to be taken by the peer. */
const UNSENT_BYTES_MAX = 1024 * 1024;

/** Close codes of faults that `ws` finds in what it receives, by its error codes. */
const CODE_OF_FAULT: ReadonlyMap<string, number> = new Map([
  ['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH', CLOSE_TOO_BIG],
  ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', CLOSE_TOO_BIG],
  ['WS_ERR_TOO_MANY_BUFFERED_PARTS', CLOSE_TOO_BIG],
  ['WS_ERR_INVALID_UTF8', 1007],
]);

/** A client's end of a WebSocket. */
export class ClientWebSocket implements ClientSocket {
  readonly #socket: WebSocket;
  readonly #handlers: SocketHandlers;
  readonly #onGone: (socket: ClientWebSocket) => void;
  #timer: NodeJS.Timeout | undefined;
  #isOpen = false;
  #isEnded = false;
  /** The first thing that went wrong; what follows from it says less. */
  #fault: { readonly code: number; readonly reason: string } | undefined;

  /** `url` was found good; `onGone` is called once, before `onEnd`. */
  constructor(
    url: URL,
    options: SocketOptions,
    secureContext: SecureContext | undefined,
    handlers: SocketHandlers,
    onGone: (socket: ClientWebSocket) => void,
  ) {
    this.#handlers = handlers;
    this.#onGone = onGone;
    // Both are taken by `ws` and `node:tls`; the type declarations of `ws` do not know them.
    const settings: ClientOptions & { closeTimeout: number; secureContext?: SecureContext } = {
      perMessageDeflate: false,
      maxPayload: options.messageBytesMax,
      followRedirects: false,
      closeTimeout: CLOSE_TIMEOUT_MS,
      ...(secureContext === undefined ? {} : { secureContext }),
    };
    this.#socket = new WebSocket(url, settings);
    this.#limit(options.connectTimeoutUs / 1_000, `no connection within ${options.connectTimeoutUs} us`);
    this.#listen();
  }

  send(text: string): void {
    if (!this.#isOpen || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > UNSENT_BYTES_MAX) this.#breakOff('the peer takes nothing');
  }

  ping(): void {
    if (this.#isOpen && this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  close(): void {
    if (this.#isEnded) return;
    if (!this.#isOpen) this.destroy();
    else this.#socket.close(CLOSE_NORMAL);
    this.#limit(CLOSE_TIMEOUT_MS, 'the peer did not answer the end');
  }

  destroy(): void {
    this.#breakOff('broken off by this program');
  }

  /** Lets go of everything at once; nothing is called any more. */
  abandon(): void {
    this.#isEnded = true;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#socket.terminate();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('upgrade', (response: IncomingMessage) => {
      // A peer that ends its side and then takes nothing would keep the socket for ever: ws waits for it without a limit.
      response.socket.on('end', () => this.#limit(CLOSE_TIMEOUT_MS, 'the peer ended without a word'));
      response.socket.on('close', () => setImmediate(() => this.#end(CLOSE_ABNORMAL, '')));
    });
    socket.on('open', () => {
      clearTimeout(this.#timer);
      if (this.#isEnded || this.#fault !== undefined) return;
      this.#isOpen = true;
      this.#handlers.onOpen();
    });
    socket.on('message', (data) => {
      if (this.#isOpen) this.#handlers.onMessage(data as Buffer);
    });
    socket.on('pong', () => {
      if (this.#isOpen) this.#handlers.onPong();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#fault ??= {
        code: CODE_OF_FAULT.get(error.code ?? '') ?? CLOSE_ABNORMAL,
        reason: reasonOf(error),
      };
      this.#limit(CLOSE_TIMEOUT_MS, error.message);
    });
    socket.on('close', (code, reason) => this.#end(code, reason.toString()));
  }

  /** Breaks off; the end is told afterwards, whether or not the socket says so itself. */
  #breakOff(reason: string): void {
    if (this.#isEnded) return;
    this.#fault ??= { code: CLOSE_ABNORMAL, reason };
    this.#isOpen = false;
    this.#socket.terminate();
    setImmediate(() => this.#end(CLOSE_ABNORMAL, ''));
  }

  /** Ends the socket unless something else does so before. */
  #limit(ms: number, reason: string): void {
    clearTimeout(this.#timer);
    if (!this.#isEnded) this.#timer = setTimeout(() => this.#breakOff(reason), ms);
  }

  #end(code: number, reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#onGone(this);
    this.#handlers.onEnd(this.#fault ?? { code, reason });
  }
}
