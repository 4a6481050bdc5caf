/**
 * The producer's side of a recording: events go into the log as they come, on the thread that receives them, without garbage and without
 * waiting for anything but the write; another thread takes them into the archive. Also keeps the books of the recorder itself: the figures of
 * each hour, and what it missed while it did not run.
 *
 * `wait` means that the event was not taken: the caller holds back and offers it again, or drops it and says so in the ledger.
 */
import { join } from 'node:path';
import type { AppendOutcome, EventLog, LogOptions, LogStats, Topic } from '#bus';
import { EmbeddedLog, EmbeddedSource } from '#bus/embedded';
import { type EpochUs, US_PER_MS, US_PER_SECOND } from '#core';
import type {
  BookOrderEvent,
  CandleEvent,
  FeedEvent,
  FundingEvent,
  FundingRateEvent,
  LedgerEntry,
  LiquidationEvent,
  MarkPriceEvent,
  OpenInterestEvent,
  QuoteEvent,
  StreamKind,
  TradeEvent,
  VenueId,
} from '#domain';
import { RECORDED_TOPICS, type RetentionPolicy } from '#store';
import {
  ARCHIVE_CONSUMER,
  type ArchiveWriterOptions,
  type ArchiveWriterStats,
  type BookColumns,
  EventEncoder,
  HourTally,
  type RecordedInstrument,
  StreamCoverage,
} from '#store/recording';
import type { Log } from '#telemetry';
import { LOG_FOLDER } from './archive-messages.ts';
import { ArchiveThread } from './archive-thread.ts';
import { COVERING_TOPICS, readCoverage, type SavedCoverage, writeCoverage } from './coverage-file.ts';
import { STREAMS_OF_TOPIC } from './record-streams.ts';

/** How a recording is kept. */
export interface RecordingSettings {
  /** What a killed program loses at most. */
  readonly flushIntervalUs: number;
  readonly logBytesMax: number;
  /** How long, and how much a topic, records stay in the log once they are in the archive. */
  readonly logKeepUs: number;
  readonly logKeepBytes: number;
  readonly archive: Partial<ArchiveWriterOptions>;
  readonly retention: RetentionPolicy | null;
}

/** What a recording works with. */
export interface RecordingParts {
  readonly dataDir: string;
  /** Events name their instrument by its place in this list. */
  readonly instruments: readonly RecordedInstrument[];
  readonly settings: RecordingSettings;
  readonly log: Log;
  /** Wall clock, epoch us. */
  readonly nowUs: () => EpochUs;
}

/** What a recording has done and how it stands. */
export interface RecordingStats {
  readonly log: LogStats;
  /** `null` before the archive's thread first reported. */
  readonly archive: ArchiveWriterStats | null;
  /** Why the archive stands still; the log takes everything until it is full. */
  readonly archiveFault: string | null;
  /** Events, frames and losses taken, and refused with `wait`. */
  readonly taken: number;
  readonly refused: number;
}

/** An event without what the recorder adds. */
type Print<E extends FeedEvent> = Omit<E, 'kind' | 'tsLocalUs'>;

const HOUSEKEEPING_MS = 10_000;
const RESTART_MS = 5_000;
/** From this part of its bound on the log counts as behind. */
const BEHIND_SHARE = 0.9;

/** Records what a feed delivers. */
export class Recording {
  /** Local time of the newest event of earlier sessions: the feed's own stamps must be later, so that the order of events holds over sessions. */
  readonly lastLocalUs: EpochUs;
  readonly #log: EventLog;
  readonly #parts: RecordingParts;
  readonly #encoder: EventEncoder;
  readonly #tally: HourTally;
  readonly #coverage: StreamCoverage;
  readonly #thread: ArchiveThread;
  readonly #timer: NodeJS.Timeout;
  #house: Promise<void> = Promise.resolve();
  #nowLocalUs: EpochUs;
  #taken = 0;
  #refused = 0;

  private constructor(
    log: EventLog,
    parts: RecordingParts,
    earlier: { streams: ReadonlyMap<string, EpochUs>; lastLocalUs: EpochUs },
  ) {
    this.#log = log;
    this.#parts = parts;
    this.lastLocalUs = earlier.lastLocalUs;
    this.#nowLocalUs = earlier.lastLocalUs;
    this.#encoder = new EventEncoder(parts.instruments);
    this.#tally = new HourTally(parts.instruments);
    this.#coverage = new StreamCoverage(parts.instruments, earlier.streams);
    const { archive, retention } = parts.settings;
    this.#thread = new ArchiveThread(
      { dataDir: parts.dataDir, options: archive, retention },
      {
        log: parts.log,
        restartMs: RESTART_MS,
        onDamage: (topic, fromUs, toUs) => this.#noteDamage(topic, fromUs, toUs),
      },
    );
    this.#timer = setInterval(() => {
      this.#house = this.#house.then(() => this.#keepHouse());
    }, HOUSEKEEPING_MS);
  }

  /** Opens the log of a data directory and starts the archive's thread. @throws XY_STORE_FAILED while another program records into it */
  static async open(parts: RecordingParts): Promise<Recording> {
    const dir = join(parts.dataDir, LOG_FOLDER);
    const log = await EmbeddedLog.open(dir, logOptions(parts.settings));
    try {
      if (log.bytesDropped > 0) parts.log.warn('log_end_dropped', { bytes: log.bytesDropped });
      const source = await EmbeddedSource.open(dir);
      const earlier = await readCoverage(coveragePath(parts.dataDir), source);
      await source.close();
      return new Recording(log, parts, earlier);
    } catch (thrown) {
      await log.close();
      throw thrown;
    }
  }

  /** True when the log is near its bound: time to stop reading from the venues, before events are refused. */
  get isBehind(): boolean {
    const { bytes, bytesMax, fault } = this.#log.stats();
    return fault !== null || bytes > bytesMax * BEHIND_SHARE;
  }

  /** Takes a message as it came. */
  raw(venue: VenueId, socketName: string, frame: Uint8Array, tsLocalUs: EpochUs): AppendOutcome {
    this.#encoder.raw(venue, socketName, frame, tsLocalUs);
    return this.#put('raw-frames', tsLocalUs);
  }

  /** Takes an update that was applied to a book. */
  book(update: BookColumns): AppendOutcome {
    const { instrumentIx, isSnapshot, tsLocalUs } = update;
    // A book is right again with its snapshot, not before.
    if (isSnapshot && this.#begin(instrumentIx, 'book', tsLocalUs) === 'wait') return 'wait';
    this.#encoder.book(update);
    if (this.#put('crypto-orderbooks', tsLocalUs) === 'wait') return 'wait';
    if (isSnapshot) this.#tally.snapshot(instrumentIx);
    this.#count(instrumentIx, 'book', tsLocalUs, update.tsVenueUs);
    return 'ok';
  }

  trade(trade: Print<TradeEvent>, tsLocalUs: EpochUs): AppendOutcome {
    if (this.#begin(trade.instrumentIx, 'trades', tsLocalUs) === 'wait') return 'wait';
    this.#encoder.trade(trade, tsLocalUs);
    return this.#putEvent('crypto-trades', trade, 'trades', tsLocalUs);
  }

  /** Takes a finished candle. */
  candle(candle: Print<CandleEvent>, tsLocalUs: EpochUs): AppendOutcome {
    if (this.#begin(candle.instrumentIx, 'candles', tsLocalUs) === 'wait') return 'wait';
    this.#encoder.candle(candle, tsLocalUs);
    return this.#putEvent('crypto-trades', candle, 'candles', tsLocalUs);
  }

  quote(quote: Print<QuoteEvent>, tsLocalUs: EpochUs): AppendOutcome {
    if (this.#begin(quote.instrumentIx, 'quotes', tsLocalUs) === 'wait') return 'wait';
    this.#encoder.quote(quote, tsLocalUs);
    return this.#putEvent('crypto-orderbooks', quote, 'quotes', tsLocalUs);
  }

  markPrice(mark: Print<MarkPriceEvent>, tsLocalUs: EpochUs): AppendOutcome {
    if (this.#begin(mark.instrumentIx, 'mark-price', tsLocalUs) === 'wait') return 'wait';
    this.#encoder.markPrice(mark, tsLocalUs);
    return this.#putEvent('crypto-trades', mark, 'mark-price', tsLocalUs);
  }

  fundingRate(rate: Print<FundingRateEvent>, tsLocalUs: EpochUs): AppendOutcome {
    if (this.#begin(rate.instrumentIx, 'funding-rate', tsLocalUs) === 'wait') return 'wait';
    this.#encoder.fundingRate(rate, tsLocalUs);
    return this.#putEvent('crypto-trades', rate, 'funding-rate', tsLocalUs);
  }

  /** Takes a settlement of funding. */
  funding(funding: Print<FundingEvent>, tsLocalUs: EpochUs): AppendOutcome {
    this.#encoder.funding(funding, tsLocalUs);
    return this.#put('crypto-trades', tsLocalUs);
  }

  openInterest(interest: Print<OpenInterestEvent>, tsLocalUs: EpochUs): AppendOutcome {
    if (this.#begin(interest.instrumentIx, 'open-interest', tsLocalUs) === 'wait') return 'wait';
    this.#encoder.openInterest(interest, tsLocalUs);
    return this.#putEvent('crypto-trades', interest, 'open-interest', tsLocalUs);
  }

  liquidation(order: Print<LiquidationEvent>, tsLocalUs: EpochUs): AppendOutcome {
    if (this.#begin(order.instrumentIx, 'liquidations', tsLocalUs) === 'wait') return 'wait';
    this.#encoder.liquidation(order, tsLocalUs);
    return this.#putEvent('crypto-trades', order, 'liquidations', tsLocalUs);
  }

  /** Takes that all orders of an instrument are forgotten and adds follow; `checksum` -1 = none. */
  ordersClear(instrumentIx: number, checksum: number, tsLocalUs: EpochUs): AppendOutcome {
    if (this.#begin(instrumentIx, 'orders', tsLocalUs) === 'wait') return 'wait';
    this.#encoder.ordersClear(instrumentIx, checksum, tsLocalUs);
    return this.#putEvent('crypto-orderbooks', { instrumentIx, tsVenueUs: tsLocalUs }, 'orders', tsLocalUs);
  }

  bookOrder(order: Print<BookOrderEvent>, tsLocalUs: EpochUs): AppendOutcome {
    this.#encoder.bookOrder(order, tsLocalUs);
    return this.#putEvent('crypto-orderbooks', order, 'orders', tsLocalUs);
  }

  /** Takes an event of the domain; a book event counts as an update that was applied. */
  event(event: FeedEvent): AppendOutcome {
    const { tsLocalUs } = event;
    switch (event.kind) {
      case 'book':
        return this.#bookEvent(event);
      case 'trade':
        return this.trade(event, tsLocalUs);
      case 'candle':
        return this.candle(event, tsLocalUs);
      case 'quote':
        return this.quote(event, tsLocalUs);
      case 'mark-price':
        return this.markPrice(event, tsLocalUs);
      case 'funding-rate':
        return this.fundingRate(event, tsLocalUs);
      case 'funding':
        return this.funding(event, tsLocalUs);
      case 'open-interest':
        return this.openInterest(event, tsLocalUs);
      case 'liquidation':
        return this.liquidation(event, tsLocalUs);
      case 'book-order':
        return this.bookOrder(event, tsLocalUs);
    }
  }

  /** Takes a loss that has ended. */
  ledger(entry: LedgerEntry): AppendOutcome {
    const tsUs = Math.max(this.#nowLocalUs, entry.toUs);
    this.#encoder.ledger(entry, tsUs);
    if (this.#put('feed-ledger', tsUs) === 'wait') return 'wait';
    this.#tally.loss(entry);
    return 'ok';
  }

  /**
   * Says that a stream is subscribed and nothing of it is missing up to a moment, although nothing may have happened on it. Told now and then
   * (every ten seconds, say), it keeps a quiet stream from counting as missed since its last event when the recorder is started again.
   */
  cover(instrumentIx: number, stream: StreamKind, tsLocalUs: EpochUs): AppendOutcome {
    if (this.#begin(instrumentIx, stream, tsLocalUs) === 'wait') return 'wait';
    this.#coverage.note(instrumentIx, stream, tsLocalUs);
    return 'ok';
  }

  /** Notes how far the local clock is ahead of a venue's; stands in the figures of the hours. */
  clockOffset(venue: VenueId, offsetUs: number): void {
    this.#tally.clockOffset(venue, offsetUs);
  }

  /** Resolves when all that was taken is durable. @throws XY_STORE_FAILED */
  flush(): Promise<void> {
    return this.#log.flush();
  }

  stats(): RecordingStats {
    return {
      log: this.#log.stats(),
      archive: this.#thread.stats,
      archiveFault: this.#thread.fault,
      taken: this.#taken,
      refused: this.#refused,
    };
  }

  /** Makes all durable, has the archive take it in, and ends. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#house;
    try {
      this.#tally.finish();
      this.#drainHours();
      const coverage = this.#coverageNow();
      await this.#log.flush();
      writeCoverage(coveragePath(this.#parts.dataDir), coverage);
    } finally {
      await this.#thread.stop();
      await this.#log.close();
    }
  }

  #bookEvent(event: Extract<FeedEvent, { kind: 'book' }>): AppendOutcome {
    const { instrumentIx, isSnapshot, tsLocalUs, tsVenueUs } = event;
    if (isSnapshot && this.#begin(instrumentIx, 'book', tsLocalUs) === 'wait') return 'wait';
    this.#encoder.event(event);
    if (this.#put('crypto-orderbooks', tsLocalUs) === 'wait') return 'wait';
    if (isSnapshot) this.#tally.snapshot(instrumentIx);
    this.#count(instrumentIx, 'book', tsLocalUs, tsVenueUs);
    return 'ok';
  }

  /** With the first moment of a stream in this session goes what was missed before it. */
  #begin(instrumentIx: number, stream: StreamKind, tsLocalUs: EpochUs): AppendOutcome {
    if (this.#coverage.hasBegun(instrumentIx, stream)) return 'ok';
    const missed = this.#coverage.missedUntil(instrumentIx, stream, tsLocalUs);
    if (missed !== null && this.ledger(missed) === 'wait') return 'wait';
    this.#coverage.note(instrumentIx, stream, tsLocalUs);
    return 'ok';
  }

  #putEvent(
    topic: Topic,
    event: { readonly instrumentIx: number; readonly tsVenueUs: EpochUs },
    stream: StreamKind,
    tsLocalUs: EpochUs,
  ): AppendOutcome {
    if (this.#put(topic, tsLocalUs) === 'wait') return 'wait';
    this.#count(event.instrumentIx, stream, tsLocalUs, event.tsVenueUs);
    return 'ok';
  }

  /** Appends what the encoder holds. */
  #put(topic: Topic, tsLocalUs: EpochUs): AppendOutcome {
    const outcome = this.#log.append(topic, tsLocalUs, this.#encoder.bytes, 0, this.#encoder.length);
    if (outcome === 'wait') {
      this.#refused++;
      return 'wait';
    }
    this.#taken++;
    if (tsLocalUs > this.#nowLocalUs) this.#nowLocalUs = tsLocalUs;
    return 'ok';
  }

  #count(instrumentIx: number, stream: StreamKind, tsLocalUs: EpochUs, tsVenueUs: EpochUs): void {
    if (this.#coverage.hasBegun(instrumentIx, stream)) this.#coverage.note(instrumentIx, stream, tsLocalUs);
    this.#tally.message(instrumentIx, stream, tsLocalUs, tsVenueUs);
    if (this.#tally.readyCount > 0) this.#drainHours();
  }

  /** Writes the figures down that are ready; what the log does not take is offered again. */
  #drainHours(): void {
    const hours = this.#tally.take();
    for (const [at, hour] of hours.entries()) {
      this.#encoder.hour(hour, this.#nowLocalUs);
      if (this.#put('feed-ledger', this.#nowLocalUs) === 'ok') continue;
      this.#tally.putBack(hours.slice(at));
      return;
    }
  }

  /** Records that the disk has damaged are missing in every stream of their topic. */
  #noteDamage(topic: Topic, fromUs: EpochUs, toUs: EpochUs): void {
    for (const stream of STREAMS_OF_TOPIC[topic] ?? []) {
      for (const [ix, { symbol, venue }] of this.#parts.instruments.entries()) {
        if (!this.#coverage.hasBegun(ix, stream)) continue;
        const ids = { lostFromId: -1, lostToId: -1 };
        const detail = 'records of the event log were damaged on the disk';
        const entry = {
          venue,
          symbol,
          stream,
          cause: 'damaged-frame',
          fromUs,
          toUs,
          ...ids,
          detail,
        } as const;
        if (this.ledger(entry) === 'wait') this.#parts.log.error('ledger_refused', { venue, symbol, stream });
      }
    }
  }

  async #keepHouse(): Promise<void> {
    try {
      this.#log.applyRetention(this.#parts.nowUs());
      // What counts as covered must be durable before it is remembered as such.
      const coverage = this.#coverageNow();
      await this.#log.flush();
      writeCoverage(coveragePath(this.#parts.dataDir), coverage);
    } catch (thrown) {
      // The log says so itself at the next append; a recorder is not ended by its housekeeping.
      this.#parts.log.error('housekeeping_failed', { reason: String(thrown) });
    }
  }

  #coverageNow(): SavedCoverage {
    const offsets = Object.fromEntries(COVERING_TOPICS.map((topic) => [topic, this.#log.endOffset(topic)]));
    return { logId: this.#log.id, offsets, streams: Object.fromEntries(this.#coverage.toMap()) };
  }
}

function coveragePath(dataDir: string): string {
  return join(dataDir, LOG_FOLDER, 'coverage.json');
}

function logOptions(settings: RecordingSettings): LogOptions {
  return {
    flushIntervalMs: settings.flushIntervalUs / US_PER_MS,
    bytesMax: settings.logBytesMax,
    segmentBytes: segmentBytesOf(settings.logBytesMax),
    retention: { ageUs: settings.logKeepUs, bytes: settings.logKeepBytes },
    consumers: Object.fromEntries(RECORDED_TOPICS.map((topic) => [topic, [ARCHIVE_CONSUMER]])),
  };
}

const SEGMENT_BYTES = 64 * 1024 * 1024;
/** Segments at least that the bound holds: room is made by whole segments. */
const SEGMENTS_MIN = 16;

function segmentBytesOf(logBytesMax: number): number {
  return Math.min(SEGMENT_BYTES, Math.floor(logBytesMax / SEGMENTS_MIN));
}

/** Settings unless told otherwise, for tests and tools. */
export const RECORDING_DEFAULTS: RecordingSettings = {
  flushIntervalUs: US_PER_SECOND,
  logBytesMax: 4_096_000_000,
  logKeepUs: 3_600 * US_PER_SECOND,
  logKeepBytes: 512_000_000,
  archive: {},
  retention: null,
};
