/** What every row parser shares: the parser's face to the reader, cells of a CSV line, and the checks of times. */
import { formatIso, US_PER_MS, US_PER_SECOND } from '#core';
import type { ChunkBuilder, DecimalFault, DecimalScan } from '../history/index.ts';
import type { RowFault } from './row-fault.ts';

/** Turns lines of one form into rows of a builder; strict and stateful (it watches the order of rows). */
export interface RowParser {
  /** Parses a line; returns why it was refused, or `undefined` when it was taken or holds nothing of this kind. */
  parse(line: string): RowFault | undefined;
  /** Sets the next of the rows that were held back until the end of the file; false when there is none. Absent where rows are set as they are read. */
  releaseRow?(): boolean;
  /** Lines that were valid but hold nothing of the kind asked for, by what they are. */
  readonly passedOver: ReadonlyMap<string, number>;
}

/** What a parser is made with. */
export interface ParserOptions {
  readonly builder: ChunkBuilder;
  /** Bar length to hold times against; `null` while it is not known. */
  readonly timeframeUs: number | null;
  /** Symbol that rows naming one must name; `null` accepts the first one found for the whole file. */
  readonly symbol: string | null;
}

const COMMA = 44;
const CELLS_MAX = 16;
const CHAR_0 = 48;

/** Splits a CSV line without quotes into cells, in place. */
export class Cells {
  count = 0;
  line = '';
  readonly start = new Int32Array(CELLS_MAX);
  readonly end = new Int32Array(CELLS_MAX);

  /** Splits `line`; cells beyond the sixteenth are only counted. */
  split(line: string): void {
    this.line = line;
    let count = 0;
    let from = 0;
    for (let i = 0; i <= line.length; i++) {
      if (i < line.length && line.charCodeAt(i) !== COMMA) continue;
      if (count < CELLS_MAX) {
        this.start[count] = from;
        this.end[count] = i;
      }
      count++;
      from = i + 1;
    }
    this.count = count;
  }

  /** Returns the text of a cell. */
  text(ix: number): string {
    return this.line.slice(this.start[ix], this.end[ix]);
  }
}

/** How a form writes times: seconds, or milliseconds (13 digits) and microseconds (16 digits). */
export type TimeUnit = 's' | 'ms or us';

/** Reads a time of digits as epoch us; NaN when it is none. Venues have written microseconds since 2025 where it was milliseconds. */
export function parseTimeUs(text: string, start: number, end: number, unit: TimeUnit): number {
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - CHAR_0;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  const digits = end - start;
  if (unit === 's') return digits === 10 ? value * US_PER_SECOND : Number.NaN;
  const us = digits === 13 ? value * US_PER_MS : value;
  return (digits === 13 || digits === 16) && us <= Number.MAX_SAFE_INTEGER ? us : Number.NaN;
}

/** What `parseTimeUs` expects, for messages. */
export const TIME_EXPECTED: Readonly<Record<TimeUnit, string>> = {
  s: 'an epoch time in seconds (10 digits)',
  'ms or us': 'an epoch time in milliseconds (13 digits) or microseconds (16 digits)',
};

/** Returns what a refused number should have been. */
export function expectedNumber(fault: DecimalFault): string {
  if (fault === 'too fine') return 'a number with at most 12 decimals';
  if (fault === 'too large') return 'a number below 2^53 units of its decimals';
  return 'a decimal number';
}

/** Where a scaled number goes and what it is called. */
export interface NumberTarget {
  readonly role: 'price' | 'qty';
  readonly column: number;
  readonly name: string;
}

/** Sets a scaled number of the open row from text; returns the fault when it is none or does not fit. */
export function setNumber(
  builder: ChunkBuilder,
  scan: DecimalScan,
  target: NumberTarget,
  text: string,
  start = 0,
  end = text.length,
): RowFault | undefined {
  const refused = scan.scan(text, start, end);
  if (refused === undefined && builder.setScaled(target.role, target.column, scan)) return undefined;
  const expected = expectedNumber(refused ?? 'too large');
  return { check: 'number', column: target.name, value: text.slice(start, end), expected };
}

/** Watches that times strictly increase; returns the fault of a time that does not. */
export class TimeOrder {
  #lastTsUs = -1;

  /** Returns why `tsUs` may not come next, or `undefined`. */
  faultOf(tsUs: number, column: string, value: string): RowFault | undefined {
    if (tsUs > this.#lastTsUs) return undefined;
    const isDuplicate = tsUs === this.#lastTsUs;
    return {
      check: isDuplicate ? 'duplicate' : 'disorder',
      column,
      value,
      expected: `a time after the row before (${formatIso(this.#lastTsUs)})`,
    };
  }

  /** Remembers the time of a row that was taken. */
  take(tsUs: number): void {
    this.#lastTsUs = tsUs;
  }
}
