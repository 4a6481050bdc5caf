/**
 * The browsers at the WebSocket. Each gets the whole state once, then what changes. Nobody can make the server grow: clients are counted,
 * what waits for a client that does not read is bounded, what a client may send is small and seldom, and one that does not answer pings
 * is let go.
 */
import { type RawData, WebSocket } from 'ws';
import { CLOSE_CODES, type ClientMessage, parseClientMessage, type ServerMessage } from '#wire';

/** Bounds on clients. Times are milliseconds. */
export interface HubLimits {
  readonly clientsMax: number;
  /** Bytes that may wait for one client; the hello of a large run must fit. */
  readonly queuedBytesMax: number;
  readonly messagesPerSecondMax: number;
  readonly tokenWithinMs: number;
  readonly pingEveryMs: number;
  /** How long a closing handshake may take. */
  readonly closeWithinMs: number;
}

/** Bounds for the product. */
export const HUB_LIMITS: HubLimits = {
  clientsMax: 32,
  queuedBytesMax: 8 * 1024 * 1024,
  messagesPerSecondMax: 20,
  tokenWithinMs: 5_000,
  pingEveryMs: 15_000,
  closeWithinMs: 1_000,
};

/** Longest message that a client may send. */
export const CLIENT_MESSAGE_BYTES_MAX = 4 * 1024;

/** What the hub asks of the server. */
export interface HubParts {
  readonly limits: HubLimits;
  /** Returns the hello of this moment. */
  hello(): ServerMessage;
  /** Answers a question. */
  answer(question: Extract<ClientMessage, { kind: 'explain' }>): ServerMessage;
  isToken(text: string): boolean;
}

interface Client {
  readonly socket: WebSocket;
  isGreeted: boolean;
  isAlive: boolean;
  /** Messages in the second that began at `secondStartMs`. */
  messageCount: number;
  secondStartMs: number;
  timer: NodeJS.Timeout | undefined;
}

/** Holds the connections of one server. */
export class ClientHub {
  readonly #parts: HubParts;
  readonly #clients = new Set<Client>();
  readonly #pingTimer: NodeJS.Timeout;

  constructor(parts: HubParts) {
    this.#parts = parts;
    this.#pingTimer = setInterval(() => this.#ping(), parts.limits.pingEveryMs);
  }

  /** Connections, greeted or not. */
  get size(): number {
    return this.#clients.size;
  }

  /** Takes a connection in; one that is not authorised yet must send the token first. */
  add(socket: WebSocket, isAuthorised: boolean): void {
    const { clientsMax, tokenWithinMs } = this.#parts.limits;
    const client: Client = {
      socket,
      isGreeted: false,
      isAlive: true,
      messageCount: 0,
      secondStartMs: 0,
      timer: undefined,
    };
    socket.on('close', () => this.#forget(client));
    socket.on('error', () => this.#terminateSoon(client));
    this.#clients.add(client);
    if (this.#clients.size > clientsMax) {
      this.#close(client, CLOSE_CODES.full, `the server takes ${clientsMax} clients`);
      return;
    }
    socket.on('message', (data, isBinary) => this.#hear(client, data, isBinary));
    socket.on('pong', () => {
      client.isAlive = true;
    });
    if (isAuthorised) {
      this.#greet(client);
      return;
    }
    this.#send(client, encode({ kind: 'token_required' }));
    client.timer = setTimeout(() => {
      this.#close(client, CLOSE_CODES.unauthorised, 'no token came');
    }, tokenWithinMs);
  }

  /** Sends a message to everybody who has the state. */
  broadcast(message: ServerMessage): void {
    if (this.#clients.size === 0) return;
    const bytes = encode(message);
    for (const client of this.#clients) if (client.isGreeted) this.#send(client, bytes);
  }

  /** Says good-bye to all; resolves when every connection is gone, in bounded time. */
  async close(): Promise<void> {
    clearInterval(this.#pingTimer);
    const gone = [...this.#clients].map(
      ({ socket }) => new Promise<void>((done) => socket.once('close', () => done())),
    );
    for (const client of this.#clients) {
      this.#close(client, CLOSE_CODES.goingAway, 'the server is going away');
    }
    await Promise.all(gone);
  }

  #greet(client: Client): void {
    clearTimeout(client.timer);
    client.isGreeted = true;
    this.#send(client, encode(this.#parts.hello()));
  }

  #hear(client: Client, data: RawData, isBinary: boolean): void {
    if (client.socket.readyState !== WebSocket.OPEN) return;
    if (isBinary || this.#isTooOften(client)) {
      const reason = isBinary ? 'expected text' : 'too many messages';
      this.#close(client, CLOSE_CODES.badMessage, reason);
      return;
    }
    const parsed = parseClientMessage(String(data));
    if (parsed.kind === 'problem') this.#close(client, CLOSE_CODES.badMessage, parsed.problem);
    else this.#handle(client, parsed.message);
  }

  #handle(client: Client, message: ClientMessage): void {
    if (message.kind === 'explain') {
      if (client.isGreeted) this.#send(client, encode(this.#parts.answer(message)));
      else this.#close(client, CLOSE_CODES.unauthorised, 'expected the token first');
      return;
    }
    if (client.isGreeted) return;
    if (this.#parts.isToken(message.token)) this.#greet(client);
    else this.#close(client, CLOSE_CODES.unauthorised, 'the token is wrong');
  }

  #isTooOften(client: Client): boolean {
    const nowMs = performance.now();
    if (nowMs - client.secondStartMs >= 1_000) {
      client.secondStartMs = nowMs;
      client.messageCount = 0;
    }
    return ++client.messageCount > this.#parts.limits.messagesPerSecondMax;
  }

  #send(client: Client, bytes: Buffer): void {
    const { socket } = client;
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount + bytes.length > this.#parts.limits.queuedBytesMax) {
      this.#close(client, CLOSE_CODES.tooSlow, 'the client does not keep up');
      return;
    }
    socket.send(bytes, { binary: false });
  }

  #ping(): void {
    for (const client of this.#clients) {
      if (!client.isAlive) {
        client.socket.terminate();
        continue;
      }
      client.isAlive = false;
      client.socket.ping();
    }
  }

  /** A client that does not read never sees the close frame, so that its socket is cut after a while. */
  #close(client: Client, code: number, reason: string): void {
    client.isGreeted = false;
    // A close frame takes 123 bytes of reason.
    client.socket.close(code, Buffer.from(reason).subarray(0, 123).toString());
    this.#terminateSoon(client);
  }

  #terminateSoon(client: Client): void {
    clearTimeout(client.timer);
    client.timer = setTimeout(() => client.socket.terminate(), this.#parts.limits.closeWithinMs);
  }

  #forget(client: Client): void {
    clearTimeout(client.timer);
    this.#clients.delete(client);
  }
}

function encode(message: ServerMessage): Buffer {
  return Buffer.from(JSON.stringify(message));
}
