/**
 * What stands on either side of the archive writer: the event log it reads and the archive it writes. It reads the log with these
 * methods of the bus's port, and knows the archive's files by what it needs of them.
 */
import type { EpochUs } from '#core';
import type { DataSetId, Decimals, RowChunk } from './history/index.ts';

/** Topics that go into the archive. */
export const RECORDED_TOPICS = ['crypto-orderbooks', 'crypto-trades', 'raw-frames', 'feed-ledger'] as const;

/** A topic that goes into the archive. */
export type RecordedTopic = (typeof RECORDED_TOPICS)[number];

/** Offsets by topic. */
export type RecordedOffsets = Readonly<Partial<Record<RecordedTopic, number>>>;

/** Records read together, valid until the next read. */
export interface RecordBatchView {
  readonly firstOffset: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly tsLocalUs: Float64Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Records that cannot be read. */
export interface LostRecords {
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly file: string;
  readonly position: number;
}

/** A position in a topic. */
export interface RecordReader {
  readonly offset: number;
  /** An empty batch when nothing more is durable. @throws XY_FILE_DAMAGED until `skipDamage` */
  read(limits?: { readonly records?: number; readonly bytes?: number }): Promise<RecordBatchView>;
  skipDamage(): Promise<LostRecords>;
  close(): void;
}

/** The event log as the archive writer reads it: a `LogSource` of the bus. */
export interface RecordSource {
  /** Offsets are comparable within one id. */
  readonly id: string;
  range(topic: RecordedTopic): Promise<{ readonly startOffset: number; readonly durableOffset: number }>;
  reader(topic: RecordedTopic, fromOffset: number): RecordReader;
  commit(consumer: string, offsets: RecordedOffsets): Promise<void>;
}

/** How far the archive has taken a log in; saved before anything that proves it goes away. */
export interface RecordingState {
  readonly logId: string;
  /** Every record before it is in the archive, by topic. */
  readonly offsets: RecordedOffsets;
  /** By data set (`dataSetKey`): every record of it before that offset of its topic is in the archive. */
  readonly sets: Readonly<Record<string, number>>;
}

/** What trade ids of rows count; `null` for other kinds. */
export type RecordedTradeIds = 'aggregate' | 'single' | null;

/** Rows that become one part: of one data set, one partition and one scale, in order of time. */
export interface PartRows extends Decimals {
  readonly id: DataSetId;
  readonly partition: string;
  readonly tradeIds: RecordedTradeIds;
  /** They are what records [`fromOffset`, `toOffset`) of the log had for the data set. */
  readonly fromOffset: number;
  readonly toOffset: number;
  /** About how many there are. */
  readonly rowsHint: number;
  rows(): Iterable<RowChunk>;
}

/** A partition that has parts. */
export interface PartedPartition {
  readonly id: DataSetId;
  readonly partition: string;
  readonly endUs: EpochUs;
  readonly partCount: number;
  /** Bytes of the parts. */
  readonly bytes: number;
}

/** A partition whose parts are to be merged. */
export interface CompactionRequest {
  readonly id: DataSetId;
  readonly partition: string;
}

/**
 * `done`: the parts are in one file; `busy`: somebody else is writing the archive or has changed it, try again later; `nothing`: there are no
 * parts, or too few; `mixed`: the parts do not fit together (another kind of trade ids) and stay as they are.
 */
export type CompactionOutcome = 'done' | 'busy' | 'nothing' | 'mixed';

/** The archive as the writer of recordings uses it; one at a time. */
export interface PartArchive {
  /** @throws XY_FILE_DAMAGED */
  loadState(): RecordingState | null;
  saveState(state: RecordingState): void;
  /** By data set: the end of the newest part that was made of a log. */
  partOffsets(logId: string): ReadonlyMap<string, number>;
  partedPartitions(): readonly PartedPartition[];
  /**
   * Writes parts; once it resolves they are there for good. Whatever a crash leaves of them, of each data set it is the first ones. Returns the
   * bytes of each.
   */
  writeParts(logId: string, parts: readonly PartRows[]): Promise<readonly number[]>;
  /**
   * Merges parts, of all requests in one commitment: `final` all of them into the partition's file, `some` the newest small ones into a larger one.
   * Returns an outcome a request. `goesOn` is asked every some thousand rows and may write parts meanwhile; once it says no, merges that are
   * not complete are given up as `busy`.
   */
  compact(
    requests: readonly CompactionRequest[],
    extent: 'final' | 'some',
    goesOn?: () => Promise<boolean>,
  ): Promise<readonly CompactionOutcome[]>;
  close(): void;
}
