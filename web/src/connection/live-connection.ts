/**
 * The connection to the server: opens it, hands over what comes, notices when it is gone or falls silent, and opens it again with growing
 * pauses. A message that cannot be read, or a gap in the numbers of the updates, ends the connection: the next one brings the whole state
 * again, so that nothing is shown that the server did not say.
 */
import {
  CLOSE_CODES,
  type ClientMessage,
  parseServerMessage,
  type ServerMessage,
  WIRE_VERSION,
} from '../wire.ts';
import { backoffMs } from './backoff.ts';

/** How the connection stands. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  /** The server wants the token; `isRejected` when the last one was wrong. */
  | { readonly kind: 'token_required'; readonly isRejected: boolean }
  | { readonly kind: 'live' }
  | { readonly kind: 'away'; readonly reason: string; readonly attempt: number; readonly retryAtMs: number }
  /** The server speaks another version; a reload of the page gets the dashboard that belongs to it. */
  | { readonly kind: 'incompatible'; readonly version: number };

/** What of a browser's WebSocket is used. */
export interface Socket {
  send(data: string): void;
  close(code?: number): void;
}

/** What a socket tells. */
export interface SocketListeners {
  onMessage(data: string): void;
  onClose(code: number, reason: string): void;
}

/** What a connection works with; all of it is passed in, so that a test can hold the time. */
export interface ConnectionParts {
  openSocket(listeners: SocketListeners): Socket;
  nowMs(): number;
  random(): number;
  /** Runs `action` later; the returned function prevents it. */
  schedule(action: () => void, delayMs: number): () => void;
  onMessage(message: ServerMessage): void;
  onState(state: ConnectionState): void;
}

/** The server sends something every two seconds; silent this long it is not there. */
export const SILENCE_MS_MAX = 10_000;
/** Code with which this side ends a connection that it cannot trust any more. */
const UNREADABLE = 4_400;

/** Keeps one connection alive. */
export class LiveConnection {
  readonly #parts: ConnectionParts;
  #socket: Socket | null = null;
  #token: string | null = null;
  #isTokenSent = false;
  #attempt = 0;
  #seq = 0;
  #cancelTimer: () => void = () => undefined;
  #isStopped = false;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  /** Connects, now. */
  start(): void {
    this.#isStopped = false;
    this.#cancelTimer();
    this.#parts.onState({ kind: 'connecting' });
    this.#isTokenSent = false;
    // What an earlier socket still says is of no interest.
    const socket: Socket = this.#parts.openSocket({
      onMessage: (data) => {
        if (this.#socket === socket) this.#hear(data);
      },
      onClose: (code, reason) => {
        if (this.#socket === socket) this.#lose(code, reason);
      },
    });
    this.#socket = socket;
    this.#watch();
  }

  /** Ends the connection and stays away. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer();
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  /** Gives the token that the server asked for; it is kept in memory, for reconnects, and nowhere else. */
  giveToken(token: string): void {
    this.#token = token;
    if (this.#socket === null) this.start();
    else this.#sendToken();
  }

  /** Asks for the explanation of a decision. */
  explain(decisionId: number): void {
    this.#send({ kind: 'explain', decisionId });
  }

  #hear(data: string): void {
    const parsed = parseServerMessage(data);
    if (parsed.kind === 'problem') {
      this.#giveUp(`a message of the server could not be read (${parsed.problem})`);
      return;
    }
    const { message } = parsed;
    this.#watch();
    if (message.kind === 'token_required') {
      if (this.#token === null) this.#parts.onState({ kind: 'token_required', isRejected: false });
      else this.#sendToken();
      return;
    }
    if (message.kind === 'hello') {
      if (message.version !== WIRE_VERSION) {
        this.#parts.onState({ kind: 'incompatible', version: message.version });
        this.stop();
        return;
      }
      this.#attempt = 0;
      this.#seq = message.seq;
      this.#parts.onMessage(message);
      this.#parts.onState({ kind: 'live' });
      return;
    }
    if (message.kind === 'update') {
      if (message.seq !== this.#seq + 1) {
        this.#giveUp(`update ${this.#seq + 1} was expected, ${message.seq} came`);
        return;
      }
      this.#seq = message.seq;
    }
    this.#parts.onMessage(message);
  }

  #lose(code: number, reason: string): void {
    this.#socket = null;
    this.#cancelTimer();
    if (this.#isStopped) return;
    if (code === CLOSE_CODES.unauthorised) {
      const isRejected = this.#isTokenSent;
      this.#token = null;
      this.#parts.onState({ kind: 'token_required', isRejected });
      return;
    }
    this.#retry(reasonText(code, reason));
  }

  #giveUp(reason: string): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(UNREADABLE);
    this.#retry(reason);
  }

  #retry(reason: string): void {
    this.#cancelTimer();
    this.#attempt++;
    const delayMs = backoffMs(this.#attempt, this.#parts.random());
    const retryAtMs = this.#parts.nowMs() + delayMs;
    this.#parts.onState({ kind: 'away', reason, attempt: this.#attempt, retryAtMs });
    this.#cancelTimer = this.#parts.schedule(() => this.start(), delayMs);
  }

  /** Waits for the next sign of life. */
  #watch(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.schedule(() => {
      this.#giveUp(`the server has been silent for ${SILENCE_MS_MAX / 1_000} s`);
    }, SILENCE_MS_MAX);
  }

  #sendToken(): void {
    if (this.#token === null) return;
    this.#isTokenSent = true;
    this.#send({ kind: 'token', token: this.#token });
  }

  #send(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }
}

function reasonText(code: number, reason: string): string {
  if (code === CLOSE_CODES.goingAway) return 'the server went away';
  if (code === CLOSE_CODES.tooSlow) return 'this browser could not keep up';
  if (code === CLOSE_CODES.full) return 'too many dashboards are open';
  return reason === '' ? 'the server cannot be reached' : reason;
}
