/**
 * Records the feeds of some venues: one stamp over all of them, one log, housekeeping every ten seconds. When the log is near its bound (the disk
 * or the archive cannot keep up) the feeds are stopped and begun anew once there is room, and the ledger says for how long: memory never grows.
 */
import { assert, type EpochUs, type Prng, US_PER_SECOND } from '#core';
import type { InstrumentIx, LedgerEntry, StreamKind, VenueId } from '#domain';
import type { Cancel, Transport } from '#net';
import type { Log } from '#telemetry';
import { EventStamp, type FeedNotice, type FeedStatus } from '#venues/feed';
import type { Subscription } from '#venues/market';
import type { LiveVenue, RunningFeed } from '../host/live/live-venue.ts';
import type { WantedInstrument } from '../host/live/venue-connection.ts';
import { type RecordCounts, RecordListener } from './record-listener.ts';
import type { Recording } from './recording.ts';

/** One venue to be recorded; instruments are numbered through all venues, in the order of the recording. */
export interface RecordedVenue {
  readonly venue: Pick<LiveVenue, 'id' | 'openFeed'>;
  readonly wanted: readonly WantedInstrument[];
  readonly subscriptions: readonly Subscription[];
}

/** What a recorder works with. */
export interface RecorderParts {
  readonly venues: readonly RecordedVenue[];
  readonly recording: Recording;
  readonly transport: Transport;
  readonly prng: Prng;
  readonly keepsRaw: boolean;
  readonly log: Log;
}

/** One venue at a moment. */
export interface VenueState {
  readonly venue: VenueId;
  readonly counts: Readonly<RecordCounts>;
  /** `null` while the feeds are held back. */
  readonly feed: FeedStatus | null;
}

const HOUSE_US = 10 * US_PER_SECOND;
const HELD_BACK_US = US_PER_SECOND;
/** What is not said otherwise when a recording is full. */
const OVERLOAD = 'the log was at its bound: the disk or the archive could not keep up';

/** Runs feeds into a recording. */
export class Recorder {
  readonly #parts: RecorderParts;
  readonly #stamp = new EventStamp();
  readonly #listeners: readonly RecordListener[];
  readonly #streamsOf: readonly { readonly venueIx: number; readonly subscription: Subscription }[];
  #feeds: RunningFeed[] = [];
  #cancels: Cancel[] = [];
  /** Since when streams are missed because the recording was full; by instrument and stream. */
  readonly #missedUs = new Map<string, EpochUs>();
  /** When streams were first seen complete since something of them was missing. */
  readonly #completeFromUs = new Map<string, EpochUs>();
  #isHeldBack = false;
  #isStopped = false;
  #heldBackCount = 0;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    // Later than all that was recorded before, so that the order of events holds over sessions.
    this.#stamp.next(Math.max(parts.transport.nowUs(), parts.recording.lastLocalUs + 1));
    this.#listeners = parts.venues.map(({ venue }) => this.#openListener(venue.id));
    this.#streamsOf = parts.venues.flatMap(({ subscriptions }, venueIx) =>
      subscriptions.map((subscription) => ({ venueIx, subscription })),
    );
  }

  /** Connects. */
  start(): void {
    this.#openFeeds();
    this.#keepHouse();
  }

  /** Ends the feeds; what they had open as a loss is written down. The recording is the caller's to close. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
    this.#cover();
    for (const feed of this.#feeds) feed.stop();
    this.#feeds = [];
    this.#endMissed(() => true, this.#stamp.next(this.#parts.transport.nowUs()));
  }

  /** True while the feeds are stopped because the log is full. */
  get isHeldBack(): boolean {
    return this.#isHeldBack;
  }

  /** Times the feeds were stopped because the log was full. */
  get heldBackCount(): number {
    return this.#heldBackCount;
  }

  /** How every venue stands. */
  states(): readonly VenueState[] {
    return this.#parts.venues.map(({ venue }, ix) => {
      const counts = this.#listeners[ix]?.counts;
      assert(counts !== undefined, 'every venue has its listener');
      return { venue: venue.id, counts, feed: this.#feeds[ix]?.status() ?? null };
    });
  }

  #openListener(venue: VenueId): RecordListener {
    const { keepsRaw, log, recording } = this.#parts;
    return new RecordListener({
      venue,
      recording,
      keepsRaw,
      onFull: () => this.#holdBack(),
      onEvent: (instrumentIx, stream, tsLocalUs) => {
        if (this.#missedUs.size > 0) this.#endMissed((key) => key === keyOf(instrumentIx, stream), tsLocalUs);
      },
      onNotice: (venueId: VenueId, { kind, message, subject, suppressed }: FeedNotice) =>
        log.info('feed', { venue: venueId, kind, subject, message, suppressed }),
    });
  }

  #openFeeds(): void {
    const { prng, venues } = this.#parts;
    this.#feeds = venues.map(({ subscriptions, venue, wanted }, ix) => {
      const listener = this.#listeners[ix];
      assert(listener !== undefined, 'every venue has its listener');
      return venue.openFeed({
        wanted,
        subscriptions,
        listener,
        prng: prng.split(`feed ${venue.id} ${this.#heldBackCount}`),
        stamp: this.#stamp,
      });
    });
    for (const feed of this.#feeds) feed.start();
  }

  /** Stops the feeds; from here on everything of them is missed. Called from within a feed, so it is done once that has returned. */
  #holdBack(): void {
    if (this.#isHeldBack || this.#isStopped) return;
    this.#isHeldBack = true;
    this.#heldBackCount++;
    // What was stamped last is what was refused.
    const fromUs = this.#stamp.lastUs - 1;
    for (const { subscription } of this.#streamsOf) {
      const key = keyOf(subscription.instrument.ix, subscription.stream);
      if (!this.#missedUs.has(key)) this.#missedUs.set(key, fromUs);
    }
    this.#parts.log.error('recording_held_back', { reason: OVERLOAD });
    this.#later(0, () => {
      for (const feed of this.#feeds) feed.stop();
      this.#feeds = [];
      this.#awaitRoom();
    });
  }

  #awaitRoom(): void {
    this.#later(HELD_BACK_US, () => {
      if (this.#parts.recording.isBehind) {
        this.#awaitRoom();
        return;
      }
      this.#isHeldBack = false;
      this.#parts.log.info('recording_goes_on', {});
      this.#openFeeds();
    });
  }

  /** Writes down what was missed of streams that go on. */
  #endMissed(isMeant: (key: string) => boolean, toUs: EpochUs): void {
    for (const { subscription, venueIx } of this.#streamsOf) {
      const { instrument, stream } = subscription;
      const key = keyOf(instrument.ix, stream);
      const fromUs = this.#missedUs.get(key);
      if (fromUs === undefined || !isMeant(key)) continue;
      const venue = this.#parts.venues[venueIx]?.venue.id;
      assert(venue !== undefined, 'a stream has its venue');
      const ids = { lostFromId: -1, lostToId: -1 };
      const { symbol } = instrument;
      const entry: LedgerEntry = {
        venue,
        symbol,
        stream,
        cause: 'overload',
        fromUs,
        toUs,
        ...ids,
        detail: OVERLOAD,
      };
      // Not taken: the stream goes on being missed, and it is written down with the next event.
      if (this.#parts.recording.ledger(entry) === 'ok') this.#missedUs.delete(key);
    }
  }

  #keepHouse(): void {
    this.#later(HOUSE_US, () => {
      if (!this.#isHeldBack && this.#parts.recording.isBehind) this.#holdBack();
      this.#cover();
      for (const [ix, feed] of this.#feeds.entries()) {
        // The feed states the venue's clock against ours, the record ours against the venue's.
        const clock = feed.status().clock;
        const venue = this.#parts.venues[ix]?.venue.id;
        if (clock !== null && venue !== undefined) this.#parts.recording.clockOffset(venue, -clock.offsetUs);
      }
      this.#keepHouse();
    });
  }

  /**
   * Tells the recording which streams are complete although nothing may have happened on them: up to the moment before which all has surely come, for
   * a half-open connection is quiet too.
   */
  #cover(): void {
    if (this.#isHeldBack) return;
    const { recording, transport } = this.#parts;
    const nowUs = this.#stamp.next(transport.nowUs());
    for (const [venueIx, feed] of this.#feeds.entries()) {
      const incomplete = incompleteStreams(feed);
      const deliveredUs = feed
        .status()
        .sockets.reduce((earliest, socket) => Math.min(earliest, socket.deliveredUs), nowUs);
      for (const { subscription, venueIx: ofVenue } of this.#streamsOf) {
        if (ofVenue !== venueIx) continue;
        const { instrument, stream } = subscription;
        const key = keyOf(instrument.ix, stream);
        if (incomplete(instrument.ix, instrument.symbol, stream)) {
          this.#completeFromUs.delete(key);
          continue;
        }
        // A stream on which nothing happens goes on without an event.
        if (this.#missedUs.has(key)) this.#endMissed((one) => one === key, nowUs);
        const fromUs = this.#completeFromUs.get(key) ?? nowUs;
        this.#completeFromUs.set(key, fromUs);
        if (deliveredUs < fromUs) continue;
        for (const tsUs of [fromUs, deliveredUs])
          if (recording.cover(instrument.ix, stream, tsUs) === 'wait') return;
      }
    }
  }

  #later(delayUs: number, call: () => void): void {
    const cancel = this.#parts.transport.after(delayUs, () => {
      this.#cancels = this.#cancels.filter((one) => one !== cancel);
      if (!this.#isStopped) call();
    });
    this.#cancels.push(cancel);
  }
}

/** Streams of a feed of which something may be missing at the moment. */
function incompleteStreams(
  feed: RunningFeed,
): (ix: InstrumentIx, symbol: string, stream: StreamKind) => boolean {
  const { books, outages, sockets } = feed.status();
  const lost = new Set(outages.map(({ stream, symbol }) => `${symbol} ${stream}`));
  const stale = new Set(books.filter(({ isUsable }) => !isUsable).map(({ instrumentIx }) => instrumentIx));
  const isConnecting = sockets.some(
    ({ states }) => !states.some((state) => state === 'live' || state === 'confirmed'),
  );
  return (ix, symbol, stream) =>
    isConnecting || lost.has(`${symbol} ${stream}`) || (stream === 'book' && stale.has(ix));
}

function keyOf(instrumentIx: InstrumentIx, stream: StreamKind): string {
  return `${instrumentIx} ${stream}`;
}
