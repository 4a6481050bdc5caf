/** Content hashes: SHA-256 of bytes, text and plain values. Pure; used for manifests, feature sets and record hashes. */
import { createHash } from 'node:crypto';
import { assert } from './assert.ts';

/** Returns the SHA-256 of text (UTF-8) or bytes as 64 lower-case hex digits. */
export function sha256Hex(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Accumulates a SHA-256 over many pieces. */
export class Sha256 {
  readonly #hash = createHash('sha256');

  /** Adds text (UTF-8) or bytes. */
  update(content: string | Uint8Array): this {
    this.#hash.update(content);
    return this;
  }

  /** Returns the digest as hex; nothing can be added afterwards. */
  hex(): string {
    return this.#hash.digest('hex');
  }
}

/**
 * Serialises plain data as JSON with sorted keys, so that equal values give equal text; bigint becomes a decimal string. A `Map`
 * or `Set` is a bug of the caller: JSON would write every one of them as `{}` and different values would hash alike.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return item.toString();
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    assert(!(item instanceof Map || item instanceof Set), 'canonical JSON is written of plain data');
    const record = item as Record<string, unknown>;
    return Object.fromEntries(
      Object.keys(record)
        .sort()
        .map((key) => [key, record[key]]),
    );
  });
}
