/**
 * One keep-alive connection of the load bench: HTTP/1.1 over a plain socket, a request at a time, signed as the venue wants it. Small on purpose, so that the generator
 * is not what is measured.
 */
import { createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { demoKey } from '#exchange';

/** An answer. */
export interface LoadAnswer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** The connection of one account. */
export class LoadConnection {
  readonly accountIx: number;
  readonly #port: number;
  readonly #socket: Socket;
  readonly #secret: string;
  readonly #head: string;
  #waiting: ((answer: LoadAnswer) => void) | null = null;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(port: number, accountIx: number) {
    const { apiKey, secret } = demoKey(accountIx);
    this.accountIx = accountIx;
    this.#port = port;
    this.#secret = secret;
    this.#head = ` HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-MBX-APIKEY: ${apiKey}\r\nContent-Length: 0\r\n\r\n`;
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk) => this.#onData(chunk));
  }

  get port(): number {
    return this.#port;
  }

  /** Asks with a signature. */
  ask(method: string, path: string, params: string): Promise<LoadAnswer> {
    const stamp = Math.floor(performance.timeOrigin + performance.now());
    const text = `${params}&timestamp=${stamp}`;
    const signature = createHmac('sha256', this.#secret).update(text).digest('hex');
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#socket.write(`${method} ${path}?${text}&signature=${signature}${this.#head}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const headEnd = this.#bytes.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.#bytes.toString('latin1', 0, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    const end = headEnd + HEAD_END.length + length;
    if (this.#bytes.length < end) return;
    const body = this.#bytes.toString('utf8', headEnd + HEAD_END.length, end);
    this.#bytes = this.#bytes.subarray(end);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.({ status: Number(head.slice(9, 12)), body });
  }
}
