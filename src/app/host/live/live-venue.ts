/**
 * A venue as a live run and a recorder see it, whoever speaks to it: one of our own adapters over the feed engine, or any exchange of ccxt. What it
 * lists, its past candles, and feeds of it.
 */
import { type EpochUs, type Prng, XylenError } from '#core';
import type { StreamKind, VenueId } from '#domain';
import type { SocketTransport } from '#net/socket';
import { type EventStamp, type FeedListener, type FeedStatus, MarketFeed } from '#venues/feed';
import { feedInstrumentOf, type HistoryCandle, type StreamSupport, type Subscription } from '#venues/market';
import type { XylenConfig } from '../../config/schema.ts';
import { fetchCandles } from './candle-history.ts';
import {
  connectVenue,
  listInstruments,
  pickInstruments,
  type VenueConnection,
  type WantedInstrument,
} from './venue-connection.ts';

/** What a venue is reached with. */
export interface LiveVenueParts {
  readonly config: XylenConfig;
  readonly transport: SocketTransport;
  readonly prng: Prng;
  readonly signal: AbortSignal;
}

/** A feed that can be started once and stopped. */
export interface RunningFeed {
  start(): void;
  stop(): void;
  status(): FeedStatus;
}

/** What a feed is opened with. */
export interface LiveFeedWish {
  readonly wanted: readonly WantedInstrument[];
  readonly subscriptions: readonly Subscription[];
  readonly listener: FeedListener;
  readonly prng: Prng;
  readonly stamp: EventStamp;
}

/** A stretch of the past. */
export interface CandleRange {
  readonly fromUs: EpochUs;
  /** Exclusive. */
  readonly toUs: EpochUs;
}

/** A venue. */
export interface LiveVenue {
  readonly id: VenueId;
  readonly streams: Readonly<Record<StreamKind, StreamSupport>>;
  readonly hasAggregateTrades: boolean;
  /**
   * Returns the wanted symbols, numbered from `firstIx`; `all` stands for everything that is trading. @throws XY_INSTRUMENT_UNKNOWN, XY_USAGE,
   * XY_VENUE_FAILED.
   */
  list(symbols: readonly string[], firstIx: number): Promise<readonly WantedInstrument[]>;
  /** Returns closed candles as far as the venue has them. @throws XY_VENUE_FAILED, XY_VENUE_REPLY, XY_INTERRUPTED. */
  candles(
    wanted: WantedInstrument,
    timeframeUs: number,
    range: CandleRange,
  ): Promise<readonly HistoryCandle[]>;
  /** True when it streams candles of that length. */
  streamsCandles(wanted: WantedInstrument, timeframeUs: number): boolean;
  /** Opens a feed; it is not started. @throws XY_USAGE when one of the streams is not offered. */
  openFeed(wish: LiveFeedWish): RunningFeed;
  close(): Promise<void>;
}

const CCXT = 'ccxt:';

/** Opens a venue; nothing is sent to ours, ccxt loads its own. @throws XY_USAGE when nobody speaks to it. */
export async function openLiveVenue(id: VenueId, parts: LiveVenueParts): Promise<LiveVenue> {
  if (id.startsWith(CCXT)) return await openCcxt(id, parts);
  return new AdaptedVenue(await connectVenue(id, parts), parts.transport);
}

/** A venue with an adapter of our own. */
class AdaptedVenue implements LiveVenue {
  readonly id: VenueId;
  readonly streams: LiveVenue['streams'];
  readonly hasAggregateTrades: boolean;
  readonly #connection: VenueConnection;
  readonly #transport: SocketTransport;

  constructor(connection: VenueConnection, transport: SocketTransport) {
    const { adapter } = connection;
    this.id = adapter.venue;
    this.streams = adapter.streams;
    this.hasAggregateTrades = adapter.hasAggregateTrades === true;
    this.#connection = connection;
    this.#transport = transport;
  }

  async list(symbols: readonly string[], firstIx: number): Promise<readonly WantedInstrument[]> {
    if (!symbols.includes('all')) return await listInstruments(this.#connection, symbols, firstIx);
    const { adapter, client, rest } = this.#connection;
    const listed = await client.call(rest.instruments());
    const trading = listed.filter(({ status }) => status === 'trading').map(({ spec }) => spec.symbol);
    return pickInstruments(adapter, listed, trading, firstIx);
  }

  candles(
    wanted: WantedInstrument,
    timeframeUs: number,
    range: CandleRange,
  ): Promise<readonly HistoryCandle[]> {
    return fetchCandles(this.#connection, wanted, timeframeUs, range);
  }

  streamsCandles({ instrument }: WantedInstrument, timeframeUs: number): boolean {
    const { adapter, hosts } = this.#connection;
    if (adapter.streams.candles === 'none') return false;
    try {
      adapter.plan([{ instrument, stream: 'candles', timeframeUs }], hosts);
      return true;
    } catch (error) {
      // Refused in words: the venue has not this length.
      if (error instanceof XylenError && error.code === 'XY_USAGE') return false;
      throw error;
    }
  }

  openFeed({ listener, prng, stamp, subscriptions, wanted }: LiveFeedWish): RunningFeed {
    const { adapter, hosts } = this.#connection;
    return new MarketFeed({
      adapter,
      hosts,
      transport: this.#transport,
      prng,
      subscriptions,
      instruments: wanted.map(({ instrument, listed }) => ({ instrument, restSymbol: listed.restSymbol })),
      listener,
      stamp,
    });
  }

  async close(): Promise<void> {
    // The transport is the caller's.
  }
}

/** Any exchange of ccxt, loaded only now. */
async function openCcxt(id: VenueId, { transport }: LiveVenueParts): Promise<LiveVenue> {
  const { openCcxtVenue } = await import('#venues/ccxt');
  const venue = await openCcxtVenue(id.slice(CCXT.length));
  return {
    id,
    streams: venue.streams,
    hasAggregateTrades: false,
    async list(symbols, firstIx) {
      if (symbols.includes('all'))
        throw new XylenError('XY_USAGE', `--symbol: expected symbols of ${id} by their names, found 'all'`);
      const listed = await venue.instruments(symbols);
      return listed.map(
        (one, at): WantedInstrument => ({ listed: one, instrument: feedInstrumentOf(one, firstIx + at) }),
      );
    },
    candles: ({ instrument }, timeframeUs, range) => venue.candles({ instrument, timeframeUs, ...range }),
    streamsCandles: () => venue.streams.candles === 'stream',
    openFeed: ({ listener, prng, stamp, subscriptions }) =>
      venue.openFeed({ timers: transport, prng, subscriptions, listener, stamp }),
    close: () => venue.close(),
  };
}
