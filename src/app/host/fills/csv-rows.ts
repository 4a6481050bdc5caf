/**
 * A CSV file with a header, row by row as bytes: columns are found by name, numbers read without a float or a string in between, and what is wrong
 * is said with file, line, column and value. What it is not: a reader of quoted fields; the files of `xylen fills` hold numbers and single words.
 */
import { XylenError } from '#core';
import { bytePieces, type LineListener, type LineProgress } from '../capture/byte-lines.ts';

/** Which columns a file has. */
export interface CsvForm {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** What becomes of a column that is neither: `ignore` where it cannot change the meaning of a row. */
  readonly others: 'ignore' | 'refuse';
}

/** How to read on, and whom to tell. */
export interface CsvReading {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: LineProgress) => void;
}

const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
/** Whole numbers of that many digits are exact. */
const DIGITS_MAX = 15;
/** Nanoseconds of an epoch time have that many digits at most until they are no safe microseconds any more. */
const NANO_DIGITS_MAX = 19;
const FIELDS_MAX = 64;
const SHOWN_CHARS_MAX = 80;

/** The row that is being read; the same object for every row. Columns are numbers: those of `required`, then those of `optional`. */
export class CsvRow {
  /** Number of the line, from 1. */
  line = 0;
  readonly path: string;
  readonly #form: CsvForm;
  readonly #names: readonly string[];
  /** Index of the field by column; -1 = the file has none. */
  readonly #fields: Int32Array;
  /** Ends of the fields of the row. */
  readonly #ends = new Int32Array(FIELDS_MAX);
  #fieldCount = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(path: string, form: CsvForm) {
    this.path = path;
    this.#form = form;
    this.#names = [...form.required, ...form.optional];
    this.#fields = new Int32Array(this.#names.length).fill(-1);
  }

  /** Takes the header. @throws XY_FILE_DAMAGED when a column is missing, twice there or not known. */
  takeHeader(bytes: Uint8Array): void {
    const header = Buffer.from(bytes)
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .split(',');
    for (const [at, name] of header.entries()) {
      const column = this.#names.indexOf(name);
      if (column < 0 && this.#form.others === 'refuse')
        throw this.#badHeader(`'${shown(name)}' is no column of it`);
      if (column < 0) continue;
      if (this.#fields[column] !== -1) throw this.#badHeader(`'${name}' is there twice`);
      this.#fields[column] = at;
    }
    const missing = this.#form.required.filter((_, column) => this.#fields[column] === -1);
    if (missing.length > 0) throw this.#badHeader(`${missing.map((name) => `'${name}'`).join(', ')} missing`);
    if (header.length > FIELDS_MAX) throw this.#badHeader(`more than ${FIELDS_MAX} columns`);
    this.#fieldCount = header.length;
  }

  /** Takes a row; it is valid until the next one. @throws XY_ROW_INVALID when it has not as many fields as the header. */
  take(bytes: Uint8Array, line: number): void {
    this.line = line;
    this.#bytes = bytes;
    const count = this.#fieldCount;
    let found = 0;
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] !== COMMA) continue;
      if (found < count) this.#ends[found] = i;
      found++;
    }
    if (found < count) this.#ends[found] = bytes.length;
    if (found + 1 === count) return;
    const text = shown(Buffer.from(bytes).toString('utf8'));
    throw this.#fault('row', `${count} fields`, `${found + 1}: '${text}'`);
  }

  /** True when the file has that column. */
  has(column: number): boolean {
    return this.#fields[column]! >= 0;
  }

  /** Returns the text of a field; empty when the file has no such column. */
  text(column: number): string {
    const field = this.#fields[column]!;
    if (field < 0) return '';
    return Buffer.from(this.#bytes.subarray(this.#start(field), this.#ends[field])).toString('utf8');
  }

  /** Returns the only byte of a field; -1 when it has another length. */
  byte(column: number): number {
    const field = this.#fields[column]!;
    const start = this.#start(field);
    return this.#ends[field] === start + 1 ? this.#bytes[start]! : -1;
  }

  /** Returns a whole number of at least `least`. @throws XY_ROW_INVALID. */
  whole(column: number, least: number): number {
    const field = this.#fields[column]!;
    const start = this.#start(field);
    const end = this.#ends[field]!;
    const value = end - start > DIGITS_MAX ? -1 : this.#digits(start, end);
    if (value < least)
      throw this.refused(column, `a whole number of at least ${least}, ${DIGITS_MAX} digits at most`);
    return value;
  }

  /** Returns a time as microseconds from nanoseconds since the epoch. @throws XY_ROW_INVALID, also when it is no whole microsecond. */
  nanosUs(column: number): number {
    const field = this.#fields[column]!;
    const start = this.#start(field);
    const end = this.#ends[field]!;
    const cut = Math.max(start, end - 3);
    const us = end - start > NANO_DIGITS_MAX ? -1 : cut === start ? 0 : this.#digits(start, cut);
    if (us < 0 || this.#digits(cut, end) !== 0)
      throw this.refused(column, 'nanoseconds since the epoch, cut to whole microseconds');
    return us;
  }

  /** Returns the error that says what was expected of a field. */
  refused(column: number, expected: string): XylenError {
    return this.#fault(this.#names[column] ?? '?', expected, `'${shown(this.text(column))}'`);
  }

  #start(field: number): number {
    return field === 0 ? 0 : this.#ends[field - 1]! + 1;
  }

  /** Number of the digits in [start, end), -1 when there are none or others among them. */
  #digits(start: number, end: number): number {
    if (start >= end) return -1;
    let value = 0;
    for (let i = start; i < end; i++) {
      const byte = this.#bytes[i]!;
      if (byte < ZERO || byte > NINE) return -1;
      value = value * 10 + (byte - ZERO);
    }
    return value;
  }

  #fault(column: string, expected: string, found: string): XylenError {
    const message = `${this.path}:${this.line}: ${column}: expected ${expected}, found ${found}`;
    return new XylenError('XY_ROW_INVALID', message, {
      fields: { file: this.path, line: this.line, column },
    });
  }

  #badHeader(reason: string): XylenError {
    const { optional, required } = this.#form;
    const more = optional.length > 0 ? ` (and maybe ${optional.join(',')})` : '';
    const message = `${this.path}:1: expected the header ${required.join(',')}${more}: ${reason}`;
    return new XylenError('XY_FILE_DAMAGED', message, { fields: { file: this.path, line: 1 } });
  }
}

/**
 * Reads a CSV file, plain or compressed, and hands over each row.
 * @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_ROW_INVALID, XY_INTERRUPTED.
 */
export async function readCsv(
  path: string,
  form: CsvForm,
  onRow: (row: CsvRow) => void,
  { signal, onProgress }: CsvReading,
): Promise<void> {
  const row = new CsvRow(path, form);
  let hasHeader = false;
  const listener: LineListener = {
    onLine: (bytes, line) => {
      if (hasHeader) {
        row.take(bytes, line);
        onRow(row);
      } else row.takeHeader(bytes);
      hasHeader = true;
    },
    onTooLong: (line) => {
      const fields = { file: path, line };
      throw new XylenError('XY_FILE_DAMAGED', `${path}:${line}: expected a row, found an endless line`, {
        fields,
      });
    },
  };
  const pieces = bytePieces(path, listener, signal, onProgress);
  while ((await pieces.next()).done !== true);
  if (hasHeader) return;
  const message = `${path}: expected a header and rows, found an empty file`;
  throw new XylenError('XY_FILE_DAMAGED', message, { fields: { file: path, line: 1 } });
}

/** Text that is safe in a message: control characters escaped, cut where it is long. */
function shown(text: string): string {
  const cut = text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}...` : text;
  return JSON.stringify(cut).slice(1, -1);
}
