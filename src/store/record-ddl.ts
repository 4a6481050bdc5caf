/** SQL derived from the table definitions: tables, indices, views, and the select list of a full read. SQLite dialect. */
import type { ColumnDef, ColumnKind, TableDef } from './record-column.ts';
import { RECORD_TABLES, type RecordTableName, tableOf } from './record-tables.ts';

const SQL_TYPES: Readonly<Record<ColumnKind, 'INTEGER' | 'REAL' | 'TEXT' | 'BLOB'>> = {
  int: 'INTEGER',
  time: 'INTEGER',
  duration: 'INTEGER',
  bool: 'INTEGER',
  atoms: 'INTEGER',
  real: 'REAL',
  text: 'TEXT',
  json: 'TEXT',
  features: 'TEXT',
  event_ref: 'TEXT',
  blob: 'BLOB',
};

/** Returns the SQL type of a column. */
export function sqlTypeOf(column: ColumnDef): string {
  return SQL_TYPES[column.kind];
}

/** Returns the statements that create every table, index and view of the record. */
export function recordDdl(): string {
  return RECORD_TABLES.flatMap((table) => [
    createTable(table),
    ...createIndices(table),
    createView(table),
  ]).join('\n');
}

/**
 * Returns the select list of all columns of a table in order, exact in a JavaScript number: atoms come as decimal text, every
 * other integer is a safe one.
 */
export function selectList(table: TableDef, columns: readonly ColumnDef[] = table.columns): string {
  return columns
    .map(({ kind, name }) => (kind === 'atoms' ? `CAST(${name} AS TEXT) AS ${name}` : name))
    .join(', ');
}

/** Name of the view of a table with its times in seconds. */
export function viewName(table: TableDef): string {
  return `v_${table.name}`;
}

/** STRICT: SQLite then refuses a value of another type instead of storing it. */
function createTable(table: TableDef): string {
  const lines = table.columns.map((column) => `  ${columnDdl(column, column === table.key)}`);
  return `CREATE TABLE ${table.name} (\n${lines.join(',\n')}\n) STRICT;`;
}

/** Foreign keys are checked at commit: rows of one transaction may refer to each other in any order. */
function columnDdl(column: ColumnDef, isKey: boolean): string {
  const parts = [column.name, sqlTypeOf(column)];
  if (isKey) parts.push('PRIMARY KEY');
  if (!column.isNullable) parts.push('NOT NULL');
  if (column.references !== null) {
    const parent = tableOf(column.references as RecordTableName);
    parts.push(`REFERENCES ${parent.name} (${parent.key.name}) DEFERRABLE INITIALLY DEFERRED`);
  }
  return parts.join(' ');
}

function createIndices(table: TableDef): string[] {
  const plain = table.columns
    .filter((column) => column.isIndexed && column !== table.key)
    .map((column) => `CREATE INDEX ix_${table.name}_${column.name} ON ${table.name} (${column.name});`);
  const unique = table.unique.map(
    (names) =>
      `CREATE UNIQUE INDEX ux_${table.name}_${names.join('_')} ON ${table.name} (${names.join(', ')});`,
  );
  return [...plain, ...unique];
}

function createView(table: TableDef): string {
  const columns = table.columns
    .filter(({ kind }) => kind !== 'blob')
    .map(({ kind, name }) =>
      kind === 'time' || kind === 'duration' ? `${name} / 1000000.0 AS ${name}` : name,
    );
  return `CREATE VIEW ${viewName(table)} AS SELECT ${columns.join(', ')} FROM ${table.name};`;
}
