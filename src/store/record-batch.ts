/**
 * Rows on their way to the writer, as flat arrays: numbers, exact money, texts, each in the order of rows and columns. A batch
 * crosses a thread for a fraction of what an array of objects costs, and the same batches feed a writer in the same thread. Every value is
 * checked here, where the stack still shows who made the row. NaN stands for NULL among the numbers: no row may hold one itself.
 */
import { AssertionError, assert } from '#core';
import { FEATURES_MAX, type FeatureSets } from './feature-sets.ts';
import type { ColumnDef } from './record-column.ts';
import { ROW_SHAPES, shapeIndexOf } from './row-shapes.ts';
import type { RecordRow, SnapshotRow } from './rows.ts';

/** Rows in a batch at most. */
export const BATCH_ROWS_MAX = 512;
/** Characters of text after which a batch is full. */
export const BATCH_TEXT_CHARS = 262_144;
/** Longest text of one value. */
export const TEXT_CHARS_MAX = 4_194_304;

/** Columns of the widest row, its features apart. */
const COLUMNS_MAX = 64;
const NUMBERS_MAX = 16_384;
/** A batch is full when the widest possible row might not fit any more. */
const NUMBERS_FULL = NUMBERS_MAX - FEATURES_MAX - COLUMNS_MAX;
const ATOMS_MAX = BATCH_ROWS_MAX * 8;

/** Rows as flat arrays. The typed arrays own their buffers, so that they can be transferred. */
export interface RecordBatch {
  /** Index into `ROW_SHAPES`, one a row. */
  readonly shapes: Uint8Array;
  readonly numbers: Float64Array;
  readonly atoms: BigInt64Array;
  readonly texts: readonly (string | null)[];
}

/** A value as it is bound to a statement. */
export type BoundValue = number | bigint | string | null;

/** Collects rows until the batch is full. */
export class BatchBuilder {
  readonly #featureSets: FeatureSets;
  readonly #shapes = new Uint8Array(BATCH_ROWS_MAX);
  readonly #numbers = new Float64Array(NUMBERS_MAX);
  readonly #atoms = new BigInt64Array(ATOMS_MAX);
  #texts: (string | null)[] = [];
  #rowCount = 0;
  #numberCount = 0;
  #atomCount = 0;
  #textChars = 0;

  constructor(featureSets: FeatureSets) {
    this.#featureSets = featureSets;
  }

  get rowCount(): number {
    return this.#rowCount;
  }

  /** True when the batch must be taken before another row is added. */
  get isFull(): boolean {
    return (
      this.#rowCount === BATCH_ROWS_MAX ||
      this.#numberCount > NUMBERS_FULL ||
      this.#textChars >= BATCH_TEXT_CHARS
    );
  }

  /** Copies a row into the batch, whole or not at all; throws `AssertionError` naming the column when a value does not fit. */
  add(row: RecordRow): void {
    assert(!this.isFull, 'a full batch is taken before a row is added');
    const shapeIx = shapeIndexOf(row.table);
    const { columns } = ROW_SHAPES[shapeIx]!;
    const numberCount = this.#numberCount;
    const atomCount = this.#atomCount;
    const textCount = this.#texts.length;
    try {
      for (const column of columns) this.#addColumn(column, row);
    } catch (error) {
      this.#numberCount = numberCount;
      this.#atomCount = atomCount;
      this.#texts.length = textCount;
      throw error;
    }
    this.#shapes[this.#rowCount++] = shapeIx;
  }

  /** Returns the collected rows and starts anew. */
  take(): RecordBatch {
    const batch: RecordBatch = {
      shapes: this.#shapes.slice(0, this.#rowCount),
      numbers: this.#numbers.slice(0, this.#numberCount),
      atoms: this.#atoms.slice(0, this.#atomCount),
      texts: this.#texts,
    };
    this.#texts = [];
    this.#rowCount = this.#numberCount = this.#atomCount = this.#textChars = 0;
    return batch;
  }

  #addColumn(column: ColumnDef, row: RecordRow): void {
    const fields: object = row;
    if (column.kind === 'features') this.#addFeatures(row as SnapshotRow);
    else if (column.kind === 'event_ref') this.#addEventRef(row as SnapshotRow);
    else this.#addValue(column, (fields as Readonly<Record<string, unknown>>)[column.field], row.table);
  }

  #addValue(column: ColumnDef, value: unknown, place: string): void {
    const { kind } = column;
    if (kind === 'atoms') {
      if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value)
        throw badValue(column, value, place);
      this.#atoms[this.#atomCount++] = value;
    } else if (kind === 'text' || kind === 'json') {
      if (!isFittingText(column, value)) throw badValue(column, value, place);
      this.#pushText(value);
    } else {
      const number = numberFor(column, value);
      if (number === undefined) throw badValue(column, value, place);
      this.#pushNumber(number);
    }
  }

  #addFeatures(row: SnapshotRow): void {
    const size = this.#featureSets.sizeOf(row.featureSetHash);
    assert(size !== undefined, `feature set ${row.featureSetHash} is registered with the record`);
    assert(
      row.features.length === size,
      `snapshot ${row.snapshotId} has ${size} features, had ${row.features.length}`,
    );
    this.#numbers.set(row.features, this.#numberCount);
    this.#numberCount += size;
  }

  #addEventRef(row: SnapshotRow): void {
    assert(
      Number.isSafeInteger(row.eventSeq),
      `snapshots.event_seq is a safe integer, was ${String(row.eventSeq)}`,
    );
    assert(
      /^[0-9a-f]{16}$/.test(row.eventHash),
      `snapshots.event_hash is 16 hex digits, was ${row.eventHash}`,
    );
    this.#pushNumber(row.eventSeq);
    this.#pushText(row.eventHash);
  }

  #pushNumber(value: number): void {
    this.#numbers[this.#numberCount++] = value;
  }

  #pushText(value: string | null): void {
    this.#texts.push(value);
    if (value !== null) this.#textChars += value.length;
  }
}

/** Walks through a batch row by row. */
export class BatchReader {
  readonly #featureSets: FeatureSets;
  /** One array of bound values for each shape, filled anew for each row. */
  readonly #values: readonly BoundValue[][] = ROW_SHAPES.map(({ columns }) => columns.map(() => null));
  #numberAt = 0;
  #atomAt = 0;
  #textAt = 0;

  constructor(featureSets: FeatureSets) {
    this.#featureSets = featureSets;
  }

  /** Calls `visit` for each row, in order; `values` is valid during the call only. */
  read(batch: RecordBatch, visit: (shapeIx: number, values: readonly BoundValue[]) => void): void {
    this.#numberAt = this.#atomAt = this.#textAt = 0;
    for (const shapeIx of batch.shapes) {
      const { columns } = ROW_SHAPES[shapeIx]!;
      const values = this.#values[shapeIx]!;
      let setHash = '';
      for (let i = 0; i < columns.length; i++) {
        const { kind, field } = columns[i]!;
        values[i] = kind === 'features' ? this.#features(batch, setHash) : this.#value(batch, kind);
        if (field === 'featureSetHash') setHash = String(values[i]);
      }
      visit(shapeIx, values);
    }
    assert(
      this.#numberAt === batch.numbers.length &&
        this.#atomAt === batch.atoms.length &&
        this.#textAt === batch.texts.length,
      'a batch holds exactly the values of its rows',
    );
  }

  #value(batch: RecordBatch, kind: ColumnDef['kind']): BoundValue {
    switch (kind) {
      case 'int':
      case 'time':
      case 'duration':
      case 'bool':
      case 'real': {
        const value = batch.numbers[this.#numberAt++]!;
        return Number.isNaN(value) ? null : value;
      }
      case 'atoms':
        return batch.atoms[this.#atomAt++]!;
      case 'event_ref':
        return `{"event_seq":${batch.numbers[this.#numberAt++]!},"event_hash":"${batch.texts[this.#textAt++]!}"}`;
      default:
        return batch.texts[this.#textAt++]!;
    }
  }

  #features(batch: RecordBatch, setHash: string): string {
    const size = this.#featureSets.sizeOf(setHash);
    assert(size !== undefined, `feature set ${setHash} is registered with the record`);
    const start = this.#numberAt;
    this.#numberAt += size;
    return this.#featureSets.jsonOf(setHash, batch.numbers, start);
  }
}

function isFittingText(column: ColumnDef, value: unknown): value is string | null {
  return typeof value === 'string' ? value.length <= TEXT_CHARS_MAX : value === null && column.isNullable;
}

/** Returns the number that stands for `value` in the batch, NaN for null; `undefined` when it does not fit the column. */
function numberFor(column: ColumnDef, value: unknown): number | undefined {
  if (value === null) return column.isNullable ? Number.NaN : undefined;
  if (column.kind === 'bool') return typeof value === 'boolean' ? Number(value) : undefined;
  if (typeof value !== 'number') return undefined;
  const isFitting = column.kind === 'real' ? Number.isFinite(value) : Number.isSafeInteger(value);
  return isFitting ? value : undefined;
}

function badValue(column: ColumnDef, value: unknown, place: string): AssertionError {
  const shown = typeof value === 'string' ? `text of ${value.length} characters` : String(value);
  const expected = `${column.kind}${column.isNullable ? ' or null' : ''}`;
  return new AssertionError(`Invariant: ${place}.${column.name} is ${expected}, was ${shown}`);
}
