/**
 * The full path of one venue, as its users run it: a real `MarketFeed` with the venue's adapter, connected and synchronised over the simulated network;
 * then raw messages go to its socket, through decoder, validation, sequence or checksum, and book, to a listener that reads the touch.
 */

import type { BookKeeper, BookUpdate } from '#book';
import { assert, Prng, Sha256, US_PER_SECOND } from '#core';
import { SimulatedNetwork } from '#net/simulated';
import { SocketTransport } from '#net/socket';
import { type FeedListener, MarketFeed } from '#venues/feed';
import type { ListedFeedInstrument } from '#venues/market';
import { DeepBook } from './deep-book.ts';
import { QuietVenue } from './quiet-venue.ts';
import { TappedTransport } from './tapped-transport.ts';
import type { VenueCase } from './venue-case.ts';

/** What a book came to, so that two of them can be compared. */
export interface BookOutcome {
  readonly bidLevels: number;
  readonly askLevels: number;
  readonly bestBidTicks: number;
  readonly bestAskTicks: number;
  /** Of all levels. */
  readonly hash: string;
}

const HOST = 'venue.test';
const START_US = 1_700_000_000_000_000;
const CONNECT_US = 2 * US_PER_SECOND;
const BRIDGE_CHANGES = 2;
const SYNC_US_MAX = 60 * US_PER_SECOND;
const CLOCK = new SocketTransport();

/** One feed from its first message to its last. */
export class FeedRun {
  readonly venue: QuietVenue;
  readonly listener = new TouchReader();
  readonly #case: VenueCase;
  readonly #feed: MarketFeed;
  readonly #network: SimulatedNetwork;
  readonly #transport: TappedTransport;

  /** Connects and synchronises; the same seed gives the same conversation. */
  constructor(venueCase: VenueCase, seed: number) {
    const { instrument, shape, under } = venueCase;
    const prng = new Prng(seed).split(`bench ${under.venue}`);
    this.#case = venueCase;
    this.#network = new SimulatedNetwork(prng, START_US, { minUs: 0, meanExtraUs: 0 });
    this.#transport = new TappedTransport(this.#network.openTransport(), CLOCK);
    const dialect = under.openDialect(`wss://${HOST}/endpoint`);
    this.venue = new QuietVenue(dialect, new DeepBook(instrument, shape, prng.split('book')), START_US);
    this.#network.addServer(HOST, this.venue);
    this.#feed = this.#openFeed(prng);
    this.#synchronise(prng);
  }

  /** Seeded changes of the book from here on; the same ones for the same seed. */
  get changes(): Prng {
    return new Prng(this.venue.books[0].lastId);
  }

  /** Lets real time run; returns what takes a message. */
  start(): (frame: Uint8Array) => void {
    const handlers = this.#transport.run();
    return (frame) => handlers.onMessage(frame);
  }

  /** Ends the feed after `messageCount` messages that each changed the book. @throws AssertionError when one did not, or anything was lost. */
  finish(messageCount: number): BookOutcome {
    const { books, ledgerCounts, outages, sockets } = this.#feed.status();
    const [book] = books;
    const { keeper, updateCount } = this.listener;
    assert(book?.isUsable === true && keeper !== null, `the book is right: ${book?.reason}`);
    assert(updateCount === messageCount, `${messageCount} messages are events, were ${updateCount}`);
    assert(
      outages.length === 0 && Object.values(ledgerCounts).every((count) => count === 0),
      'nothing is lost',
    );
    assert(
      sockets.every(({ damagedCount }) => damagedCount === 0),
      'no message is damaged',
    );
    this.#feed.stop();
    return outcomeOf(keeper);
  }

  #openFeed(prng: Prng): MarketFeed {
    const { instrument: truth, under } = this.#case;
    const { priceDecimals, qtyDecimals, restSymbol, symbol, wireSymbol } = truth;
    const instrument = { ix: 0, venue: under.venue, symbol, wireSymbol, priceDecimals, qtyDecimals };
    const listed: ListedFeedInstrument = { instrument, restSymbol };
    return new MarketFeed({
      adapter: under.adapter,
      hosts: { rest: `https://${HOST}`, stream: `wss://${HOST}`, streamOrders: `wss://${HOST}` },
      transport: this.#transport,
      prng: prng.split('feed'),
      subscriptions: [{ instrument, stream: 'book', timeframeUs: null }],
      instruments: [listed],
      listener: this.listener,
    });
  }

  /** Where snapshots come by request, the first change makes the feed ask for one, and the second joins it to the stream. */
  #synchronise(prng: Prng): void {
    this.#feed.start();
    this.#network.run(START_US + CONNECT_US);
    const changes = prng.split('first');
    const countMax = this.#case.under.adapter.hasStreamSnapshot ? 0 : BRIDGE_CHANGES;
    for (let i = 0; i < countMax; i++) {
      const change = this.venue.books[0].change(changes, this.venue.venueUs());
      this.venue.send(this.venue.framesOf(change));
      this.#network.run(this.#network.nowUs() + CONNECT_US);
    }
    const endUs = this.#network.nowUs() + SYNC_US_MAX;
    while (this.#feed.status().books[0]?.isUsable !== true) {
      assert(this.#network.nowUs() < endUs, 'a feed of a quiet venue becomes right');
      this.#network.run(this.#network.nowUs() + US_PER_SECOND);
    }
    this.venue.passTime(this.#network.nowUs() - this.venue.venueUs());
    this.listener.updateCount = 0;
  }
}

/** A consumer that looks at the touch after every update. */
class TouchReader implements FeedListener {
  updateCount = 0;
  touchSum = 0;
  keeper: BookKeeper | null = null;

  onBook(_update: BookUpdate, keeper: BookKeeper): void {
    this.updateCount++;
    this.keeper = keeper;
    this.touchSum += keeper.book.bestAskTicks - keeper.book.bestBidTicks;
  }

  onRaw(): void {}
  onTrade(): void {}
  onCandle(): void {}
  onQuote(): void {}
  onMark(): void {}
  onFunding(): void {}
  onOpenInterest(): void {}
  onLiquidation(): void {}
  onOrderSnapshot(): void {}
  onOrder(): void {}
  onOrdersEnd(): void {}
  onBookState(): void {}
  onLedger(): void {}
  onNotice(): void {}
}

function outcomeOf({ book }: BookKeeper): BookOutcome {
  const side = (name: 'buy' | 'sell'): [number, number][] =>
    Array.from({ length: book.levelCount(name) }, (_, at) => [
      book.priceTicksAt(name, at),
      book.qtyLotsAt(name, at),
    ]);
  return outcomeOfLevels(side('buy'), side('sell'));
}

/** Returns the outcome of levels, best first. */
export function outcomeOfLevels(
  bids: readonly (readonly [ticks: number, lots: number])[],
  asks: readonly (readonly [ticks: number, lots: number])[],
): BookOutcome {
  const hash = new Sha256();
  for (const [name, levels] of [
    ['bid', bids],
    ['ask', asks],
  ] as const) {
    for (const [ticks, lots] of levels) hash.update(`${name} ${ticks} ${lots}\n`);
  }
  return {
    bidLevels: bids.length,
    askLevels: asks.length,
    bestBidTicks: bids[0]?.[0] ?? 0,
    bestAskTicks: asks[0]?.[0] ?? 0,
    hash: hash.hex(),
  };
}
