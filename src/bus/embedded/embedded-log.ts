/**
 * The event log of this machine: a folder of segment files a topic, one writer, locked by the operating system. Appending copies into
 * memory; a group of records is written and made durable together, in the background, one group at a time. A disk that is full makes
 * producers wait; a disk that fails to make durable what it took ends the log, since nobody knows what it holds then.
 */
import { closeSync, rmSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { assert, messageOf, XylenError } from '#core';
import {
  type AppendOutcome,
  type EventLog,
  type LogOptions,
  type LogStats,
  RECORD_BYTES_MAX,
  type TopicStats,
} from '../event-log.ts';
import { TOPICS, type Topic } from '../topics.ts';
import { readOffsets } from './consumer-offsets.ts';
import { type DiskCalls, makeFolder, SYSTEM_DISK, syncFolder, topicFolder } from './log-files.ts';
import { ensureLogId, type LogLock, lockLog } from './log-identity.ts';
import { recoverTopic } from './recovery.ts';
import { TopicWriter } from './topic-writer.ts';
import { WatermarkFile } from './watermarks.ts';

/** The writing side of a log in a folder. */
export class EmbeddedLog implements EventLog {
  readonly id: string;
  /** Bytes of broken ends that recovery cut off when the log was opened: records that were never reported durable. */
  readonly bytesDropped: number;
  readonly #dir: string;
  readonly #options: LogOptions;
  readonly #disk: DiskCalls;
  readonly #lock: LogLock;
  readonly #marks: WatermarkFile;
  readonly #topics: Readonly<Record<Topic, TopicWriter>>;
  readonly #writers: readonly TopicWriter[];
  readonly #durable = new Map<Topic, number>();
  readonly #timer: NodeJS.Timeout | null;
  /** Bytes of all topics; counted along, since adding up is too slow for every record. */
  #bytes: number;
  #syncing: Promise<void> | null = null;
  #failure: XylenError | null = null;
  #fault: XylenError | null = null;
  #isClosed = false;
  #waits = 0;
  /** Until then nobody asks again what consumers have committed: it is read from files. */
  #nextLookMs = 0;
  #flushes = 0;
  #flushMsMax = 0;

  private constructor(dir: string, options: LogOptions, disk: DiskCalls, lock: LogLock) {
    this.#dir = dir;
    this.#options = options;
    this.#disk = disk;
    this.#lock = lock;
    this.id = ensureLogId(dir);
    this.#marks = new WatermarkFile(dir, 'write');
    let bytesDropped = 0;
    const entries = TOPICS.map((topic) => {
      const recovered = recoverTopic(dir, topic, this.#marks.read(topic));
      bytesDropped += recovered.bytesDropped;
      const { segmentBytes } = options;
      return [topic, new TopicWriter({ dir, topic, segmentBytes, disk }, recovered)] as const;
    });
    this.#topics = Object.fromEntries(entries) as Record<Topic, TopicWriter>;
    this.#writers = entries.map(([, writer]) => writer);
    this.bytesDropped = bytesDropped;
    this.#bytes = this.#writers.reduce((sum, writer) => sum + writer.bytes, 0);
    const { flushIntervalMs } = options;
    this.#timer = flushIntervalMs === null ? null : setInterval(() => this.#startSync(), flushIntervalMs);
  }

  /**
   * Opens the log of a folder, or begins one; whatever is whole in it is durable when this resolves.
   * @throws XY_STORE_FAILED when another program writes it; XY_FILE_DAMAGED when durable records are gone
   */
  static async open(dir: string, options: LogOptions, disk: DiskCalls = SYSTEM_DISK): Promise<EmbeddedLog> {
    makeFolder(dir);
    const lock = lockLog(dir);
    try {
      const log = new EmbeddedLog(dir, options, disk, lock);
      await log.#vouchForAll();
      return log;
    } catch (thrown) {
      lock.release();
      throw thrown;
    }
  }

  append(topic: Topic, tsLocalUs: number, bytes: Uint8Array, start = 0, end = bytes.length): AppendOutcome {
    this.#requireSound();
    const writer = this.#topics[topic];
    const length = end - start;
    assert(length >= 0 && length <= RECORD_BYTES_MAX, `a record has at most ${RECORD_BYTES_MAX} bytes`);
    const before = writer.endOffset;
    if (this.#bytes + length + ROOM_BYTES > this.#options.bytesMax && !this.#makeRoom(length))
      return this.#wait();
    if (!writer.fits(length)) {
      if (!this.#write(writer)) return this.#wait();
      writer.reserve(length);
    }
    writer.put(tsLocalUs, bytes, start, end);
    this.#bytes += length + FRAME_BYTES;
    assert(writer.endOffset === before + 1, 'a record taken has the next offset');
    return 'ok';
  }

  async flush(): Promise<void> {
    this.#requireSound();
    const wanted = this.#writers.map((writer) => writer.endOffset);
    const isDone = (): boolean =>
      this.#writers.every((writer, ix) => this.#durableOf(writer.topic) >= wanted[ix]!);
    while (!isDone()) {
      await (this.#syncing ?? this.#startSync());
      this.#requireSound();
      if (this.#fault !== null && !isDone()) throw this.#fault;
    }
  }

  endOffset(topic: Topic): number {
    return this.#topics[topic].endOffset;
  }

  stats(): LogStats {
    const topics = this.#writers.map((writer): [Topic, TopicStats] => {
      const startOffset = writer.segments[0]?.baseOffset ?? writer.endOffset;
      const { bytes, endOffset, topic } = writer;
      return [topic, { startOffset, endOffset, durableOffset: this.#durableOf(topic), bytes }];
    });
    return {
      bytes: this.#bytes,
      bytesMax: this.#options.bytesMax,
      topics: Object.fromEntries(topics),
      waits: this.#waits,
      flushes: this.#flushes,
      flushMsMax: this.#flushMsMax,
      fault: (this.#failure ?? this.#fault)?.message ?? null,
    };
  }

  applyRetention(nowUs: number): number {
    this.#requireSound();
    const { ageUs, bytes } = this.#options.retention;
    let freed = 0;
    for (const writer of this.#writers) {
      const needed = this.#neededFrom(writer.topic);
      while (writer.segments.length > 1) {
        const oldest = writer.segments[0]!;
        const isPast = nowUs - oldest.lastTsUs > ageUs || writer.bytes > bytes;
        if (!isPast || oldest.endOffset > needed) break;
        freed += this.#dropOldest(writer);
      }
    }
    return freed;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#timer !== null) clearInterval(this.#timer);
    try {
      if (this.#failure === null) await this.flush();
    } finally {
      this.#isClosed = true;
      await this.#syncing;
      for (const writer of this.#writers) writer.close();
      this.#marks.close();
      this.#lock.release();
    }
  }

  #wait(): 'wait' {
    this.#waits++;
    return 'wait';
  }

  #requireSound(): void {
    if (this.#failure !== null) throw this.#failure;
    assert(!this.#isClosed, 'a closed log is not used');
  }

  #durableOf(topic: Topic): number {
    return this.#durable.get(topic) ?? 0;
  }

  /** Hands pending frames to the system; false when the disk refuses them. */
  #write(writer: TopicWriter): boolean {
    try {
      const before = writer.bytes;
      writer.write();
      this.#bytes += writer.bytes - before;
      this.#fault = null;
      return true;
    } catch (thrown) {
      this.#fault = asFault(this.#dir, thrown);
      return false;
    }
  }

  /** Starts a group unless one is under way; resolves when it has ended, however it did. */
  #startSync(): Promise<void> {
    if (this.#syncing !== null || this.#failure !== null) return this.#syncing ?? Promise.resolve();
    if (!this.#writers.some((writer) => writer.isDirty)) return Promise.resolve();
    this.#syncing = this.#sync().finally(() => {
      this.#syncing = null;
    });
    return this.#syncing;
  }

  async #sync(): Promise<void> {
    const startMs = performance.now();
    try {
      for (const writer of this.#writers) if (!this.#write(writer)) break;
      const groups = this.#writers.flatMap((writer) => {
        const group = writer.takeUnsynced();
        return group === null ? [] : [{ topic: writer.topic, ...group }];
      });
      await Promise.all(groups.flatMap(({ fds }) => fds.map((fd) => this.#disk.sync(fd))));
      for (const { mark, retired, topic } of groups) {
        for (const fd of retired) closeSync(fd);
        this.#marks.write(topic, mark);
        this.#durable.set(topic, mark.offset);
      }
      this.#flushes++;
      this.#flushMsMax = Math.max(this.#flushMsMax, performance.now() - startMs);
    } catch (cause) {
      const message = `the log ${this.#dir} could not be made durable: ${messageOf(cause)}`;
      this.#failure = new XylenError('XY_STORE_FAILED', message, { fields: { folder: this.#dir }, cause });
    }
  }

  /** Makes what recovery left durable and marks it so. */
  async #vouchForAll(): Promise<void> {
    for (const writer of this.#writers) {
      const mark = await writer.vouch();
      this.#durable.set(writer.topic, writer.endOffset);
      if (mark !== null) this.#marks.write(writer.topic, mark);
    }
  }

  /** Drops consumed segments, the oldest first, until a record fits; false when that is not enough. */
  #makeRoom(length: number): boolean {
    const nowMs = performance.now();
    if (nowMs < this.#nextLookMs) return false;
    this.#nextLookMs = nowMs + LOOK_AGAIN_MS;
    const isFull = (): boolean => this.#bytes + length + ROOM_BYTES > this.#options.bytesMax;
    for (const writer of this.#writers) {
      const needed = this.#neededFrom(writer.topic);
      while (isFull() && writer.segments.length > 1 && writer.segments[0]!.endOffset <= needed)
        this.#dropOldest(writer);
    }
    if (isFull()) return false;
    this.#nextLookMs = 0;
    return true;
  }

  /** The first offset of a topic that a consumer still needs. */
  #neededFrom(topic: Topic): number {
    const consumers = this.#options.consumers[topic] ?? [];
    const offsets = consumers.map((consumer) => readOffsets(this.#dir, this.id, consumer)[topic] ?? 0);
    return Math.min(this.#durableOf(topic), ...offsets);
  }

  #dropOldest(writer: TopicWriter): number {
    const oldest = writer.segments.shift();
    assert(oldest !== undefined && writer.segments.length > 0, 'the open segment is never dropped');
    rmSync(oldest.path);
    syncFolder(topicFolder(this.#dir, writer.topic));
    this.#bytes -= oldest.bytes;
    return oldest.bytes;
  }
}

const LOOK_AGAIN_MS = 20;
/** Bytes of a frame beside its payload. */
const FRAME_BYTES = 20;
/** A record may open a segment and grow memory that is written later: the bound is kept by this much. */
const ROOM_BYTES = 64;

function asFault(dir: string, thrown: unknown): XylenError {
  if (thrown instanceof XylenError) return thrown;
  return new XylenError('XY_STORE_FAILED', `the log ${dir} cannot be written: ${messageOf(thrown)}`, {
    fields: { folder: dir },
    cause: thrown,
  });
}
