/**
 * A capture run through the adapter of its venue: frames are decoded by the decoder of live feeds and its books kept by their keepers. What cannot
 * be read is counted with its place. Pure: lines in, reports out.
 */
import { type BookPolicy, BookUpdate, ConnectionSequence } from '#book';
import { assert, type EpochUs, XylenError } from '#core';
import {
  type DecodedSink,
  type FeedInstrument,
  type FrameDecoder,
  FrameFault,
  type FundingPrint,
  type LiquidationPrint,
  type MarketAdapter,
  type MarkPrint,
  type OpenInterestPrint,
  type QuotePrint,
  type TradePrint,
} from '#venues/market';
import type { CaptureLine } from './capture-line.ts';
import { type BookReport, CapturedBook } from './captured-book.ts';
import type { ScannedMarket } from './market-scan.ts';
import { type RequestedBook, requestedBook } from './snapshot-file.ts';

/** A line that could not be read. */
export interface DamagedPlace {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

/** What became of a capture. */
export interface CaptureReport {
  readonly venue: string;
  readonly symbols: Readonly<Record<string, BookReport>>;
  /** Lines that could not be read. */
  readonly damaged: number;
  /** The first of them. */
  readonly damagedPlaces: readonly DamagedPlace[];
  /** Frames that are about nothing that was asked for. */
  readonly ignored: number;
}

/** Watches a capture while it runs: for checks against the venue's own words, and for what is made of its events. Prints are those of the markets kept. */
export interface CaptureWatcher {
  onApplied?(book: CapturedBook, update: BookUpdate, capture: BookCapture): void;
  /** A book became continuous, or ceased to be. */
  onLive?(book: CapturedBook, isLive: boolean, capture: BookCapture): void;
  onQuote?(book: CapturedBook, quote: QuotePrint): void;
  onTrade?(trade: TradePrint, capture: BookCapture): void;
  onMark?(mark: MarkPrint, capture: BookCapture): void;
  onFunding?(funding: FundingPrint, capture: BookCapture): void;
  onOpenInterest?(interest: OpenInterestPrint, capture: BookCapture): void;
  onLiquidation?(liquidation: LiquidationPrint, capture: BookCapture): void;
  /** Messages were lost, or a line could not be read: prints of all markets may be missing. */
  onLoss?(capture: BookCapture): void;
}

const NO_BYTES = new Uint8Array(0);
/** Places that are remembered. */
const PLACES_MAX = 5;

/** Runs the lines of a capture. */
export class BookCapture {
  readonly #adapter: MarketAdapter;
  readonly #decoder: FrameDecoder;
  readonly #instruments: readonly FeedInstrument[];
  readonly #books: readonly CapturedBook[];
  readonly #sink: DecodedSink;
  readonly #watcher: CaptureWatcher;
  readonly #places: DamagedPlace[] = [];
  #nowUs: EpochUs = 0;
  #beforeUs: EpochUs = 0;
  /** The present line says when it was received. */
  #isTimed = false;
  #frame: Uint8Array = NO_BYTES;
  #frameCount = 0;
  #damaged = 0;
  /** Numbers of the frames of a connection, which only some venues have. */
  #sequence = new ConnectionSequence(null);
  #hasConnected = false;
  /** The present line was read, and is wrong in itself. */
  #isBadMessage = false;

  /** `markets` are the books to be kept. */
  constructor(adapter: MarketAdapter, markets: readonly ScannedMarket[], watcher: CaptureWatcher = {}) {
    this.#adapter = adapter;
    this.#instruments = markets.map((market, ix) => instrumentOf(adapter, market, ix));
    this.#books = markets.map((market, ix) => {
      const instrument = this.#instruments[ix];
      assert(instrument !== undefined, 'every market has an instrument');
      const policy = policyOf(adapter, instrument, market);
      return new CapturedBook(market, instrument, policy, adapter.hasStreamSnapshot, {
        onApplied: (update, book) => watcher.onApplied?.(book, update, this),
        onLive: (isLive, book) => watcher.onLive?.(book, isLive, this),
      });
    });
    this.#watcher = watcher;
    this.#decoder = adapter.openDecoder(this.#instruments);
    this.#sink = this.#openSink(watcher);
  }

  /** The books, in the order of the markets. */
  get books(): readonly CapturedBook[] {
    return this.#books;
  }

  /** When the present frame was received, as far as the capture tells; without times of receipt the newest venue time; 0 = nothing has told. */
  get nowUs(): EpochUs {
    return this.#nowUs;
  }

  /** `nowUs` of the frame before: nothing was lost before it. */
  get beforeUs(): EpochUs {
    return this.#beforeUs;
  }

  /** The present frame; valid during a call of the watcher. */
  get frame(): Uint8Array {
    return this.#frame;
  }

  /** Frames up to the present one. */
  get frameCount(): number {
    return this.#frameCount;
  }

  /**
   * Puts a book by request ready. Returns false when it is of no market of this capture.
   * @throws XY_VENUE_REPLY when it is not as the venue documents it.
   */
  addRequested(requested: RequestedBook): boolean {
    const ix = this.#marketOf(requested);
    const instrument = this.#instruments[ix];
    if (instrument === undefined) return false;
    this.#books[ix]?.addReady({ tsUs: requested.tsUs, update: this.#readRequested(requested, instrument) });
    return true;
  }

  /** Takes the next line of a file. */
  add(line: CaptureLine, file: string, lineNumber: number): void {
    const fail = (reason: string): void => this.#noteDamage({ file, line: lineNumber, reason });
    if (line.kind === 'damaged') fail(line.reason);
    else if (line.kind === 'connected') {
      this.#beginFrame(line.tsUs, NO_BYTES);
      this.#onConnected();
    } else if (line.kind === 'answer' || line.kind === 'frame') {
      this.#beginFrame(line.tsUs, line.bytes);
      try {
        if (line.kind === 'answer') this.#onAnswer(line);
        else this.#decoder.decode(line.bytes, this.#nowUs, this.#sink);
      } catch (error) {
        const isReply = error instanceof XylenError && error.code === 'XY_VENUE_REPLY';
        if (!isReply && !(error instanceof FrameFault)) throw error;
        fail(error.message);
      }
    }
    if (this.#isBadMessage) fail('the message holds a level or numbers that cannot be');
    this.#isBadMessage = false;
  }

  /** Counts a line that could not even be looked at. */
  addDamage(reason: string, file: string, lineNumber: number): void {
    this.#noteDamage({ file, line: lineNumber, reason });
  }

  /** Ends the capture. */
  finish(): CaptureReport {
    for (const book of this.#books) book.finish(this.#nowUs);
    const { decimalStyle, venue } = this.#adapter;
    return {
      venue,
      symbols: Object.fromEntries(this.#books.map((book) => [book.market.symbol, book.report(decimalStyle)])),
      damaged: this.#damaged,
      damagedPlaces: this.#places,
      ignored: this.#decoder.ignoredCount,
    };
  }

  #beginFrame(tsUs: EpochUs | null, bytes: Uint8Array): void {
    this.#beforeUs = this.#nowUs;
    this.#isTimed = tsUs !== null;
    if (tsUs !== null) this.#nowUs = Math.max(this.#nowUs, tsUs);
    this.#frame = bytes;
    this.#frameCount++;
  }

  /** Without a time of receipt the venue's own is the best there is. */
  #hear(tsVenueUs: EpochUs): void {
    if (!this.#isTimed) this.#nowUs = Math.max(this.#nowUs, tsVenueUs);
  }

  #openSink(watcher: CaptureWatcher): DecodedSink {
    const pass = (): void => undefined;
    return {
      onBook: (update) => {
        this.#hear(update.tsVenueUs);
        const book = this.#books[update.instrumentIx];
        if (book !== undefined) this.#take(book, update);
      },
      onQuote: (quote) => {
        const book = this.#books[quote.instrumentIx];
        if (book !== undefined) watcher.onQuote?.(book, quote);
      },
      onTrade: (trade) => {
        this.#hear(trade.tsVenueUs);
        watcher.onTrade?.(trade, this);
      },
      onMark: (mark) => {
        this.#hear(mark.tsVenueUs);
        watcher.onMark?.(mark, this);
      },
      onFunding: (funding) => {
        this.#hear(funding.tsVenueUs);
        watcher.onFunding?.(funding, this);
      },
      onOpenInterest: (interest) => {
        this.#hear(interest.tsVenueUs);
        watcher.onOpenInterest?.(interest, this);
      },
      onLiquidation: (liquidation) => {
        this.#hear(liquidation.tsVenueUs);
        watcher.onLiquidation?.(liquidation, this);
      },
      onCandle: pass,
      onOrderSnapshot: pass,
      onOrder: pass,
      onOrdersEnd: pass,
      onControl: pass,
      onConnectionSequence: (sequence) => this.#onSequence(sequence),
    };
  }

  /** Frames of a connection count on by one; one that begins anew is another connection. */
  #onSequence(sequence: number): boolean {
    const isAnew = sequence === 0 && this.#sequence.expected > 1;
    if (isAnew) this.#onConnectionEnd();
    const verdict = this.#sequence.judge(sequence);
    if (verdict === 'gap') {
      for (const book of this.#books) book.onConnectionLoss(true);
      this.#watcher.onLoss?.(this);
    }
    return verdict !== 'old';
  }

  #onConnected(): void {
    if (this.#hasConnected) this.#onConnectionEnd();
    this.#hasConnected = true;
  }

  #onConnectionEnd(): void {
    this.#sequence = new ConnectionSequence(null);
    for (const book of this.#books) book.onConnectionLoss(false);
    this.#watcher.onLoss?.(this);
  }

  /** A book by request that the capture holds between its frames. */
  #onAnswer(line: CaptureLine): void {
    const requested = requestedBook(line);
    const ix = requested === undefined ? -1 : this.#marketOf(requested);
    const instrument = this.#instruments[ix];
    if (requested === undefined || instrument === undefined) return;
    const book = this.#books[ix];
    if (book !== undefined) this.#take(book, this.#readRequested(requested, instrument));
  }

  #take(book: CapturedBook, update: BookUpdate): void {
    const before = book.keeper.counts.damaged;
    book.onUpdate(update, this.#nowUs);
    if (book.keeper.counts.damaged > before) this.#isBadMessage = true;
  }

  #readRequested(requested: RequestedBook, instrument: FeedInstrument): BookUpdate {
    const { hosts } = this.#adapter;
    const call = this.#adapter.rest(hosts).bookSnapshot(instrument, instrument.wireSymbol, new BookUpdate());
    assert(call !== null, `${this.#adapter.venue} has books by request`);
    const update = call.parse(requested.body);
    update.instrumentIx = instrument.ix;
    update.isSnapshot = true;
    update.tsLocalUs = requested.tsUs ?? this.#nowUs;
    return update;
  }

  /** Index of the market of a book by request; -1 = none. A book without a name is of the only market there is. */
  #marketOf({ symbol }: RequestedBook): number {
    if (symbol === null) return this.#instruments.length === 1 ? 0 : -1;
    return this.#instruments.findIndex((instrument) => instrument.wireSymbol === symbol);
  }

  #noteDamage(place: DamagedPlace): void {
    this.#damaged++;
    if (this.#places.length < PLACES_MAX) this.#places.push(place);
    // A hole in the numbers of the connection shows by itself.
    if (this.#sequence.expected >= 0) return;
    for (const book of this.#books) book.onDamaged();
    this.#watcher.onLoss?.(this);
  }
}

/** A checksum is one of the digits as they were written, so that the zeros at their end belong to the numbers. */
function instrumentOf(adapter: MarketAdapter, market: ScannedMarket, ix: number): FeedInstrument {
  const { symbol } = market;
  const written = { priceDecimals: market.priceWireDecimals, qtyDecimals: market.qtyWireDecimals };
  const base = { ix, venue: adapter.venue, symbol, wireSymbol: symbol, ...written };
  if (adapter.bookPolicy(base).checksum !== null) return base;
  return { ...base, priceDecimals: market.priceDecimals, qtyDecimals: market.qtyDecimals };
}

/** The venue's rules, at the depth that was subscribed when the capture was made. */
function policyOf(adapter: MarketAdapter, instrument: FeedInstrument, market: ScannedMarket): BookPolicy {
  const policy = adapter.bookPolicy(instrument);
  return policy.depth === null ? policy : { ...policy, depth: market.depth ?? policy.depth };
}
