/** Bytes of one record after the other in one buffer that is used again and again; grows to the longest record, up to a bound. */
import { assert } from '#core';
import { RECORD_TEXT_BYTES_MAX } from './record-form.ts';

const BYTES_START = 4_096;
/** Longest form of a whole number. */
const INT_BYTES_MAX = 8;

/** Writes a record. */
export class ByteWriter {
  /** The record lies in `bytes[0, length)`. */
  bytes: Buffer<ArrayBuffer> = Buffer.alloc(BYTES_START);
  length = 0;
  readonly #bytesMax: number;
  #view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);

  /** `bytesMax` bounds a record; a longer one is a bug of the caller. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Begins a new record. */
  start(): void {
    this.length = 0;
  }

  /** Makes room for `count` bytes more. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    assert(needed <= this.#bytesMax, `a record has at most ${this.#bytesMax} bytes`);
    const larger = Buffer.alloc(Math.min(this.#bytesMax, Math.max(needed, this.bytes.length * 2)));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.#view = new DataView(larger.buffer, larger.byteOffset, larger.length);
  }

  /** Writes a byte. */
  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Writes a double. */
  double(value: number): void {
    this.reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** Writes 32 bits without a sign. */
  word(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** Writes a whole number. */
  int(value: number): void {
    assert(Number.isSafeInteger(value), 'numbers of a record are safe integers');
    this.reserve(INT_BYTES_MAX);
    this.#intUnchecked(value);
  }

  /** Writes whole numbers less the one before each (`previous` before the first) and others as they are, in turn. */
  pairs(first: Float64Array, second: Float64Array, count: number, previous: number): number {
    this.reserve(2 * INT_BYTES_MAX * count);
    let before = previous;
    for (let i = 0; i < count; i++) {
      const a = first[i]!;
      const b = second[i]!;
      assert(
        Number.isSafeInteger(a) && Number.isSafeInteger(a - before),
        'prices of a record are safe integers',
      );
      assert(Number.isSafeInteger(b), 'quantities of a record are safe integers');
      this.#intUnchecked(a - before);
      this.#intUnchecked(b);
      before = a;
    }
    return before;
  }

  /** Writes bytes as they are. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Writes a text behind its length. */
  text(text: string): void {
    this.reserve(2 + 3 * text.length);
    const count = this.bytes.write(text, this.length + 2, 'utf8');
    assert(count <= RECORD_TEXT_BYTES_MAX, `a text of a record has at most ${RECORD_TEXT_BYTES_MAX} bytes`);
    this.#view.setUint16(this.length, count, true);
    this.length += 2 + count;
  }

  #intUnchecked(value: number): void {
    const bytes = this.bytes;
    let at = this.length;
    let rest = value < 0 ? -value : value;
    const sign = value < 0 ? 0x40 : 0;
    if (rest < 64) {
      bytes[at] = sign | rest;
      this.length = at + 1;
      return;
    }
    bytes[at++] = 0x80 | sign | (rest % 64);
    rest = Math.floor(rest / 64);
    // Division only while the number is beyond 32 bits; then shifts.
    while (rest > 0x7fffffff) {
      bytes[at++] = 0x80 | (rest % 128);
      rest = Math.floor(rest / 128);
    }
    let small = rest | 0;
    while (small > 127) {
      bytes[at++] = 0x80 | (small & 127);
      small >>>= 7;
    }
    bytes[at++] = small;
    this.length = at;
  }
}
