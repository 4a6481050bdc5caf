/**
 * A venue that goes wrong on demand. It speaks a dialect over whatever network it is put into, simulated or real, tells the truth of a seeded
 * market, and breaks it by faults that it notes, so that a client's books and its ledger can be held against what happened.
 */
import { assert, type Prng, US_PER_SECOND } from '#core';
import type {
  Cancel,
  NetworkServer,
  ServedAnswer,
  ServedRequest,
  ServerSocket,
  SocketReceiver,
  Timers,
} from '#net';
import type { DoneFault, Fault } from './fault.ts';
import { TrueBook, type TrueChange, type TrueInstrument } from './true-market.ts';
import type {
  DialectReply,
  HostileStream,
  Session,
  SnapshotLevels,
  VenueView,
  WireProtocol,
} from './wire-protocol.ts';

/** What a hostile venue is made of. */
export interface HostileVenueParts {
  readonly timers: Timers;
  readonly prng: Prng;
  readonly protocol: WireProtocol;
  readonly instruments: readonly TrueInstrument[];
  /** Changes and prints of all symbols together, a second, on average. */
  readonly eventsPerS: number;
  /** Hears every change of every book as it happens, also those that are never sent. */
  readonly onChange?: (change: TrueChange) => void;
}

const TRADE_SHARE = 0.2;
const ANSWER_US = 20_000;

/** Frames that are made and not sent yet. */
interface SessionFrames {
  readonly session: Session;
  readonly frames: readonly string[];
}

/** A venue; nothing of its market happens before `start`. */
export class HostileVenue implements NetworkServer, VenueView {
  readonly books: readonly TrueBook[];
  readonly done: DoneFault[] = [];
  /** Changes and prints of all symbols together, a second, on average. */
  eventsPerS: number;
  readonly #parts: HostileVenueParts;
  readonly #prng: Prng;
  readonly #sessions = new Set<Session>();
  /** Stream faults that wait for the next change of their symbol. */
  readonly #waiting = new Map<string, Fault[]>();
  /** First halves of swapped changes, as each session would have heard them. */
  readonly #held = new Map<string, readonly SessionFrames[]>();
  readonly #oldSnapshots = new Map<string, SnapshotLevels>();
  #cancels: Cancel[] = [];
  #isRunning = false;
  #marketTurn = 0;
  #skewUs = 0;
  #silentUntilUs = 0;
  #refuseUntilUs = 0;
  #limit: { readonly status: number; readonly untilUs: number } | null = null;
  #unavailableUntilUs = 0;
  #noAnswerUntilUs = 0;
  #slow = { untilUs: 0, delayUs: 0 };
  #oldUntilUs = 0;
  #isAnswering = false;
  requestCount = 0;

  constructor(parts: HostileVenueParts) {
    this.#parts = parts;
    this.eventsPerS = parts.eventsPerS;
    this.#prng = parts.prng.split('hostile venue');
    this.books = parts.instruments.map((instrument) => new TrueBook(instrument, this.#prng));
  }

  /** Sockets that clients have open. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  get isRefusing(): boolean {
    return this.#parts.timers.nowUs() < this.#refuseUntilUs;
  }

  venueUs(): number {
    return this.#parts.timers.nowUs() + this.#skewUs;
  }

  book(wireSymbol: string): TrueBook | undefined {
    return this.books.find(({ instrument }) => instrument.wireSymbol === wireSymbol);
  }

  bookByRest(restSymbol: string): TrueBook | undefined {
    return this.books.find(({ instrument }) => instrument.restSymbol === restSymbol);
  }

  snapshotOf(book: TrueBook): SnapshotLevels {
    // What a stream begins with is never old: no venue does that.
    const isOld = this.#isAnswering && this.#parts.timers.nowUs() < this.#oldUntilUs;
    const old = isOld ? this.#oldSnapshots.get(book.instrument.symbol) : undefined;
    return old ?? snapshot(book);
  }

  /** Begins to trade and to send heartbeats. */
  start(): void {
    this.resumeMarket();
    this.#scheduleHeartbeat();
  }

  /** The market goes on. */
  resumeMarket(): void {
    assert(!this.#isRunning, 'a market that is paused goes on');
    this.#isRunning = true;
    this.#scheduleEvent(++this.#marketTurn);
  }

  /** Nothing happens on the market any more; connections, heartbeats and requests go on. */
  pauseMarket(): void {
    this.#isRunning = false;
    for (const held of this.#held.values()) sendAll(held);
    this.#held.clear();
  }

  /** Ends all timers. */
  close(): void {
    this.#isRunning = false;
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }

  /** Makes one change of one symbol now. */
  makeChange(book: TrueBook): void {
    this.#onChange(book.change(this.#prng, this.venueUs(), this.#parts.protocol.levelsMax));
  }

  /** Does a fault now, or at the next change of its symbol. */
  inject(fault: Fault): void {
    const { timers } = this.#parts;
    const nowUs = timers.nowUs();
    switch (fault.kind) {
      case 'drop':
      case 'duplicate':
      case 'swap':
      case 'bad-checksum':
      case 'garbage': {
        const waiting = this.#waiting.get(fault.symbol) ?? [];
        waiting.push(fault);
        this.#waiting.set(fault.symbol, waiting);
        return;
      }
      case 'huge':
      case 'disconnect':
      case 'close':
      case 'stall':
        this.#breakSessions(fault);
        return;
      case 'expire':
        this.#expireTickets(fault);
        return;
      case 'silent':
        this.#silentUntilUs = nowUs + fault.forUs;
        break;
      case 'refuse':
        this.#refuseUntilUs = nowUs + fault.forUs;
        break;
      case 'limit':
        this.#limit = { status: fault.status, untilUs: nowUs + fault.retryAfterS * US_PER_SECOND };
        break;
      case 'unavailable':
        this.#unavailableUntilUs = nowUs + fault.forUs;
        break;
      case 'no-answer':
        this.#noAnswerUntilUs = nowUs + fault.forUs;
        break;
      case 'slow':
        this.#slow = { untilUs: nowUs + fault.forUs, delayUs: fault.delayUs };
        break;
      case 'old':
        this.#oldUntilUs = nowUs + fault.forUs;
        for (const book of this.books) this.#oldSnapshots.set(book.instrument.symbol, snapshot(book));
        break;
      case 'skew':
        this.#skewUs += fault.byUs;
        break;
    }
    this.#note(fault, [], false);
  }

  onSocket(path: string, query: string, socket: ServerSocket): SocketReceiver {
    const session: Session = {
      socket,
      path,
      query,
      streams: new Set(),
      sequence: 0,
      silent: new Set(),
      isStalled: false,
    };
    this.#sessions.add(session);
    this.#reply(session, this.#parts.protocol.onOpen(session, this));
    return {
      onMessage: (text) => {
        if (!session.isStalled) this.#reply(session, this.#parts.protocol.onMessage(session, text, this));
      },
      onPing: () => undefined,
      onEnd: () => this.#sessions.delete(session),
    };
  }

  onRequest(request: ServedRequest): ServedAnswer | 'no-answer' {
    this.requestCount++;
    const nowUs = this.#parts.timers.nowUs();
    if (nowUs < this.#noAnswerUntilUs) return 'no-answer';
    const delayUs = ANSWER_US + (nowUs < this.#slow.untilUs ? this.#slow.delayUs : 0);
    if (this.#limit !== null && nowUs < this.#limit.untilUs) {
      const retryAfter = String(Math.ceil((this.#limit.untilUs - nowUs) / US_PER_SECOND));
      const body = '{"code":-1003,"msg":"Too many requests."}';
      return { status: this.#limit.status, headers: { 'retry-after': retryAfter }, body, delayUs };
    }
    if (nowUs < this.#unavailableUntilUs)
      return { status: 503, headers: {}, body: 'Service Unavailable', delayUs };
    this.#isAnswering = true;
    const answer = this.#parts.protocol.onRequest(request, this);
    this.#isAnswering = false;
    if (answer === undefined)
      return { status: 404, headers: {}, body: '{"code":404,"msg":"no such path"}', delayUs };
    return { ...answer, delayUs };
  }

  /** `turn` tells the timers of a market that was paused meanwhile. */
  #scheduleEvent(turn: number): void {
    const delayUs = Math.max(1, Math.round(this.#prng.exponential(US_PER_SECOND / this.eventsPerS)));
    this.#later(delayUs, () => {
      if (!this.#isRunning || turn !== this.#marketTurn) return;
      const book = this.books[this.#prng.integer(0, this.books.length)];
      assert(book !== undefined, 'a venue has symbols');
      if (this.#prng.uniform() < TRADE_SHARE) this.#makeTrade(book);
      else this.makeChange(book);
      this.#scheduleEvent(turn);
    });
  }

  #scheduleHeartbeat(): void {
    this.#later(US_PER_SECOND, () => {
      for (const session of this.#sessions) {
        if (session.isStalled) continue;
        for (const frame of this.#parts.protocol.heartbeatFrames(session, this)) session.socket.send(frame);
      }
      this.#scheduleHeartbeat();
    });
  }

  #makeTrade(book: TrueBook): void {
    const trade = book.trade(this.#prng, this.venueUs());
    for (const session of this.#listeners('trades', book)) {
      for (const frame of this.#parts.protocol.tradeFrames(session, trade, this)) session.socket.send(frame);
    }
  }

  #onChange(change: TrueChange): void {
    this.#parts.onChange?.(change);
    const { symbol } = change.book.instrument;
    const held = this.#held.get(symbol);
    if (held !== undefined) {
      this.#held.delete(symbol);
      this.#sendSwapped(held, change);
      return;
    }
    const fault = this.#waiting.get(symbol)?.shift();
    if (fault === undefined) {
      this.#send(change, false);
      return;
    }
    switch (fault.kind) {
      case 'drop':
        this.#drop(change, fault);
        return;
      case 'duplicate':
        this.#sendTwice(change);
        this.#note(fault, [], false);
        return;
      case 'swap':
        this.#held.set(symbol, this.#madeFor(change, false));
        // A heartbeat may come before the other half: then its number alone shows a gap.
        this.#note(fault, this.#symbolsBeside(change.book), false);
        return;
      case 'bad-checksum':
        this.#note(fault, this.#heardBy(change.book), this.#parts.protocol.hasChecksum);
        this.#send(change, this.#parts.protocol.hasChecksum);
        return;
      default:
        this.#sendGarbage(change.book);
        this.#note(fault, this.#symbolsBeside(change.book), false);
        this.#send(change, false);
    }
  }

  #send(change: TrueChange, isFalsified: boolean): void {
    sendAll(this.#madeFor(change, isFalsified));
  }

  #sendTwice(change: TrueChange): void {
    const made = this.#madeFor(change, false);
    sendAll(made);
    sendAll(made);
  }

  /** The frames are made, so that numbers of the connection are used up, and thrown away. */
  #drop(change: TrueChange, fault: Fault): void {
    this.#madeFor(change, false);
    this.#noteLoss(change.book, fault);
  }

  #sendSwapped(first: readonly SessionFrames[], second: TrueChange): void {
    sendAll(this.#madeFor(second, false));
    sendAll(first);
    // Who came in between heard the second half alone, and lost nothing by it.
    if (first.length > 0)
      this.#noteLoss(second.book, { kind: 'swap', symbol: second.book.instrument.symbol });
  }

  #noteLoss(book: TrueBook, fault: Fault): void {
    const { numbering } = this.#parts.protocol;
    const symbols = numbering === 'connection' ? this.#symbolsBeside(book) : this.#heardBy(book);
    this.#note(fault, symbols, numbering !== 'none');
  }

  #madeFor(change: TrueChange, isFalsified: boolean): readonly SessionFrames[] {
    return this.#listeners('book', change.book).map((session) => ({
      session,
      frames: this.#parts.protocol.changeFrames(session, change, this, isFalsified),
    }));
  }

  #sendGarbage(book: TrueBook): void {
    const texts = ['{"stream":', '[[[', 'not json', '{"data":{"e":"depthUpdate","b":[["1","x"]]}', '\u0000'];
    const text = texts[this.#prng.integer(0, texts.length)] ?? '';
    for (const session of this.#listeners('book', book)) session.socket.send(text);
  }

  #breakSessions(fault: Fault): void {
    const heard = this.#heard();
    for (const session of [...this.#sessions]) {
      if (session.isStalled) continue;
      if (fault.kind === 'disconnect') session.socket.destroy();
      else if (fault.kind === 'close') session.socket.close(1001, 'maintenance');
      else if (fault.kind === 'huge') session.socket.send(`"${'x'.repeat(fault.bytes)}"`);
      else {
        session.isStalled = true;
        session.socket.stall();
      }
    }
    this.#note(fault, heard, heard.length > 0);
  }

  #expireTickets(fault: Fault): void {
    const heard = this.#heard();
    let closedCount = 0;
    for (const session of [...this.#sessions]) {
      const told = this.#parts.protocol.expireTickets?.(session, this) ?? [];
      if (session.isStalled) continue;
      if (told === 'close') {
        closedCount++;
        session.socket.close(4001, 'token is expired');
      } else for (const text of told) session.socket.send(text);
    }
    const symbols = closedCount > 0 ? heard : [];
    this.#note(fault, symbols, symbols.length > 0);
  }

  #reply(session: Session, reply: DialectReply): void {
    for (const frame of reply.send) session.socket.send(frame);
    for (const { book, stream } of reply.end) session.streams.delete(keyOf(stream, book));
    const isSilent = this.#parts.timers.nowUs() < this.#silentUntilUs;
    for (const { book, stream } of reply.begin) {
      const key = keyOf(stream, book);
      session.streams.add(key);
      session.silent.delete(key);
      if (isSilent) {
        session.silent.add(key);
        continue;
      }
      if (stream !== 'book') continue;
      for (const frame of this.#parts.protocol.snapshotFrames(session, book, this))
        session.socket.send(frame);
    }
  }

  #listeners(stream: HostileStream, book: TrueBook): Session[] {
    const key = keyOf(stream, book);
    return [...this.#sessions].filter(
      (session) => !session.isStalled && session.streams.has(key) && !session.silent.has(key),
    );
  }

  /** The symbol, when anybody hears its book. */
  #heardBy(book: TrueBook): string[] {
    return this.#listeners('book', book).length === 0 ? [] : [book.instrument.symbol];
  }

  /** All symbols whose books are heard on a connection that this one is heard on. */
  #symbolsBeside(book: TrueBook): string[] {
    const sessions = this.#listeners('book', book);
    return this.books
      .filter((other) => sessions.some((session) => session.streams.has(keyOf('book', other))))
      .map(({ instrument }) => instrument.symbol);
  }

  #heard(): string[] {
    return this.books.flatMap((book) => this.#heardBy(book));
  }

  #note(fault: Fault, symbols: readonly string[], isRevealed: boolean): void {
    const atUs = this.#parts.timers.nowUs();
    this.done.push({ fault, atUs, symbols, isRevealed: isRevealed && symbols.length > 0 });
  }

  #later(delayUs: number, call: () => void): void {
    const cancel = this.#parts.timers.after(delayUs, () => {
      this.#cancels = this.#cancels.filter((other) => other !== cancel);
      call();
    });
    this.#cancels.push(cancel);
  }
}

function keyOf(stream: HostileStream, { instrument }: TrueBook): string {
  return `${stream} ${instrument.wireSymbol}`;
}

function sendAll(made: readonly SessionFrames[]): void {
  for (const { frames, session } of made) for (const frame of frames) session.socket.send(frame);
}

function snapshot(book: TrueBook): SnapshotLevels {
  return { lastId: book.lastId, bids: book.levels('bid'), asks: book.levels('ask') };
}
