/** An exchange of ccxt as a venue: its list of instruments, its history, and feeds of it. One exchange has one set of sockets, so one feed at a time. */
import { messageOf, XylenError } from '#core';
import type { StreamKind, VenueId } from '#domain';
import type { HistoryCandle, ListedInstrument, StreamSupport } from '../market/index.ts';
import { wordsOf } from './ccxt-fault.ts';
import { CcxtFeed, type CcxtFeedParts } from './ccxt-feed.ts';
import { type CcxtExchange, type CcxtMarket, type CcxtNumber, loadCcxtExchange } from './exchange.ts';
import { type CcxtHistoryRange, fetchCandles } from './history.ts';
import { listedOf, needsPrice, venueOf } from './instruments.ts';
import { ccxtStreams } from './streams.ts';

/** What is wanted of a feed; the exchange is the venue's. */
export type CcxtFeedWish = Omit<CcxtFeedParts, 'exchange'>;

/** A venue. */
export class CcxtVenue {
  readonly id: VenueId;
  /** How each kind of stream is offered. */
  readonly streams: Readonly<Record<StreamKind, StreamSupport>>;
  readonly #exchange: CcxtExchange;
  #markets: Readonly<Record<string, CcxtMarket | undefined>> | null = null;

  constructor(exchange: CcxtExchange) {
    this.#exchange = exchange;
    this.id = venueOf(exchange);
    this.streams = ccxtStreams(exchange);
  }

  /** Returns instruments by their unified symbols. @throws XY_INSTRUMENT_UNKNOWN for one that is not there or cannot be told, XY_VENUE_FAILED */
  async instruments(symbols: readonly string[]): Promise<readonly ListedInstrument[]> {
    const markets = await this.#loadMarkets();
    const listed: ListedInstrument[] = [];
    for (const symbol of symbols) {
      const market = Object.hasOwn(markets, symbol) ? markets[symbol] : undefined;
      if (market === undefined) throw unknownSymbol(this.id, symbol, Object.keys(markets));
      const lastPrice = needsPrice(this.#exchange) ? await this.#lastPrice(symbol) : undefined;
      listed.push(listedOf(this.#exchange, market, lastPrice));
    }
    return listed;
  }

  /** Returns finished candles of the past. @throws XY_VENUE_FAILED, XY_VENUE_REPLY, XY_USAGE */
  async candles(range: CcxtHistoryRange): Promise<readonly HistoryCandle[]> {
    return await fetchCandles(this.#exchange, range);
  }

  /** Opens a feed; it is not started. @throws XY_USAGE when the exchange does not offer one of the streams */
  openFeed(wish: CcxtFeedWish): CcxtFeed {
    return new CcxtFeed({ ...wish, exchange: this.#exchange });
  }

  /** Ends all sockets. @throws XY_VENUE_FAILED */
  async close(): Promise<void> {
    await this.#asked('closing', this.#exchange.close());
  }

  async #loadMarkets(): Promise<Readonly<Record<string, CcxtMarket | undefined>>> {
    this.#markets ??= await this.#asked('the list of markets', this.#exchange.loadMarkets());
    return this.#markets;
  }

  async #lastPrice(symbol: string): Promise<CcxtNumber> {
    const { close, last } = await this.#asked(`the price of ${symbol}`, this.#exchange.fetchTicker(symbol));
    return last ?? close;
  }

  async #asked<T>(what: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (cause) {
      throw new XylenError('XY_VENUE_FAILED', `${this.id} ${what}: ${wordsOf(cause)}`, {
        cause,
        fields: { venue: this.id, reason: messageOf(cause).slice(0, 200) },
      });
    }
  }
}

/** Loads an exchange of ccxt as a venue. @throws XY_USAGE when ccxt has none of that name with streams */
export async function openCcxtVenue(name: string): Promise<CcxtVenue> {
  return new CcxtVenue(await loadCcxtExchange(name));
}

/** Loads an exchange of ccxt and its markets, and opens a feed of it. @throws XY_USAGE, XY_INSTRUMENT_UNKNOWN, XY_VENUE_FAILED */
export async function openCcxtFeed(name: string, wish: CcxtFeedWish): Promise<CcxtFeed> {
  const venue = await openCcxtVenue(name);
  const symbols = new Set(wish.subscriptions.map(({ instrument }) => instrument.wireSymbol));
  await venue.instruments([...symbols]);
  return venue.openFeed(wish);
}

function unknownSymbol(venue: VenueId, symbol: string, known: readonly string[]): XylenError {
  const [base = ''] = symbol.split(/[/:-]/);
  const near = known.filter((other) => other.startsWith(`${base}/`)).slice(0, 5);
  const hint = near.length > 0 ? `; it has ${near.join(', ')}` : '';
  return new XylenError('XY_INSTRUMENT_UNKNOWN', `${venue} has no '${symbol}'${hint}`, {
    fields: { venue, symbol },
  });
}
