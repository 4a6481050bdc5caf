/**
 * The dialect of a venue, as its server speaks it: what clients say, what they are told. The hostile venue keeps market, sessions, faults and time;
 * a dialect turns truth into the venue's own text, written from the venue's documentation and not from the code under test.
 */
import type { ServedAnswer, ServedRequest, ServerSocket } from '#net';
import type { TrueBook, TrueChange, TrueTrade } from './true-market.ts';

/** What a client can listen to here. */
export type HostileStream = 'book' | 'trades';

/** One socket of a client. */
export interface Session {
  readonly socket: ServerSocket;
  readonly path: string;
  readonly query: string;
  /** `book BTCUSDT`, by wire symbol. */
  readonly streams: Set<string>;
  /** Frames of this connection that were numbered, sent or lost. */
  sequence: number;
  /** Subscriptions that are confirmed and bring nothing. */
  readonly silent: Set<string>;
  isStalled: boolean;
}

/** What the venue does after a client has spoken. */
export interface DialectReply {
  /** Sent at once, in order. */
  readonly send: readonly string[];
  /** Streams that begin now, with their snapshots where the venue sends those. */
  readonly begin: readonly { readonly stream: HostileStream; readonly book: TrueBook }[];
  readonly end: readonly { readonly stream: HostileStream; readonly book: TrueBook }[];
}

/** What a dialect may ask of the venue while it answers. */
export interface VenueView {
  /** Time of the venue's clock, which may be wrong. */
  venueUs(): number;
  book(wireSymbol: string): TrueBook | undefined;
  bookByRest(restSymbol: string): TrueBook | undefined;
  readonly books: readonly TrueBook[];
  /** True while new subscriptions are refused. */
  readonly isRefusing: boolean;
  /** The levels a snapshot by request shows: those of now, or of some changes ago. */
  snapshotOf(book: TrueBook): SnapshotLevels;
}

/** A book at a moment, best levels first. */
export interface SnapshotLevels {
  readonly lastId: number;
  readonly bids: readonly (readonly [ticks: number, lots: number])[];
  readonly asks: readonly (readonly [ticks: number, lots: number])[];
}

/** One venue's dialect. */
export interface WireProtocol {
  /** How a client can notice that messages were lost. */
  readonly numbering: 'symbol' | 'connection' | 'none';
  readonly hasChecksum: boolean;
  /** Levels of one change; 1 where each message tells of one level. */
  readonly levelsMax: number;
  /** A client has connected. */
  onOpen(session: Session, view: VenueView): DialectReply;
  /** A client has spoken. */
  onMessage(session: Session, text: string, view: VenueView): DialectReply;
  /** Frames of a change of a book; numbers of the connection are used up by it. `isFalsified`: with a checksum that is wrong. */
  changeFrames(
    session: Session,
    change: TrueChange,
    view: VenueView,
    isFalsified: boolean,
  ): readonly string[];
  tradeFrames(session: Session, trade: TrueTrade, view: VenueView): readonly string[];
  /** Frames with which a book stream begins; empty where snapshots come by request. */
  snapshotFrames(session: Session, book: TrueBook, view: VenueView): readonly string[];
  /** What is sent about every second when nothing else is; empty = nothing. */
  heartbeatFrames(session: Session, view: VenueView): readonly string[];
  /**
   * Every listen key or token handed out is worth nothing any more; returns what a connection hears of it, or that it is closed. Absent where the venue hands
   * out none.
   */
  expireTickets?(session: Session, view: VenueView): readonly string[] | 'close';
  /** Answers a request; `undefined` = there is no such thing. */
  onRequest(request: ServedRequest, view: VenueView): Omit<ServedAnswer, 'delayUs'> | undefined;
}

/** A reply that does nothing. */
export const SILENCE: DialectReply = { send: [], begin: [], end: [] };

/** Returns the answer of a request as JSON. */
export function jsonAnswer(body: unknown, status = 200): Omit<ServedAnswer, 'delayUs'> {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
