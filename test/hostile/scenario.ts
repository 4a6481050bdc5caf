/**
 * One seeded story of a feed and a hostile venue: they meet, the venue goes wrong some times, it calms down. Afterwards every book is the
 * venue's own again, the ledger has what a client could know and nothing else, and nothing was left in queues.
 */
import assert from 'node:assert/strict';
import { Prng, US_PER_SECOND } from '#core';
import type { LedgerEntry } from '#domain';
import { SimulatedNetwork } from '#net/simulated';
import { type FeedListener, MarketFeed } from '#venues/feed';
import type { ListedFeedInstrument, Subscription } from '#venues/market';
import { drawFault } from './draw-fault.ts';
import type { DoneFault, Fault } from './fault.ts';
import { HostileVenue } from './hostile-venue.ts';
import { ShadowBooks } from './shadow-books.ts';
import type { TrueInstrument } from './true-market.ts';
import type { VenueUnderTest } from './venues.ts';

const HOST = 'venue.test';
const START_US = 1_700_000_000_000_000;
const FAULT_US = 8 * US_PER_SECOND;
const SYMBOLS = 3;
const BUSY = 30;
const CALM = 3;
/** In which the books must be right after the first connection, and after the last fault. */
const SYNC_US_MAX = 60 * US_PER_SECOND;
const RECOVERY_US_MAX = 300 * US_PER_SECOND;
const DRAIN_US = US_PER_SECOND / 2;
const RIGHT = 'the books are right after the last fault';

/** What a scenario came to, for comparison of two runs of one seed. */
export interface ScenarioResult {
  readonly faults: readonly DoneFault[];
  readonly entries: readonly LedgerEntry[];
  readonly eventCount: number;
  /** Simulated time from the last fault until all books were right. */
  readonly recoveryUs: number;
}

/** Runs a scenario. @throws AssertionError with the seed's story when something is not as it must be. */
export function runScenario(seed: number, under: VenueUnderTest): ScenarioResult {
  return new Scenario(seed, under).run();
}

class Scenario {
  readonly #prng: Prng;
  readonly #network: SimulatedNetwork;
  readonly #venue: HostileVenue;
  readonly #feed: MarketFeed;
  readonly #shadow = new ShadowBooks();
  readonly #entries: LedgerEntry[] = [];
  readonly #under: VenueUnderTest;
  readonly #instruments: readonly TrueInstrument[];
  #eventCount = 0;

  constructor(seed: number, under: VenueUnderTest) {
    this.#under = under;
    this.#prng = new Prng(seed).split(`scenario ${under.venue}`);
    this.#network = new SimulatedNetwork(this.#prng, START_US);
    this.#instruments = under.instruments(SYMBOLS);
    this.#venue = new HostileVenue({
      timers: this.#network,
      prng: this.#prng,
      protocol: under.openDialect(`wss://${HOST}/endpoint`),
      instruments: this.#instruments,
      eventsPerS: BUSY,
    });
    this.#network.addServer(HOST, this.#venue);
    this.#feed = this.#openFeed();
  }

  run(): ScenarioResult {
    this.#venue.start();
    this.#feed.start();
    this.#runUntil(() => this.#isAllUsable, SYNC_US_MAX, 'the books are usable after the first connection');
    assert.equal(this.#entries.length, 0, 'a first synchronisation is no loss');
    this.#goWrong();
    this.#venue.eventsPerS = CALM;
    const calmUs = this.#network.nowUs();
    // A half-open connection or a lost message at rest shows only later: then the story goes on.
    for (;;) {
      this.#runUntil(() => this.#isRight(), calmUs + RECOVERY_US_MAX - this.#network.nowUs(), RIGHT);
      this.#venue.pauseMarket();
      this.#network.run(this.#network.nowUs() + DRAIN_US);
      const difference = this.#difference() ?? this.#unseen();
      if (difference === null) break;
      if (this.#network.nowUs() > calmUs + RECOVERY_US_MAX)
        assert.fail(`${RIGHT}: ${difference}: ${this.#story()}`);
      this.#venue.resumeMarket();
      this.#network.run(this.#network.nowUs() + 2 * US_PER_SECOND);
    }
    const recoveryUs = this.#network.nowUs() - calmUs;
    const status = this.#feed.status();
    assert.deepEqual(status.outages, [], 'no loss is open');
    assert.deepEqual(status.snapshots, { queued: 0, inFlight: 0 }, 'no snapshot is asked for');
    this.#feed.stop();
    this.#venue.close();
    this.#checkLedger();
    return {
      faults: this.#venue.done,
      entries: this.#entries,
      eventCount: this.#eventCount,
      recoveryUs,
    };
  }

  #openFeed(): MarketFeed {
    const { adapter, venue } = this.#under;
    const listed = this.#instruments.map(
      (
        { lotsPerContract, priceDecimals, qtyDecimals, restSymbol, symbol, wireSymbol },
        ix,
      ): ListedFeedInstrument => ({
        instrument: { ix, venue, symbol, wireSymbol, priceDecimals, qtyDecimals, lotsPerContract },
        restSymbol,
      }),
    );
    const subscriptions = listed.flatMap(({ instrument }): Subscription[] => [
      { instrument, stream: 'book', timeframeUs: null },
      { instrument, stream: 'trades', timeframeUs: null },
    ]);
    return new MarketFeed({
      adapter,
      hosts: { rest: `https://${HOST}`, stream: `wss://${HOST}`, streamOrders: `wss://${HOST}` },
      transport: this.#network.openTransport(),
      prng: this.#prng.split('feed'),
      subscriptions,
      instruments: listed,
      listener: this.#listener(),
    });
  }

  #listener(): FeedListener {
    const count = (): void => {
      this.#eventCount++;
    };
    return {
      onRaw: () => undefined,
      onBook: (update) => {
        this.#eventCount++;
        this.#shadow.apply(update);
      },
      onTrade: count,
      onCandle: count,
      onQuote: count,
      onMark: count,
      onFunding: count,
      onOpenInterest: count,
      onLiquidation: count,
      onOrderSnapshot: count,
      onOrder: count,
      onOrdersEnd: count,
      onBookState: () => undefined,
      onLedger: (entry) => this.#entries.push(entry),
      onNotice: () => undefined,
    };
  }

  get #isAllUsable(): boolean {
    return this.#feed.status().books.every(({ isUsable }) => isUsable);
  }

  /** All books usable and equal to the venue's, as far as what is under way allows: the market is stopped to look. */
  #isRight(): boolean {
    return this.#isAllUsable && this.#venue.books.every((book, ix) => this.#shadow.isClose(ix, book));
  }

  #goWrong(): void {
    const count = this.#prng.integer(1, 5);
    const atUs = Array.from({ length: count }, () => this.#prng.integer(0, FAULT_US)).sort((a, b) => a - b);
    const startUs = this.#network.nowUs();
    for (const us of atUs) {
      this.#network.run(startUs + us);
      this.#venue.inject(drawFault(this.#prng, this.#instruments));
    }
    this.#network.run(startUs + FAULT_US);
  }

  #runUntil(isDone: () => boolean, forUs: number, what: string): void {
    const endUs = this.#network.nowUs() + forUs;
    while (!isDone()) {
      if (this.#network.nowUs() >= endUs)
        assert.fail(`${what} within ${forUs / US_PER_SECOND} s: ${this.#story()}`);
      this.#network.run(this.#network.nowUs() + US_PER_SECOND);
    }
  }

  /** What is not right with a book now that nothing is under way, `null` when all are right. */
  #difference(): string | null {
    const { books } = this.#feed.status();
    for (const [ix, book] of this.#venue.books.entries()) {
      const { symbol } = book.instrument;
      if (books[ix]?.isUsable !== true) return `${symbol} is not usable`;
      const difference = this.#shadow.differenceFrom(ix, book, this.#depth);
      if (difference !== null) return `${symbol} ${difference}`;
    }
    return null;
  }

  /** A loss that has not shown yet or has not ended, in words. */
  #unseen(): string | null {
    const [open] = this.#feed.status().outages;
    if (open !== undefined) return `a loss of ${open.symbol} ${open.stream} is open`;
    for (const done of this.#venue.done) {
      const missing = done.isRevealed
        ? done.symbols.find((symbol) => !this.#isInLedger(symbol, done.atUs))
        : undefined;
      if (missing !== undefined) return `${done.fault.kind} of ${missing} is not in the ledger`;
    }
    return null;
  }

  #isInLedger(symbol: string, atUs: number): boolean {
    return this.#entries.some(
      (entry) =>
        entry.symbol === symbol &&
        entry.stream === 'book' &&
        entry.fromUs <= atUs + US_PER_SECOND &&
        entry.toUs >= atUs,
    );
  }

  /** Levels that the venue tells its clients of; the tail beyond is not known to them. */
  get #depth(): number {
    const { adapter, venue } = this.#under;
    const { priceDecimals, qtyDecimals, symbol, wireSymbol } = this.#instruments[0] ?? {
      ...{ priceDecimals: 0, qtyDecimals: 0, symbol: '', wireSymbol: '' },
    };
    const instrument = { ix: 0, venue, symbol, wireSymbol, priceDecimals, qtyDecimals };
    return adapter.bookPolicy(instrument).depth ?? Number.POSITIVE_INFINITY;
  }

  /** Every entry of the ledger has a fault that explains it. */
  #checkLedger(): void {
    for (const entry of this.#entries) {
      const isExplained = this.#venue.done.some(({ atUs, fault, symbols }) => {
        const isHere = symbols.includes(entry.symbol) || !COSTS_NOTHING.has(fault.kind);
        return isHere && entry.toUs >= atUs - US_PER_SECOND;
      });
      assert.ok(isExplained, `an entry has a cause: ${JSON.stringify(entry)}: ${this.#story()}`);
    }
  }

  #story(): string {
    const seconds = (us: number): string => ((us - START_US) / US_PER_SECOND).toFixed(3);
    const faults = this.#venue.done.map(
      ({ atUs, fault, symbols }) => `${seconds(atUs)} ${JSON.stringify(fault)} ${symbols.join(',')}`,
    );
    const entries = this.#entries.map(
      ({ cause, detail, fromUs, stream, symbol, toUs }) =>
        `${seconds(fromUs)}-${seconds(toUs)} ${symbol} ${stream} ${cause} ${detail}`,
    );
    const books = this.#feed
      .status()
      .books.map(({ reason, symbol, isUsable }) => `${symbol} ${isUsable} ${reason}`);
    return [
      '',
      `now ${seconds(this.#network.nowUs())}`,
      'faults:',
      ...faults,
      'ledger:',
      ...entries,
      'books:',
      ...books,
    ].join('\n  ');
  }
}

/** Faults that cost a client nothing by themselves. */
const COSTS_NOTHING: ReadonlySet<Fault['kind']> = new Set([
  'duplicate',
  'limit',
  'unavailable',
  'slow',
  'old',
  'no-answer',
  'skew',
  'silent',
  'refuse',
]);
