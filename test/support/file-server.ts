/** A server of files over loopback that breaks as a test says: for downloads that must come through all the same. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { assert } from '#core';
import type { ServerCertificate } from './certificates.ts';

/** What the server does to one request for a file, instead of serving it. */
export type FileFault =
  /** Resets the connection after about so many bytes of the body. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Ends the connection politely after so many bytes, though it has named more. */
  | { readonly kind: 'short'; readonly afterBytes: number }
  /** Breaks off a body of no stated length. */
  | { readonly kind: 'chunked-break'; readonly afterBytes: number }
  /** Says nothing any more after so many bytes; -1 = not even a status. */
  | { readonly kind: 'silent'; readonly afterBytes: number; onSilent?(): void }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Sends the part from the first byte on, and says so. */
  | { readonly kind: 'other-range' }
  /** A body that goes on and on, of no stated length. */
  | { readonly kind: 'endless' }
  /** Serves these bytes instead. */
  | { readonly kind: 'bytes'; readonly bytes: Buffer };

/** One request as the server saw it. */
export interface FileRequest {
  readonly method: string;
  readonly path: string;
  /** Where the range begins that was asked for; `null` without one. */
  readonly fromByte: number | null;
  status: number;
  sentBytes: number;
}

/** Serves files and notes what was asked for, until the test ends. */
export class FileServer {
  /** `http://127.0.0.1:P`, without a trailing slash. */
  url = '';
  readonly requests: FileRequest[] = [];
  ignoresRanges = false;
  /** Called with every request, before it is answered. */
  onRequest: (request: FileRequest) => void = () => undefined;
  /** Answers what is no file; false = it is 404. */
  onOther: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #files = new Map<string, Buffer>();
  readonly #faults = new Map<string, FileFault[]>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  #holdCount = 0;
  /** Most connections that were open at a time. */
  connectionMax = 0;

  private constructor(tls: ServerCertificate | null) {
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      this.#answer(request, response);
    this.#server = tls === null ? createServer(answer) : createSecureServer({ ...tls }, answer);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      this.connectionMax = Math.max(this.connectionMax, this.#sockets.size);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('tlsClientError', () => undefined);
  }

  /** Begins to serve nothing. */
  static async start(
    context: Pick<TestContext, 'after'>,
    tls: ServerCertificate | null = null,
  ): Promise<FileServer> {
    const server = new FileServer(tls);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    const address = server.#server.address();
    assert(address !== null && typeof address === 'object', 'the server listens');
    server.url = `${tls === null ? 'http' : 'https'}://127.0.0.1:${address.port}`;
    context.after(() => server.close());
    return server;
  }

  /** Sets the content of a file; `path` has no leading slash. */
  put(path: string, bytes: Buffer | string): void {
    this.#files.set(path, Buffer.from(bytes));
  }

  /** Takes a file away. */
  remove(path: string): void {
    this.#files.delete(path);
  }

  /** Does these to the next requests for a file, one each. */
  break(path: string, ...faults: readonly FileFault[]): void {
    this.#faults.set(path, [...faults]);
  }

  /** Requests for what begins or ends so. */
  requestsOf(pattern: RegExp): readonly FileRequest[] {
    return this.requests.filter(({ path }) => pattern.test(path));
  }

  /** Answers nobody until so many requests wait for their answer at a time. */
  holdUntil(count: number): void {
    this.#holdCount = count;
  }

  /** Breaks off what is connected and accepts no more. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => undefined);
    const path = decodeURIComponent((request.url ?? '/').slice(1).split('?')[0] ?? '');
    const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const seen: FileRequest = {
      method: request.method ?? '',
      path,
      fromByte: from === undefined ? null : Number(from),
      status: 0,
      sentBytes: 0,
    };
    this.requests.push(seen);
    this.onRequest(seen);
    if (this.#holdCount === 0) {
      this.#serve(path, seen, request, response);
      return;
    }
    this.#held.push(() => this.#serve(path, seen, request, response));
    if (this.#held.length < this.#holdCount) return;
    this.#holdCount = 0;
    for (const serve of this.#held.splice(0)) serve();
  }

  #serve(path: string, seen: FileRequest, request: IncomingMessage, response: ServerResponse): void {
    const fault = this.#faults.get(path)?.shift();
    const bytes = fault?.kind === 'bytes' ? fault.bytes : this.#files.get(path);
    if (fault !== undefined && fault.kind !== 'bytes')
      this.#break(fault, seen, bytes ?? Buffer.alloc(0), response);
    else if (bytes !== undefined) this.#send(seen, bytes, response);
    else if (!this.onOther(request, response))
      this.#end(seen, response, 404, {}, Buffer.from('no such file'));
  }

  #send(seen: FileRequest, bytes: Buffer, response: ServerResponse): void {
    const from = this.ignoresRanges ? null : seen.fromByte;
    if (from === null) this.#end(seen, response, 200, {}, bytes);
    else if (from >= bytes.length)
      this.#end(seen, response, 416, { 'content-range': `bytes */${bytes.length}` }, Buffer.alloc(0));
    else {
      const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
      this.#end(seen, response, 206, range, bytes.subarray(from));
    }
  }

  #end(
    seen: FileRequest,
    response: ServerResponse,
    status: number,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
  ): void {
    seen.status = status;
    if (seen.method !== 'HEAD') seen.sentBytes = body.length;
    response.writeHead(status, { ...headers, 'content-length': body.length });
    response.end(seen.method === 'HEAD' ? undefined : body);
  }

  #break(
    fault: Exclude<FileFault, { kind: 'bytes' }>,
    seen: FileRequest,
    bytes: Buffer,
    response: ServerResponse,
  ): void {
    if (fault.kind === 'status') {
      this.#end(seen, response, fault.status, fault.headers ?? {}, Buffer.from('refused'));
      return;
    }
    if (fault.kind === 'other-range') {
      const range = { 'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}` };
      this.#end(seen, response, 206, range, bytes);
      return;
    }
    if (fault.kind === 'endless') {
      this.#endless(response);
      return;
    }
    if (fault.kind === 'silent' && fault.afterBytes < 0) {
      fault.onSilent?.();
      return;
    }
    this.#partial(fault, seen, bytes, response);
  }

  /** Sends the beginning of what was asked for, and then does what the fault says. */
  #partial(
    fault: Extract<FileFault, { afterBytes: number }>,
    seen: FileRequest,
    bytes: Buffer,
    response: ServerResponse,
  ): void {
    const from = this.ignoresRanges ? 0 : (seen.fromByte ?? 0);
    const rest = bytes.subarray(from);
    const piece = rest.subarray(0, Math.min(fault.afterBytes, rest.length - 1));
    const range = from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {};
    const length = fault.kind === 'chunked-break' ? {} : { 'content-length': rest.length };
    seen.status = from > 0 ? 206 : 200;
    seen.sentBytes = piece.length;
    response.writeHead(seen.status, { ...range, ...length });
    response.write(piece, () => {
      if (fault.kind === 'silent') fault.onSilent?.();
      else if (fault.kind === 'reset') response.socket?.resetAndDestroy();
      else response.socket?.end();
    });
  }

  #endless(response: ServerResponse): void {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(10_000)));
    };
    response.on('drain', more);
    more();
  }
}
