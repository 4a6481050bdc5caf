/** A venue-less server for tests of transports: it notes what it hears and does what the path of a socket or request asks for. */
import { assert } from '#core';
import type { NetworkServer, ServedAnswer, ServedRequest, ServerSocket, SocketReceiver } from '#net';

/** One socket as the server saw it. */
export interface SeenSocket {
  readonly path: string;
  readonly query: string;
  readonly socket: ServerSocket;
  readonly messages: string[];
  pingCount: number;
  endCount: number;
}

/** Notes everything; `onMessage` may answer. */
export class ScriptedServer implements NetworkServer {
  readonly sockets: SeenSocket[] = [];
  readonly requests: ServedRequest[] = [];
  readonly #onMessage: (text: string, socket: ServerSocket) => void;
  readonly #onRequest: (request: ServedRequest) => ServedAnswer | 'no-answer';
  /** Called at whatever happens, for tests that wait. */
  onChange: () => void = () => undefined;

  constructor(
    script: {
      onMessage?: (text: string, socket: ServerSocket) => void;
      onRequest?: (request: ServedRequest) => ServedAnswer | 'no-answer';
    } = {},
  ) {
    this.#onMessage = script.onMessage ?? (() => undefined);
    this.#onRequest = script.onRequest ?? (() => ({ status: 404, headers: {}, body: '', delayUs: 0 }));
  }

  /** Returns the socket of a path. */
  at(path: string): SeenSocket {
    const seen = this.sockets.find((socket) => socket.path === path);
    assert(seen !== undefined, `a socket came to ${path}`);
    return seen;
  }

  onUpgrade(path: string): 'accept' | 'no-answer' | { readonly status: number } {
    if (path === '/mute') return 'no-answer';
    const status = /^\/status\/(\d+)$/.exec(path)?.[1];
    return status === undefined ? 'accept' : { status: Number(status) };
  }

  onSocket(path: string, query: string, socket: ServerSocket): SocketReceiver {
    const seen: SeenSocket = { path, query, socket, messages: [], pingCount: 0, endCount: 0 };
    this.sockets.push(seen);
    if (path === '/hello') socket.send('hello');
    this.onChange();
    return {
      onMessage: (text) => {
        seen.messages.push(text);
        this.#onMessage(text, socket);
        this.onChange();
      },
      onPing: () => {
        seen.pingCount++;
        this.onChange();
      },
      onEnd: () => {
        seen.endCount++;
        this.onChange();
      },
    };
  }

  onRequest(request: ServedRequest): ServedAnswer | 'no-answer' {
    this.requests.push(request);
    return this.#onRequest(request);
  }
}
