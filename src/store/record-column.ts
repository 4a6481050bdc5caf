/**
 * The vocabulary of the record's schema: what a column holds decides its SQL type, how a value is bound, how it is hashed and
 * what a view shows. Tables are written with it as data, checked by the compiler against the rows of the port. No SQL here.
 */
import { assert } from '#core';

/**
 * What a column holds.
 * - `int`, `time` (epoch us), `duration` (us): a safe integer; `bool`: 0 or 1; `atoms`: a 64-bit integer, a bigint in the program
 * - `real`: a finite float; `text`, `json`: text; `blob`: bytes
 * - `features`: numbers that the writer turns into a JSON object by the names of their feature set
 * - `event_ref`: a sequence number and a hash that the writer turns into a JSON object
 */
export type ColumnKind =
  | 'int'
  | 'time'
  | 'duration'
  | 'bool'
  | 'atoms'
  | 'real'
  | 'text'
  | 'json'
  | 'features'
  | 'event_ref'
  | 'blob';

/** How rows of a table arrive: each key once, or again and again with the latest content. */
export type WriteMode = 'insert' | 'upsert';

/** A column as written in a table definition. `N`: whether NULL is allowed. */
export interface FieldDef<K extends ColumnKind = ColumnKind, N extends boolean = boolean> {
  readonly kind: K;
  readonly isNullable: N;
  readonly meaning: string;
  /** Empty when the number has none or the kind says it. */
  readonly unit: string;
  /** Name of the table whose key this column holds. */
  readonly references: string | null;
  readonly isIndexed: boolean;
  /** False for values that differ between equal runs (wall clock, host): not part of `db hash`. */
  readonly isHashed: boolean;
}

/** A column with its names: `field` in the program, `name` in SQL. */
export interface ColumnDef extends FieldDef {
  readonly field: string;
  readonly name: string;
}

/** A table of the record. The first column is the primary key. */
export interface TableDef {
  readonly name: string;
  readonly meaning: string;
  readonly write: WriteMode;
  readonly key: ColumnDef;
  readonly columns: readonly ColumnDef[];
  /** Column names that are unique together, beside the key. */
  readonly unique: readonly (readonly string[])[];
  /** False for tables that `db hash` leaves out. */
  readonly isHashed: boolean;
}

type KindFor<V> = [V] extends [bigint]
  ? 'atoms'
  : [V] extends [boolean]
    ? 'bool'
    : [V] extends [Uint8Array]
      ? 'blob'
      : [V] extends [string]
        ? 'text' | 'json' | 'features' | 'event_ref'
        : 'int' | 'time' | 'duration' | 'real';

/** One `FieldDef` for each field of a row, of a kind and nullability that fit it. */
export type FieldsOf<Row> = {
  readonly [F in Exclude<keyof Row, 'table'>]-?: FieldDef<
    KindFor<NonNullable<Row[F]>>,
    null extends Row[F] ? true : false
  >;
};

interface FieldOptions {
  readonly unit?: string;
  readonly references?: string;
  readonly indexed?: true;
  readonly hashed?: false;
}

function fieldOf<K extends ColumnKind>(kind: K) {
  return (meaning: string, options: FieldOptions = {}): FieldDef<K, false> => ({
    kind,
    isNullable: false,
    meaning,
    unit: options.unit ?? '',
    references: options.references ?? null,
    isIndexed: options.indexed === true || options.references !== undefined,
    isHashed: options.hashed !== false,
  });
}

/** Describes a safe-integer column; a column that `references` a table is indexed. */
export const int = fieldOf('int');
/** Describes a moment, epoch microseconds. */
export const time = fieldOf('time');
/** Describes a length of time, microseconds. */
export const duration = fieldOf('duration');
/** Describes a yes-or-no column. */
export const bool = fieldOf('bool');
/** Describes exact money in atoms of the account's currency. */
export const atoms = fieldOf('atoms');
/** Describes a float column. */
export const real = fieldOf('real');
/** Describes a text column. */
export const text = fieldOf('text');
/** Describes a column of JSON text. */
export const json = fieldOf('json');
/** Describes the JSON object of a feature vector. */
export const features = fieldOf('features');
/** Describes the JSON reference into the event log. */
export const eventRef = fieldOf('event_ref');
/** Describes a column of bytes. */
export const blob = fieldOf('blob');

/** Returns the same column with NULL allowed. */
export function orNull<K extends ColumnKind>(field: FieldDef<K, false>): FieldDef<K, true> {
  assert(field.kind !== 'atoms', 'exact money is never null');
  return { ...field, isNullable: true };
}

/** Returns the SQL name of a field: `entryPrice` -> `entry_price`, `volume24h` -> `volume_24h`. */
export function sqlName(field: string): string {
  return field.replace(/(?<=[a-z])(?=[A-Z]|\d)/g, '_').toLowerCase();
}

/** Describes a table whose rows are of type `Row`; the first field is the key. */
export function defineTable<Row>(definition: {
  readonly name: string;
  readonly meaning: string;
  readonly write: WriteMode;
  readonly isHashed?: false;
  readonly unique?: readonly (readonly string[])[];
  readonly fields: FieldsOf<Row>;
}): TableDef {
  const fields: Readonly<Record<string, FieldDef>> = definition.fields;
  const columns = Object.entries(fields).map(([field, def]) => ({ ...def, field, name: sqlName(field) }));
  const key = columns[0];
  assert(key !== undefined && !key.isNullable, `table ${definition.name} has a key that is never null`);
  assert(key.kind === 'int' || key.kind === 'text', `key of ${definition.name} is an integer or text`);
  return {
    name: definition.name,
    meaning: definition.meaning,
    write: definition.write,
    key,
    columns,
    unique: definition.unique ?? [],
    isHashed: definition.isHashed !== false,
  };
}
