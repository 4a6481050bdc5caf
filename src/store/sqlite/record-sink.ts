/** The record sink in the caller's own thread: for tests, short runs, and wherever a worker is not worth its memory. */
import type { Checkpoint, RecordSink } from '../record-port.ts';
import { BatchBuilder, FeatureSets } from '../record-schema.ts';
import type { RecordRow } from '../rows.ts';
import { type RecordWriteOptions, RecordWriter } from './record-writer.ts';

/** Writes rows in batches; an error of the store is thrown by the call that meets it. */
export class SqliteRecordSink implements RecordSink {
  /** Never: whoever writes waits for the disk itself. */
  readonly isBehind = false;
  readonly #featureSets = new FeatureSets();
  readonly #builder = new BatchBuilder(this.#featureSets);
  readonly #writer: RecordWriter;

  constructor(writer: RecordWriter) {
    this.#writer = writer;
  }

  /** Makes the names behind a feature-set hash known; needed before snapshots with that hash. */
  registerFeatureSet(hash: string, names: readonly string[]): void {
    this.#featureSets.register(hash, names);
    this.#writer.registerFeatureSet(hash, names);
  }

  write(row: RecordRow): void {
    this.#builder.add(row);
    if (this.#builder.isFull) this.#writer.apply(this.#builder.take());
  }

  checkpoint(checkpoint: Checkpoint): void {
    if (this.#builder.rowCount > 0) this.#writer.apply(this.#builder.take());
    this.#writer.checkpoint(checkpoint);
  }

  async drained(): Promise<void> {}

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#writer.close();
  }
}

/** Opens or creates the record at `path` (`:memory:` for a record that nobody keeps) and returns its sink in this thread. */
export function sqliteRecordSink(path: string, options: RecordWriteOptions): SqliteRecordSink {
  return new SqliteRecordSink(new RecordWriter(path, options));
}
