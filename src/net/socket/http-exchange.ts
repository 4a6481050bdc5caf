/**
 * One HTTP request over node:http(s). Invariants: the outcome is told once, never before the call returned and never after a cancel; it comes
 * before the deadline whatever the peer does, and never more than the stated bytes of an answer are kept.
 */
import {
  type ClientRequest,
  type Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
  request as startPlain,
} from 'node:http';
import { request as startSecure } from 'node:https';
import type { HttpAnswer, HttpFailure, HttpRequest } from '#net';
import { reasonOf } from './error-reason.ts';

/** Bytes of the headers of an answer. */
const HEADER_BYTES_MAX = 32 * 1024;

/** A request under way. */
export class HttpExchange {
  readonly #url: URL;
  readonly #wish: HttpRequest;
  readonly #agent: HttpAgent;
  readonly #onOutcome: (outcome: HttpAnswer | HttpFailure) => void;
  readonly #onGone: (exchange: HttpExchange) => void;
  readonly #timer: NodeJS.Timeout;
  #request: ClientRequest | undefined;
  #isRetried = false;
  #isOver = false;

  /** `url` was found good; `onGone` is called once, before the outcome. */
  constructor(
    url: URL,
    wish: HttpRequest,
    agent: HttpAgent,
    onOutcome: (outcome: HttpAnswer | HttpFailure) => void,
    onGone: (exchange: HttpExchange) => void,
  ) {
    this.#url = url;
    this.#wish = wish;
    this.#agent = agent;
    this.#onOutcome = onOutcome;
    this.#onGone = onGone;
    this.#timer = setTimeout(
      () => this.#fail(`no answer within ${wish.timeoutUs} us`),
      Math.ceil(wish.timeoutUs / 1_000),
    );
    this.#start();
  }

  /** Forgets it; the outcome is not told. */
  cancel(): void {
    this.#finish(undefined);
  }

  #start(): void {
    const { body, headers, method } = this.#wish;
    const bytes = body === null ? undefined : Buffer.from(body);
    const options: RequestOptions = {
      method,
      agent: this.#agent,
      headers: { ...headers, ...(bytes === undefined ? {} : { 'content-length': bytes.length }) },
      maxHeaderSize: HEADER_BYTES_MAX,
    };
    let request: ClientRequest;
    try {
      request = (this.#url.protocol === 'https:' ? startSecure : startPlain)(this.#url, options);
    } catch (error) {
      // A header that cannot be sent; told as every other failure, after the call.
      setImmediate(() => this.#fail(error instanceof Error ? error.message : String(error)));
      return;
    }
    this.#request = request;
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (request === this.#request) this.#onError(error);
    });
    request.on('response', (response) => this.#read(response));
    // An answer of another protocol is none.
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      this.#fail('the peer changed the protocol instead of answering');
    });
    request.end(bytes);
  }

  #read(response: IncomingMessage): void {
    const body = new BodyBytes();
    response.on('data', (chunk: Buffer) => {
      if (body.length + chunk.length > this.#wish.bodyBytesMax) {
        this.#fail(`an answer of more than ${this.#wish.bodyBytesMax} bytes`);
      } else body.add(chunk);
    });
    response.on('error', (error) => this.#fail(`the answer broke off: ${reasonOf(error)}`));
    response.on('close', () => this.#fail('the answer broke off'));
    response.on('end', () => {
      // An answer that was cut short ends too; only a whole one is one.
      if (!response.complete) return;
      const status = response.statusCode ?? 0;
      this.#finish({ kind: 'answer', status, headers: headersOf(response), body: body.take() });
    });
  }

  #onError(error: NodeJS.ErrnoException): void {
    // The peer may close a kept connection just when it is used again. Only what changes nothing may then be sent once more.
    const isStale = this.#request?.reusedSocket === true && error.code === 'ECONNRESET';
    if (isStale && this.#wish.method === 'GET' && !this.#isRetried && !this.#isOver) {
      this.#isRetried = true;
      this.#start();
    } else this.#fail(reasonOf(error));
  }

  #fail(reason: string): void {
    this.#finish({ kind: 'failure', reason });
  }

  #finish(outcome: HttpAnswer | HttpFailure | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    // After a whole answer the connection goes back to the agent; in all other cases it is of no use any more.
    if (outcome?.kind !== 'answer') this.#request?.destroy();
    this.#onGone(this);
    if (outcome !== undefined) this.#onOutcome(outcome);
  }
}

/** A body as it comes, copied together: kept chunks of a byte each would weigh a hundred times what was sent. */
class BodyBytes {
  #bytes: Uint8Array = new Uint8Array(4_096);
  length = 0;

  add(chunk: Uint8Array): void {
    const length = this.length + chunk.length;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.length));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.length);
    this.length = length;
  }

  take(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

function headersOf(response: IncomingMessage): Readonly<Record<string, string>> {
  const entries = Object.entries(response.headersDistinct);
  return Object.fromEntries(entries.map(([name, values]) => [name, (values ?? []).join(', ')]));
}
