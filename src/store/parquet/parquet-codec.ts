/** What both Parquet stores share: codecs over zlib, a writer that flushes to a file, reads by range from a file. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { AsyncBuffer, Compressors as Decompressors } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { assert } from '#core';

const zstdOf =
  (level: number) =>
  (bytes: Uint8Array): Uint8Array =>
    zstdCompressSync(bytes, {
      params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
    });

/** Compressors by Parquet codec; zstd carries a checksum, so damaged pages do not decompress. */
export const COMPRESSORS = {
  ZSTD: zstdOf(9),
  GZIP: (bytes: Uint8Array): Uint8Array => gzipSync(bytes),
} as const;

/** As `COMPRESSORS`, for files that are soon written anew. */
export const FAST_COMPRESSORS = { ...COMPRESSORS, ZSTD: zstdOf(1) } as const;

/** Decompressors by Parquet codec. */
export const DECOMPRESSORS: Decompressors = {
  ZSTD: (bytes) => zstdDecompressSync(bytes),
  GZIP: (bytes) => gunzipSync(bytes),
};

/** Key of the footer under which a file holds the hash of its own bytes. */
export const FILE_HASH_KEY = 'xylen.file_hash';

const HASH_PREFIX = 'sha256:';
const HASH_DIGITS = 64;

/** What stands for the hash until it is known, and in its place when it is computed. */
export const FILE_HASH_BLANK = HASH_PREFIX + '0'.repeat(HASH_DIGITS);

/** First size of a sink's memory; it grows to a row group. */
const BUFFER_BYTES = 65_536;

/**
 * A Parquet writer's sink that keeps one row group in memory and the rest in a file. The footer must hold `FILE_HASH_BLANK` under
 * `FILE_HASH_KEY`; the hash of the file is put in its place at the end. Parquet itself has no checksum over headers, and a reader
 * that trusts a damaged one may allocate or loop without end.
 */
export class FileByteWriter extends ByteWriter {
  readonly #fd: number;
  readonly #sha = createHash('sha256');
  readonly #isSettledLater: boolean;

  /** Creates or empties the file. `isSettledLater`: it is not durable before `settle`, so that many files can be made so at once. */
  constructor(path: string, isSettledLater = false) {
    super(BUFFER_BYTES);
    this.#isSettledLater = isSettledLater;
    this.#fd = openSync(path, 'w');
  }

  /** Writes what is buffered; called after each row group. */
  flush(): void {
    const bytes = new Uint8Array(this.buffer, 0, this.index);
    this.#sha.update(bytes);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    this.index = 0;
  }

  /** Writes the rest and the hash, makes the file durable and closes it. */
  override finish(): void {
    const blankIx = Buffer.from(this.buffer, 0, this.index).lastIndexOf(FILE_HASH_BLANK);
    assert(blankIx >= 0, 'the footer, written last, has room for the hash');
    const hashAt = this.offset - this.index + blankIx + HASH_PREFIX.length;
    this.flush();
    writeSync(this.#fd, this.#sha.digest('hex'), hashAt);
    // Many finished files may wait to be settled together: they hold no memory.
    this.buffer = new ArrayBuffer(0);
    this.view = new DataView(this.buffer);
    if (this.#isSettledLater) return;
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  /** Makes a finished file durable and closes it. */
  async settle(): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        fsync(this.#fd, (fault) => (fault === null ? resolve() : reject(fault)));
      });
    } finally {
      closeSync(this.#fd);
    }
  }

  /** Closes an unfinished file. */
  abort(): void {
    closeSync(this.#fd);
  }
}

const VERIFY_BYTES = 1024 * 1024;

/** A file read by byte ranges, synchronously: the ranges are small and the caller waits for them anyway. */
export class FileRanges implements AsyncBuffer {
  readonly byteLength: number;
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    this.byteLength = fstatSync(this.#fd).size;
  }

  slice(start: number, end = this.byteLength): ArrayBuffer {
    assert(start >= 0 && start <= end && end <= this.byteLength, 'a range lies inside its file');
    const bytes = new Uint8Array(end - start);
    let at = 0;
    while (at < bytes.length) {
      const count = readSync(this.#fd, bytes, at, bytes.length - at, start + at);
      if (count === 0) throw new Error('the file became shorter while it was read');
      at += count;
    }
    return bytes.buffer;
  }

  /** Holds the file against the hash in its footer, which starts `footerBytes` and 8 before the end. Throws when it does not fit. */
  verify(footerBytes: number): void {
    const footerStart = this.byteLength - 8 - footerBytes;
    if (footerStart < 0) throw new Error('the footer is longer than the file');
    const sha = createHash('sha256');
    for (let at = 0; at < footerStart; at += VERIFY_BYTES) {
      sha.update(new Uint8Array(this.slice(at, Math.min(footerStart, at + VERIFY_BYTES))));
    }
    const footer = Buffer.from(this.slice(footerStart));
    const at = footer.lastIndexOf(HASH_PREFIX) + HASH_PREFIX.length;
    const written = footer.toString('latin1', at, at + HASH_DIGITS);
    footer.fill('0', at, at + HASH_DIGITS);
    if (sha.update(footer).digest('hex') !== written)
      throw new Error('its bytes do not fit the hash in its footer');
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Returns 64-bit integers as doubles; every one must be a safe integer. */
export function toDoubles(values: BigInt64Array): Float64Array {
  const out = new Float64Array(values.length);
  // Halves instead of BigInts: no allocation a value. Typed arrays are little-endian on every platform Node runs on.
  const aligned = values.byteOffset % 8 === 0 ? values : values.slice();
  const low = new Uint32Array(aligned.buffer, aligned.byteOffset, 2 * aligned.length);
  const high = new Int32Array(aligned.buffer, aligned.byteOffset, 2 * aligned.length);
  for (let i = 0; i < out.length; i++) {
    const value = high[2 * i + 1]! * 4_294_967_296 + low[2 * i]!;
    if (!Number.isSafeInteger(value))
      throw new Error(`an integer below 2^53 is expected, found ${values[i]}`);
    out[i] = value;
  }
  return out;
}

const TWO_32 = 4_294_967_296;

/**
 * Turns doubles that are safe integers into the form in which the writer takes 64-bit integers: 32-bit ones where all of them fit, which it
 * packs into the same bytes many times faster. Its arrays are used again for the next row group: the writer has copied them by then.
 */
export class IntegerColumn {
  #small = new Int32Array(0);
  #large = new BigInt64Array(0);
  // Halves instead of BigInts, as in `toDoubles`.
  #low = new Uint32Array(0);
  #high = new Int32Array(0);

  /** Returns the numbers; they hold until the next call. */
  fill(values: Float64Array): BigInt64Array | Int32Array {
    const count = values.length;
    if (this.#small.length < count) this.#small = new Int32Array(count);
    const small = this.#small;
    let isSmall = true;
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      small[i] = value;
      if (small[i] !== value) isSmall = false;
    }
    return isSmall ? small.subarray(0, count) : this.#fillLarge(values);
  }

  /** Returns numbers that fit 32 bits each. */
  fillCodes(values: Float64Array): Int32Array {
    const out = this.fill(values);
    assert(out instanceof Int32Array, 'codes are small');
    return out;
  }

  #fillLarge(values: Float64Array): BigInt64Array {
    const count = values.length;
    if (this.#large.length < count) {
      this.#large = new BigInt64Array(count);
      this.#low = new Uint32Array(this.#large.buffer);
      this.#high = new Int32Array(this.#large.buffer);
    }
    for (let i = 0; i < count; i++) {
      const value = values[i]!;
      assert(Number.isSafeInteger(value), 'archived numbers are safe integers');
      const upper = Math.floor(value / TWO_32);
      this.#high[2 * i + 1] = upper;
      this.#low[2 * i] = value - upper * TWO_32;
    }
    return this.#large.subarray(0, count);
  }
}
