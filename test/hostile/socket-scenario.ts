/**
 * One seeded story of a feed and a hostile venue over real sockets of this machine, in real time: shorter times than a venue's own, the same faults as far
 * as they show within seconds, the same end: every book is the venue's, and every loss in the ledger has a cause.
 */
import assert from 'node:assert/strict';
import { Prng, US_PER_MS, US_PER_SECOND } from '#core';
import type { LedgerEntry } from '#domain';
import type { Transport } from '#net';
import { type FeedListener, type FeedOptions, MarketFeed } from '#venues/feed';
import type { ListedFeedInstrument, MarketAdapter, Subscription } from '#venues/market';
import type { Fault } from './fault.ts';
import { type ServedVenue, serveVenue } from './served-venue.ts';
import { ShadowBooks } from './shadow-books.ts';
import type { VenueUnderTest } from './venues.ts';

const SYMBOLS = 2;
const BUSY = 40;
const MESSAGE_BYTES_MAX = 1_000_000;
const LOOK_US = 25 * US_PER_MS;
const PATIENCE_US = 30 * US_PER_SECOND;

/** Times for a test: a venue on this machine answers at once. */
const QUICK: Partial<FeedOptions> = {
  tickUs: 20 * US_PER_MS,
  connectTimeoutUs: 2 * US_PER_SECOND,
  backOffFirstUs: 20 * US_PER_MS,
  backOffMaxUs: 200 * US_PER_MS,
  answerTimeoutUs: US_PER_SECOND,
  snapshotEveryUs: 100 * US_PER_MS,
  snapshotEveryMaxUs: 500 * US_PER_MS,
  snapshotTimeoutUs: US_PER_SECOND,
  requestTimeoutUs: US_PER_SECOND,
};

/** Runs a story; several may run side by side. @throws AssertionError with the story when something is not as it must be. */
export async function runSocketScenario(
  seed: number,
  under: VenueUnderTest,
  transport: Transport,
): Promise<void> {
  const prng = new Prng(seed).split(`sockets ${under.venue}`);
  const served = await serveVenue({ under, timers: transport, prng, symbols: SYMBOLS, eventsPerS: BUSY });
  try {
    await new SocketScenario(prng, under, served, transport).run();
  } finally {
    served.venue.close();
    await served.server.close();
  }
}

class SocketScenario {
  readonly #prng: Prng;
  readonly #under: VenueUnderTest;
  readonly #served: ServedVenue;
  readonly #transport: Transport;
  readonly #shadow = new ShadowBooks();
  readonly #entries: LedgerEntry[] = [];
  readonly #feed: MarketFeed;
  readonly #depth: number;

  constructor(prng: Prng, under: VenueUnderTest, served: ServedVenue, transport: Transport) {
    this.#prng = prng;
    this.#under = under;
    this.#served = served;
    this.#transport = transport;
    const { venue } = under;
    const instruments = under.instruments(SYMBOLS).map(
      (
        { lotsPerContract, priceDecimals, qtyDecimals, restSymbol, symbol, wireSymbol },
        ix,
      ): ListedFeedInstrument => ({
        instrument: { ix, venue, symbol, wireSymbol, priceDecimals, qtyDecimals, lotsPerContract },
        restSymbol,
      }),
    );
    const [first] = instruments;
    assert.ok(first !== undefined);
    this.#depth = under.adapter.bookPolicy(first.instrument).depth ?? Number.POSITIVE_INFINITY;
    this.#feed = this.#openFeed(instruments);
  }

  async run(): Promise<void> {
    const { venue } = this.#served;
    venue.start();
    this.#feed.start();
    await this.#until(() => this.#isUsable, 'the books are usable after the first connection');
    assert.equal(this.#entries.length, 0, 'a first synchronisation is no loss');
    for (let count = this.#prng.integer(1, 4); count > 0; count--) {
      venue.inject(this.#drawFault());
      await this.#pause(this.#prng.integer(50, 800) * US_PER_MS);
    }
    await this.#pause(1_500 * US_PER_MS);
    let difference: string | null = 'not looked at';
    for (let attempt = 0; difference !== null; attempt++) {
      assert.ok(attempt < 60, `the books are right after the last fault: ${difference}: ${this.#story()}`);
      await this.#until(() => this.#isUsable, 'the books are usable after the last fault');
      venue.pauseMarket();
      await this.#pause(200 * US_PER_MS);
      difference = this.#difference();
      if (difference === null) break;
      venue.resumeMarket();
      await this.#pause(300 * US_PER_MS);
    }
    assert.deepEqual(this.#feed.status().outages, []);
    this.#feed.stop();
    for (const entry of this.#entries) {
      const isExplained = venue.done.some(({ atUs }) => entry.toUs >= atUs - US_PER_SECOND);
      assert.ok(isExplained, `an entry has a cause: ${JSON.stringify(entry)}: ${this.#story()}`);
    }
    for (const { atUs, fault, isRevealed, symbols } of venue.done) {
      for (const symbol of isRevealed ? symbols : []) {
        const isThere = this.#entries.some(
          (entry) => entry.symbol === symbol && entry.toUs >= atUs - US_PER_SECOND,
        );
        assert.ok(isThere, `${fault.kind} of ${symbol} is in the ledger: ${this.#story()}`);
      }
    }
  }

  #openFeed(instruments: readonly ListedFeedInstrument[]): MarketFeed {
    const { server } = this.#served;
    const { limits } = this.#under.adapter;
    const adapter: MarketAdapter = {
      ...this.#under.adapter,
      limits: {
        ...limits,
        sendEveryUs: 1_000,
        connectEveryUs: 5_000,
        silenceUs: 3 * US_PER_SECOND,
        messageBytesMax: MESSAGE_BYTES_MAX,
      },
    };
    return new MarketFeed({
      adapter,
      hosts: {
        rest: server.restUrl,
        stream: this.#under.adapter.hosts.stream === '' ? '' : server.socketUrl,
        streamOrders: '',
      },
      transport: this.#transport,
      prng: this.#prng.split('feed'),
      subscriptions: instruments.flatMap(({ instrument }): Subscription[] => [
        { instrument, stream: 'book', timeframeUs: null },
        { instrument, stream: 'trades', timeframeUs: null },
      ]),
      instruments,
      listener: this.#listener(),
      options: QUICK,
    });
  }

  #listener(): FeedListener {
    const nothing = (): void => undefined;
    return {
      onRaw: nothing,
      onBook: (update) => this.#shadow.apply(update),
      onTrade: nothing,
      onCandle: nothing,
      onQuote: nothing,
      onMark: nothing,
      onFunding: nothing,
      onOpenInterest: nothing,
      onLiquidation: nothing,
      onOrderSnapshot: nothing,
      onOrder: nothing,
      onOrdersEnd: nothing,
      onBookState: nothing,
      onLedger: (entry) => this.#entries.push(entry),
      onNotice: nothing,
    };
  }

  #drawFault(): Fault {
    const prng = this.#prng;
    const symbol = this.#under.instruments(SYMBOLS)[prng.integer(0, SYMBOLS)]?.symbol ?? '';
    const forUs = prng.integer(200, 1_000) * US_PER_MS;
    const faults: readonly Fault[] = [
      { kind: 'drop', symbol },
      { kind: 'duplicate', symbol },
      { kind: 'swap', symbol },
      { kind: 'bad-checksum', symbol },
      { kind: 'garbage', symbol },
      { kind: 'huge', bytes: 2 * MESSAGE_BYTES_MAX },
      { kind: 'disconnect' },
      { kind: 'disconnect' },
      { kind: 'close' },
      { kind: 'expire' },
      { kind: 'stall' },
      { kind: 'refuse', forUs },
      { kind: 'limit', status: 429, retryAfterS: 1 },
      { kind: 'unavailable', forUs },
      { kind: 'slow', delayUs: 300 * US_PER_MS, forUs },
      { kind: 'old', forUs },
      { kind: 'no-answer', forUs },
      { kind: 'skew', byUs: prng.integer(-3, 4) * US_PER_SECOND },
    ];
    return faults[prng.integer(0, faults.length)] ?? { kind: 'disconnect' };
  }

  get #isUsable(): boolean {
    const { books, outages } = this.#feed.status();
    return outages.length === 0 && books.every(({ isUsable }) => isUsable);
  }

  #difference(): string | null {
    if (!this.#isUsable) return 'a book is not usable, or a loss is open';
    for (const [ix, book] of this.#served.venue.books.entries()) {
      const difference = this.#shadow.differenceFrom(ix, book, this.#depth);
      if (difference !== null) return `${book.instrument.symbol} ${difference}`;
    }
    return null;
  }

  async #until(isDone: () => boolean, what: string): Promise<void> {
    const endUs = this.#transport.nowUs() + PATIENCE_US;
    while (!isDone()) {
      if (this.#transport.nowUs() >= endUs) assert.fail(`${what}: ${this.#story()}`);
      await this.#pause(LOOK_US);
    }
  }

  #pause(us: number): Promise<void> {
    return new Promise((resolve) => this.#transport.after(us, resolve));
  }

  #story(): string {
    const faults = this.#served.venue.done.map(({ fault }) => JSON.stringify(fault));
    const entries = this.#entries.map(
      ({ cause, detail, stream, symbol }) => `${symbol} ${stream} ${cause} ${detail}`,
    );
    const books = this.#feed.status().books.map(({ reason, symbol }) => `${symbol} ${reason}`);
    const outages = this.#feed.status().outages.map((outage) => JSON.stringify(outage));
    return ['', this.#under.venue, ...faults, 'ledger:', ...entries, 'books:', ...books, ...outages].join(
      '\n  ',
    );
  }
}
