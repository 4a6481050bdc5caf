/** What is wrong with a row: the column, the value, what was expected. Parsers return faults; the reader throws or collects them. */
import { XylenError } from '#core';

/** The classes of faults, for counting. */
export type FaultCheck =
  | 'columns'
  | 'number'
  | 'price'
  | 'ohlc'
  | 'quantity'
  | 'rate'
  | 'flag'
  | 'json'
  | 'symbol'
  | 'time'
  | 'duplicate'
  | 'disorder'
  | 'grid';

/** A refused row, without its place. */
export interface RowFault {
  readonly check: FaultCheck;
  readonly column: string;
  readonly value: string;
  /** What was expected, as in `expected ..., was ...`. */
  readonly expected: string;
}

/** A refused row and where it stands. */
export interface PlacedFault extends RowFault {
  readonly file: string;
  readonly line: number;
}

const VALUE_CHARS_MAX = 80;

/** Returns text safe to print: control characters escaped, cut to a length a message can bear. */
export function printable(text: string): string {
  const cut = text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}...` : text;
  return cut.replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Returns the sentence of a fault. */
export function describeFault(fault: PlacedFault): string {
  return `${fault.file}:${fault.line}: ${fault.column}: expected ${fault.expected}, was '${printable(fault.value)}'`;
}

/** Returns a fault as an error. */
export function faultError(fault: PlacedFault): XylenError {
  const { file, line, column, check } = fault;
  return new XylenError('XY_ROW_INVALID', describeFault(fault), {
    fields: { file, line, column, value: printable(fault.value), check },
  });
}
