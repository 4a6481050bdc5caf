/** A position in a topic kept in memory. Memory is never damaged: there is nothing to skip. */
import { XylenError } from '#core';
import type { DamagedStretch, ReadLimits, RecordBatch, TopicReader } from '../event-log.ts';
import type { Topic } from '../topics.ts';
import type { MemoryTopic } from './memory-storage.ts';

const READ_RECORDS = 8_192;
const READ_BYTES = 1024 * 1024;

/** Reads on from an offset. */
export class MemoryReader implements TopicReader {
  readonly topic: Topic;
  offset: number;
  readonly #held: MemoryTopic;

  constructor(topic: Topic, held: MemoryTopic, offset: number) {
    this.topic = topic;
    this.#held = held;
    this.offset = offset;
  }

  async read(limits: ReadLimits = {}): Promise<RecordBatch> {
    const { durableOffset, startOffset } = this.#held;
    if (this.offset < Math.min(startOffset, durableOffset)) throw this.#gone(startOffset);
    if (this.offset > durableOffset) throw this.#neverThere(durableOffset);
    const recordsMax = Math.min(limits.records ?? READ_RECORDS, READ_RECORDS, durableOffset - this.offset);
    const bytesMax = limits.bytes ?? READ_BYTES;
    const pieces: Uint8Array[] = [];
    const times: number[] = [];
    let bytes = 0;
    while (pieces.length < recordsMax) {
      const record = this.#held.at(this.offset + pieces.length);
      if (pieces.length > 0 && bytes + record.bytes.length > bytesMax) break;
      pieces.push(record.bytes);
      times.push(record.tsLocalUs);
      bytes += record.bytes.length;
    }
    const ends = Uint32Array.from(
      pieces,
      (
        (end) => (piece: Uint8Array) =>
          (end += piece.length)
      )(0),
    );
    const batch: RecordBatch = {
      firstOffset: this.offset,
      count: pieces.length,
      bytes: Buffer.concat(pieces),
      tsLocalUs: Float64Array.from(times),
      starts: Uint32Array.from(ends, (_end, ix) => ends[ix - 1] ?? 0),
      ends,
    };
    this.offset += pieces.length;
    return batch;
  }

  async skipDamage(): Promise<DamagedStretch> {
    throw new XylenError('XY_USAGE', `${this.topic}: memory is not damaged`);
  }

  close(): void {
    // Nothing is held.
  }

  #gone(firstOffset: number): XylenError {
    return new XylenError(
      'XY_DATA_INSUFFICIENT',
      `${this.topic}: record ${this.offset} was dropped by retention; the first there is ${firstOffset}`,
      { fields: { topic: this.topic, offset: this.offset, firstOffset } },
    );
  }

  #neverThere(end: number): XylenError {
    return new XylenError(
      'XY_FILE_DAMAGED',
      `${this.topic} ends before record ${end}, and record ${this.offset} was read before or asked for`,
      { fields: { topic: this.topic, offset: this.offset } },
    );
  }
}
