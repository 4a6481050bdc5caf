/**
 * SHA-256 over the content of rows, whatever their source, chunking or scale: each price and quantity is reduced to the fewest
 * decimals that hold it, so a file, the archive made of it and an archive re-scaled by finer rows hash alike.
 */
import { Sha256 } from '#core';
import { KIND_BLOBS, KIND_COLUMNS, type RowChunk } from './columns.ts';

const ROW_BYTES_MAX = 96;
const BUFFER_ROWS = 2_048;

/** Accumulates rows in order. */
export class ContentHash {
  #sha = new Sha256();
  #rowCount = 0;
  readonly #bytes = new Uint8Array(BUFFER_ROWS * ROW_BYTES_MAX);
  readonly #view = new DataView(this.#bytes.buffer);
  #used = 0;

  /** Adds rows. */
  add(chunk: RowChunk): void {
    const specs = KIND_COLUMNS[chunk.kind];
    for (let row = 0; row < chunk.rowCount; row++) {
      if (this.#used + ROW_BYTES_MAX > this.#bytes.length) this.#flush();
      for (let ix = 0; ix < specs.length; ix++) {
        const role = specs[ix]!.role;
        const value = chunk.columns[ix]![row]!;
        if (role === 'price') this.#putReduced(value, chunk.priceDecimals);
        else if (role === 'qty') this.#putReduced(value, chunk.qtyDecimals);
        else if (role === 'code') this.#putCode(value);
        else this.#put(value);
      }
      if (chunk.blobs !== undefined) this.#putBlobs(chunk, chunk.blobs, row);
    }
    this.#rowCount += chunk.rowCount;
  }

  /** Returns the hash of the rows so far and ends the accumulation. */
  hex(): string {
    this.#flush();
    return this.#sha.update(`rows=${this.#rowCount}`).hex();
  }

  /** Texts and bytes follow the numbers of their row, each behind its length. */
  #putBlobs(chunk: RowChunk, blobs: readonly (readonly Uint8Array[])[], row: number): void {
    for (let ix = 0; ix < KIND_BLOBS[chunk.kind].length; ix++) {
      const blob = blobs[ix]![row]!;
      if (this.#used + 4 + blob.length > this.#bytes.length) this.#flush();
      this.#putCode(blob.length);
      if (blob.length > this.#bytes.length - this.#used) {
        this.#flush();
        this.#sha.update(blob);
      } else {
        this.#bytes.set(blob, this.#used);
        this.#used += blob.length;
      }
    }
  }

  #put(value: number): void {
    this.#view.setFloat64(this.#used, value, true);
    this.#used += 8;
  }

  #putCode(value: number): void {
    this.#view.setInt32(this.#used, value, true);
    this.#used += 4;
  }

  #putReduced(value: number, decimals: number): void {
    let units = value;
    let left = decimals;
    while (left > 0) {
      // Floor and multiply instead of the remainder, which is slow for doubles beyond 32 bits.
      const tenth = Math.floor(units / 10);
      if (tenth * 10 !== units) break;
      units = tenth;
      left--;
    }
    this.#put(units);
    this.#view.setUint8(this.#used, units === 0 ? 0 : left);
    this.#used += 1;
  }

  #flush(): void {
    this.#sha.update(this.#bytes.subarray(0, this.#used));
    this.#used = 0;
  }
}
