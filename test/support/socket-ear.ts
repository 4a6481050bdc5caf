/** What the owner of a client's socket hears, for tests: promises that resolve when it has heard enough. */
import assert from 'node:assert/strict';
import type { ClientSocket, SocketEnd, SocketHandlers, SocketOptions, Transport } from '#net';

/** Opens a socket and notes what it says: `open`, the messages as text, `pong`. */
export class SocketEar {
  readonly heard: string[] = [];
  readonly socket: ClientSocket;
  readonly ended: Promise<SocketEnd>;
  endCount = 0;
  readonly #waiting: { readonly isDone: () => boolean; readonly resolve: () => void }[] = [];

  constructor(
    transport: Transport,
    url: string,
    options: Partial<SocketOptions> & { readonly on?: (what: string, socket: ClientSocket) => void } = {},
  ) {
    let tellEnd: (end: SocketEnd) => void = () => undefined;
    this.ended = new Promise((resolve) => {
      tellEnd = resolve;
    });
    const hear = (what: string): void => {
      assert.equal(this.endCount, 0, `nothing is heard after the end, was '${what}'`);
      this.heard.push(what);
      options.on?.(what, this.socket);
      for (const { isDone, resolve } of this.#waiting) if (isDone()) resolve();
    };
    const handlers: SocketHandlers = {
      onOpen: () => hear('open'),
      onMessage: (bytes) => hear(Buffer.from(bytes).toString()),
      onPong: () => hear('pong'),
      onEnd: (end) => {
        this.endCount++;
        tellEnd(end);
      },
    };
    this.socket = transport.openSocket(
      { url, messageBytesMax: 1_000_000, connectTimeoutUs: 5_000_000, ...options },
      handlers,
    );
  }

  /** Resolves once `count` things were heard. */
  hears(count: number): Promise<void> {
    const isDone = (): boolean => this.heard.length >= count;
    if (isDone()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isDone, resolve }));
  }
}
