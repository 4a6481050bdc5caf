/**
 * Requests over a connection and their replies, matched by order. What is not a valid reply, a connection that ends while something is asked
 * for, and an error from the other end all end the line for good: whoever asks afterwards gets the same error.
 */
import { XylenError } from '#core';
import type { FrameConnection } from '#net';
import { encodeLinkMessage, type LinkReply, type LinkRequest } from '../link-messages.ts';
import { parseLinkReply } from '../link-schemas.ts';

type Kind = LinkReply['kind'];
type ReplyOf<K extends Kind> = Extract<LinkReply, { readonly kind: K }>;

interface Waiting {
  readonly kinds: readonly Kind[];
  resolve(reply: LinkReply): void;
  reject(error: unknown): void;
}

/** Replies that may be waited for at once; the trader waits for nearly each one. */
const WAITING_MAX = 1_024;

/** Asks over a connection. */
export class ReplyLine {
  readonly #connection: FrameConnection;
  readonly #waiting: Waiting[] = [];
  #failure: XylenError | undefined;

  /** Opens the connection. */
  constructor(connection: FrameConnection) {
    this.#connection = connection;
    connection.open({
      onFrame: (payload) => this.#onFrame(payload),
      onClose: (error) => this.#fail(error ?? closedError()),
    });
  }

  /** Asks, and returns the reply, which is of one of `kinds`. @throws XY_LINK_FAILED, XY_LINK_PROTOCOL, and what the other end reports. */
  async ask<const K extends Kind>(request: LinkRequest, ...kinds: readonly K[]): Promise<ReplyOf<K>> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#waiting.length >= WAITING_MAX)
      throw this.#fail(protocolError(`expected at most ${WAITING_MAX} requests without a reply`));
    const reply = new Promise<LinkReply>((resolve, reject) => this.#waiting.push({ kinds, resolve, reject }));
    this.#send(request);
    return (await reply) as ReplyOf<K>;
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  #send(request: LinkRequest): void {
    if (this.#connection.isClosed) this.#fail(closedError());
    // Replies keep the trader from sending ahead: there is nothing to wait for here.
    else void this.#connection.send(encodeLinkMessage(request));
  }

  #onFrame(payload: Buffer): void {
    let reply: LinkReply;
    try {
      reply = parseLinkReply(payload);
    } catch (error) {
      if (!(error instanceof XylenError)) throw error;
      this.#fail(error);
      return;
    }
    if (reply.kind === 'are-you-there') {
      this.#send({ kind: 'here' });
      return;
    }
    const waiting = this.#waiting.shift();
    if (reply.kind === 'error') {
      const error = new XylenError(reply.code, `the simulated exchange: ${reply.message}`, {
        fields: reply.fields,
      });
      waiting?.reject(error);
      this.#fail(error);
    } else if (waiting?.kinds.includes(reply.kind) === true) waiting.resolve(reply);
    else {
      const expected = waiting?.kinds.join(' or ') ?? 'no reply';
      const error = protocolError(`expected ${expected} from the simulated exchange, found ${reply.kind}`);
      waiting?.reject(error);
      this.#fail(error);
    }
  }

  /** Ends the line; the first reason counts. */
  #fail(error: XylenError): XylenError {
    this.#failure ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure);
    this.#connection.destroy();
    return this.#failure;
  }
}

function closedError(): XylenError {
  return new XylenError('XY_LINK_FAILED', 'the simulated exchange ended the connection');
}

function protocolError(message: string): XylenError {
  return new XylenError('XY_LINK_PROTOCOL', message);
}
