/**
 * The market data of an exchange of ccxt, told to the same listener as those of the adapters: books (a snapshot, then what differs from look to look),
 * trades, candles. ccxt owns the sockets, so there is no `MarketAdapter` behind it, no raw message and no number of an update; see the README for what
 * that costs.
 *
 * Invariants: what the listener is told is in strict order of `tsLocalUs`; after `stop` it is told nothing; everything that is kept is bounded by the
 * subscriptions and the options.
 */
import { assert, type EpochUs, messageOf, type Prng, XylenError } from '#core';
import type { VenueId } from '#domain';
import { BackOff, type Cancel, type Timers } from '#net';
import { EventStamp, type FeedListener, type FeedStatus } from '../feed/index.ts';
import type { Subscription, VenueCandle } from '../market/index.ts';
import { BookWatch } from './book-watch.ts';
import { CandleReader } from './candle-reader.ts';
import { CcxtFault, causeOf, wordsOf } from './ccxt-fault.ts';
import type { CcxtBook, CcxtCandle, CcxtExchange, CcxtTrade } from './exchange.ts';
import { venueOf } from './instruments.ts';
import { NoticeBudget } from './notice-budget.ts';
import { CCXT_OPTIONS_DEFAULT, type CcxtOptions } from './options.ts';
import { Outages, type OutageTrack } from './outages.ts';
import { RecentLags } from './recent-lags.ts';
import { ccxtStreams } from './streams.ts';
import { timeframeName } from './timeframes.ts';
import { TradeReader } from './trade-reader.ts';
import { WatchLoop } from './watch-loop.ts';

/** What a feed is made of. */
export interface CcxtFeedParts {
  readonly exchange: CcxtExchange;
  readonly timers: Timers;
  readonly prng: Prng;
  /** Books, trades and candles; each at most once. */
  readonly subscriptions: readonly Subscription[];
  readonly listener: FeedListener;
  /** Shared by all feeds of a process; without it the feed has one of its own. */
  readonly stamp?: EventStamp;
  readonly options?: Partial<CcxtOptions>;
}

/** A subscription and everything that keeps it going. */
interface Watch {
  readonly track: FeedTrack;
  readonly loop: Pick<WatchLoop<never>, 'ask' | 'rest' | 'stop'>;
  readonly book: BookWatch | null;
  readonly trades: TradeReader | null;
  readonly candles: CandleReader | null;
}

/** A stream, and why the exchange refuses it. */
interface FeedTrack extends OutageTrack {
  refusal: { readonly message: string; readonly count: number; readonly retryUs: EpochUs } | null;
}

/** A running feed. */
export class CcxtFeed {
  readonly venue: VenueId;
  readonly #parts: CcxtFeedParts;
  readonly #options: CcxtOptions;
  readonly #stamp: EventStamp;
  readonly #outages: Outages;
  readonly #notices: NoticeBudget;
  readonly #lags = new RecentLags();
  readonly #watches: readonly Watch[];
  #state: 'new' | 'running' | 'stopped' = 'new';
  #cancelTick: Cancel | null = null;
  #nextResetUs: EpochUs = 0;
  /** When the exchange last said anything. */
  #heardUs: EpochUs = 0;
  #failedCount = 0;

  /** @throws XY_USAGE when the exchange does not offer one of the streams, or a length of candles */
  constructor(parts: CcxtFeedParts) {
    const { exchange, subscriptions } = parts;
    this.venue = venueOf(exchange);
    this.#parts = parts;
    this.#options = { ...CCXT_OPTIONS_DEFAULT, ...parts.options };
    this.#stamp = parts.stamp ?? new EventStamp();
    this.#outages = new Outages(this.venue, (entry) => this.#tell((listener) => listener.onLedger(entry)));
    this.#notices = new NoticeBudget(this.#options, (notice) =>
      this.#tell((listener) => listener.onNotice(notice)),
    );
    refuseUnoffered(exchange, subscriptions);
    this.#watches = subscriptions.map((subscription) => this.#openWatch(subscription));
  }

  /** Begins to ask. */
  start(): void {
    assert(this.#state === 'new', 'a feed is started once');
    this.#state = 'running';
    for (const { loop } of this.#watches) loop.ask();
    this.#scheduleTick();
  }

  /** Ends everything at once: open losses are written down, sockets are ended, and the listener hears nothing more. */
  stop(): void {
    if (this.#state === 'stopped') return;
    this.#outages.closeAll(this.#stampUs());
    this.#state = 'stopped';
    this.#cancelTick?.();
    this.#cancelTick = null;
    for (const { loop } of this.#watches) loop.stop();
    // Nobody is left to be told that a socket could not be ended.
    this.#parts.exchange.close().catch(() => undefined);
  }

  /** Returns what can be seen now; sockets and requests are ccxt's own and not seen. */
  status(): FeedStatus {
    return {
      venue: this.venue,
      sockets: [],
      books: this.#watches.flatMap(({ book }) => (book === null ? [] : [book.status])),
      outages: this.#outages.open,
      ledgerCounts: this.#outages.counts,
      refusals: this.#watches.flatMap(({ track: { refusal, stream, symbol } }) =>
        refusal === null ? [] : [{ symbol, stream, ...refusal }],
      ),
      lags: this.#lags.status,
      duplicateCount: this.#watches.reduce((sum, { trades }) => sum + (trades?.duplicateCount ?? 0), 0),
      rest: { requestCount: 0, failedCount: this.#failedCount, limitedCount: 0, limitedUntilUs: 0 },
      snapshots: { queued: 0, inFlight: 0 },
      clock: null,
    };
  }

  #openWatch(subscription: Subscription): Watch {
    const { instrument, stream } = subscription;
    const { symbol } = instrument;
    const track = { symbol, stream, lastGoodUs: this.#nowUs(), wasRight: false, refusal: null };
    if (stream === 'book') return this.#watchBook(subscription, track);
    return stream === 'trades'
      ? this.#watchTrades(subscription, track)
      : this.#watchCandles(subscription, track);
  }

  #watchBook(subscription: Subscription, track: FeedTrack): Watch {
    const { instrument } = subscription;
    const { exchange } = this.#parts;
    const { bookEveryUs, bookLimit } = this.#options;
    const book = new BookWatch({
      instrument,
      options: this.#options,
      nowUs: () => this.#nowUs(),
      stampUs: () => this.#stampUs(),
      onApplied: (update, keeper) => {
        this.#lags.note('book', update.tsLocalUs - update.tsVenueUs);
        this.#tell((listener) => listener.onBook(update, keeper));
      },
      onState: (isUsable, reason) =>
        this.#tell((listener) => listener.onBookState(instrument.ix, isUsable, reason)),
      onRight: () => this.#good(track),
      onLost: (cause, detail) => this.#outages.lose(track, cause, detail),
    });
    const loop = this.#openLoop<CcxtBook>(track, {
      everyUs: bookEveryUs,
      ask: () => exchange.watchOrderBook(instrument.wireSymbol, bookLimit ?? undefined),
      onAnswer: (answer) => book.take(answer),
      onFault: (thrown) => book.fail(thrown),
      onPauseEnd: () => this.#lookAgain(book),
    });
    return { track, loop, book, trades: null, candles: null };
  }

  #watchTrades(subscription: Subscription, track: FeedTrack): Watch {
    const { instrument } = subscription;
    const { exchange } = this.#parts;
    const trades = new TradeReader(instrument, this.#options.recentTradesMax);
    const loop = this.#openLoop<readonly CcxtTrade[]>(track, {
      everyUs: 0,
      ask: () => exchange.watchTrades(instrument.wireSymbol),
      onAnswer: (answer) => {
        for (const trade of answer) this.#tolerate(track, () => this.#takeTrade(trades, trade));
        this.#good(track);
      },
      onFault: (thrown) => this.#outages.lose(track, causeOf(thrown), wordsOf(thrown)),
    });
    return { track, loop, book: null, trades, candles: null };
  }

  #watchCandles(subscription: Subscription, track: FeedTrack): Watch {
    const { instrument, timeframeUs } = subscription;
    const { exchange } = this.#parts;
    const name = timeframeName(exchange, timeframeUs);
    const candles = new CandleReader(instrument, timeframeUs ?? 0, this.#options.candleGraceUs);
    const loop = this.#openLoop<readonly CcxtCandle[]>(track, {
      everyUs: 0,
      ask: () => exchange.watchOHLCV(instrument.wireSymbol, name),
      onAnswer: (answer) => {
        for (const row of answer)
          this.#tolerate(track, () => candles.take(row, (candle) => this.#tellCandle(candle)));
        this.#good(track);
      },
      onFault: (thrown) => this.#outages.lose(track, causeOf(thrown), wordsOf(thrown)),
    });
    return { track, loop, book: null, trades: null, candles };
  }

  #openLoop<T>(
    track: FeedTrack,
    parts: {
      readonly everyUs: number;
      ask(): Promise<T>;
      onAnswer(answer: T): void;
      onFault(thrown: unknown): void;
      onPauseEnd?(): void;
    },
  ): WatchLoop<T> {
    const { prng, timers } = this.#parts;
    const { backOffFirstUs, backOffMaxUs } = this.#options;
    const name = `${track.stream} ${track.symbol}`;
    return new WatchLoop<T>({
      ...parts,
      timers,
      backOff: new BackOff(prng.split(name), backOffFirstUs, backOffMaxUs),
      options: this.#options,
      onAnswer: (answer) => {
        this.#heardUs = this.#nowUs();
        parts.onAnswer(answer);
      },
      onFault: (thrown, isRefused, retryUs) => {
        this.#failedCount++;
        this.#noteFault(track, thrown, isRefused, retryUs);
        parts.onFault(thrown);
      },
    });
  }

  #noteFault(track: FeedTrack, thrown: unknown, isRefused: boolean, retryUs: EpochUs): void {
    const kind = isRefused ? 'refused' : thrown instanceof CcxtFault ? 'damaged' : 'disconnected';
    this.#notices.tell(kind, track.symbol, `${track.stream}: ${wordsOf(thrown)}`, this.#nowUs());
    if (!isRefused) return;
    track.refusal = { message: wordsOf(thrown), count: (track.refusal?.count ?? 0) + 1, retryUs };
  }

  /** The stream is as it must be. */
  #good(track: FeedTrack): void {
    track.lastGoodUs = this.#nowUs();
    // An outage ends with an event of its own, so that its end can be told from what follows.
    this.#outages.heal(track, Math.max(track.lastGoodUs, this.#stamp.lastUs));
    track.refusal = null;
  }

  /** What cannot be read of a list is left out and written down; the others are told. */
  #tolerate(track: FeedTrack, work: () => void): void {
    try {
      work();
    } catch (thrown) {
      if (!(thrown instanceof CcxtFault)) throw thrown;
      this.#notices.tell('damaged', track.symbol, `${track.stream}: ${thrown.message}`, this.#nowUs());
      this.#outages.note(track, 'damaged-frame', thrown.message, this.#stampUs());
    }
  }

  #takeTrade(reader: TradeReader, trade: CcxtTrade): void {
    const tsLocalUs = this.#stampUs();
    const print = reader.read(trade, tsLocalUs);
    if (print === null) return;
    this.#lags.note('trades', tsLocalUs - print.tsVenueUs);
    this.#tell((listener) => listener.onTrade(print, tsLocalUs));
  }

  #tellCandle(candle: VenueCandle): void {
    const tsLocalUs = this.#stampUs();
    this.#lags.note('candles', tsLocalUs - candle.tsVenueUs);
    this.#tell((listener) => listener.onCandle(candle, tsLocalUs));
  }

  /** After the pause of a book: what changed meanwhile is told, since ccxt answers the next question only with the next change. */
  #lookAgain(book: BookWatch): void {
    try {
      book.look();
    } catch (thrown) {
      if (!(thrown instanceof CcxtFault)) throw thrown;
      book.fail(thrown);
    }
  }

  #scheduleTick(): void {
    if (this.#state !== 'running') return;
    this.#cancelTick = this.#parts.timers.after(this.#options.tickUs, () => {
      const nowUs = this.#nowUs();
      for (const watch of this.#watches) {
        const { book, candles } = watch;
        if (book !== null) this.#watchOver(watch, book, nowUs);
        candles?.passTime(nowUs, (candle) => this.#tellCandle(candle));
      }
      this.#scheduleTick();
    });
  }

  #watchOver(watch: Watch, book: BookWatch, nowUs: EpochUs): void {
    const { bookStallUs, crossedUs, stallUs, stallsMax } = this.#options;
    // A refused book is tried again by its loop.
    if (watch.track.refusal !== null) return;
    if (book.isCrossedTooLong(nowUs)) {
      book.giveUp('crossed', `bid stood at or above ask for more than ${crossedUs} us`);
      this.#begin(watch, book);
      return;
    }
    const isQuiet = nowUs - Math.max(this.#heardUs, book.heardUs) >= stallUs;
    const silentUs = nowUs - book.heardUs;
    if (!isQuiet && silentUs < bookStallUs) return;
    book.heardUs = nowUs;
    book.stallCount++;
    book.giveUp('stall', `nothing was heard for ${silentUs} us`);
    if (book.stallCount >= stallsMax) this.#resetSockets(nowUs);
    else this.#begin(watch, book);
  }

  /** Asks for a book anew: unsubscribes where ccxt can, so that the exchange sends its snapshot again. */
  #begin({ loop, track }: Watch, book: BookWatch): void {
    const { exchange } = this.#parts;
    this.#notices.tell('request', track.symbol, 'the book is asked for anew', this.#nowUs());
    if (exchange.has.unWatchOrderBook !== true) {
      loop.ask();
      return;
    }
    const again = (): void => {
      if (this.#state === 'running') loop.ask();
    };
    // ccxt answers the open question with the end of the subscription.
    loop.rest();
    exchange.unWatchOrderBook(book.instrument.wireSymbol).then(again, (thrown: unknown) => {
      this.#notices.tell(
        'request',
        track.symbol,
        `unsubscribing failed: ${messageOf(thrown)}`,
        this.#nowUs(),
      );
      again();
    });
  }

  /** Ends all sockets of the exchange, after books stood still again and again; every loop is answered with a failure then and asks anew. */
  #resetSockets(nowUs: EpochUs): void {
    if (nowUs < this.#nextResetUs) return;
    this.#nextResetUs = nowUs + this.#options.stallUs;
    for (const { book } of this.#watches) if (book !== null) book.stallCount = 0;
    this.#notices.tell('replacing', this.venue, 'books stand still: all connections are ended', nowUs);
    const again = (): void => {
      if (this.#state === 'running') for (const { loop } of this.#watches) loop.ask();
    };
    this.#parts.exchange.close().then(again, (thrown: unknown) => {
      this.#notices.tell('disconnected', this.venue, wordsOf(thrown), this.#nowUs());
      again();
    });
  }

  #tell(call: (listener: FeedListener) => void): void {
    if (this.#state === 'running') call(this.#parts.listener);
  }

  #nowUs(): EpochUs {
    return this.#parts.timers.nowUs();
  }

  #stampUs(): EpochUs {
    return this.#stamp.next(this.#nowUs());
  }
}

function refuseUnoffered(exchange: CcxtExchange, subscriptions: readonly Subscription[]): void {
  const streams = ccxtStreams(exchange);
  for (const { instrument, stream, timeframeUs } of subscriptions) {
    if (streams[stream] === 'none') {
      const message = `expected a stream that ccxt:${exchange.id} offers, found ${stream} of ${instrument.symbol}`;
      throw new XylenError('XY_USAGE', message, { fields: { exchange: exchange.id, stream } });
    }
    if (stream === 'candles') timeframeName(exchange, timeframeUs);
  }
}
