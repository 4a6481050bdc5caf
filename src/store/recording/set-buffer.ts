/** Records of one data set that wait to become a part: as they came from the log, which is many times smaller than rows. */
import { assert } from '#core';
import type { DataSetId } from '../history/index.ts';
import type { RecordedTopic } from '../recording-port.ts';

const BYTES_START = 1_024;
/** A buffer larger than this is given back when it has been emptied. */
const BYTES_KEPT = 8_192;

/** Waiting records, in the order of their offsets. */
export class SetBuffer {
  readonly id: DataSetId;
  readonly key: string;
  readonly topic: RecordedTopic;
  /** Every record of the data set before it is in the archive. */
  committedOffset: number;
  /** Offset of the first and behind the last waiting record. */
  fromOffset = 0;
  toOffset = 0;
  count = 0;
  used = 0;
  bytes = Buffer.allocUnsafeSlow(BYTES_START);
  /** Of record i: its offset less `fromOffset`, and where it starts; it ends where the next starts. */
  #offsets = new Uint32Array(16);
  #starts = new Uint32Array(17);

  constructor(id: DataSetId, key: string, topic: RecordedTopic, committedOffset: number) {
    this.id = id;
    this.key = key;
    this.topic = topic;
    this.committedOffset = committedOffset;
  }

  /** Bytes of the waiting records and of what is known of them. */
  get weight(): number {
    return this.used + 8 * this.count;
  }

  /** Takes a record in. */
  add(offset: number, bytes: Uint8Array, start: number, end: number): void {
    assert(
      this.count === 0 || offset >= this.toOffset,
      'records of a data set come in the order of their offsets',
    );
    if (this.count === 0) this.fromOffset = offset;
    const length = end - start;
    this.#reserve(length);
    this.#offsets[this.count] = offset - this.fromOffset;
    this.#starts[this.count] = this.used;
    this.bytes.set(bytes.subarray(start, end), this.used);
    this.used += length;
    this.count++;
    this.#starts[this.count] = this.used;
    this.toOffset = offset + 1;
  }

  offsetAt(ix: number): number {
    return this.fromOffset + this.#offsets[ix]!;
  }

  startAt(ix: number): number {
    return this.#starts[ix]!;
  }

  endAt(ix: number): number {
    return this.#starts[ix + 1]!;
  }

  /** Forgets all records: they are in the archive. */
  clear(): void {
    this.committedOffset = this.toOffset;
    this.count = 0;
    this.used = 0;
    if (this.bytes.length > BYTES_KEPT) this.bytes = Buffer.allocUnsafeSlow(BYTES_START);
    if (this.#offsets.length > 256) {
      this.#offsets = new Uint32Array(16);
      this.#starts = new Uint32Array(17);
    }
  }

  #reserve(length: number): void {
    if (this.used + length > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.used + length, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.used));
      this.bytes = larger;
    }
    if (this.count === this.#offsets.length) {
      const offsets = new Uint32Array(this.count * 2);
      offsets.set(this.#offsets);
      this.#offsets = offsets;
      const starts = new Uint32Array(this.count * 2 + 1);
      starts.set(this.#starts);
      this.#starts = starts;
    }
  }
}
