/**
 * A wire that can be cut: forwards bytes between a client and a server on loopback until it is told to break off, at once or in the middle
 * of what comes next.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { assert } from '#core';
import type { FrameAddress } from '#net';

/** Forwards connections to one server. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #links = new Set<Socket>();
  /** Bytes that still pass before the wire breaks. */
  #bytesLeft = Number.POSITIVE_INFINITY;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Starts forwarding to `target`. */
  static async start(target: FrameAddress): Promise<CuttingProxy> {
    assert('port' in target, 'the proxy goes to a port');
    const server = createServer({ noDelay: true });
    const proxy = new CuttingProxy(server);
    server.on('connection', (near) => proxy.#join(near, connect({ ...target, noDelay: true })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): FrameAddress {
    const address = this.#server.address();
    assert(address !== null && typeof address === 'object', 'the proxy listens');
    return { host: '127.0.0.1', port: address.port };
  }

  /** Breaks every connection after so many more bytes, counted over both directions; later connections are whole again. */
  cutAfter(bytes: number): void {
    this.#bytesLeft = bytes;
    if (bytes <= 0) this.#cut();
  }

  async close(): Promise<void> {
    this.#cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#links.add(from);
      from.on('data', (bytes: Buffer) => {
        const passed = bytes.subarray(0, Math.min(bytes.length, this.#bytesLeft));
        this.#bytesLeft -= passed.length;
        if (passed.length > 0) to.write(passed);
        if (passed.length < bytes.length) this.#cut();
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#links.delete(from);
        to.destroy();
      });
    }
  }

  #cut(): void {
    this.#bytesLeft = Number.POSITIVE_INFINITY;
    for (const link of this.#links) link.destroy();
    this.#links.clear();
  }
}
