/**
 * A WebSocket of the simulated network, both ends of it. Invariants: what one end sends arrives in order; each end is told of the end once;
 * after it was cut nothing arrives any more, and an end that gives up still lets go of both.
 */
import {
  assertCloseCode,
  type Cancel,
  CLOSE_ABNORMAL,
  CLOSE_NORMAL,
  CLOSE_TOO_BIG,
  type ClientSocket,
  fittingReason,
  type ServerSocket,
  type SocketEnd,
  type SocketHandlers,
  type SocketOptions,
  type SocketReceiver,
} from '#net';
import type { Lane, SimulatedHost } from './simulated-host.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** How long a peer may take to answer a polite end. */
const CLOSE_TIMEOUT_US = 2_000_000;

/** What a socket is made of. */
export interface SimulatedSocketParts {
  readonly time: SimulatedTime;
  /** `undefined` = nobody has that name. */
  readonly host: SimulatedHost | undefined;
  readonly hostName: string;
  readonly up: Lane;
  readonly down: Lane;
  readonly path: string;
  readonly query: string;
  readonly options: SocketOptions;
  readonly handlers: SocketHandlers;
  /** Told once both ends are over. */
  readonly onGone: (socket: SimulatedSocket) => void;
}

/** One connection. */
export class SimulatedSocket implements ClientSocket {
  readonly hostName: string;
  readonly #parts: SimulatedSocketParts;
  #client: 'connecting' | 'open' | 'closing' | 'ended' = 'connecting';
  #server: 'none' | 'open' | 'silent' | 'ended' = 'none';
  #receiver: SocketReceiver | undefined;
  /** Nothing arrives any more, either way. */
  #isCut = false;
  #isGone = false;
  #isAbandoned = false;
  #cancelTimer: Cancel | undefined;

  constructor(parts: SimulatedSocketParts) {
    this.#parts = parts;
    this.hostName = parts.hostName;
    const { connectTimeoutUs } = parts.options;
    this.#cancelTimer = parts.time.after(connectTimeoutUs, () =>
      this.#giveUp(`no connection within ${connectTimeoutUs} us`),
    );
    this.#up(() => this.#arrive());
  }

  send(text: string): void {
    if (this.#client !== 'open') return;
    this.#up(() => {
      if (this.#server === 'open') this.#receiver?.onMessage(text);
    });
  }

  ping(): void {
    if (this.#client !== 'open') return;
    this.#up(() => {
      if (this.#server !== 'open') return;
      this.#receiver?.onPing();
      this.#down(() => {
        if (this.#isListening) this.#parts.handlers.onPong();
      });
    });
  }

  close(): void {
    if (this.#client === 'connecting') this.destroy();
    if (this.#client !== 'open') return;
    this.#client = 'closing';
    this.#cancelTimer = this.#parts.time.after(CLOSE_TIMEOUT_US, () =>
      this.#giveUp('the peer did not answer the end'),
    );
    this.#up(() => {
      if (this.#server !== 'open') return;
      this.#endServer();
      this.#down(() => this.#endClient({ code: CLOSE_NORMAL, reason: '' }));
    });
  }

  destroy(): void {
    this.#giveUp('broken off by this program');
  }

  /** Nothing arrives any more, and nobody is told. */
  cut(): void {
    this.#isCut = true;
  }

  /** The connection breaks: both ends are told after the way. */
  break(): void {
    this.#isCut = true;
    this.#later(this.#parts.down, () =>
      this.#endClient({ code: CLOSE_ABNORMAL, reason: 'connection reset' }),
    );
    this.#later(this.#parts.up, () => this.#endServer());
  }

  /** The client's program is no more: it hears nothing, the server sees a broken connection. */
  abandon(): void {
    this.#isAbandoned = true;
    if (this.#client === 'ended') return;
    this.#client = 'ended';
    this.#cancelTimer?.();
    this.#later(this.#parts.up, () => this.#endServer());
  }

  /** True while the client wants to hear of messages. */
  get #isListening(): boolean {
    return this.#client === 'open' || this.#client === 'closing';
  }

  /** The wish to connect has arrived at the host. */
  #arrive(): void {
    const { host, path, query, time } = this.#parts;
    if (this.#client !== 'connecting') return;
    const reach = host === undefined ? 'refused' : host.reach(time.nowUs());
    if (reach === 'lost') return;
    if (host === undefined || reach === 'refused') {
      const reason = host === undefined ? `no host ${this.hostName}` : 'connection refused';
      this.#down(() => this.#endClient({ code: CLOSE_ABNORMAL, reason }));
      return;
    }
    const answer = host.server.onUpgrade?.(path, query) ?? 'accept';
    if (answer === 'no-answer') return;
    if (answer !== 'accept') {
      const reason = `HTTP status ${answer.status} instead of a WebSocket`;
      this.#down(() => this.#endClient({ code: CLOSE_ABNORMAL, reason }));
      return;
    }
    this.#server = 'open';
    this.#down(() => this.#open());
    this.#receiver = host.server.onSocket(path, query, this.#serverEnd());
  }

  #open(): void {
    if (this.#client !== 'connecting') return;
    this.#cancelTimer?.();
    this.#client = 'open';
    this.#parts.handlers.onOpen();
  }

  #serverEnd(): ServerSocket {
    return {
      send: (text) => {
        if (this.#server === 'open') this.#down(() => this.#deliver(text));
      },
      close: (code, reason) => {
        assertCloseCode(code);
        const end = { code, reason: fittingReason(reason) };
        this.#quitServer(() => this.#down(() => this.#endClient(end)));
      },
      destroy: () => {
        const end = { code: CLOSE_ABNORMAL, reason: 'connection reset' };
        this.#quitServer(() => this.#down(() => this.#endClient(end)));
        this.#parts.time.after(0, () => this.#endServer());
      },
      stall: () => this.#quitServer(() => undefined),
    };
  }

  /** The server's program has nothing more to say and will hear nothing but the end. */
  #quitServer(tell: () => void): void {
    if (this.#server !== 'open') return;
    tell();
    this.#server = 'silent';
  }

  #deliver(text: string): void {
    if (!this.#isListening) return;
    const bytes = Buffer.from(text);
    if (bytes.length > this.#parts.options.messageBytesMax) {
      const reason = `a message of more than ${this.#parts.options.messageBytesMax} bytes`;
      this.#endClient({ code: CLOSE_TOO_BIG, reason });
      return;
    }
    this.#parts.handlers.onMessage(bytes);
    // The bytes were the owner's during the call; one that kept them without a copy is to notice it here and not in production.
    bytes.fill(0);
  }

  /** The client does not wait any longer. */
  #giveUp(reason: string): void {
    if (this.#client === 'ended') return;
    this.#cancelTimer?.();
    // Owners may break off in the middle of their own work: the end is told when they are done.
    this.#client = 'ended';
    this.#parts.time.after(0, () => {
      if (!this.#isAbandoned) this.#parts.handlers.onEnd({ code: CLOSE_ABNORMAL, reason });
    });
    this.#later(this.#parts.up, () => this.#endServer());
  }

  #endClient(end: SocketEnd): void {
    if (this.#client === 'ended') return;
    this.#cancelTimer?.();
    this.#client = 'ended';
    this.#later(this.#parts.up, () => this.#endServer());
    this.#parts.handlers.onEnd(end);
  }

  #endServer(): void {
    const wasTold = this.#server === 'ended' || this.#server === 'none';
    this.#server = 'ended';
    if (!wasTold) this.#receiver?.onEnd();
    if (this.#client !== 'ended' || this.#isGone) return;
    this.#isGone = true;
    this.#parts.onGone(this);
  }

  #up(call: () => void): void {
    this.#send(this.#parts.up, call);
  }

  #down(call: () => void): void {
    this.#send(this.#parts.down, call);
  }

  /** Sends something that a cut swallows. */
  #send(lane: Lane, call: () => void): void {
    if (this.#isCut) return;
    this.#later(lane, () => {
      if (!this.#isCut) call();
    });
  }

  #later(lane: Lane, call: () => void): void {
    const { time } = this.#parts;
    time.at(lane.arrivalUs(time.nowUs()), call);
  }
}
