/**
 * The event log in memory: the port in its simplest form, for tests and for programs that keep nothing. What is flushed survives a
 * close and a new open over the same `MemoryStorage`, as files would; segments are kept in name only, as units of retention.
 */
import { assert, XylenError } from '#core';
import {
  type AppendOutcome,
  type EventLog,
  isConsumerName,
  type LogOptions,
  type LogSource,
  type LogStats,
  RECORD_BYTES_MAX,
  type TopicOffsets,
  type TopicReader,
  type TopicStats,
} from '../event-log.ts';
import { TOPICS, type Topic } from '../topics.ts';
import { MemoryReader } from './memory-reader.ts';
import { type MemoryStorage, RECORD_BYTES } from './memory-storage.ts';

/** The writing side. */
export class MemoryLog implements EventLog {
  readonly id: string;
  readonly #storage: MemoryStorage;
  readonly #options: LogOptions;
  readonly #timer: NodeJS.Timeout | null;
  #isClosed = false;
  #waits = 0;
  #flushes = 0;

  /** @throws XY_STORE_FAILED while another writer is open */
  constructor(storage: MemoryStorage, options: LogOptions) {
    if (storage.isLocked) throw new XylenError('XY_STORE_FAILED', 'another writer has the log');
    storage.isLocked = true;
    this.id = storage.id;
    this.#storage = storage;
    this.#options = options;
    const { flushIntervalMs } = options;
    this.#timer = flushIntervalMs === null ? null : setInterval(() => this.#flushNow(), flushIntervalMs);
  }

  append(topic: Topic, tsLocalUs: number, bytes: Uint8Array, start = 0, end = bytes.length): AppendOutcome {
    assert(!this.#isClosed, 'a closed log is not used');
    assert(end - start <= RECORD_BYTES_MAX, `a record has at most ${RECORD_BYTES_MAX} bytes`);
    const length = end - start + RECORD_BYTES;
    if (this.#bytes() + length > this.#options.bytesMax && !this.#makeRoom(length)) {
      this.#waits++;
      return 'wait';
    }
    this.#storage.topics[topic].add(
      { tsLocalUs, bytes: new Uint8Array(bytes.subarray(start, end)) },
      this.#options.segmentBytes,
    );
    return 'ok';
  }

  async flush(): Promise<void> {
    assert(!this.#isClosed, 'a closed log is not used');
    this.#flushNow();
  }

  endOffset(topic: Topic): number {
    return this.#storage.topics[topic].endOffset;
  }

  stats(): LogStats {
    const topics = TOPICS.map((topic): [Topic, TopicStats] => {
      const { startOffset, endOffset, durableOffset, bytes } = this.#storage.topics[topic];
      return [topic, { startOffset, endOffset, durableOffset, bytes }];
    });
    return {
      bytes: this.#bytes(),
      bytesMax: this.#options.bytesMax,
      topics: Object.fromEntries(topics),
      waits: this.#waits,
      flushes: this.#flushes,
      flushMsMax: 0,
      fault: null,
    };
  }

  applyRetention(nowUs: number): number {
    const { ageUs, bytes } = this.#options.retention;
    const before = this.#bytes();
    for (const topic of TOPICS) {
      const held = this.#storage.topics[topic];
      const isPast = (): boolean => nowUs - held.segments[0]!.lastTsUs > ageUs || held.bytes > bytes;
      while (isPast() && this.#dropOldest(topic));
    }
    return before - this.#bytes();
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#flushNow();
    this.#isClosed = true;
    this.#storage.isLocked = false;
  }

  #flushNow(): void {
    for (const topic of TOPICS) {
      const held = this.#storage.topics[topic];
      held.durableOffset = held.endOffset;
    }
    this.#flushes++;
  }

  #bytes(): number {
    return TOPICS.reduce((sum, topic) => sum + this.#storage.topics[topic].bytes, 0);
  }

  #makeRoom(length: number): boolean {
    const isFull = (): boolean => this.#bytes() + length > this.#options.bytesMax;
    for (const topic of TOPICS) while (isFull() && this.#dropOldest(topic));
    return !isFull();
  }

  /** Drops the oldest closed segment of a topic unless somebody needs it. */
  #dropOldest(topic: Topic): boolean {
    const { durableOffset, segments } = this.#storage.topics[topic];
    const [oldest, next] = segments;
    if (oldest === undefined || next === undefined) return false;
    const consumers = this.#options.consumers[topic] ?? [];
    const needed = consumers.map((name) => this.#storage.consumers.get(name)?.[topic] ?? 0);
    if (next.baseOffset > Math.min(durableOffset, ...needed)) return false;
    segments.shift();
    return true;
  }
}

/** The reading side. */
export class MemorySource implements LogSource {
  readonly id: string;
  readonly #storage: MemoryStorage;

  constructor(storage: MemoryStorage) {
    this.id = storage.id;
    this.#storage = storage;
  }

  async range(topic: Topic): Promise<{ readonly startOffset: number; readonly durableOffset: number }> {
    const { startOffset, durableOffset } = this.#storage.topics[topic];
    return { startOffset: Math.min(startOffset, durableOffset), durableOffset };
  }

  reader(topic: Topic, fromOffset: number): TopicReader {
    return new MemoryReader(topic, this.#storage.topics[topic], fromOffset);
  }

  async committed(consumer: string): Promise<TopicOffsets> {
    return this.#storage.consumers.get(consumer) ?? {};
  }

  async commit(consumer: string, offsets: TopicOffsets): Promise<void> {
    assert(isConsumerName(consumer), `a consumer is named in lower case, was '${consumer}'`);
    this.#storage.consumers.set(consumer, { ...this.#storage.consumers.get(consumer), ...offsets });
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}
