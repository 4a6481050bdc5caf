/**
 * Counts how good each hour of each stream is, as its events pass by: nothing is allocated for an event. Figures are handed out for every part
 * of an hour; parts of one hour add up.
 */
import { assert, type EpochUs, US_PER_HOUR, US_PER_MINUTE } from '#core';
import { type FeedHour, type LedgerEntry, STREAM_KINDS, type StreamKind, type VenueId } from '#domain';
import type { RecordedInstrument } from './record-form.ts';

/** Length of a part; divides an hour. What a killed program had counted of one is lost, its events are not. */
export const TALLY_PART_US = 5 * US_PER_MINUTE;

/** Position of a stream in the order of `STREAM_KINDS`. */
export const STREAM_INDEX: Readonly<Record<StreamKind, number>> = Object.fromEntries(
  STREAM_KINDS.map((stream, ix) => [stream, ix]),
) as Record<StreamKind, number>;

const STREAMS = STREAM_KINDS.length;
/** Lag buckets of half an octave: up to 2^32 us, more than an hour. A percentile is exact within 41 %. */
const BUCKETS = 65;
const BUCKETS_PER_OCTAVE = 2;

/** Counts of all streams of a recorder. */
export class HourTally {
  readonly #instruments: readonly RecordedInstrument[];
  readonly #ixOf = new Map<string, number>();
  readonly #messages: Float64Array;
  readonly #lags: Uint32Array;
  readonly #gaps: Float64Array;
  readonly #resyncs: Float64Array;
  readonly #checksums: Float64Array;
  /** Local time up to which a stream's losses are counted: those that overlap count once. */
  readonly #lossUntilUs: Float64Array;
  readonly #hasSnapshot: Uint8Array;
  readonly #clockOffsetUs = new Map<VenueId, number>();
  #ready: FeedHour[] = [];
  #partEndUs: EpochUs = 0;

  /** Streams are told apart by the place of their instrument in this list. */
  constructor(instruments: readonly RecordedInstrument[]) {
    this.#instruments = instruments;
    const count = instruments.length * STREAMS;
    this.#messages = new Float64Array(count);
    this.#lags = new Uint32Array(count * BUCKETS);
    this.#gaps = new Float64Array(count);
    this.#resyncs = new Float64Array(count);
    this.#checksums = new Float64Array(count);
    this.#lossUntilUs = new Float64Array(count);
    this.#hasSnapshot = new Uint8Array(instruments.length);
    for (const [ix, { symbol, venue }] of instruments.entries()) this.#ixOf.set(`${venue}|${symbol}`, ix);
  }

  /** Counts a message; one without a venue time of its own (both times equal) has no lag. */
  message(instrumentIx: number, stream: StreamKind, tsLocalUs: EpochUs, tsVenueUs: EpochUs): void {
    if (tsLocalUs >= this.#partEndUs) this.#turn(tsLocalUs);
    const at = instrumentIx * STREAMS + STREAM_INDEX[stream];
    this.#messages[at]! += 1;
    if (tsVenueUs !== tsLocalUs) this.#lags[at * BUCKETS + bucketOf(tsLocalUs - tsVenueUs)]! += 1;
  }

  /** Counts a snapshot of a book: the first of a session begins it, the others are re-syncs. */
  snapshot(instrumentIx: number): void {
    if (this.#hasSnapshot[instrumentIx] === 1)
      this.#resyncs[instrumentIx * STREAMS + STREAM_INDEX.book]! += 1;
    this.#hasSnapshot[instrumentIx] = 1;
  }

  /** Counts a loss in all hours it reaches over. */
  loss(entry: LedgerEntry): void {
    const ix = this.#ixOf.get(`${entry.venue}|${entry.symbol}`);
    if (ix === undefined) return;
    const at = ix * STREAMS + STREAM_INDEX[entry.stream];
    if (entry.cause === 'sequence-gap') this.#gaps[at]! += 1;
    if (entry.cause === 'checksum') this.#checksums[at]! += 1;
    let tsUs = Math.max(entry.fromUs, this.#lossUntilUs[at]!);
    this.#lossUntilUs[at] = Math.max(entry.toUs, this.#lossUntilUs[at]!);
    for (; tsUs < entry.toUs; ) {
      const hourUs = Math.floor(tsUs / US_PER_HOUR) * US_PER_HOUR;
      const untilUs = Math.min(entry.toUs, hourUs + US_PER_HOUR);
      const isDown = entry.cause === 'recorder-down';
      const spent = { staleUs: isDown ? 0 : untilUs - tsUs, downUs: isDown ? untilUs - tsUs : 0 };
      this.#ready.push({ ...this.#emptyHour(ix, entry.stream, hourUs), ...spent });
      tsUs = untilUs;
    }
  }

  /** Notes how far the local clock is ahead of a venue's. */
  clockOffset(venue: VenueId, offsetUs: number): void {
    this.#clockOffsetUs.set(venue, Math.round(offsetUs));
  }

  /** Figures ready to be written down. */
  get readyCount(): number {
    return this.#ready.length;
  }

  /** Returns the figures that are ready; they are given out once. */
  take(): FeedHour[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** Takes back figures that could not be written down. */
  putBack(hours: readonly FeedHour[]): void {
    this.#ready.unshift(...hours);
  }

  /** Ends the present part early: the recorder is about to end. */
  finish(): void {
    if (this.#partEndUs > 0) this.#collect(this.#partEndUs - TALLY_PART_US);
    this.#partEndUs = 0;
  }

  #turn(tsLocalUs: EpochUs): void {
    if (this.#partEndUs > 0) this.#collect(this.#partEndUs - TALLY_PART_US);
    this.#partEndUs = (Math.floor(tsLocalUs / TALLY_PART_US) + 1) * TALLY_PART_US;
  }

  /** Makes figures of all that was counted in the part that starts there. */
  #collect(partUs: EpochUs): void {
    const hourUs = Math.floor(partUs / US_PER_HOUR) * US_PER_HOUR;
    for (let at = 0; at < this.#messages.length; at++) {
      const messages = this.#messages[at]!;
      const gaps = this.#gaps[at]!;
      const resyncs = this.#resyncs[at]!;
      const checksumFailures = this.#checksums[at]!;
      if (messages + gaps + resyncs + checksumFailures === 0) continue;
      const instrumentIx = Math.floor(at / STREAMS);
      const stream = STREAM_KINDS[at % STREAMS];
      assert(stream !== undefined, 'every place belongs to a stream');
      const counts = { messages, gaps, resyncs, checksumFailures };
      const lags = { lagP50Us: this.#lagAt(at, 0.5), lagP99Us: this.#lagAt(at, 0.99) };
      this.#ready.push({ ...this.#emptyHour(instrumentIx, stream, hourUs), ...counts, ...lags });
    }
    for (const counts of [this.#messages, this.#gaps, this.#resyncs, this.#checksums, this.#lags])
      counts.fill(0);
  }

  #emptyHour(instrumentIx: number, stream: StreamKind, hourUs: EpochUs): FeedHour {
    const instrument = this.#instruments[instrumentIx];
    assert(instrument !== undefined, 'the instrument is one of the list');
    const { symbol, venue } = instrument;
    const none = { messages: 0, gaps: 0, resyncs: 0, checksumFailures: 0, staleUs: 0, downUs: 0 };
    const clockOffsetUs = this.#clockOffsetUs.get(venue) ?? 0;
    return { venue, symbol, stream, hourUs, ...none, lagP50Us: -1, lagP99Us: -1, clockOffsetUs };
  }

  /** The upper edge of the bucket that holds a quantile; -1 when nothing was counted. */
  #lagAt(at: number, share: number): number {
    const first = at * BUCKETS;
    let total = 0;
    for (let i = 0; i < BUCKETS; i++) total += this.#lags[first + i]!;
    if (total === 0) return -1;
    const wanted = Math.ceil(total * share);
    let seen = 0;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#lags[first + i]!;
      if (seen >= wanted) return i === 0 ? 0 : Math.ceil(2 ** (i / BUCKETS_PER_OCTAVE));
    }
    return 0;
  }
}

function bucketOf(lagUs: number): number {
  if (lagUs < 1) return 0;
  return Math.min(BUCKETS - 1, 1 + Math.floor(Math.log2(lagUs) * BUCKETS_PER_OCTAVE));
}
