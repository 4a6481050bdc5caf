/**
 * The hash of a record: SHA-256 over its content, the same for equal runs whatever the order of insertion, the size of pages and batches, the
 * state of the log. `docs/database.md` states the format. Streams: memory does not grow with the record.
 */
import type { SQLOutputValue } from 'node:sqlite';
import { AssertionError, Sha256 } from '#core';
import { type ColumnDef, RECORD_TABLES, selectList, type TableDef } from '../record-schema.ts';
import type { RecordReader } from './record-reader.ts';

const TAG_NULL = 0;
const TAG_NUMBER = 1;
const TAG_TEXT = 2;
const TAG_ATOMS = 3;

const CHUNK_BYTES = 65_536;
/** Room that must be left for one value: a tag, a length, and a text of up to `TEXT_CHARS_INLINE` characters of 3 bytes. */
const VALUE_BYTES_MAX = 8_192;
const TEXT_CHARS_INLINE = Math.floor((VALUE_BYTES_MAX - 16) / 3);

/** Returns the hash of the record's last checkpointed state as 64 hex digits. */
export function hashRecord(record: RecordReader): string {
  return record.snapshot(() => hashInSnapshot(record));
}

/** The same within a snapshot that the caller holds. */
export function hashInSnapshot(record: RecordReader): string {
  const digest = new ValueDigest();
  digest.line('xylen-record-hash 1');
  for (const table of RECORD_TABLES) {
    if (table.isHashed) hashTable(record, table, digest);
  }
  return digest.hex();
}

function hashTable(record: RecordReader, table: TableDef, digest: ValueDigest): void {
  const columns = table.columns.filter(({ isHashed }) => isHashed);
  digest.line(`${table.name}(${columns.map(({ name }) => name).join(',')})`);
  const sql = `SELECT ${selectList(table, columns)} FROM ${table.name} ORDER BY ${table.key.name}`;
  const tags = columns.map(tagOf);
  for (const values of record.values(sql)) {
    for (let i = 0; i < tags.length; i++) digest.value(tags[i]!, values[i]!);
  }
}

function tagOf({ kind }: ColumnDef): number {
  if (kind === 'atoms') return TAG_ATOMS;
  return kind === 'text' || kind === 'json' || kind === 'features' || kind === 'event_ref'
    ? TAG_TEXT
    : TAG_NUMBER;
}

/** Feeds values to SHA-256 through a buffer: a call of the hash for each value would cost more than the hash. */
class ValueDigest {
  readonly #hash = new Sha256();
  readonly #bytes = Buffer.allocUnsafe(CHUNK_BYTES);
  #used = 0;

  line(text: string): void {
    this.#flush();
    this.#hash.update(`${text}\n`);
  }

  /** Adds a value that the column holds as `tag` says. */
  value(tag: number, value: SQLOutputValue): void {
    if (this.#used > CHUNK_BYTES - VALUE_BYTES_MAX) this.#flush();
    if (value === null) this.#bytes[this.#used++] = TAG_NULL;
    else if (typeof value === 'number' && tag === TAG_NUMBER) this.#number(value);
    else if (typeof value === 'string' && tag !== TAG_NUMBER) this.#text(tag, value);
    else
      throw new AssertionError(`Invariant: a hashed value has the type of its column, was ${typeof value}`);
  }

  hex(): string {
    this.#flush();
    return this.#hash.hex();
  }

  #number(value: number): void {
    this.#bytes[this.#used] = TAG_NUMBER;
    this.#bytes.writeDoubleLE(value, this.#used + 1);
    this.#used += 9;
  }

  #text(tag: number, text: string): void {
    const at = this.#used;
    this.#bytes[at] = tag;
    if (text.length <= TEXT_CHARS_INLINE) {
      const byteCount = this.#bytes.write(text, at + 5, 'utf8');
      this.#bytes.writeUInt32LE(byteCount, at + 1);
      this.#used = at + 5 + byteCount;
      return;
    }
    this.#bytes.writeUInt32LE(Buffer.byteLength(text, 'utf8'), at + 1);
    this.#used = at + 5;
    this.#flush();
    this.#hash.update(text);
  }

  #flush(): void {
    if (this.#used > 0) this.#hash.update(this.#bytes.subarray(0, this.#used));
    this.#used = 0;
  }
}
