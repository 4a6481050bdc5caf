/**
 * The WebSocket side: who listens to what. Sockets come by routed paths (`/public`, `/market`, `/private`) or by the older ones (`/ws`,
 * `/stream`), name streams in the path or subscribe later. As at the venue, a stream that its route does not carry is acknowledged and stays
 * silent. Bounded: streams of a socket, messages in a second.
 */
import { type EpochUs, US_PER_DAY, US_PER_SECOND } from '#core';
import type { ServerSocket, SocketReceiver } from '#net';

/** What a route carries; `any` = the older paths. */
export type StreamRoute = 'public' | 'market' | 'private' | 'any';

/** What a path of a socket means. */
export interface StreamPath {
  readonly route: StreamRoute;
  /** Payloads come wrapped as `{stream, data}`. */
  readonly isCombined: boolean;
  readonly streams: readonly string[];
}

/** One socket. */
interface Listener {
  readonly socket: ServerSocket;
  readonly route: StreamRoute;
  isCombined: boolean;
  readonly streams: Set<string>;
  readonly openedUs: EpochUs;
  secondUs: EpochUs;
  messages: number;
}

const STREAMS_MAX = 1_024;
const MESSAGES_PER_SECOND = 10;
const NAME_LENGTH_MAX = 128;
const ROUTES: readonly string[] = ['public', 'market', 'private'];

/** Returns what a path and query mean; `null` when there is no stream at such a path. */
export function streamPathOf(path: string, query: string): StreamPath | null {
  const parts = path.split('/').filter((part) => part !== '');
  const isRouted = ROUTES.includes(parts[0] ?? '');
  const route = isRouted ? (parts[0] as StreamRoute) : 'any';
  const [form, ...rest] = isRouted ? parts.slice(1) : parts;
  if (form !== 'ws' && form !== 'stream' && !(isRouted && form === undefined)) return null;
  const params = new URLSearchParams(query);
  const named = [...rest, ...(params.get('streams') ?? '').split('/'), params.get('listenKey') ?? ''];
  // A bare number is how some clients tell their connections apart.
  const streams = named.filter(
    (name) => name !== '' && !/^\d+$/.test(name) && name.length <= NAME_LENGTH_MAX,
  );
  return { route, isCombined: form === 'stream', streams: streams.slice(0, STREAMS_MAX) };
}

/** True when a route carries a stream. */
export function carries(route: StreamRoute, stream: string): boolean {
  if (route === 'any') return true;
  const isPublic = /@(depth|bookTicker|trade|rpiDepth)|^!bookTicker$/.test(stream);
  const isMarket = !isPublic && /[@!]/.test(stream);
  return route === (isPublic ? 'public' : isMarket ? 'market' : 'private');
}

/** All sockets and what they listen to. */
export class StreamHub {
  readonly #listeners = new Set<Listener>();
  readonly #byStream = new Map<string, Set<Listener>>();
  readonly #nowUs: () => EpochUs;
  /** Says how often a message is sent; where it is late, somebody else delivers it then. */
  copiesOf: (stream: string, payload: object, nowUs: EpochUs) => number = () => 1;

  constructor(nowUs: () => EpochUs) {
    this.#nowUs = nowUs;
  }

  /** Streams that somebody listens to. */
  get wanted(): Iterable<string> {
    return this.#byStream.keys();
  }

  /** True when somebody listens to a stream. */
  isWanted(stream: string): boolean {
    return this.#byStream.has(stream);
  }

  /** Sends a payload to all who listen to a stream. */
  publish(stream: string, payload: object): void {
    if (!this.#byStream.has(stream)) return;
    const copies = this.copiesOf(stream, payload, this.#nowUs());
    for (let copy = 0; copy < copies; copy++) this.deliver(stream, payload);
  }

  /** Sends a payload to all who listen to a stream, whatever `copiesOf` would say of it. */
  deliver(stream: string, payload: object): void {
    const listeners = this.#byStream.get(stream);
    if (listeners === undefined) return;
    const data = JSON.stringify(payload);
    for (const { isCombined, socket } of listeners)
      socket.send(isCombined ? `{"stream":${JSON.stringify(stream)},"data":${data}}` : data);
  }

  /** Takes in a socket. */
  open(path: StreamPath, socket: ServerSocket): SocketReceiver {
    const { isCombined, route } = path;
    const nowUs = this.#nowUs();
    const listener: Listener = {
      socket,
      route,
      isCombined,
      streams: new Set(),
      openedUs: nowUs,
      secondUs: 0,
      messages: 0,
    };
    this.#listeners.add(listener);
    for (const stream of path.streams) this.#subscribe(listener, stream);
    return {
      onMessage: (text) => this.#onMessage(listener, text),
      onPing: () => undefined,
      onEnd: () => this.#forget(listener),
    };
  }

  /** Does something with each socket whose streams are asked for; it is told nothing more of the ones that end by it. */
  each(isMeant: (streams: ReadonlySet<string>) => boolean, act: (socket: ServerSocket) => void): void {
    for (const { socket, streams } of [...this.#listeners]) if (isMeant(streams)) act(socket);
  }

  /** Ends sockets that have been open for a day. */
  closeOld(nowUs: EpochUs): void {
    for (const listener of [...this.#listeners]) {
      if (nowUs - listener.openedUs < US_PER_DAY) continue;
      this.#forget(listener);
      listener.socket.close(1001, 'open for 24 hours');
    }
  }

  #onMessage(listener: Listener, text: string): void {
    const nowUs = this.#nowUs();
    if (nowUs >= listener.secondUs + US_PER_SECOND) {
      listener.secondUs = nowUs;
      listener.messages = 0;
    }
    if (++listener.messages > MESSAGES_PER_SECOND) {
      this.#forget(listener);
      listener.socket.close(1008, 'Too many requests');
      return;
    }
    listener.socket.send(JSON.stringify(this.#answer(listener, text)));
  }

  #answer(listener: Listener, text: string): object {
    const request = parsedObject(text);
    if (request === null) return { error: { code: 3, msg: 'Invalid JSON: expected an object' } };
    const { id = null, method, params = [] } = request;
    const isGoodId = id === null || typeof id === 'string' || Number.isSafeInteger(id);
    if (!isGoodId) return { error: { code: 2, msg: 'Invalid request: id is a number or a text' } };
    const names = Array.isArray(params) ? (params as readonly unknown[]) : [null];
    const isNamed = (name: unknown): name is string =>
      typeof name === 'string' && name !== '' && name.length <= NAME_LENGTH_MAX;
    switch (method) {
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE':
        if (!names.every(isNamed))
          return { error: { code: 2, msg: 'Invalid request: params is a list of streams' }, id };
        if (method === 'UNSUBSCRIBE') for (const name of names) this.#unsubscribe(listener, name);
        else if (new Set([...listener.streams, ...names]).size > STREAMS_MAX)
          return { error: { code: 2, msg: `Invalid request: at most ${STREAMS_MAX} streams` }, id };
        else for (const name of names) this.#subscribe(listener, name);
        return { result: null, id };
      case 'LIST_SUBSCRIPTIONS':
        return { result: [...listener.streams], id };
      case 'SET_PROPERTY':
        if (names[0] !== 'combined' || typeof names[1] !== 'boolean')
          return { error: { code: 0, msg: 'Unknown property' }, id };
        listener.isCombined = names[1];
        return { result: null, id };
      case 'GET_PROPERTY':
        return names[0] === 'combined'
          ? { result: listener.isCombined, id }
          : { error: { code: 0, msg: 'Unknown property' }, id };
      default:
        return { error: { code: 2, msg: 'Invalid request: unknown method' }, id };
    }
  }

  #subscribe(listener: Listener, stream: string): void {
    listener.streams.add(stream);
    if (!carries(listener.route, stream)) return;
    const listeners = this.#byStream.get(stream) ?? new Set();
    listeners.add(listener);
    this.#byStream.set(stream, listeners);
  }

  #unsubscribe(listener: Listener, stream: string): void {
    listener.streams.delete(stream);
    const listeners = this.#byStream.get(stream);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#byStream.delete(stream);
  }

  #forget(listener: Listener): void {
    this.#listeners.delete(listener);
    for (const stream of [...listener.streams]) this.#unsubscribe(listener, stream);
  }
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    // What is no JSON is answered as such.
    return null;
  }
}
