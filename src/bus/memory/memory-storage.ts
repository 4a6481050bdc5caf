/** What a log in memory keeps: topics, and how far consumers have come. */
import { assert } from '#core';
import type { TopicOffsets } from '../event-log.ts';
import { TOPICS, type Topic } from '../topics.ts';

/** Bytes that a record counts beside its payload. */
export const RECORD_BYTES = 20;

/** A record as it is kept. */
export interface MemoryRecord {
  readonly tsLocalUs: number;
  readonly bytes: Uint8Array;
}

/** Records dropped together. */
interface MemorySegment {
  readonly baseOffset: number;
  readonly records: MemoryRecord[];
  bytes: number;
  lastTsUs: number;
}

/** One topic as it is kept. */
export class MemoryTopic {
  readonly segments: MemorySegment[] = [{ baseOffset: 0, records: [], bytes: 0, lastTsUs: 0 }];
  durableOffset = 0;

  get startOffset(): number {
    return this.segments[0]?.baseOffset ?? 0;
  }

  get endOffset(): number {
    const last = this.#open;
    return last.baseOffset + last.records.length;
  }

  get bytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  /** Returns a record that is there. */
  at(offset: number): MemoryRecord {
    const segment = this.segments.findLast(({ baseOffset }) => baseOffset <= offset);
    const record = segment?.records[offset - segment.baseOffset];
    assert(record !== undefined, `record ${offset} is there`);
    return record;
  }

  add(record: MemoryRecord, segmentBytes: number): void {
    let segment = this.#open;
    if (segment.bytes >= segmentBytes) {
      segment = { baseOffset: this.endOffset, records: [], bytes: 0, lastTsUs: 0 };
      this.segments.push(segment);
    }
    segment.records.push(record);
    segment.bytes += record.bytes.length + RECORD_BYTES;
    segment.lastTsUs = Math.max(segment.lastTsUs, record.tsLocalUs);
  }

  get #open(): MemorySegment {
    const last = this.segments.at(-1);
    assert(last !== undefined, 'a topic has an open segment');
    return last;
  }
}

/** What stays when the log is closed. */
export class MemoryStorage {
  readonly id: string;
  readonly topics: Readonly<Record<Topic, MemoryTopic>>;
  readonly consumers = new Map<string, TopicOffsets>();
  isLocked = false;

  constructor(id = 'memory') {
    this.id = id;
    const entries = TOPICS.map((topic) => [topic, new MemoryTopic()] as const);
    this.topics = Object.fromEntries(entries) as Record<Topic, MemoryTopic>;
  }
}
