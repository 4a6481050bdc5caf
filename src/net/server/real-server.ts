/**
 * Serves a `NetworkServer` over real sockets on this machine's loopback, plain or with TLS, so that what runs in simulated time runs against
 * real clients too. Invariants: never reachable from another machine; connections and the bytes of what they send are bounded.
 */
import {
  createServer as createPlain,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocketServer } from 'ws';
import { assert, XylenError } from '#core';
import { LOOPBACK, type NetworkServer, type ServedAnswer } from '#net';
import { ServedSocket } from './served-socket.ts';

/** How a server is run. */
export interface RealServerOptions {
  /** 0 = any that is free. */
  readonly port?: number;
  /** Key and certificate in PEM; `null` = plain. */
  readonly tls?: { readonly key: string; readonly cert: string } | null;
  readonly connectionsMax?: number;
  /** Longest message or request body, bytes. */
  readonly messageBytesMax?: number;
}

/** A server that listens. */
export interface RealServer {
  readonly port: number;
  /** `http://127.0.0.1:P`, without a trailing slash. */
  readonly restUrl: string;
  /** `ws://127.0.0.1:P`, without a trailing slash. */
  readonly socketUrl: string;
  /** Connections that are open. */
  readonly connectionCount: number;
  /** Breaks off every new connection, until told otherwise. */
  refuse(isRefusing: boolean): void;
  /** Breaks off what is connected. */
  breakConnections(): void;
  /** Accepts no more and breaks off what is connected. */
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 512;
const MESSAGE_BYTES_MAX = 1024 * 1024;
/** How long a client may take over its request, and over its part of an end. */
const CLIENT_TIMEOUT_MS = 10_000;
/** Requests whose answers are still to come. */
const ANSWERS_MAX = 4_096;

/** Begins to serve. @throws XY_PORT_IN_USE, XY_LINK_FAILED, or what OpenSSL says of a key or certificate. */
export async function serveNetwork(
  served: NetworkServer,
  options: RealServerOptions = {},
): Promise<RealServer> {
  const server = new LoopbackServer(served, options);
  await server.listen(options.port ?? 0);
  return server;
}

class LoopbackServer implements RealServer {
  readonly #served: NetworkServer;
  readonly #isSecure: boolean;
  readonly #messageBytesMax: number;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #connections = new Set<Socket>();
  readonly #answers = new Set<NodeJS.Timeout>();
  #isRefusing = false;
  port = 0;

  constructor(served: NetworkServer, options: RealServerOptions) {
    this.#served = served;
    this.#messageBytesMax = options.messageBytesMax ?? MESSAGE_BYTES_MAX;
    const tls = options.tls ?? null;
    this.#isSecure = tls !== null;
    const onRequest: RequestListener = (request, response) => this.#onRequest(request, response);
    const settings = { requestTimeout: CLIENT_TIMEOUT_MS, connectionsCheckingInterval: 1_000, noDelay: true };
    this.#server =
      tls === null ? createPlain(settings, onRequest) : createSecure({ ...settings, ...tls }, onRequest);
    this.#server.maxConnections = options.connectionsMax ?? CONNECTIONS_MAX;
    // The type declarations of `ws` do not know the limit of an end.
    const socketSettings: ServerOptions & { closeTimeout: number } = {
      noServer: true,
      perMessageDeflate: false,
      maxPayload: this.#messageBytesMax,
      clientTracking: false,
      autoPong: false,
      closeTimeout: CLIENT_TIMEOUT_MS,
    };
    this.#sockets = new WebSocketServer(socketSettings);
    this.#server.on('connection', (socket: Socket) => this.#onConnection(socket));
    this.#server.on('upgrade', (request, socket, head) => this.#onUpgrade(request, socket, head));
  }

  get restUrl(): string {
    return `${this.#isSecure ? 'https' : 'http'}://${LOOPBACK}:${this.port}`;
  }

  get socketUrl(): string {
    return `${this.#isSecure ? 'wss' : 'ws'}://${LOOPBACK}:${this.port}`;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (cause: NodeJS.ErrnoException) => {
        const isTaken = cause.code === 'EADDRINUSE';
        const message = `cannot listen on ${LOOPBACK}:${port}: ${cause.message}`;
        const fields = { port };
        reject(new XylenError(isTaken ? 'XY_PORT_IN_USE' : 'XY_LINK_FAILED', message, { fields, cause }));
      });
      this.#server.listen(port, LOOPBACK, () => {
        this.#server.removeAllListeners('error');
        // A connection that could not be accepted concerns whoever tried it, and is broken off there.
        this.#server.on('error', () => undefined);
        const address = this.#server.address();
        assert(address !== null && typeof address === 'object', 'a listening server has a port');
        this.port = address.port;
        resolve();
      });
    });
  }

  refuse(isRefusing: boolean): void {
    this.#isRefusing = isRefusing;
  }

  breakConnections(): void {
    for (const socket of [...this.#connections]) socket.destroy();
  }

  close(): Promise<void> {
    for (const timer of this.#answers) clearTimeout(timer);
    this.#answers.clear();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.breakConnections();
    });
  }

  #onConnection(socket: Socket): void {
    socket.on('error', () => undefined);
    if (this.#isRefusing) {
      socket.resetAndDestroy();
      return;
    }
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const { path, query } = partsOf(request);
    const answer = this.#served.onUpgrade?.(path, query) ?? 'accept';
    if (answer === 'no-answer') {
      // It is kept, and its bytes are taken, until the client has had enough.
      socket.on('end', () => socket.destroy());
      socket.resume();
    } else if (answer !== 'accept') {
      socket.end(`HTTP/1.1 ${answer.status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      socket.on('end', () => socket.destroy());
      socket.resume();
    } else {
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        const end = new ServedSocket(webSocket, request.socket);
        end.receiver = this.#served.onSocket(path, query, end);
      });
    }
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => undefined);
    request.on('error', () => undefined);
    if (!hasBody(request)) {
      request.resume();
      this.#serve(request, '', response);
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > this.#messageBytesMax) request.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => this.#serve(request, Buffer.concat(chunks, bytes).toString(), response));
  }

  #serve(request: IncomingMessage, body: string, response: ServerResponse): void {
    const { headers, path, query } = partsOf(request);
    const answer = this.#served.onRequest({ method: request.method ?? '', path, query, headers, body });
    if (answer !== 'no-answer') this.#answer(answer, response);
  }

  #answer(answer: ServedAnswer, response: ServerResponse): void {
    const send = (): void => {
      response.writeHead(answer.status, {
        'content-length': Buffer.byteLength(answer.body),
        ...answer.headers,
      });
      response.end(answer.body);
    };
    if (answer.delayUs <= 0) send();
    else if (this.#answers.size >= ANSWERS_MAX) response.destroy();
    else {
      const timer = setTimeout(() => {
        this.#answers.delete(timer);
        send();
      }, answer.delayUs / 1_000);
      this.#answers.add(timer);
      response.on('close', () => {
        clearTimeout(timer);
        this.#answers.delete(timer);
      });
    }
  }
}

function partsOf(request: IncomingMessage): {
  path: string;
  query: string;
  headers: Readonly<Record<string, string>>;
} {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  return {
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    headers: headersOf(request),
  };
}

/** True for a request that has a body, or may have one (RFC 9112, 6). */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}

/** Names in lower case; what was sent several times is one text. */
function headersOf({ rawHeaders }: IncomingMessage): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}
