/**
 * The server port: what stands at the other end of a `Transport`. The same server runs inside the simulated network and over real sockets,
 * so it keeps no clock and no socket of its own: it is called, answers by calls, and takes `Timers` where it must speak by itself.
 */

/** The server's end of one WebSocket. After `close`, `destroy` or `stall` nothing that is sent leaves any more. */
export interface ServerSocket {
  /** Sends a text message. A client that takes nothing for too long is broken off. */
  send(text: string): void;
  /** Ends it politely with a close code of RFC 6455. */
  close(code: number, reason: string): void;
  /** Breaks it off; the client sees code 1006. */
  destroy(): void;
  /** Half-open: swallows everything, pings too, answers nothing and never ends by itself. */
  stall(): void;
}

/** What the server is told of one WebSocket; nothing after `onEnd`, which comes exactly once, whoever ended it. */
export interface SocketReceiver {
  onMessage(text: string): void;
  /** A protocol-level ping; the pong goes out by itself. */
  onPing(): void;
  onEnd(): void;
}

/** A request as the server sees it. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  /** Without the question mark; empty where there is none. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer to a request. */
export interface ServedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** How long the server takes over it. */
  readonly delayUs: number;
}

/** What a server says to a client that wants a WebSocket: yes, nothing at all, or an HTTP status. */
export type UpgradeAnswer = 'accept' | 'no-answer' | { readonly status: number };

/** A server of WebSockets and requests. */
export interface NetworkServer {
  /** A client connected; messages and the end come to the returned handlers. `query` is without its question mark. */
  onSocket(path: string, query: string, socket: ServerSocket): SocketReceiver;
  onRequest(request: ServedRequest): ServedAnswer | 'no-answer';
  /** Asked before `onSocket`; a server without it accepts everybody. */
  onUpgrade?(path: string, query: string): UpgradeAnswer;
}
