/**
 * Writes batches of rows into a record. One transaction reaches from one checkpoint to the next, so that rows and the checkpoint that
 * follows them become durable together. After an error nothing of the open transaction remains and the writer takes no more.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AssertionError, assert, XylenError } from '#core';
import type { Checkpoint } from '../record-port.ts';
import {
  BatchReader,
  type BoundValue,
  FeatureSets,
  type RecordBatch,
  ROW_SHAPES,
  type RowShape,
} from '../record-schema.ts';
import { openForWriting, readVersion, sqliteCode, storeError, type WriteOptions } from './database.ts';
import { RECORD_STORE } from './record-store.ts';

const SQLITE_CONSTRAINT_FOREIGNKEY = 787;

/** How a record is opened for writing. */
export interface RecordWriteOptions extends WriteOptions {
  /** The run that the file records. */
  readonly runId: string;
}

/** The one writer of a record. */
export class RecordWriter {
  readonly #path: string;
  readonly #runId: string;
  readonly #db: DatabaseSync;
  readonly #featureSets = new FeatureSets();
  readonly #reader = new BatchReader(this.#featureSets);
  readonly #statements: readonly StatementSync[];
  readonly #checkpointStatement: StatementSync;
  #checkpointSeq: number;
  #inTransaction = false;
  #isUsable = true;

  /** Opens or creates the record at `path`. */
  constructor(path: string, options: RecordWriteOptions) {
    this.#path = path;
    this.#runId = options.runId;
    this.#db = openForWriting(path, RECORD_STORE, options);
    this.#statements = ROW_SHAPES.map((shape) => this.#db.prepare(statementFor(shape)));
    this.#checkpointStatement = this.#db.prepare(
      `INSERT INTO checkpoints (run_id, event_seq, timestamp, state) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (run_id) DO UPDATE SET event_seq = ?2, timestamp = ?3, state = ?4`,
    );
    const last = this.#db.prepare('SELECT max(event_seq) AS seq FROM checkpoints').get();
    this.#checkpointSeq = Number(last?.seq ?? 0);
  }

  /** Makes the names behind a feature-set hash known; needed before snapshots with that hash. */
  registerFeatureSet(hash: string, names: readonly string[]): void {
    this.#featureSets.register(hash, names);
  }

  /** Writes rows into the open transaction. */
  apply(batch: RecordBatch): void {
    this.#attempt(() => {
      this.#begin();
      this.#reader.read(batch, (shapeIx, values) => this.#writeRow(shapeIx, values));
    });
  }

  /** Commits all rows since the last checkpoint together with this one. */
  checkpoint({ eventSeq, tsUs, state }: Checkpoint): void {
    assert(
      Number.isSafeInteger(eventSeq) && eventSeq >= this.#checkpointSeq,
      `checkpoints move forward: ${eventSeq} comes after ${this.#checkpointSeq}`,
    );
    assert(Number.isSafeInteger(tsUs), `checkpoint time is a safe integer, was ${tsUs}`);
    this.#attempt(() => {
      this.#begin();
      this.#checkpointStatement.run(this.#runId, eventSeq, tsUs, state);
      this.#commit();
    });
    this.#checkpointSeq = eventSeq;
  }

  /** Closes the file; rows since the last checkpoint are dropped, as after a crash. */
  close(): void {
    if (!this.#db.isOpen) return;
    this.#isUsable = false;
    this.#rollback();
    this.#db.close();
  }

  #writeRow(shapeIx: number, values: readonly BoundValue[]): void {
    const { rowName, write } = ROW_SHAPES[shapeIx]!;
    if (rowName === 'runs') {
      assert(values[0] === this.#runId, `the record of run ${this.#runId} takes only its own run row`);
    }
    const { changes } = this.#statements[shapeIx]!.run(...values);
    if (write === 'update')
      assert(changes === 1, `${rowName} ${String(values[0])} updates a row that exists`);
  }

  #begin(): void {
    if (this.#inTransaction) return;
    this.#db.exec('BEGIN IMMEDIATE');
    this.#inTransaction = true;
  }

  #commit(): void {
    try {
      this.#db.exec('COMMIT');
    } catch (error) {
      throw sqliteCode(error) === SQLITE_CONSTRAINT_FOREIGNKEY ? this.#danglingReference() : error;
    }
    this.#inTransaction = false;
  }

  /** Names one row that refers to nothing; SQLite itself says only that there is one. */
  #danglingReference(): AssertionError {
    const row = this.#db.prepare('SELECT "table", rowid, parent FROM pragma_foreign_key_check').get();
    return new AssertionError(
      `Invariant: references of a record exist at its checkpoint; row ${String(row?.rowid)} of ${String(row?.table)} refers to no row of ${String(row?.parent)} (${this.#path})`,
    );
  }

  #attempt(work: () => void): void {
    if (!this.#isUsable) {
      throw new XylenError('XY_STORE_FAILED', `the record ${this.#path} is closed or failed before`, {
        fields: { path: this.#path },
      });
    }
    try {
      work();
    } catch (error) {
      this.#isUsable = false;
      this.#rollback();
      throw storeError(this.#path, error);
    }
  }

  /** SQLite has rolled back by itself after some errors (disk full, I/O). */
  #rollback(): void {
    if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    this.#inTransaction = false;
  }
}

/** Brings an existing record to this program's schema version. @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_STORE_SCHEMA. */
export function migrateRecord(
  path: string,
  wallNowUs: number,
): { readonly from: number; readonly to: number } {
  const from = readVersion(path, RECORD_STORE);
  openForWriting(path, RECORD_STORE, { durability: 'full', wallNowUs }).close();
  return { from, to: RECORD_STORE.version };
}

/** Columns are bound in the order of the shape, key first. */
function statementFor({ table, write, columns }: RowShape): string {
  const names = columns.map(({ name }) => name);
  const [key, ...rest] = names;
  if (write === 'update') {
    return `UPDATE ${table.name} SET ${rest.map((name, i) => `${name} = ?${i + 2}`).join(', ')} WHERE ${key} = ?1`;
  }
  const insert = `INSERT INTO ${table.name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
  if (write === 'insert') return insert;
  return `${insert} ON CONFLICT (${key}) DO UPDATE SET ${rest.map((name) => `${name} = excluded.${name}`).join(', ')}`;
}
