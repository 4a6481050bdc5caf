/**
 * One connection of a trader: its requests in order, each with one reply. Knows where this trader stands in the session (its calls follow each
 * other); what the calls do is `HostedWorld`'s affair, who may call is `ExchangeServer`'s. An error is told and ends the connection; the
 * session stays as it was.
 */
import { XylenError } from '#core';
import type { FrameConnection } from '#net';
import type { MarketCard } from '#venues';
import { encodeLinkMessage, LINK_VERSION, type LinkReply, type LinkRequest, parseLinkRequest } from '#venues';
import type { HostedWorld } from './hosted-world.ts';

/** What a connection is made of. */
export interface TraderConnectionParts {
  readonly connection: FrameConnection;
  readonly hosted: HostedWorld;
  readonly market: MarketCard;
  /** Lets the trader in, or throws XY_LINK_BUSY. */
  readonly admit: (trader: TraderConnection) => Promise<void>;
  /** The connection is over. */
  readonly onLeft: (trader: TraderConnection, error: XylenError | null) => void;
  /** Something that is no error of the trader: a fault of this program. */
  readonly onFault: (error: unknown) => void;
}

/** Requests that may wait; more stay in the socket until these are answered. */
const INBOX_MAX = 16;
/** How long a connection may say nothing at first. */
const HELLO_TIMEOUT_MS = 5_000;

/** A request that has a reply. */
type Question = Exclude<LinkRequest, { readonly kind: 'here' }>;

/** A trader, as long as it is connected. */
export class TraderConnection {
  readonly #parts: TraderConnectionParts;
  readonly #inbox: Question[] = [];
  readonly #helloTimer: NodeJS.Timeout;
  #sessionId: string | null = null;
  #isAdmitted = false;
  #isWorking = false;
  #isOver = false;
  /** The last call that this trader has made. */
  #step = 0;
  #signOfLife: ((isAlive: boolean) => void) | null = null;

  constructor(parts: TraderConnectionParts) {
    this.#parts = parts;
    const silent = linkFailed(`no hello within ${HELLO_TIMEOUT_MS} ms`);
    this.#helloTimer = setTimeout(() => parts.connection.destroy(silent), HELLO_TIMEOUT_MS);
    parts.connection.open({
      onFrame: (payload) => this.#onFrame(payload),
      onClose: (error) => this.#onClose(error),
    });
  }

  /** The session that this trader has named; `null` before its hello. */
  get sessionId(): string | null {
    return this.#sessionId;
  }

  /** True once the connection has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Asks for a sign of life; false when none comes within the time or the connection ends. */
  isAlive(withinMs: number): Promise<boolean> {
    if (this.#isOver || this.#parts.connection.isClosed) return Promise.resolve(false);
    // A full inbox is a sign: it is this end that does not read.
    if (this.#inbox.length >= INBOX_MAX) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        // If this process was busy the answer may lie in the socket: two turns of the loop let it be read.
        setImmediate(() => setImmediate(() => this.#signOfLife?.(false)));
      }, withinMs);
      this.#signOfLife = (isAlive) => {
        clearTimeout(timer);
        this.#signOfLife = null;
        resolve(isAlive);
      };
      void this.#parts.connection.send(encodeLinkMessage({ kind: 'are-you-there' }));
    });
  }

  /** Breaks the connection off. */
  drop(reason: string): void {
    this.#parts.connection.destroy(linkFailed(reason));
    this.#end();
  }

  #onFrame(payload: Buffer): void {
    this.#signOfLife?.(true);
    let request: LinkRequest;
    try {
      request = parseLinkRequest(payload);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (request.kind === 'here' || this.#isOver) return;
    this.#inbox.push(request);
    if (this.#inbox.length >= INBOX_MAX) this.#parts.connection.pause();
    if (!this.#isWorking) void this.#work();
  }

  /** Answers what has come in, in order. */
  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      for (let request = this.#inbox[0]; request !== undefined; request = this.#inbox[0]) {
        const reply = await this.#answer(request);
        this.#inbox.shift();
        if (this.#isOver) return;
        await this.#parts.connection.send(reply);
        if (this.#inbox.length === INBOX_MAX - 1) this.#parts.connection.resume();
      }
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#isWorking = false;
    }
  }

  async #answer(request: Question): Promise<string> {
    const { hosted } = this.#parts;
    if (request.kind === 'hello') return encodeLinkMessage(await this.#greet(request.sessionId));
    if (!this.#isAdmitted) throw protocolError(`expected hello first, found ${request.kind}`);
    switch (request.kind) {
      case 'advance':
        if (request.step !== this.#step + 1)
          throw protocolError(`expected call ${this.#step + 1}, found ${request.step}`);
        this.#step = request.step;
        return hosted.advance(request);
      case 'resume':
        return encodeLinkMessage(await this.#resume(request.worldSeq, request.step));
      case 'acknowledge':
        hosted.acknowledge(request.worldSeq);
        return encodeLinkMessage({ kind: 'acknowledged' });
      case 'open-orders':
        return encodeLinkMessage({ kind: 'open-orders', orders: await hosted.openOrders() });
      case 'order':
        return encodeLinkMessage({
          kind: 'order',
          order: await hosted.order(request.clientOrderId, request.instrumentIx),
        });
      case 'account':
        return encodeLinkMessage({ kind: 'account', account: await hosted.account() });
    }
  }

  async #greet(sessionId: string): Promise<LinkReply> {
    if (this.#sessionId !== null) throw protocolError('expected one hello, found a second');
    clearTimeout(this.#helloTimer);
    this.#sessionId = sessionId;
    await this.#parts.admit(this);
    this.#isAdmitted = true;
    const { hosted, market } = this.#parts;
    return { kind: 'welcome', version: LINK_VERSION, stepsKeptMax: hosted.stepsKeptMax, market };
  }

  async #resume(worldSeq: number, step: number | null): Promise<LinkReply> {
    if (this.#step !== 0) throw protocolError('expected resume before the first call, found it after');
    const resumption = await this.#parts.hosted.resume(worldSeq, step);
    this.#step = resumption.step;
    return { kind: 'resumed', ...resumption };
  }

  /** Tells the trader what is wrong and ends the connection. What is no error of the trader is a fault. */
  #refuse(error: unknown): void {
    if (!(error instanceof XylenError)) {
      this.#parts.onFault(error);
      this.drop('the exchange has a fault');
      return;
    }
    const { code, fields, message } = error;
    const { connection } = this.#parts;
    if (!connection.isClosed)
      void connection.send(encodeLinkMessage({ kind: 'error', code, message, fields }));
    this.#inbox.length = 0;
    void connection.close();
    this.#end(error);
  }

  #onClose(error: XylenError | null): void {
    this.#end(error);
  }

  #end(error: XylenError | null = null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#helloTimer);
    this.#signOfLife?.(false);
    this.#parts.onLeft(this, error);
  }
}

function protocolError(message: string): XylenError {
  return new XylenError('XY_LINK_PROTOCOL', message);
}

function linkFailed(message: string): XylenError {
  return new XylenError('XY_LINK_FAILED', message);
}
