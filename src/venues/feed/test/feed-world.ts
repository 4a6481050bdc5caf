/**
 * A feed, a fake venue and the simulated network between them, with a listener that checks what every consumer relies on: times strictly increase,
 * who applies what he is told has the keeper's book, and a book that is usable is the venue's own at that moment.
 */
import assert from 'node:assert/strict';
import type { BookKeeper, BookUpdate } from '#book';
import { Prng, Sha256 } from '#core';
import type { LedgerEntry, StreamKind } from '#domain';
import { SimulatedNetwork, type SimulatedTransport } from '../../../net/simulated/index.ts';
import type { FeedInstrument, Subscription } from '../../market/index.ts';
import type { FeedListener, FeedNotice } from '../listener.ts';
import { MarketFeed } from '../market-feed.ts';
import type { FeedOptions } from '../options.ts';
import { FakeAdapter, type FakeSettings } from './fake-adapter.ts';
import { PlainBook } from './fake-market.ts';
import { FAKE_HOST, type FakeStyle, FakeVenue } from './fake-venue.ts';

export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;
const START_US = 1_700_000_000_000_000;

/** What a world is made of. */
export interface WorldSettings {
  readonly seed: number;
  readonly style: FakeStyle;
  readonly symbolCount?: number;
  readonly streams?: readonly StreamKind[];
  readonly adapter?: Partial<FakeSettings>;
  readonly options?: Partial<FeedOptions>;
}

/** A world with a feed in it. */
export class FeedWorld implements FeedListener {
  readonly network: SimulatedNetwork;
  readonly venue: FakeVenue;
  readonly feed: MarketFeed;
  readonly transport: SimulatedTransport;
  readonly entries: LedgerEntry[] = [];
  readonly notices: FeedNotice[] = [];
  /** Trades that were delivered, by instrument. */
  readonly trades: number[][];
  /** Last ids of the changes of books that were delivered, by instrument. */
  readonly changeIds: Set<number>[];
  /** Id of each book when it was usable for the first time. */
  readonly firstUsableIds: number[] = [];
  readonly bookStates: string[] = [];
  readonly interestCounts: number[];
  bookCount = 0;
  usableBookCount = 0;
  snapshotsSeen = 0;
  rawCount = 0;
  callCount = 0;
  /** Called at every call of the feed. */
  onCall: (name: string) => void = () => undefined;
  readonly #instruments: readonly FeedInstrument[];
  readonly #mirrors: readonly PlainBook[];
  readonly #hash = new Sha256();
  #lastUs = 0;

  constructor(settings: WorldSettings) {
    const { seed, style, symbolCount = 4, streams = ['book', 'trades'] } = settings;
    const prng = new Prng(seed);
    this.network = new SimulatedNetwork(prng.split('network'), START_US);
    const names = Array.from({ length: symbolCount }, (_, i) => `S${i}`);
    this.venue = new FakeVenue(this.network, prng.split('venue'), style, names);
    this.network.addServer(FAKE_HOST, this.venue);
    this.transport = this.network.openTransport();
    this.trades = names.map(() => []);
    this.changeIds = names.map(() => new Set());
    this.interestCounts = names.map(() => 0);
    this.#mirrors = names.map(() => new PlainBook());
    this.#instruments = names.map((name, ix) => ({
      ix,
      venue: 'sim',
      symbol: name,
      wireSymbol: name,
      priceDecimals: 0,
      qtyDecimals: 0,
    }));
    const adapter = new FakeAdapter({
      style,
      limits: {},
      hasToken: false,
      weightPerMinuteMax: 10_000,
      resyncEveryUs: null,
      pingEveryUs: 4 * SECOND_US,
      ...settings.adapter,
    });
    const subscriptions: readonly Subscription[] = this.#instruments.flatMap((instrument) =>
      streams.map((stream) => ({ instrument, stream, timeframeUs: null })),
    );
    this.feed = new MarketFeed({
      adapter,
      hosts: adapter.hosts,
      transport: this.transport,
      prng: prng.split('feed'),
      subscriptions,
      instruments: this.#instruments.map((instrument) => ({ instrument, restSymbol: instrument.symbol })),
      listener: this,
      ...(settings.options === undefined ? {} : { options: settings.options }),
    });
  }

  get nowUs(): number {
    return this.network.nowUs();
  }

  /** Hash of all calls so far. */
  get logHash(): string {
    return this.#hash.hex();
  }

  pass(us: number): void {
    this.network.run(this.network.nowUs() + us);
  }

  /** True when nothing is wrong and nothing is under way. */
  get isHealthy(): boolean {
    const { books, outages, refusals, snapshots, sockets } = this.feed.status();
    const isCalm = snapshots.queued === 0 && snapshots.inFlight === 0;
    const areSocketsUp = sockets.every(
      ({ states }) => states.length <= 1 && states.every((state) => state === 'live'),
    );
    const areBooksUp = books.every(({ isUsable }) => isUsable);
    return isCalm && areSocketsUp && areBooksUp && outages.length === 0 && refusals.length === 0;
  }

  /** Lets time pass until everything is well; fails when that takes longer. Returns how long it took. */
  heal(withinUs: number): number {
    const startUs = this.nowUs;
    while (!this.isHealthy) {
      const takenUs = this.nowUs - startUs;
      assert.ok(takenUs < withinUs, `not healthy after ${takenUs / SECOND_US} s: ${this.describe()}`);
      this.pass(100_000);
    }
    return this.nowUs - startUs;
  }

  /** Returns the entries that were written since the last call, as `symbol stream cause`, sorted. */
  takeEntries(): string[] {
    const found = this.entries.splice(0);
    for (const { detail, fromUs, toUs } of found) {
      assert.ok(
        fromUs <= toUs && toUs <= this.#lastUs + MINUTE_US && fromUs > 0,
        `range of an entry: ${detail}`,
      );
      assert.ok(detail.length > 0 && detail.length <= 200);
    }
    return found.map(({ cause, stream, symbol }) => `${symbol} ${stream} ${cause}`).sort();
  }

  describe(): string {
    return JSON.stringify({ status: this.feed.status(), notices: this.notices.slice(-10) }, null, 1);
  }

  onRaw(bytes: Uint8Array, socketName: string, tsLocalUs: number): void {
    this.rawCount++;
    this.#see('raw', tsLocalUs, `${socketName} ${bytes.length}`);
  }

  onBook(update: BookUpdate, keeper: BookKeeper): void {
    this.bookCount++;
    const { instrumentIx: ix, tsVenueUs } = update;
    this.#see('book', update.tsLocalUs, `${ix} ${update.isSnapshot} ${update.lastId} ${tsVenueUs}`);
    const mirror = this.#mirrors[ix];
    assert.ok(mirror !== undefined);
    if (update.isSnapshot) {
      mirror.clear();
      this.snapshotsSeen++;
    } else this.changeIds[ix]?.add(update.lastId);
    const { asks, bids } = update;
    for (let i = 0; i < bids.count; i++) mirror.set(mirror.bids, bids.priceTicks[i]!, bids.qtyLots[i]!);
    for (let i = 0; i < asks.count; i++) mirror.set(mirror.asks, asks.priceTicks[i]!, asks.qtyLots[i]!);
    if (!keeper.isUsable) return;
    this.usableBookCount++;
    this.firstUsableIds[ix] ??= update.lastId;
    const { book } = keeper;
    assert.equal(
      book.bestBidTicks,
      mirror.sortedBids[0]?.[0] ?? Number.NaN,
      "a consumer has the keeper's book",
    );
    assert.equal(
      mirror.fingerprint,
      this.venue.symbols[ix]?.truth.get(tsVenueUs),
      "a usable book is the venue's",
    );
  }

  onTrade(trade: { instrumentIx: number; tradeId: number }, tsLocalUs: number): void {
    this.#see('trade', tsLocalUs, `${trade.instrumentIx} ${trade.tradeId}`);
    this.trades[trade.instrumentIx]?.push(trade.tradeId);
  }

  onOpenInterest(interest: { instrumentIx: number; openInterestLots: number }, tsLocalUs: number): void {
    this.#see('interest', tsLocalUs, `${interest.instrumentIx} ${interest.openInterestLots}`);
    this.interestCounts[interest.instrumentIx]! += 1;
  }

  onCandle(): void {}
  onQuote(): void {}
  onMark(): void {}
  onFunding(): void {}
  onLiquidation(): void {}
  onOrderSnapshot(): void {}
  onOrder(): void {}
  onOrdersEnd(): void {}

  onBookState(instrumentIx: number, isUsable: boolean, reason: string): void {
    this.bookStates.push(`S${instrumentIx} ${isUsable ? 'usable' : 'not usable'}: ${reason}`);
    this.#note('state', `${instrumentIx} ${isUsable} ${reason}`);
  }

  onLedger(entry: LedgerEntry): void {
    this.entries.push(entry);
    this.#note('ledger', JSON.stringify(entry));
  }

  onNotice(notice: FeedNotice): void {
    this.notices.push(notice);
    if (this.notices.length > 1_000) this.notices.shift();
    this.#note('notice', JSON.stringify(notice));
  }

  #see(name: string, tsLocalUs: number, what: string): void {
    assert.ok(
      tsLocalUs > this.#lastUs,
      `times strictly increase: ${name} at ${tsLocalUs} after ${this.#lastUs}`,
    );
    this.#lastUs = tsLocalUs;
    this.#note(name, `${tsLocalUs} ${what}`);
  }

  #note(name: string, what: string): void {
    this.callCount++;
    this.#hash.update(`${name} ${what}\n`);
    this.onCall(name);
  }
}
