/**
 * A venue's market data over a transport: opens the sockets of the adapter's plan and keeps them, keeps every book right, asks for what is had by
 * request, and writes down every loss. Everything it does it does from calls of the transport; one seed gives the same calls.
 *
 * Invariants: what the listener is told is in strict order of `tsLocalUs`; after `stop` it is told nothing and nothing of the feed is left
 * in the transport; every map and queue is bounded by the subscriptions or by a named maximum.
 */
import { BookUpdate, UpdatePool } from '#book';
import { assert, type EpochUs, type Prng, XylenError } from '#core';
import { type InstrumentIx, STREAM_KINDS } from '#domain';
import type { Cancel, Transport } from '#net';
import type {
  ListedFeedInstrument,
  MarketAdapter,
  MarketRest,
  RestCall,
  Subscription,
  VenueHosts,
} from '../market/index.ts';
import { BookSync } from './book-sync.ts';
import { ClockOffset } from './clock-offset.ts';
import { EventRouter, LinkSink } from './event-router.ts';
import { EventStamp, FeedClock } from './event-stamp.ts';
import type { BookStatus, FeedStatus } from './feed-status.ts';
import { LedgerBook } from './ledger-book.ts';
import type { FeedListener } from './listener.ts';
import { ListenerGate } from './listener-gate.ts';
import { Notices } from './notices.ts';
import { FEED_OPTIONS_DEFAULT, type FeedOptions } from './options.ts';
import { OrdersSync } from './orders-sync.ts';
import { checkPolled, POLL_LINK } from './poll-link.ts';
import { Poller } from './poller.ts';
import { Refusals } from './refusals.ts';
import { RestGate } from './rest-gate.ts';
import { type SnapshotClient, SnapshotQueue } from './snapshot-queue.ts';
import {
  POLLED_SNAPSHOTS,
  RequestedSnapshots,
  type SnapshotSource,
  StreamedSnapshots,
} from './snapshot-source.ts';
import { SocketPool } from './socket-pool.ts';
import { StreamTrack } from './stream-track.ts';
import { TrackTable } from './track-table.ts';

/** What a feed is made of. */
export interface MarketFeedParts {
  readonly adapter: MarketAdapter;
  readonly hosts: VenueHosts;
  readonly transport: Transport;
  readonly prng: Prng;
  /** Each at most once. */
  readonly subscriptions: readonly Subscription[];
  /** All instruments of the subscriptions, with their names in requests. */
  readonly instruments: readonly ListedFeedInstrument[];
  readonly listener: FeedListener;
  /** Shared by all feeds of a process; without it the feed has one of its own. */
  readonly stamp?: EventStamp;
  readonly options?: Partial<FeedOptions>;
}

/** A running feed of one venue. */
export class MarketFeed {
  readonly #parts: MarketFeedParts;
  readonly #options: FeedOptions;
  readonly #clock: FeedClock;
  readonly #listener: ListenerGate;
  readonly #notices: Notices;
  readonly #ledger: LedgerBook;
  readonly #rest: MarketRest;
  readonly #gate: RestGate;
  readonly #snapshots: SnapshotQueue;
  readonly #refusals: Refusals;
  readonly #tracks: TrackTable;
  readonly #polledTracks: readonly StreamTrack[];
  readonly #router: EventRouter;
  readonly #sockets: SocketPool;
  readonly #poller: Poller;
  readonly #clockOffset: ClockOffset;
  /** Where answers of snapshots are read into; each is used up before the next is read. */
  readonly #snapshot = new BookUpdate();
  readonly #pool = new UpdatePool();
  #cancelTick: Cancel | null = null;
  #state: 'new' | 'running' | 'stopped' = 'new';

  /** @throws XY_USAGE when the venue does not offer one of the streams. */
  constructor(parts: MarketFeedParts) {
    const { adapter, hosts, prng, transport } = parts;
    refuseUnoffered(adapter, parts.subscriptions);
    assertListed(parts);
    this.#parts = parts;
    const options = { ...FEED_OPTIONS_DEFAULT, ...parts.options };
    this.#options = options;
    this.#clock = new FeedClock(transport, parts.stamp ?? new EventStamp());
    this.#listener = new ListenerGate(parts.listener);
    this.#notices = new Notices(this.#listener, options.noticesMax, options.noticeWindowUs);
    this.#ledger = new LedgerBook(adapter.venue, (entry) => this.#listener.onLedger(entry));
    this.#rest = adapter.rest(hosts);
    this.#gate = new RestGate({ rest: this.#rest, transport, options, notices: this.#notices });
    this.#snapshots = new SnapshotQueue(this.#gate, options);
    this.#refusals = new Refusals(prng.split('refusals'), options.backOffMaxUs);
    this.#tracks = this.#openTracks();
    this.#router = new EventRouter({
      tracks: this.#tracks,
      listener: this.#listener,
      clock: this.#clock,
      recentTradesMax: options.recentTradesMax,
      lagWindowUs: options.lagWindowUs,
    });
    this.#sockets = this.#openSockets();
    this.#polledTracks = this.#tracks.all.filter(({ stream }) => adapter.streams[stream] === 'poll');
    for (const track of this.#polledTracks) track.owner = POLL_LINK;
    this.#poller = this.#openPoller();
    this.#clockOffset = new ClockOffset(this.#gate, this.#rest.serverTime(), options.clockEveryUs);
  }

  /** Begins to connect. */
  start(): void {
    assert(this.#state === 'new', 'a feed is started once');
    this.#state = 'running';
    this.#tick();
  }

  /** Ends everything at once: open losses are written down, and the listener hears nothing more. */
  stop(): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#tracks.flushDamages(this.#clock.nowUs(), () => true);
    this.#tracks.detachAll();
    this.#ledger.closeAll(this.#clock.stampUs());
    this.#listener.shut();
    this.#cancelTick?.();
    this.#cancelTick = null;
    this.#gate.stop();
    this.#sockets.stop();
    this.#snapshots.stop();
    this.#poller.stop();
    this.#clockOffset.stop();
  }

  /**
   * Asks for the list of orders (level 3) anew, because whoever keeps the orders has found that they cannot be right, by their checksum or
   * otherwise; `detail` says what was expected and what was found. Nothing is delivered of them until the list is there.
   */
  resyncOrders(instrumentIx: InstrumentIx, detail: string): void {
    const orders = this.#tracks.orders(instrumentIx);
    assert(orders !== undefined, `orders of instrument ${instrumentIx} are subscribed`);
    const fromUs = orders.track.lastGoodUs;
    orders.onDamaged({ cause: 'checksum', fromUs, lostFromId: -1, lostToId: -1, detail });
  }

  /** Returns what can be seen now. */
  status(): FeedStatus {
    return {
      venue: this.#parts.adapter.venue,
      sockets: this.#sockets.status,
      books: this.#tracks.books.map(statusOf),
      outages: this.#ledger.open,
      ledgerCounts: this.#ledger.counts,
      refusals: this.#refusals.list,
      lags: this.#router.lags,
      duplicateCount: this.#router.duplicateCount,
      rest: this.#gate.status,
      snapshots: this.#snapshots.counts,
      clock: this.#clockOffset.reading,
    };
  }

  /** One beat: everything that is due, connections and their tokens before snapshots, snapshots before polls. */
  #tick(): void {
    const nowUs = this.#clock.nowUs();
    const works: readonly (() => void)[] = [
      () => this.#sockets.pump(nowUs),
      () => this.#tracks.tick(nowUs),
      () => this.#snapshots.pump(nowUs),
      () => this.#poller.pump(nowUs),
      () => this.#checkPolled(nowUs),
      () => this.#clockOffset.pump(nowUs),
    ];
    for (const work of works) {
      // A listener may stop the feed from any call.
      if (this.#isRunning) work();
    }
    if (!this.#isRunning) return;
    this.#cancelTick = this.#parts.transport.after(this.#options.tickUs, () => this.#tick());
  }

  #checkPolled(nowUs: EpochUs): void {
    const parts = {
      tracks: this.#polledTracks,
      states: this.#poller.states,
      ledger: this.#ledger,
      bookOf: ({ stream, subscription }: StreamTrack) =>
        stream === 'book' ? this.#tracks.book(subscription.instrument.ix) : undefined,
    };
    checkPolled(parts, nowUs);
  }

  get #isRunning(): boolean {
    return this.#state === 'running';
  }

  #openTracks(): TrackTable {
    const { adapter, subscriptions } = this.#parts;
    const tracks = subscriptions.map((subscription) => new StreamTrack(subscription));
    return new TrackTable({
      tracks,
      books: tracks.filter(({ stream }) => stream === 'book').map((track) => this.#openBook(track)),
      orders: tracks
        .filter(({ stream }) => stream === 'orders' && adapter.streams.orders === 'stream')
        .map((track) => this.#openOrders(track)),
      ledger: this.#ledger,
      clock: this.#clock,
      refusals: this.#refusals,
      damageQuietUs: this.#options.damageQuietUs,
    });
  }

  #openBook(track: StreamTrack): BookSync {
    const { adapter } = this.#parts;
    const { instrument } = track.subscription;
    const policy = adapter.bookPolicy(instrument);
    return new BookSync({
      track,
      policy,
      pool: this.#pool,
      hasStreamSnapshot: adapter.hasStreamSnapshot,
      openSource: (client) => this.#openSource(track, client, policy.resyncEveryUs ?? null),
      snapshotCall: (isHurried) => this.#snapshotCall(track, isHurried),
      ledger: this.#ledger,
      listener: this.#listener,
      clock: this.#clock,
      options: this.#options,
      onHopeless: (hopeless, message) => this.#tracks.giveUp(hopeless, message),
    });
  }

  #openOrders(track: StreamTrack): OrdersSync {
    return new OrdersSync({
      track,
      source: this.#openStreamed(track, null),
      ledger: this.#ledger,
      clock: this.#clock,
      snapshotTimeoutUs: this.#options.snapshotTimeoutUs,
      onHopeless: (hopeless, message) => this.#tracks.giveUp(hopeless, message),
    });
  }

  #openSource(track: StreamTrack, client: SnapshotClient, refreshEveryUs: number | null): SnapshotSource {
    const { adapter } = this.#parts;
    if (adapter.streams.book === 'poll') return POLLED_SNAPSHOTS;
    if (adapter.hasStreamSnapshot) return this.#openStreamed(track, refreshEveryUs);
    return new RequestedSnapshots(this.#snapshots, client);
  }

  #openStreamed(track: StreamTrack, refreshEveryUs: number | null): StreamedSnapshots {
    const prng = this.#parts.prng.split(`refresh ${track.key}`);
    return new StreamedSnapshots({
      track,
      options: this.#options,
      refreshEveryUs,
      draw: () => prng.uniform(),
    });
  }

  #snapshotCall(track: StreamTrack, isHurried: boolean): RestCall<BookUpdate> {
    const { instrument } = track.subscription;
    const call = this.#rest.bookSnapshot(instrument, this.#restSymbolOf(track), this.#snapshot, isHurried);
    assert(call !== null, 'a venue without snapshots on the stream has them by request');
    return call;
  }

  #restSymbolOf(track: StreamTrack): string {
    const { ix, symbol } = track.subscription.instrument;
    const listed = this.#parts.instruments.find(({ instrument }) => instrument.ix === ix);
    assert(listed !== undefined, `instrument ${symbol} is among those of the feed`);
    return listed.restSymbol;
  }

  #openSockets(): SocketPool {
    const { adapter, hosts, prng, subscriptions, transport } = this.#parts;
    return new SocketPool(
      {
        adapter,
        hosts,
        transport,
        clock: this.#clock,
        prng: prng.split('sockets'),
        options: this.#options,
        gate: this.#gate,
        tracks: this.#tracks,
        refusals: this.#refusals,
        router: this.#router,
        listener: this.#listener,
        notices: this.#notices,
      },
      subscriptions.filter(({ stream }) => adapter.streams[stream] === 'stream'),
    );
  }

  #openPoller(): Poller {
    const streams = STREAM_KINDS.filter((stream) =>
      this.#polledTracks.some((track) => track.stream === stream),
    );
    const plans = streams.flatMap((stream) => {
      const ixs = new Set(
        this.#polledTracks
          .filter((track) => track.stream === stream)
          .map((track) => track.subscription.instrument.ix),
      );
      const instruments = this.#parts.instruments.filter(({ instrument }) => ixs.has(instrument.ix));
      return this.#rest.polls(stream, instruments);
    });
    const sink = new LinkSink(this.#router, POLL_LINK, {
      onControl: () => undefined,
      onConnectionSequence: () => true,
    });
    return new Poller(this.#gate, plans, () => {
      const tsLocalUs = this.#clock.stampUs();
      this.#router.beginFrame(tsLocalUs);
      return { sink, tsLocalUs };
    });
  }
}

function refuseUnoffered(adapter: MarketAdapter, subscriptions: readonly Subscription[]): void {
  for (const { instrument, stream } of subscriptions) {
    if (adapter.streams[stream] !== 'none') continue;
    const message = `expected a stream that ${adapter.venue} offers, found ${stream} of ${instrument.symbol}`;
    throw new XylenError('XY_USAGE', message, { fields: { venue: adapter.venue, stream } });
  }
}

function assertListed({ instruments, subscriptions }: MarketFeedParts): void {
  const listed = new Set(instruments.map(({ instrument }) => instrument.ix));
  for (const { instrument } of subscriptions) {
    assert(
      listed.has(instrument.ix),
      `instrument ${instrument.symbol} of a subscription is among those of the feed`,
    );
  }
}

function statusOf(book: BookSync): BookStatus {
  const { instrument } = book.track.subscription;
  return {
    instrumentIx: instrument.ix,
    symbol: instrument.symbol,
    isUsable: book.keeper.isUsable,
    reason: book.reason,
    lastUpdateId: book.keeper.lastUpdateId,
    resyncCount: book.resyncCount,
    counts: book.keeper.counts,
  };
}
