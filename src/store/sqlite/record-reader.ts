/**
 * Reads a record. Read-only, also while a run is writing it: a reader sees the last checkpoint. Atoms come back as bigint,
 * booleans as booleans, names as in the rows of the port.
 */
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { assert } from '#core';
import type { Checkpoint } from '../record-port.ts';
import {
  type ColumnDef,
  type RecordTableName,
  type StoredRows,
  selectList,
  type TableDef,
  tableOf,
} from '../record-schema.ts';
import type { RunRow } from '../rows.ts';
import { guardStore, openForReading, storeError } from './database.ts';
import { RECORD_STORE } from './record-store.ts';

/** A row of a query, by column name. */
export type QueryRow = Readonly<Record<string, SQLOutputValue>>;

/** Which rows of a table, in which order. */
export interface RowRange {
  /** SQL condition over the table's own columns, with `?` for each of `values`. */
  readonly where?: string;
  readonly values?: readonly SQLInputValue[];
  /** SQL order; by key when absent. */
  readonly orderBy?: string;
  readonly limit?: number;
}

/** A record opened for reading. */
export class RecordReader {
  readonly path: string;
  readonly #db: DatabaseSync;

  /** @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_STORE_SCHEMA. */
  constructor(path: string) {
    this.path = path;
    this.#db = openForReading(path, RECORD_STORE);
  }

  /** Returns the row of the run; `null` before its first checkpoint. */
  run(): RunRow | null {
    const [run] = this.rows('runs', { limit: 1 });
    return run ?? null;
  }

  /** Returns the moment from which the run can continue; `null` when it never reached one. */
  checkpoint(runId: string): Checkpoint | null {
    const [row] = this.rows('checkpoints', { where: 'run_id = ?', values: [runId] });
    return row === undefined ? null : { eventSeq: row.eventSeq, tsUs: row.timestamp, state: row.state };
  }

  /** Yields the rows of a table one by one. */
  *rows<T extends RecordTableName>(name: T, range: RowRange = {}): Generator<StoredRows[T], void, undefined> {
    const table = tableOf(name);
    const where = range.where === undefined ? '' : ` WHERE ${range.where}`;
    const limit = range.limit === undefined ? '' : ` LIMIT ${Math.floor(range.limit)}`;
    const sql = `SELECT ${selectList(table)} FROM ${table.name}${where} ORDER BY ${range.orderBy ?? table.key.name}${limit}`;
    for (const values of this.values(sql, ...(range.values ?? []))) {
      yield rowFrom(table, values) as StoredRows[T];
    }
  }

  /** Yields the rows of a query as arrays. */
  *values(sql: string, ...params: SQLInputValue[]): Generator<readonly SQLOutputValue[], void, undefined> {
    try {
      const statement = this.#db.prepare(sql, { returnArrays: true });
      // With `returnArrays` each row is an array, which the types of Node do not say.
      for (const row of statement.iterate(...params)) yield arrayOf(row);
    } catch (error) {
      throw storeError(this.path, error);
    }
  }

  /** Returns the rows of a query by column name; for queries with few rows. */
  select(sql: string, ...params: SQLInputValue[]): readonly QueryRow[] {
    return guardStore(this.path, () => this.#db.prepare(sql).all(...params));
  }

  /** Runs `work` on one unchanging state of the record. */
  snapshot<R>(work: () => R): R {
    this.beginSnapshot();
    try {
      return work();
    } finally {
      this.endSnapshot();
    }
  }

  /** Fixes the state that all reads see, until `endSnapshot`. */
  beginSnapshot(): void {
    // The first read after BEGIN fixes the state.
    guardStore(this.path, () => this.#db.exec('BEGIN; SELECT count(*) FROM sqlite_schema'));
  }

  /** Ends what `beginSnapshot` began. */
  endSnapshot(): void {
    guardStore(this.path, () => this.#db.exec('COMMIT'));
  }

  /** The connection, for the backup. */
  get database(): DatabaseSync {
    return this.#db;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}

/** Opens the record at `path` for reading. */
export function openRecord(path: string): RecordReader {
  return new RecordReader(path);
}

function arrayOf(row: unknown): readonly SQLOutputValue[] {
  assert(Array.isArray(row), 'rows are read as arrays');
  return row;
}

function rowFrom(table: TableDef, values: readonly SQLOutputValue[]): object {
  const row: Record<string, unknown> = { table: table.name };
  table.columns.forEach((column, i) => {
    row[column.field] = valueFrom(column, values[i] ?? null);
  });
  return row;
}

function valueFrom({ kind }: ColumnDef, value: SQLOutputValue): unknown {
  if (value === null) return null;
  if (kind === 'atoms') return BigInt(String(value));
  return kind === 'bool' ? value === 1 : value;
}
