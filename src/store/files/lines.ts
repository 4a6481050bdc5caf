/**
 * The lines of a text file in batches, with their numbers. Refuses what no text file has: NUL bytes, endless lines, a plain file that
 * ends in the middle of a line. A byte-order mark is dropped, CRLF is accepted.
 */
import type { XylenError } from '#core';
import { checkSignal } from '../history/index.ts';
import { type ByteSource, ContainerDamage, damaged } from './byte-source.ts';

/** A run of whole lines; `firstLine` counts from 1. */
export interface LineBatch {
  readonly firstLine: number;
  readonly lines: readonly string[];
}

/** How to read lines. */
export interface LineOptions {
  /** `latin1` is fast and enough where only ASCII is valid; JSON text is `utf8`. */
  readonly encoding: 'latin1' | 'utf8';
  /** Sees each piece as it lies on disk. */
  readonly onRaw?: ((piece: Buffer) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Rewrites bytes before lines are cut, e.g. a JSON array into one row a line. */
  readonly transform?: ((bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer>) | undefined;
}

/** Longest line in bytes; a REST book snapshot of 5,000 levels a side stays below a third of it. */
export const LINE_BYTES_MAX = 1024 * 1024;

const NEWLINE = 10;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Yields the lines of a file. @throws XY_FILE_DAMAGED with the line reached, XY_INTERRUPTED */
export async function* readLines(source: ByteSource, options: LineOptions): AsyncGenerator<LineBatch> {
  let firstLine = 1;
  let rest: Buffer = Buffer.alloc(0);
  let isFirst = true;
  const content = source.chunks(options.onRaw);
  const bytes = options.transform === undefined ? content : options.transform(content);
  try {
    for await (const piece of bytes) {
      checkSignal(options.signal);
      let buffer = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      if (isFirst && (buffer.length >= BOM.length || buffer.includes(NEWLINE))) {
        isFirst = false;
        if (buffer.subarray(0, BOM.length).equals(BOM)) buffer = buffer.subarray(BOM.length);
      }
      const end = buffer.lastIndexOf(NEWLINE);
      rest = end < 0 ? buffer : buffer.subarray(end + 1);
      if (rest.length > LINE_BYTES_MAX) throw tooLong(source, firstLine + newlines(buffer));
      if (end < 0) continue;
      const batch = cut(source, buffer.subarray(0, end), firstLine, options.encoding);
      firstLine += batch.lines.length;
      yield batch;
    }
  } catch (thrown) {
    if (thrown instanceof ContainerDamage) throw damaged(source.path, thrown.message, firstLine);
    throw thrown;
  }
  if (rest.length === 0) return;
  if (source.container === 'plain' && options.transform === undefined) {
    throw damaged(source.path, 'the last line has no line end: the file is cut off', firstLine);
  }
  yield cut(source, rest, firstLine, options.encoding);
}

function cut(source: ByteSource, bytes: Buffer, firstLine: number, encoding: 'latin1' | 'utf8'): LineBatch {
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    throw damaged(
      source.path,
      'a NUL byte: this is not a text file',
      firstLine + newlines(bytes.subarray(0, nul)),
    );
  }
  const text = bytes.toString(encoding);
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line.length > LINE_BYTES_MAX) throw tooLong(source, firstLine + i);
    if (line.charCodeAt(line.length - 1) === 13) lines[i] = line.slice(0, -1);
  }
  return { firstLine, lines };
}

function newlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

function tooLong(source: ByteSource, line: number): XylenError {
  return damaged(source.path, `a line is longer than ${LINE_BYTES_MAX} bytes`, line);
}
