/**
 * A live market ready to be traded: history by request first, then the feed; on paper both in one source behind the clock by the reorder window, at a real
 * venue handed on as they come. What the feed misses of candles is asked for, a while after each bar has closed.
 */
import { assert, type EpochUs, messageOf, type Prng, US_PER_SECOND, XylenError } from '#core';
import {
  type CandleEvent,
  type InstrumentSpec,
  InstrumentTable,
  type MarketEvent,
  type StreamKind,
  type VenueId,
} from '#domain';
import { featureSet } from '#features';
import type { SocketTransport } from '#net/socket';
import { mergeSources, type SourceFeed } from '#sim';
import { EventStamp } from '#venues/feed';
import type { HistoryCandle, ListedInstrument, Subscription } from '#venues/market';
import type { CommandContext } from '../../cli/command.ts';
import type { PreparedMarket } from '../history-market.ts';
import { LiveEvents } from './live-events.ts';
import { LiveSource } from './live-source.ts';
import { type LiveVenue, openLiveVenue, type RunningFeed } from './live-venue.ts';
import type { WantedInstrument } from './venue-connection.ts';

/** What is wanted. */
export interface LiveMarketWish {
  readonly venue: VenueId;
  readonly symbols: readonly string[];
  /** Length of trading; `null` = until it is interrupted. */
  readonly forUs: number | null;
  readonly seed: number;
}

/** Where the events of a market go that is traded at a real venue: at once, instead of into a source behind the clock. */
export interface MarketSink {
  /** A candle of the past, from before trading; told before anything else, in order. */
  warm(candle: CandleEvent): void;
  push(event: MarketEvent): void;
  end(): void;
}

/** A market that is traded at a real venue. */
export interface SunkMarket {
  readonly sink: MarketSink;
  /** When the run first began, `null` = now: a run that goes on has its past already, and is told what was missed since. */
  readonly since: { readonly startUs: EpochUs; readonly tradeFromUs: EpochUs } | null;
}

/** A live market; nothing is traded on it before `start`. */
export interface LiveMarket {
  readonly market: PreparedMarket;
  readonly specs: readonly InstrumentSpec[];
  readonly listed: readonly WantedInstrument[];
  /** Connects the feed. */
  start(): void;
  /** Ends feed and source; a run on it then ends. */
  stop(): void;
  /** Lets go of the venue. */
  close(): Promise<void>;
}

/** How long after the end of a bar its candle may come by itself. */
const CANDLE_GRACE_US = 5 * US_PER_SECOND;
/** The end of a market that goes on until somebody ends it. */
const ENDLESS_US = 10 * 365 * 86_400 * US_PER_SECOND;

/** Kinds of streams that a run listens to, with what they become. */
const STREAMS: readonly (readonly [StreamKind, SourceFeed['kind']])[] = [
  ['book', 'book'],
  ['trades', 'trade'],
  ['candles', 'candle'],
  ['mark-price', 'mark'],
  ['funding-rate', 'funding'],
];

/**
 * Prepares a live market: asks for the venue's list and for history. @throws XY_INSTRUMENT_UNKNOWN (also for contracts whose value is not price times
 * quantity), XY_VENUE_FAILED, XY_USAGE.
 */
export async function openLiveMarket(
  wish: LiveMarketWish,
  transport: SocketTransport,
  prng: Prng,
  context: CommandContext,
  sunk: SunkMarket | null = null,
): Promise<LiveMarket> {
  const { config, signal } = context;
  const venue = await openLiveVenue(wish.venue, { config, transport, prng, signal });
  const wanted = await venue.list(wish.symbols, 0);
  for (const { listed } of wanted) {
    refuseUntradable(listed);
    if (listed.status === 'trading') continue;
    context.log.warn('instrument_not_trading', { symbol: listed.spec.symbol, status: listed.status });
  }
  const building = new LiveMarketBuilder(wish, venue, wanted, transport, context, sunk);
  return await building.build(prng);
}

function refuseUntradable({ spec: { symbol, venue }, untradable }: ListedInstrument): void {
  if (untradable === undefined) return;
  throw new XylenError('XY_INSTRUMENT_UNKNOWN', `${venue} ${symbol}: ${untradable}`, {
    fields: { venue, symbol },
  });
}

class LiveMarketBuilder {
  readonly #wish: LiveMarketWish;
  readonly #venue: LiveVenue;
  readonly #wanted: readonly WantedInstrument[];
  readonly #transport: SocketTransport;
  readonly #context: CommandContext;
  readonly #instruments: InstrumentTable;
  readonly #stamp = new EventStamp();
  readonly #timeframeUs: number;
  readonly #isAsking = new Set<number>();
  readonly #sunk: SunkMarket | null;
  #events: LiveEvents | null = null;
  #sink: MarketSink | null = null;
  #isStopped = false;

  constructor(
    wish: LiveMarketWish,
    venue: LiveVenue,
    wanted: readonly WantedInstrument[],
    transport: SocketTransport,
    context: CommandContext,
    sunk: SunkMarket | null,
  ) {
    this.#sunk = sunk;
    this.#wish = wish;
    this.#venue = venue;
    this.#wanted = wanted;
    this.#transport = transport;
    this.#context = context;
    this.#instruments = new InstrumentTable(wanted.map(({ listed }) => listed.spec));
    const [timeframeUs] = context.config.timeframesUs;
    if (timeframeUs === undefined)
      throw new XylenError('XY_CONFIG_INVALID', 'timeframes: expected at least one');
    this.#timeframeUs = timeframeUs;
  }

  async build(prng: Prng): Promise<LiveMarket> {
    const venue = this.#venue;
    const { timeframesUs } = this.#context.config;
    const history = await this.#history(featureSet(timeframesUs).historyUs);
    const startedUs = this.#transport.nowUs();
    const [first] = this.#wanted;
    const streams = STREAMS.filter(
      ([stream]) =>
        venue.streams[stream] !== 'none' &&
        // Bars of a length that the venue does not stream are asked for once they are over.
        (stream !== 'candles' || (first !== undefined && venue.streamsCandles(first, this.#timeframeUs))),
    );
    const source = this.#sunk === null ? this.#sourceOf(streams.map(([, kind]) => kind)) : null;
    const sink = this.#sunk?.sink ?? sinkOf(source);
    this.#sink = sink;
    const warm = history.flatMap((candles, ix) => candles.map((candle) => this.#candleEvent(ix, candle)));
    warm.sort((a, b) => a.tsVenueUs - b.tsVenueUs || a.instrumentIx - b.instrumentIx);
    const since = this.#sunk?.since ?? null;
    if (since === null) for (const candle of warm) sink.warm(candle);
    const startUs = since?.startUs ?? warm[0]?.openTsUs ?? startedUs;
    const feedFromUs = this.#stamp.next(startedUs);
    const tradeFromUs = since?.tradeFromUs ?? feedFromUs;
    const events = this.#openEvents(sink, history, since !== null, feedFromUs);
    this.#events = events;
    // Who was away is told what was missed, as what it is now: late. What is known already is passed over.
    if (since !== null) for (const candle of warm) this.#pushLate(events, candle);
    const feed = this.#openFeed(
      prng,
      events,
      streams.map(([stream]) => stream),
    );
    return {
      listed: this.#wanted,
      specs: this.#wanted.map(({ listed }) => listed.spec),
      market: {
        instruments: this.#instruments,
        source: source ?? mergeSources([]),
        sourceTimeframeUs: this.#timeframeUs,
        timeframesUs,
        startUs,
        endUs: tradeFromUs + (this.#wish.forUs ?? ENDLESS_US),
        tradeFromUs,
        dataHash: 'live',
        hasFunding: venue.streams['funding-rate'] !== 'none',
        fundingMissing: [],
        dataSets: this.#wanted.map(({ instrument }) => `${venue.id} ${instrument.symbol} live`),
      },
      start: () => this.#start(feed),
      stop: () => this.#stop(feed),
      close: () => venue.close(),
    };
  }

  #sourceOf(kinds: readonly SourceFeed['kind'][]): LiveSource {
    return new LiveSource({
      clock: this.#transport,
      windowUs: this.#context.config.feeds.reorderWindowUs,
      feeds: this.#wanted.flatMap(({ instrument }) =>
        [...kinds, 'candle' as const].map((kind) => ({
          instrumentIx: instrument.ix,
          kind,
          timeframeUs: kind === 'candle' ? this.#timeframeUs : null,
        })),
      ),
    });
  }

  #start(feed: RunningFeed): void {
    feed.start();
    this.#awaitBars();
    const { forUs } = this.#wish;
    if (forUs !== null) this.#transport.after(forUs, () => this.#sink?.end());
  }

  #stop(feed: RunningFeed): void {
    this.#isStopped = true;
    feed.stop();
    this.#sink?.end();
  }

  async #history(historyUs: number): Promise<(readonly HistoryCandle[])[]> {
    const { progress } = this.#context;
    const nowUs = this.#transport.nowUs();
    const toUs = Math.floor(nowUs / this.#timeframeUs) * this.#timeframeUs;
    const range = { fromUs: toUs - Math.ceil(historyUs / this.#timeframeUs) * this.#timeframeUs, toUs };
    const all: (readonly HistoryCandle[])[] = [];
    for (const [at, wanted] of this.#wanted.entries()) {
      const label = `history of ${wanted.instrument.symbol}`;
      progress.update({ label, done: at, total: this.#wanted.length, unit: 'symbols' });
      all.push(await this.#venue.candles(wanted, this.#timeframeUs, range));
    }
    return all;
  }

  #openEvents(
    sink: MarketSink,
    history: readonly (readonly HistoryCandle[])[],
    isStillToTell: boolean,
    startUs: EpochUs,
  ): LiveEvents {
    const { log } = this.#context;
    const before = Math.floor(startUs / this.#timeframeUs) * this.#timeframeUs - 2 * this.#timeframeUs;
    return new LiveEvents({
      instruments: this.#instruments,
      timeframeUs: this.#timeframeUs,
      lastOpenUs: history.map((candles) => {
        const [first] = candles;
        if (first === undefined) return before;
        return isStillToTell ? first.openTsUs - this.#timeframeUs : (candles.at(-1)?.openTsUs ?? before);
      }),
      startUs,
      push: (event) => sink.push(event),
      onMissing: (instrumentIx, fromUs, toUs) => void this.#fill(instrumentIx, fromUs, toUs),
      onNotice: ({ kind, message, subject, suppressed }) =>
        log.info('feed', { kind, subject, message, suppressed }),
      onLedger: (entry) => log.warn('feed_loss', { ...entry }),
    });
  }

  #openFeed(prng: Prng, listener: LiveEvents, streams: readonly StreamKind[]): RunningFeed {
    const subscriptions = this.#wanted.flatMap(({ instrument }) =>
      streams.map(
        (stream): Subscription => ({
          instrument,
          stream,
          timeframeUs: stream === 'candles' ? this.#timeframeUs : null,
        }),
      ),
    );
    return this.#venue.openFeed({
      wanted: this.#wanted,
      subscriptions,
      listener,
      prng: prng.split('feed'),
      stamp: this.#stamp,
    });
  }

  /** Looks a while after the end of every bar whether all have come, and asks for those that have not. */
  #awaitBars(): void {
    const nowUs = this.#transport.nowUs();
    const endUs = (Math.floor(nowUs / this.#timeframeUs) + 1) * this.#timeframeUs;
    this.#transport.after(endUs + CANDLE_GRACE_US - nowUs, () => {
      if (this.#isStopped) return;
      for (const { instrument } of this.#wanted) {
        const lastUs = this.#events?.lastOpenUs(instrument.ix) ?? endUs;
        if (lastUs < endUs - this.#timeframeUs)
          void this.#fill(instrument.ix, lastUs + this.#timeframeUs, endUs);
      }
      this.#awaitBars();
    });
  }

  /** Asks for bars; one question an instrument at a time, the next bar asks again for what did not come. */
  async #fill(instrumentIx: number, fromUs: EpochUs, toUs: EpochUs): Promise<void> {
    const wanted = this.#wanted[instrumentIx];
    if (wanted === undefined || this.#isAsking.has(instrumentIx) || this.#isStopped) return;
    this.#isAsking.add(instrumentIx);
    try {
      const candles = await this.#venue.candles(wanted, this.#timeframeUs, { fromUs, toUs });
      if (this.#isStopped) return;
      for (const candle of candles) {
        if (this.#events !== null) this.#pushLate(this.#events, this.#candleEvent(instrumentIx, candle));
      }
    } catch (error) {
      if (error instanceof XylenError && error.code === 'XY_INTERRUPTED') return;
      this.#context.log.warn('candles_missing', {
        symbol: wanted.instrument.symbol,
        reason: messageOf(error),
      });
    } finally {
      this.#isAsking.delete(instrumentIx);
    }
  }

  /** Tells a candle that did not come by itself, at the present moment. */
  #pushLate(events: LiveEvents, candle: CandleEvent): void {
    const { tsVenueUs: _venue, tsLocalUs: _local, kind: _kind, ...values } = candle;
    events.pushCandle(values, this.#stamp.next(this.#transport.nowUs()));
  }

  #candleEvent(instrumentIx: number, candle: HistoryCandle): CandleEvent {
    const closedUs = candle.openTsUs + this.#timeframeUs;
    return {
      kind: 'candle',
      isSummary: true,
      instrumentIx,
      ...candle,
      timeframeUs: this.#timeframeUs,
      tsVenueUs: closedUs,
      tsLocalUs: closedUs,
    };
  }
}

function sinkOf(source: LiveSource | null): MarketSink {
  assert(source !== null, 'a market on paper has a source');
  return {
    warm: (candle) => source.push(candle),
    push: (event) => source.push(event),
    end: () => source.end(),
  };
}
