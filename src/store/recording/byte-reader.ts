/** Reads what `ByteWriter` wrote; whatever could not have been written by it is refused. */
import { XylenError } from '#core';
import { RECORD_TEXT_BYTES_MAX } from './record-form.ts';

/** A position in the bytes of one record. */
export class ByteReader {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  #start = 0;
  #buffer: ArrayBufferLike = this.bytes.buffer;
  #byteOffset = 0;
  #view = new DataView(this.bytes.buffer);
  readonly #texts = new TextDecoder('utf-8', { fatal: true });

  /** Begins to read the record in `bytes[start, end)`. */
  open(bytes: Uint8Array, start: number, end: number): void {
    if (bytes.buffer !== this.#buffer || bytes.byteOffset !== this.#byteOffset || bytes !== this.bytes) {
      this.bytes = bytes;
      this.#buffer = bytes.buffer;
      this.#byteOffset = bytes.byteOffset;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    this.#start = start;
    this.at = start;
    this.end = end;
  }

  byte(): number {
    this.#need(1);
    return this.bytes[this.at++]!;
  }

  double(): number {
    this.#need(8);
    const value = this.#view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  /** Reads a time. */
  time(): number {
    const value = this.double();
    if (!Number.isSafeInteger(value)) throw this.fault('a time is a whole number of microseconds');
    return value;
  }

  word(): number {
    this.#need(4);
    const value = this.#view.getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  /** Reads a whole number in its shortest form. */
  int(): number {
    const bytes = this.bytes;
    this.#need(1);
    const first = bytes[this.at++]!;
    const isNegative = (first & 0x40) !== 0;
    let value = first & 63;
    if ((first & 0x80) !== 0) value = this.#intRest(value);
    if (!isNegative) return value;
    if (value === 0) throw this.fault('there is no negative 0');
    return -value;
  }

  /** Reads a whole number in [`min`, `max`]. */
  intWithin(min: number, max: number, what: string): number {
    const value = this.int();
    if (value >= min && value <= max) return value;
    throw this.fault(`${what} is in [${min}, ${max}], was ${value}`);
  }

  text(): string {
    this.#need(2);
    const count = this.#view.getUint16(this.at, true);
    if (count > RECORD_TEXT_BYTES_MAX) throw this.fault(`a text has at most ${RECORD_TEXT_BYTES_MAX} bytes`);
    this.at += 2;
    return this.#utf8(count);
  }

  /** Reads a name: a length byte and at least one byte of text. */
  name(): string {
    const count = this.byte();
    if (count === 0) throw this.fault('a name is not empty');
    return this.#utf8(count);
  }

  #utf8(count: number): string {
    this.#need(count);
    const bytes = this.bytes.subarray(this.at, this.at + count);
    this.at += count;
    try {
      return this.#texts.decode(bytes);
    } catch (cause) {
      throw new XylenError('XY_FILE_DAMAGED', 'a record holds a text that is not UTF-8', { cause });
    }
  }

  /** Sees that nothing is left. */
  close(): void {
    if (this.at !== this.end) throw this.fault(`it ends here, and ${this.end - this.at} bytes are left`);
  }

  /** Returns an error that names the place in the record. */
  fault(what: string): XylenError {
    return new XylenError(
      'XY_FILE_DAMAGED',
      `a record cannot be read at byte ${this.at - this.#start}: ${what}`,
      {
        fields: { position: this.at - this.#start, length: this.end - this.#start },
      },
    );
  }

  #intRest(low: number): number {
    let value = low;
    let scale = 64;
    for (;;) {
      this.#need(1);
      const byte = this.bytes[this.at++]!;
      value += (byte & 127) * scale;
      if ((byte & 0x80) === 0) {
        if (byte === 0) throw this.fault('a number is written in its shortest form');
        if (!Number.isSafeInteger(value)) throw this.fault('a number is a safe integer');
        return value;
      }
      scale *= 128;
      if (scale > Number.MAX_SAFE_INTEGER) throw this.fault('a number has at most 8 bytes');
    }
  }

  #need(count: number): void {
    if (this.at + count > this.end)
      throw this.fault(`${count} bytes more are needed, it has ${this.end - this.at}`);
  }
}
