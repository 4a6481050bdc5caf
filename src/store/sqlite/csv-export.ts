/**
 * Tables as CSV (RFC 4180, LF, UTF-8): NULL is an empty field, an empty text is `""`. A whole export appears at once under its name. An
 * appending export adds complete records only, after it has cut off whatever a crash left half-written.
 */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  constants as modes,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { assert } from '#core';
import { isFinalStatus, ORDER_STATUSES } from '#domain';
import { selectList, type TableDef } from '../record-schema.ts';
import { readCsvTail } from './csv-tail.ts';
import type { RecordReader } from './record-reader.ts';

/** What an export did. */
export interface ExportResult {
  readonly rowCount: number;
  /** Rows left for a later export because they, or one before them, may still change. */
  readonly heldBack: number;
  /** Bytes of a half-written record that were cut off before appending. */
  readonly repairedBytes: number;
}

/** A condition on the rows of a table. */
interface RowFilter {
  readonly where: string;
  readonly values: readonly SQLInputValue[];
}

const CHUNK_CHARS = 262_144;

/** Rows of these tables are rewritten until this no longer holds. */
const UNSETTLED: Readonly<Record<string, string>> = {
  trades: "status = 'OPEN'",
  orders: `status IN (${ORDER_STATUSES.filter((status) => !isFinalStatus(status))
    .map((status) => `'${status}'`)
    .join(', ')})`,
};

/** Writes all rows of a table; a file of that name is replaced when the new one is complete. */
export function exportTable(record: RecordReader, table: TableDef, path: string): ExportResult {
  const draft = `${path}.part`;
  try {
    const rowCount = withFile(openSync(draft, 'w'), (file) =>
      writeRows(record, table, file, 0, { where: 'TRUE', values: [] }),
    );
    renameSync(draft, path);
    return { rowCount, heldBack: 0, repairedBytes: 0 };
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Appends the rows above the last key in the file, up to the first one that may still change.
 *
 * @throws XY_FILE_DAMAGED when the file is not an export of this table.
 */
export function appendTable(record: RecordReader, table: TableDef, path: string): ExportResult {
  return withFile(openSync(path, modes.O_RDWR | modes.O_CREAT, 0o644), (file) => {
    const { lastKey, completeBytes, tornBytes } = readCsvTail(file, headerOf(table), path);
    ftruncateSync(file, completeBytes);
    return record.snapshot(() => {
      const unwritten = filterAfter(table, lastKey);
      const settled = onlySettled(record, table, unwritten);
      const rowCount = writeRows(record, table, file, completeBytes, settled);
      const heldBack = countRows(record, table, unwritten) - rowCount;
      return { rowCount, heldBack, repairedBytes: tornBytes };
    });
  });
}

function withFile<T>(file: number, use: (file: number) => T): T {
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

function filterAfter(table: TableDef, lastKey: string | null): RowFilter {
  if (lastKey === null) return { where: 'TRUE', values: [] };
  return {
    where: `${table.key.name} > ?`,
    values: [table.key.kind === 'int' ? Number(lastKey) : lastKey],
  };
}

/** Stops before the first row that may change: what stands in the file then stays true, and the last key tells what is missing. */
function onlySettled(record: RecordReader, table: TableDef, rows: RowFilter): RowFilter {
  const unsettled = UNSETTLED[table.name];
  if (unsettled === undefined) return rows;
  const sql = `SELECT min(${table.key.name}) AS first FROM ${table.name} WHERE ${rows.where} AND ${unsettled}`;
  const first = record.select(sql, ...rows.values)[0]?.first ?? null;
  if (first === null) return rows;
  return { where: `${rows.where} AND ${table.key.name} < ?`, values: [...rows.values, first] };
}

function countRows(record: RecordReader, table: TableDef, { where, values }: RowFilter): number {
  return Number(record.select(`SELECT count(*) AS n FROM ${table.name} WHERE ${where}`, ...values)[0]?.n);
}

/** Writes from byte `start` on, the header first when that is the start of the file; returns how many rows it wrote. */
function writeRows(
  record: RecordReader,
  table: TableDef,
  file: number,
  start: number,
  rows: RowFilter,
): number {
  const sql = `SELECT ${selectList(table)} FROM ${table.name} WHERE ${rows.where} ORDER BY ${table.key.name}`;
  let pending = start === 0 ? headerOf(table) : '';
  let position = start;
  let rowCount = 0;
  const flush = (): void => {
    const bytes = Buffer.from(pending, 'utf8');
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, position + at);
    position += bytes.length;
    pending = '';
  };
  for (const values of record.values(sql, ...rows.values)) {
    pending += `${values.map(csvField).join(',')}\n`;
    rowCount++;
    if (pending.length >= CHUNK_CHARS) flush();
  }
  flush();
  fsyncSync(file);
  return rowCount;
}

function headerOf(table: TableDef): string {
  return `${table.columns.map(({ name }) => name).join(',')}\n`;
}

function csvField(value: SQLOutputValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  assert(typeof value === 'string', `an exported value is text or a number, was ${typeof value}`);
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
