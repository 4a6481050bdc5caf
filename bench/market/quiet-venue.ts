/** A venue with one symbol that does nothing by itself: it speaks a dialect, answers, and makes changes when it is told to. No faults, no clock. */
import { assert } from '#core';
import type { NetworkServer, ServedAnswer, ServedRequest, ServerSocket, SocketReceiver } from '#net';
import type { TrueChange } from '../../test/hostile/true-market.ts';
import {
  type DialectReply,
  jsonAnswer,
  type Session,
  type SnapshotLevels,
  type VenueView,
  type WireProtocol,
} from '../../test/hostile/wire-protocol.ts';
import type { DeepBook } from './deep-book.ts';

const ANSWER_US = 1_000;

/** One client at a time, and its book. */
export class QuietVenue implements NetworkServer, VenueView {
  readonly books: readonly [DeepBook];
  readonly isRefusing = false;
  readonly #protocol: WireProtocol;
  #nowUs: number;
  #session: Session | null = null;
  /** Frames with which the book's stream began. */
  #snapshotFrames: readonly string[] = [];

  constructor(protocol: WireProtocol, book: DeepBook, startUs: number) {
    this.#protocol = protocol;
    this.books = [book];
    this.#nowUs = startUs;
  }

  get snapshotFrames(): readonly string[] {
    return this.#snapshotFrames;
  }

  venueUs(): number {
    return this.#nowUs;
  }

  /** Moves the clock of the venue. */
  passTime(us: number): void {
    this.#nowUs += us;
  }

  book(wireSymbol: string): DeepBook | undefined {
    return this.books.find(({ instrument }) => instrument.wireSymbol === wireSymbol);
  }

  bookByRest(restSymbol: string): DeepBook | undefined {
    return this.books.find(({ instrument }) => instrument.restSymbol === restSymbol);
  }

  snapshotOf(book: DeepBook): SnapshotLevels {
    return { lastId: book.lastId, bids: book.levels('bid'), asks: book.levels('ask') };
  }

  /** Returns the frames of a change, numbered as the next ones of the client's connection. */
  framesOf(change: TrueChange): readonly string[] {
    return this.#protocol.changeFrames(this.#listener(), change, this, false);
  }

  /** Sends frames to the client. */
  send(frames: readonly string[]): void {
    for (const frame of frames) this.#listener().socket.send(frame);
  }

  onSocket(path: string, query: string, socket: ServerSocket): SocketReceiver {
    const rest = { streams: new Set<string>(), sequence: 0, silent: new Set<string>(), isStalled: false };
    const session: Session = { socket, path, query, ...rest };
    this.#session = session;
    this.#reply(session, this.#protocol.onOpen(session, this));
    return {
      onMessage: (text) => this.#reply(session, this.#protocol.onMessage(session, text, this)),
      onPing: () => undefined,
      onEnd: () => undefined,
    };
  }

  onRequest(request: ServedRequest): ServedAnswer {
    const answer = this.#protocol.onRequest(request, this);
    return { ...(answer ?? jsonAnswer({ error: 'not found' }, 404)), delayUs: ANSWER_US };
  }

  #listener(): Session {
    assert(this.#session !== null && this.#session.streams.size === 1, 'the client listens to the book');
    return this.#session;
  }

  #reply(session: Session, reply: DialectReply): void {
    for (const frame of reply.send) session.socket.send(frame);
    for (const { stream } of reply.begin) {
      assert(stream === 'book', 'a client of a quiet venue listens to the book');
      session.streams.add(stream);
      this.#snapshotFrames = this.#protocol.snapshotFrames(session, this.books[0], this);
      this.send(this.#snapshotFrames);
    }
  }
}
