/**
 * The simulated exchange with its mask on: requests and streams pass as they are, but nothing says any more that it is simulated, and its keys may be said to have
 * rights that they do not have. So the gate before real money is tried without any.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { assert } from '#core';

/** What the mask says. */
export interface Mask {
  /** Members of the answer about the rights of a key that are put in the place of the true ones. */
  readonly rights: Readonly<Record<string, unknown>>;
}

const RIGHTS_PATH = '/sapi/v1/account/apiRestrictions';

/** A masked exchange. */
export class MaskedExchange {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #mask: Mask;
  readonly #sockets = new Set<Socket>();

  private constructor(target: { readonly host: string; readonly port: number }, mask: Mask) {
    this.#target = target;
    this.#mask = mask;
    this.#server = createServer((asked, answer) => this.#forward(asked, answer));
    this.#server.on('upgrade', (asked, near, head) => this.#join(asked, near as Socket, head));
  }

  /** Starts it in front of `target`. */
  static async start(
    target: { readonly host: string; readonly port: number },
    mask: Mask,
  ): Promise<MaskedExchange> {
    const masked = new MaskedExchange(target, mask);
    await new Promise<void>((resolve) => masked.#server.listen(0, '127.0.0.1', resolve));
    return masked;
  }

  get port(): number {
    const address = this.#server.address();
    assert(address !== null && typeof address === 'object', 'it listens');
    return address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(asked: IncomingMessage, answer: ServerResponse): void {
    const { headers, method, url = '/' } = asked;
    const options = { ...this.#target, method, path: url, headers, agent: false } as const;
    const onward = request(options, (reply) => {
      const { 'x-xylen-simulated': _mask, 'content-length': _length, ...others } = reply.headers;
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      reply.on('end', () => {
        answer.writeHead(reply.statusCode ?? 500, others);
        answer.end(this.#masked(url, Buffer.concat(chunks)));
      });
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  }

  #masked(url: string, body: Buffer): Buffer {
    if (!url.startsWith(RIGHTS_PATH)) return body;
    const told = JSON.parse(body.toString()) as Readonly<Record<string, unknown>>;
    return Buffer.from(JSON.stringify({ ...told, ...this.#mask.rights }));
  }

  #join(asked: IncomingMessage, near: Socket, head: Buffer): void {
    const far = connect(this.#target);
    const lines = asked.rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('');
    far.write(`${asked.method} ${asked.url} HTTP/1.1\r\n${lines}\r\n`);
    far.write(head);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
