/**
 * A small venue that speaks a made-up protocol over the simulated network, in three styles of books, and does wrong what it is told to:
 * `numbered`: linked changes, snapshots by request; `checked`: no numbers, snapshots on the stream, a checksum; `counted`: no numbers, snapshots on the
 * stream, every message of a connection is numbered.
 */
import type { EpochUs, Prng } from '#core';
import type { NetworkServer, ServedAnswer, ServedRequest, ServerSocket, SocketReceiver, Timers } from '#net';
import { type FakeChange, FakeSymbol } from './fake-market.ts';

/** How the venue's books are told. */
export type FakeStyle = 'numbered' | 'checked' | 'counted';

/** What happens to the next message of a stream. */
export type FrameFault = 'drop' | 'duplicate' | 'swap' | 'damage';

/** What requests get until a moment. */
export interface RequestFault {
  readonly kind: 'limited' | 'banned' | 'unavailable' | 'slow' | 'old' | 'damaged' | 'no answer';
  readonly untilUs: EpochUs;
}

interface FakeSocket {
  readonly socket: ServerSocket;
  readonly subscribed: Set<string>;
  readonly silent: Set<string>;
  sequence: number;
  held: { readonly key: string; readonly text: string } | null;
}

const CHANGE_EVERY_US = 200_000;
const TRADE_EVERY_US = 700_000;
/** A host of the simulated network. */
export const FAKE_HOST = 'venue.test';

/** The server. */
export class FakeVenue implements NetworkServer {
  readonly symbols: readonly FakeSymbol[];
  readonly style: FakeStyle;
  /** Streams that are refused, or confirmed and not served, until a moment; key `stream:symbol`. */
  readonly refuses = new Map<string, EpochUs>();
  readonly mutes = new Map<string, EpochUs>();
  /** Streams of which the subscription is not answered. */
  readonly ignores = new Map<string, EpochUs>();
  requestFault: RequestFault | null = null;
  answersPings = true;
  answersSubscriptions = true;
  /** No market data until then. */
  pausedUntilUs: EpochUs = 0;
  snapshotCount = 0;
  tokenCount = 0;
  /** Faults that have hit a message, with what was hit. */
  readonly hits: { readonly kind: FrameFault; readonly key: string; readonly atUs: EpochUs }[] = [];
  readonly #timers: Timers;
  readonly #prng: Prng;
  readonly #sockets = new Set<FakeSocket>();
  #frameFault: { readonly kind: FrameFault; readonly key: string } | null = null;

  constructor(timers: Timers, prng: Prng, style: FakeStyle, symbolNames: readonly string[]) {
    this.#timers = timers;
    this.#prng = prng;
    this.style = style;
    this.symbols = symbolNames.map((name) => new FakeSymbol(name, prng.split(name), timers.nowUs()));
    for (const symbol of this.symbols) this.#live(symbol);
  }

  get socketCount(): number {
    return this.#sockets.size;
  }

  /** The next message of that stream, on whatever connection, is hit. */
  hitNext(kind: FrameFault, key: string): void {
    this.#frameFault = { kind, key };
  }

  get isHitPending(): boolean {
    return this.#frameFault !== null;
  }

  /** Ends all connections politely. */
  closeAll(code = 1001): void {
    for (const { socket } of [...this.#sockets]) socket.close(code, 'bye');
  }

  /** Announces the end of all connections. */
  announceEnd(): void {
    for (const peer of this.#sockets) this.#say(peer, '', { c: 'going-away' });
  }

  /** All connections swallow everything from now on. */
  stallAll(): void {
    for (const { socket } of this.#sockets) socket.stall();
  }

  onSocket(_path: string, _query: string, socket: ServerSocket): SocketReceiver {
    const peer: FakeSocket = { socket, subscribed: new Set(), silent: new Set(), sequence: 0, held: null };
    this.#sockets.add(peer);
    return {
      onMessage: (text) => this.#hear(peer, JSON.parse(text)),
      onPing: () => undefined,
      onEnd: () => this.#sockets.delete(peer),
    };
  }

  onRequest(request: ServedRequest): ServedAnswer | 'no-answer' {
    const nowUs = this.#timers.nowUs();
    const fault = this.requestFault !== null && nowUs < this.requestFault.untilUs ? this.requestFault : null;
    if (fault?.kind === 'no answer') return 'no-answer';
    if (fault?.kind === 'limited' || fault?.kind === 'banned') {
      const seconds = Math.ceil((fault.untilUs - nowUs) / 1_000_000);
      return answer(fault.kind === 'limited' ? 429 : 418, '', { 'Retry-After': String(seconds) });
    }
    if (fault?.kind === 'unavailable') return answer(503, 'down');
    if (request.path === '/time') return answer(200, JSON.stringify({ t: nowUs + 40_000 }));
    if (request.path === '/token') return answer(200, JSON.stringify({ token: `t${++this.tokenCount}` }));
    const symbol = this.symbols.find(({ name }) => request.query === `symbol=${name}`);
    if (symbol === undefined) return answer(400, 'unknown');
    if (request.path === '/interest') {
      return answer(200, JSON.stringify({ s: symbol.name, t: nowUs, oi: symbol.lastId }));
    }
    this.snapshotCount++;
    const body = JSON.stringify(
      frameOf(symbol, symbol.snapshot(fault?.kind === 'old' ? 60 : 0), true, 'numbered'),
    );
    if (fault?.kind === 'damaged') return answer(200, body.slice(0, body.length / 2));
    return { ...answer(200, body), delayUs: fault?.kind === 'slow' ? 4_000_000 : 10_000 };
  }

  #hear(peer: FakeSocket, request: { op: string; stream: string; symbol: string }): void {
    const key = `${request.stream}:${request.symbol}`;
    const nowUs = this.#timers.nowUs();
    if (request.op === 'ping') {
      if (this.answersPings) this.#say(peer, '', { c: 'pong' });
      return;
    }
    if (request.op === 'unsubscribe') {
      peer.subscribed.delete(key);
      return;
    }
    if (!this.answersSubscriptions || nowUs < (this.ignores.get(key) ?? 0)) return;
    const about = { channel: request.stream, symbol: request.symbol };
    if (nowUs < (this.refuses.get(key) ?? 0)) {
      this.#say(peer, '', { c: 'refused', ...about });
      return;
    }
    const isMute = nowUs < (this.mutes.get(key) ?? 0);
    this.#say(peer, '', { c: 'subscribed', ...about });
    if (isMute) return;
    peer.subscribed.add(key);
    if (request.stream !== 'book' || this.style === 'numbered') return;
    const symbol = this.symbols.find(({ name }) => name === request.symbol);
    if (symbol !== undefined) this.#say(peer, key, frameOf(symbol, symbol.snapshot(), true, this.style));
  }

  /** A symbol trades for ever. */
  #live(symbol: FakeSymbol): void {
    const changeLater = (): void => {
      this.#timers.after(1 + Math.round(this.#prng.exponential(CHANGE_EVERY_US)), () => {
        if (this.#timers.nowUs() >= this.pausedUntilUs) this.#tellChange(symbol);
        changeLater();
      });
    };
    const tradeLater = (): void => {
      this.#timers.after(1 + Math.round(this.#prng.exponential(TRADE_EVERY_US)), () => {
        if (this.#timers.nowUs() >= this.pausedUntilUs) this.#tellTrade(symbol);
        tradeLater();
      });
    };
    changeLater();
    tradeLater();
  }

  #tellChange(symbol: FakeSymbol): void {
    const change = symbol.change(this.#timers.nowUs());
    this.#tell(`book:${symbol.name}`, frameOf(symbol, change, false, this.style));
  }

  #tellTrade(symbol: FakeSymbol): void {
    const id = ++symbol.tradeId;
    const t = this.#timers.nowUs();
    symbol.tradeTimes[id] = t;
    this.#tell(`trades:${symbol.name}`, { k: 'trade', s: symbol.name, id, t, p: 1_000, q: 1 + (id % 7) });
  }

  #tell(key: string, frame: Record<string, unknown>): void {
    for (const peer of this.#sockets) if (peer.subscribed.has(key)) this.#say(peer, key, frame);
  }

  #say(peer: FakeSocket, key: string, frame: Record<string, unknown>): void {
    const numbered = this.style === 'counted' ? { ...frame, n: peer.sequence++ } : frame;
    const text = JSON.stringify(numbered);
    const fault = this.#frameFault;
    if (fault === null || fault.key !== key) {
      this.#pass(peer, key, text);
      return;
    }
    this.#frameFault = null;
    this.hits.push({ ...fault, atUs: this.#timers.nowUs() });
    if (fault.kind === 'drop') return;
    if (fault.kind === 'damage') this.#pass(peer, key, text.slice(0, text.length - 5));
    else if (fault.kind === 'swap') peer.held = { key, text };
    else {
      this.#pass(peer, key, text);
      this.#pass(peer, key, text);
    }
  }

  /** Sends, and behind it what was held back to come after the next message of its stream. */
  #pass(peer: FakeSocket, key: string, text: string): void {
    peer.socket.send(text);
    const { held } = peer;
    if (held?.key !== key) return;
    peer.held = null;
    peer.socket.send(held.text);
  }
}

function frameOf(
  symbol: FakeSymbol,
  change: FakeChange,
  isSnapshot: boolean,
  style: FakeStyle,
): Record<string, unknown> {
  const ids =
    style === 'numbered'
      ? { f: change.firstId, l: change.lastId, p: change.previousId }
      : { f: -1, l: -1, p: -1 };
  const crc = style === 'checked' ? change.fingerprint : -1;
  const { asks, bids, tsUs } = change;
  return { k: 'book', s: symbol.name, snap: isSnapshot, ...ids, t: tsUs, b: bids, a: asks, crc };
}

function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): ServedAnswer {
  return { status, headers, body, delayUs: 5_000 };
}
