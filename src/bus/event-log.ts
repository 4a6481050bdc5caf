/**
 * The event log port: topics of records (bytes with a local time) that are appended by one writer and read by any number of
 * consumers, each at its own pace. What a record means is not the bus's business.
 *
 * An offset is the number of a record in its topic, from 0, without holes. Offsets are comparable within one log `id` only: a log that
 * was made anew has another. A record is *durable* when a power cut cannot take it away; readers see durable records and no others, so
 * nothing that a consumer has seen can vanish.
 */
import type { EpochUs } from '#core';
import type { Topic } from './topics.ts';

/** Longest record: the largest snapshot of a book as sent is some 10 MB. */
export const RECORD_BYTES_MAX = 32 * 1024 * 1024;

/** `wait`: nothing was taken because the log is at its bound (or the disk is full); the producer holds back and tries again. */
export type AppendOutcome = 'ok' | 'wait';

/** Offsets by topic: the first record not yet dealt with. */
export type TopicOffsets = Readonly<Partial<Record<Topic, number>>>;

/** How a log is kept. */
export interface LogOptions {
  /** Time between two flushes in the background; what a killed program may lose. `null`: only `flush` makes records durable. */
  readonly flushIntervalMs: number | null;
  /** Bytes of all topics together, from which on `append` says `wait`. */
  readonly bytesMax: number;
  /** Bytes of a segment: the unit in which records are dropped. */
  readonly segmentBytes: number;
  /** Dropped once it is older than `ageUs` or its topic holds more than `bytes`, but never what `consumers` still need. */
  readonly retention: { readonly ageUs: number; readonly bytes: number };
  /** Consumers by topic whose committed offsets hold records back from retention. */
  readonly consumers: Readonly<Partial<Record<Topic, readonly string[]>>>;
}

/** Options unless told otherwise: 200 ms between flushes, at most 20 GB, a day or 2 GB a topic once consumed. */
export const LOG_OPTIONS_DEFAULT: LogOptions = {
  flushIntervalMs: 200,
  bytesMax: 20_000_000_000,
  segmentBytes: 64 * 1024 * 1024,
  retention: { ageUs: 86_400_000_000, bytes: 2_000_000_000 },
  consumers: {},
};

/** How far a topic has come. */
export interface TopicStats {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly durableOffset: number;
  readonly bytes: number;
}

/** What a log says of itself; counts since it was opened. */
export interface LogStats {
  readonly bytes: number;
  readonly bytesMax: number;
  readonly topics: Readonly<Partial<Record<Topic, TopicStats>>>;
  /** Appends answered with `wait`. */
  readonly waits: number;
  /** Groups of records made durable, and the longest time that took. */
  readonly flushes: number;
  readonly flushMsMax: number;
  /** Why nothing can be written at present (a full disk); `null` when all is well. */
  readonly fault: string | null;
}

/** The writing side; one writer a log. */
export interface EventLog {
  readonly id: string;
  /**
   * Appends `bytes[start, end)`, copied before it returns; never waits for the disk. Times of a topic need not rise.
   * @throws XY_STORE_FAILED when the log can no longer vouch for what it wrote
   */
  append(topic: Topic, tsLocalUs: EpochUs, bytes: Uint8Array, start?: number, end?: number): AppendOutcome;
  /** Resolves when all that was appended before is durable. @throws XY_STORE_FAILED when it could not be written */
  flush(): Promise<void>;
  /** Offset of the next record that is appended. */
  endOffset(topic: Topic): number;
  stats(): LogStats;
  /** Drops what is past its life; returns the bytes freed. */
  applyRetention(nowUs: EpochUs): number;
  /** Makes all durable and gives the log back. */
  close(): Promise<void>;
}

/** Records read together; filled again by the next read, so whoever keeps bytes copies them. */
export interface RecordBatch {
  readonly firstOffset: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  /** Of record i: local time, and where it lies in `bytes`. Longer than `count`. */
  readonly tsLocalUs: Float64Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** How much to read at once. */
export interface ReadLimits {
  readonly records?: number;
  /** A single longer record is read all the same. */
  readonly bytes?: number;
}

/** A stretch of records that was damaged on its way through the disk. */
export interface DamagedStretch {
  readonly topic: Topic;
  /** Records [`fromOffset`, `toOffset`) cannot be read. */
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly file: string;
  readonly position: number;
}

/** A position in a topic that moves on by reading. */
export interface TopicReader {
  readonly topic: Topic;
  /** Offset of the next record. */
  readonly offset: number;
  /**
   * Reads on; an empty batch when nothing more is durable.
   * @throws XY_FILE_DAMAGED with file and position, and again until `skipDamage`; XY_DATA_INSUFFICIENT when retention has dropped the offset
   */
  read(limits?: ReadLimits): Promise<RecordBatch>;
  /** Passes over damage to the next record that is whole (or the end of what is durable) and says what was lost. */
  skipDamage(): Promise<DamagedStretch>;
  close(): void;
}

/** The reading side; as many as wanted, in any thread or process. */
export interface LogSource {
  readonly id: string;
  /** Offsets that can be read now: [`start`, `durable`). */
  range(topic: Topic): Promise<{ readonly startOffset: number; readonly durableOffset: number }>;
  /** Starts at a record; reading fails when it is gone or was never there. */
  reader(topic: Topic, fromOffset: number): TopicReader;
  /** What a consumer has committed; empty when it never did, or did so in a log of another id. */
  committed(consumer: string): Promise<TopicOffsets>;
  /** Remembers durably how far a consumer has come; topics not named stay. One process a consumer. */
  commit(consumer: string, offsets: TopicOffsets): Promise<void>;
  close(): Promise<void>;
}

/** True for names that may stand for a consumer. */
export function isConsumerName(name: string): boolean {
  return /^[a-z][a-z0-9-]{0,62}$/.test(name);
}
