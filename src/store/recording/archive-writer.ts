/**
 * Takes what a recorder appended to the log into the archive. Records wait by data set, in bounded memory, and become parts when
 * enough have come, when memory runs short, or when they have waited long enough; partitions that are over are compacted into one file.
 *
 * Every record is taken in exactly once: a part's name says which records it holds, so that after a crash the log is read again from where
 * all was written, and what is in the archive already is passed over.
 */
import { type EpochUs, US_PER_MINUTE, US_PER_SECOND, XylenError } from '#core';
import type { VenueId } from '#domain';
import type { Log } from '#telemetry';
import { checkSymbol, type DataSetId, dataSetKey } from '../history/index.ts';
import {
  type CompactionOutcome,
  type LostRecords,
  type PartArchive,
  RECORDED_TOPICS,
  type RecordBatchView,
  type RecordedTopic,
  type RecordReader,
  type RecordSource,
} from '../recording-port.ts';
import { EventDecoder } from './event-decoder.ts';
import { plannedParts } from './part-runs.ts';
import type { RecordedInstrument, RecordKind } from './record-form.ts';
import { HISTORY_OF_RECORD, symbolOf, venueOf } from './row-builder.ts';
import { SetBuffer } from './set-buffer.ts';

/** Name under which the archive commits its offsets. */
export const ARCHIVE_CONSUMER = 'archive';

/** Bounds and times of an archive writer. */
export interface ArchiveWriterOptions {
  /** Records wait at most so long. */
  readonly partIntervalUs: number;
  /** Bytes of waiting records of all data sets together, and of one; memory is at most twice as much, and some kilobytes a data set. */
  readonly bufferBytesMax: number;
  readonly setBytesMax: number;
  /** Parts of a partition from which on the small ones are merged while more come. */
  readonly partsMax: number;
  /** A partition is over so long after its end. */
  readonly graceUs: number;
  /** Compaction when the writer is stopped ends after so long; what is left is done by the next one. */
  readonly stopBudgetUs: number;
}

/** What a writer does unless told otherwise. */
export const ARCHIVE_WRITER_DEFAULTS: ArchiveWriterOptions = {
  partIntervalUs: US_PER_MINUTE,
  bufferBytesMax: 32 * 1024 * 1024,
  setBytesMax: 8 * 1024 * 1024,
  partsMax: 16,
  graceUs: US_PER_MINUTE,
  stopBudgetUs: 20 * US_PER_SECOND,
};

/** What an archive writer works with. */
export interface ArchiveWriterParts {
  readonly source: RecordSource;
  readonly archive: PartArchive;
  readonly log: Log;
  /** Wall clock, epoch us. */
  readonly nowUs: () => EpochUs;
  /** Told of records that the disk has damaged: nothing in (`fromUs`, `toUs`) of the topic's streams is complete. */
  readonly onDamage: (topic: RecordedTopic, lost: LostRecords, fromUs: EpochUs, toUs: EpochUs) => void;
}

/** What a writer has done since it was opened. */
export interface ArchiveWriterStats {
  readonly records: number;
  /** Records that were in the archive already. */
  readonly passedOver: number;
  readonly parts: number;
  readonly partBytes: number;
  readonly compactions: number;
  readonly lostRecords: number;
  readonly bufferedBytes: number;
  readonly dataSets: number;
  /** Local time of the newest record taken in. */
  readonly tsLocalUs: EpochUs;
}

const READ_BYTES = 1024 * 1024;

/** One topic as it is read. */
interface TopicLane {
  readonly topic: RecordedTopic;
  readonly reader: RecordReader;
  lastTsUs: EpochUs;
  /** True when the last look found nothing more. */
  isAtEnd: boolean;
}

/** A partition with parts. */
interface OpenPartition {
  readonly id: DataSetId;
  readonly partition: string;
  readonly endUs: EpochUs;
  partCount: number;
  bytes: number;
  /** Not looked at before: somebody else was writing the archive. */
  notBeforeUs: EpochUs;
}

/** Takes the log into the archive, step by step. */
export class ArchiveWriter {
  readonly #parts: ArchiveWriterParts;
  readonly #options: ArchiveWriterOptions;
  readonly #lanes: readonly TopicLane[];
  readonly #decoder = new EventDecoder();
  /** A second one, so that writing a part does not disturb the record that is being filed. */
  readonly #partDecoder = new EventDecoder();
  readonly #sets = new Map<string, SetBuffer>();
  /** Buffers by instrument and kind: looked up for every record, without making a key. */
  readonly #setsOf = new Map<RecordedInstrument, Map<RecordKind | number, SetBuffer>>();
  readonly #rawOf = new Map<VenueId, SetBuffer>();
  readonly #committed: Map<string, number>;
  readonly #open = new Map<string, OpenPartition>();
  #flushedUs: EpochUs;
  #streamUs: EpochUs = 0;
  #bufferedBytes = 0;
  #isStateDirty = false;
  /** True when memory runs short. */
  #isPressed = false;
  readonly #counts = { records: 0, passedOver: 0, parts: 0, partBytes: 0, compactions: 0, lostRecords: 0 };

  private constructor(
    parts: ArchiveWriterParts,
    options: ArchiveWriterOptions,
    lanes: readonly TopicLane[],
    committed: Map<string, number>,
  ) {
    this.#parts = parts;
    this.#options = options;
    this.#lanes = lanes;
    this.#committed = committed;
    this.#flushedUs = parts.nowUs();
    for (const parted of parts.archive.partedPartitions())
      this.#open.set(openKey(parted.id, parted.partition), { ...parted, notBeforeUs: 0 });
  }

  /** Finds where the archive stopped and starts to read there. @throws XY_FILE_DAMAGED when it cannot tell */
  static async open(
    parts: ArchiveWriterParts,
    options: Partial<ArchiveWriterOptions> = {},
  ): Promise<ArchiveWriter> {
    const { archive, source } = parts;
    const saved = archive.loadState();
    const state = saved?.logId === source.id ? saved : null;
    const committed = new Map(Object.entries(state?.sets ?? {}));
    for (const [key, offset] of archive.partOffsets(source.id))
      committed.set(key, Math.max(offset, committed.get(key) ?? 0));
    const lanes: TopicLane[] = [];
    for (const topic of RECORDED_TOPICS) {
      const { startOffset } = await source.range(topic);
      const from = Math.max(state?.offsets[topic] ?? 0, startOffset);
      lanes.push({ topic, reader: source.reader(topic, from), lastTsUs: 0, isAtEnd: false });
    }
    return new ArchiveWriter(parts, { ...ARCHIVE_WRITER_DEFAULTS, ...options }, lanes, committed);
  }

  /** Reads on in every topic and writes what is due; returns the records read. */
  async step(): Promise<number> {
    let count = 0;
    for (const lane of this.#lanes) count += await this.#readOn(lane);
    if (this.#parts.nowUs() - this.#flushedUs >= this.#options.partIntervalUs) await this.flush();
    return count;
  }

  /** Writes all that waits and tells the log that it is not needed any more. */
  async flush(): Promise<void> {
    this.#flushedUs = this.#parts.nowUs();
    await this.#flushSets([...this.#sets.values()]);
    this.#saveState();
    await this.#parts.source.commit(ARCHIVE_CONSUMER, this.#offsets());
  }

  /**
   * Compacts some partitions that are due, and reads on meanwhile: an hour of many streams takes minutes. False when there are none. Given up once
   * `signal` is aborted.
   */
  async compactNext(signal?: AbortSignal): Promise<boolean> {
    const { extent, open } = this.#nextDue();
    if (open.length === 0) return false;
    await this.#compact(open, extent, async () => {
      if (signal?.aborted !== true) await this.step();
      return signal?.aborted !== true;
    });
    return true;
  }

  /** Writes all that is durable in the log, compacts as far as time allows, and lets go of log and archive. */
  async stop(): Promise<void> {
    try {
      while ((await this.step()) > 0);
      await this.flush();
      const untilUs = this.#parts.nowUs() + this.#options.stopBudgetUs;
      const isLate = (): boolean => this.#parts.nowUs() >= untilUs;
      for (let left = [...this.#open.values()]; left.length > 0; ) {
        if (isLate()) break;
        const now = someOf(left);
        left = left.slice(now.length);
        await this.#compact(now, 'final', () => Promise.resolve(!isLate()));
      }
    } finally {
      this.abort();
    }
  }

  /** Lets go of log and archive as they are. */
  abort(): void {
    for (const { reader } of this.#lanes) reader.close();
    this.#parts.archive.close();
  }

  stats(): ArchiveWriterStats {
    const { size: dataSets } = this.#sets;
    return { ...this.#counts, bufferedBytes: this.#bufferedBytes, dataSets, tsLocalUs: this.#streamUs };
  }

  async #readOn(lane: TopicLane): Promise<number> {
    let batch: RecordBatchView;
    try {
      batch = await lane.reader.read({ bytes: READ_BYTES });
    } catch (thrown) {
      if (!(thrown instanceof XylenError) || thrown.code !== 'XY_FILE_DAMAGED') throw thrown;
      await this.#passDamage(lane, thrown);
      return 1;
    }
    lane.isAtEnd = batch.count === 0;
    for (let i = 0; i < batch.count; i++) {
      this.#file(lane, batch, i);
      // The batch stays as it is while nobody reads on.
      if (this.#isPressed) await this.#relieve();
    }
    return batch.count;
  }

  /** Damage on the disk costs the records it is in; that they are missing is told, and the rest goes on. */
  async #passDamage(lane: TopicLane, damage: XylenError): Promise<void> {
    const { onDamage, log } = this.#parts;
    const fromUs = lane.lastTsUs;
    const lost = await lane.reader.skipDamage();
    const next = await readSound(lane.reader);
    const toUs = next === null || next.count === 0 ? this.#parts.nowUs() : next.tsLocalUs[0]!;
    this.#counts.lostRecords += lost.toOffset - lost.fromOffset;
    log.error('log_damaged', {
      topic: lane.topic,
      file: lost.file,
      position: lost.position,
      from_offset: lost.fromOffset,
      to_offset: lost.toOffset,
      reason: damage.message,
    });
    onDamage(lane.topic, lost, fromUs, Math.max(fromUs, toUs));
    for (let i = 0; next !== null && i < next.count; i++) this.#file(lane, next, i);
    if (this.#isPressed) await this.#relieve();
  }

  /** Puts a record to those of its data set. */
  #file(lane: TopicLane, batch: RecordBatchView, i: number): void {
    const [start, end] = [batch.starts[i]!, batch.ends[i]!];
    const offset = batch.firstOffset + i;
    const tsUs = batch.tsLocalUs[i]!;
    lane.lastTsUs = tsUs;
    if (tsUs > this.#streamUs) this.#streamUs = tsUs;
    const decoder = this.#decoder;
    decoder.head(batch.bytes, start, end);
    if (decoder.kind === 'candle') decoder.read(batch.bytes, start, end);
    const buffer = this.#bufferOf(lane.topic, decoder);
    this.#counts.records++;
    if (offset < buffer.committedOffset) {
      this.#counts.passedOver++;
      return;
    }
    this.#bufferedBytes -= buffer.weight;
    buffer.add(offset, batch.bytes, start, end);
    this.#bufferedBytes += buffer.weight;
    const { bufferBytesMax, setBytesMax } = this.#options;
    if (buffer.used >= setBytesMax || this.#bufferedBytes > bufferBytesMax) this.#isPressed = true;
  }

  #bufferOf(topic: RecordedTopic, decoder: EventDecoder): SetBuffer {
    const { instrument, kind } = decoder;
    if (kind === 'raw') return this.#rawBuffer(topic, decoder);
    if (instrument === null) return this.#namedBuffer(topic, decoder);
    let byKind = this.#setsOf.get(instrument);
    if (byKind === undefined) {
      byKind = new Map();
      this.#setsOf.set(instrument, byKind);
    }
    const word = kind === 'candle' ? decoder.numbers[0]! : kind;
    let buffer = byKind.get(word);
    if (buffer === undefined) {
      buffer = this.#namedBuffer(topic, decoder);
      byKind.set(word, buffer);
    }
    return buffer;
  }

  #rawBuffer(topic: RecordedTopic, decoder: EventDecoder): SetBuffer {
    let buffer = this.#rawOf.get(decoder.venue);
    if (buffer === undefined) {
      buffer = this.#namedBuffer(topic, decoder);
      this.#rawOf.set(decoder.venue, buffer);
    }
    return buffer;
  }

  #namedBuffer(topic: RecordedTopic, decoder: EventDecoder): SetBuffer {
    const { kind } = decoder;
    const id: DataSetId = {
      venue: venueOf(decoder),
      symbol: kind === 'raw' ? symbolOf(decoder) : checkSymbol(symbolOf(decoder)),
      kind: HISTORY_OF_RECORD[kind],
      timeframeUs: kind === 'candle' ? decoder.numbers[0]! : null,
    };
    const key = dataSetKey(id);
    let buffer = this.#sets.get(key);
    if (buffer === undefined) {
      buffer = new SetBuffer(id, key, topic, this.#committed.get(key) ?? 0);
      this.#sets.set(key, buffer);
    }
    return buffer;
  }

  /** Makes room: data sets at their bound, and those with the most bytes until half of the memory is free. */
  async #relieve(): Promise<void> {
    this.#isPressed = false;
    const { bufferBytesMax, setBytesMax } = this.#options;
    let bytes = this.#bufferedBytes;
    const isShort = bytes > bufferBytesMax;
    const chosen: SetBuffer[] = [];
    for (const buffer of [...this.#sets.values()].sort((a, b) => b.weight - a.weight)) {
      const isAtBound = buffer.used >= setBytesMax;
      if (!isAtBound && !(isShort && bytes > bufferBytesMax / 2)) continue;
      chosen.push(buffer);
      bytes -= buffer.weight;
    }
    await this.#flushSets(chosen);
  }

  async #flushSets(buffers: readonly SetBuffer[]): Promise<void> {
    const full = buffers.filter(({ count }) => count > 0);
    if (full.length === 0) return;
    const parts = full.flatMap((buffer) => plannedParts(buffer, this.#partDecoder));
    const sizes = await this.#parts.archive.writeParts(this.#parts.source.id, parts);
    for (const [ix, part] of parts.entries()) {
      const bytes = sizes[ix] ?? 0;
      this.#counts.parts++;
      this.#counts.partBytes += bytes;
      this.#noteOpen(part.id, part.partition, part.endUs, bytes);
    }
    for (const buffer of full) {
      this.#bufferedBytes -= buffer.weight;
      buffer.clear();
      this.#committed.set(buffer.key, buffer.committedOffset);
    }
    this.#isStateDirty = true;
  }

  #noteOpen(id: DataSetId, partition: string, endUs: EpochUs, bytes: number): void {
    const key = openKey(id, partition);
    const open = this.#open.get(key);
    if (open === undefined)
      this.#open.set(key, { id, partition, endUs, partCount: 1, bytes, notBeforeUs: 0 });
    else {
      open.partCount++;
      open.bytes += bytes;
    }
  }

  /** Offsets before which everything is in the archive. */
  #offsets(): Record<RecordedTopic, number> {
    const offsets = Object.fromEntries(
      this.#lanes.map(({ reader, topic }) => [topic, reader.offset]),
    ) as Record<RecordedTopic, number>;
    for (const { count, fromOffset, topic } of this.#sets.values())
      if (count > 0) offsets[topic] = Math.min(offsets[topic], fromOffset);
    return offsets;
  }

  #saveState(): void {
    const { archive, source } = this.#parts;
    archive.saveState({
      logId: source.id,
      offsets: this.#offsets(),
      sets: Object.fromEntries(this.#committed),
    });
    this.#isStateDirty = false;
  }

  #putOff(open: OpenPartition, outcome: CompactionOutcome): void {
    if (outcome === 'mixed') {
      // It stays readable as it is; nothing will change that while this program runs.
      const { id, partition } = open;
      this.#parts.log.warn('parts_mixed', { data_set: dataSetKey(id), partition });
      open.notBeforeUs = Number.POSITIVE_INFINITY;
    } else open.notBeforeUs = this.#parts.nowUs() + TRY_AGAIN_US;
  }

  /** The next partitions to compact: those that are over, else those with too many parts. */
  #nextDue(): { readonly open: readonly OpenPartition[]; readonly extent: 'final' | 'some' } {
    const isCaughtUp = this.#lanes.every(({ isAtEnd }) => isAtEnd);
    const nowUs = this.#parts.nowUs();
    const clockUs = isCaughtUp ? Math.max(this.#streamUs, nowUs) : this.#streamUs;
    const all = [...this.#open.values()].filter(({ notBeforeUs }) => notBeforeUs <= nowUs);
    const over = all.filter(({ endUs }) => endUs + this.#options.graceUs <= clockUs);
    if (over.length > 0) return { open: someOf(over), extent: 'final' };
    const crowded = all.filter(({ partCount }) => partCount > this.#options.partsMax);
    return { open: someOf(crowded), extent: 'some' };
  }

  async #compact(
    due: readonly OpenPartition[],
    extent: 'final' | 'some',
    goesOn: () => Promise<boolean>,
  ): Promise<void> {
    const { archive } = this.#parts;
    if (extent === 'final') {
      const keys = new Set(due.map(({ id }) => dataSetKey(id)));
      await this.#flushSets([...this.#sets.values()].filter(({ key }) => keys.has(key)));
    }
    // What proves that records are in the archive goes with the parts: it is written down before.
    if (this.#isStateDirty) this.#saveState();
    const before = due.map(({ bytes, partCount }) => ({ bytes, partCount }));
    const outcomes = await archive.compact(due, extent, goesOn);
    for (const [ix, open] of due.entries()) {
      const outcome = outcomes[ix] ?? 'busy';
      if (outcome === 'done') this.#counts.compactions++;
      if (outcome === 'done' || outcome === 'nothing') this.#noteMerged(open, before[ix]!, extent);
      else this.#putOff(open, outcome);
    }
  }

  /** Parts written while others were merged are still there; a merged part counts again when as many small ones have come as before. */
  #noteMerged(
    open: OpenPartition,
    before: { bytes: number; partCount: number },
    extent: 'final' | 'some',
  ): void {
    open.partCount -= before.partCount;
    if (extent === 'some') return;
    open.bytes -= before.bytes;
    if (open.partCount === 0) this.#open.delete(openKey(open.id, open.partition));
  }
}

/** Partitions compacted together, and bytes of their parts: records wait in the log meanwhile. */
const COMPACTED_MAX = 64;
const COMPACTED_BYTES_MAX = 16 * 1024 * 1024;

/** Returns the first ones that are not too much at once; one at least. */
function someOf(partitions: readonly OpenPartition[]): readonly OpenPartition[] {
  let count = 0;
  for (let bytes = 0; count < Math.min(partitions.length, COMPACTED_MAX); count++) {
    bytes += partitions[count]?.bytes ?? 0;
    if (count > 0 && bytes > COMPACTED_BYTES_MAX) break;
  }
  return partitions.slice(0, count);
}

/** How long a partition is left alone that could not be compacted. */
const TRY_AGAIN_US = 10 * US_PER_SECOND;

/** Reads one record, `null` where the next one is damaged too: that is met again at the next read. */
async function readSound(reader: RecordReader): Promise<RecordBatchView | null> {
  try {
    return await reader.read({ records: 1 });
  } catch (thrown) {
    if (thrown instanceof XylenError && thrown.code === 'XY_FILE_DAMAGED') return null;
    throw thrown;
  }
}

function openKey(id: DataSetId, partition: string): string {
  return `${dataSetKey(id)}|${partition}`;
}
