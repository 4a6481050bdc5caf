/**
 * A venue that stands still: the truth of some books, the venue's dialect, and a clock that moves by hand. Cases ask it for frames and answers; it
 * keeps no socket and does nothing by itself.
 */
import { Prng } from '#core';
import type { HttpAnswer, ServedRequest } from '#net';
import type { ListedFeedInstrument, RestCall, StreamSupport, Subscription } from '#venues/market';
import { TrueBook, type TrueChange, type TrueTrade } from '../hostile/true-market.ts';
import type { SnapshotLevels, VenueView, WireProtocol } from '../hostile/wire-protocol.ts';
import type { AdapterUnderTest } from './adapters.ts';

/** Where everything of a case is: no name that exists. */
export const HOST = 'venue.test';
/** A moment with microseconds, so that a rounding shows. */
export const START_US = 1_700_000_123_456_789;

const STREAMED = ['book', 'trades'] as const;

/** Books and dialect of one venue. */
export class DialectMarket implements VenueView {
  readonly under: AdapterUnderTest;
  readonly books: readonly TrueBook[];
  readonly listed: readonly ListedFeedInstrument[];
  readonly protocol: WireProtocol;
  readonly hosts = { rest: `https://${HOST}`, stream: `wss://${HOST}`, streamOrders: `wss://${HOST}` };
  isRefusing = false;
  nowUs = START_US;
  /** What snapshots by request show; `null` = the truth. */
  oldSnapshot: SnapshotLevels | null = null;
  readonly #prng: Prng;

  constructor(under: AdapterUnderTest, instrumentCount = 4, seed = 1) {
    this.under = under;
    this.#prng = new Prng(seed).split(`conformance ${under.venue}`);
    const instruments = under.instruments(instrumentCount);
    this.books = instruments.map((instrument) => new TrueBook(instrument, this.#prng));
    this.listed = instruments.map(
      ({ lotsPerContract, priceDecimals, qtyDecimals, restSymbol, symbol, wireSymbol }, ix) => ({
        instrument: {
          ix,
          venue: under.venue,
          symbol,
          wireSymbol,
          priceDecimals,
          qtyDecimals,
          lotsPerContract,
        },
        restSymbol,
      }),
    );
    this.protocol = under.openDialect(`wss://${HOST}/endpoint`);
  }

  venueUs(): number {
    return this.nowUs;
  }

  book(wireSymbol: string): TrueBook | undefined {
    return this.books.find(({ instrument }) => instrument.wireSymbol === wireSymbol);
  }

  bookByRest(restSymbol: string): TrueBook | undefined {
    return this.books.find(({ instrument }) => instrument.restSymbol === restSymbol);
  }

  snapshotOf(book: TrueBook): SnapshotLevels {
    return this.oldSnapshot ?? levelsOf(book);
  }

  /** Books and trades of all instruments, as far as the venue streams them. */
  subscriptions(streams: readonly Subscription['stream'][] = STREAMED): readonly Subscription[] {
    const { adapter } = this.under;
    const support: StreamSupport = 'stream';
    return streams
      .filter((stream) => adapter.streams[stream] === support)
      .flatMap((stream) =>
        this.listed.map(({ instrument }) => ({
          instrument,
          stream,
          timeframeUs: stream === 'candles' ? streamedTimeframeUs(this.under) : null,
        })),
      );
  }

  /** Makes the next change of a book; time goes on a little. */
  change(book: TrueBook): TrueChange {
    this.nowUs += 10_007;
    return book.change(this.#prng, this.nowUs, this.protocol.levelsMax);
  }

  /** Makes the next print. */
  trade(book: TrueBook): TrueTrade {
    this.nowUs += 10_007;
    return book.trade(this.#prng, this.nowUs);
  }

  /** Answers a request as the venue does. */
  answer(call: RestCall<unknown>): HttpAnswer {
    const { pathname, search } = new URL(call.url);
    const request: ServedRequest = {
      method: call.method,
      path: pathname,
      query: search.slice(1),
      headers: call.headers,
      body: call.body ?? '',
    };
    const served = this.protocol.onRequest(request, this);
    return {
      kind: 'answer',
      status: served?.status ?? 404,
      headers: served?.headers ?? {},
      body: Buffer.from(served?.body ?? `no answer to ${pathname}`),
    };
  }
}

/** Returns the levels of a book as they are now. */
export function levelsOf(book: TrueBook): SnapshotLevels {
  return { lastId: book.lastId, bids: book.levels('bid'), asks: book.levels('ask') };
}

/** Returns a length of candles that the venue streams: one minute where it has it, else five. */
export function streamedTimeframeUs({ adapter }: AdapterUnderTest): number {
  const instrument = {
    ix: 0,
    venue: adapter.venue,
    symbol: 'A/B',
    wireSymbol: 'A/B',
    priceDecimals: 0,
    qtyDecimals: 0,
  };
  for (const timeframeUs of [60_000_000, 300_000_000]) {
    try {
      adapter.plan([{ instrument, stream: 'candles', timeframeUs }], adapter.hosts);
      return timeframeUs;
    } catch {
      // The venue has no candles of that length: the next one.
    }
  }
  throw new Error(`${adapter.venue} streams candles of neither one nor five minutes`);
}
