/** Finds the end of the last complete record in an exported CSV file and its key, so that an export can go on from there. */
import { fstatSync, readSync } from 'node:fs';
import { XylenError } from '#core';

/** Where an exported file ends. */
export interface CsvTail {
  /** Bytes up to the end of the last complete record; 0 for an empty file. */
  readonly completeBytes: number;
  /** Bytes after it, left by a write that was interrupted. */
  readonly tornBytes: number;
  /** First field of the last record; `null` when there is only the header or nothing. */
  readonly lastKey: string | null;
}

interface RecordEnds {
  /** Ends of the first, the last but one and the last complete record, in bytes; 0 when there is none. */
  readonly first: number;
  readonly lastButOne: number;
  readonly last: number;
}

const CHUNK_BYTES = 65_536;
const NEWLINE = 10;
const QUOTE = 34;

/** Reads an open file from its start; texts may hold line ends, so only a count of quotes tells where a record ends. @throws XY_FILE_DAMAGED when its header is another one. */
export function readCsvTail(file: number, header: string, path: string): CsvTail {
  const { size } = fstatSync(file);
  const ends = findRecordEnds(file);
  const found = readText(file, 0, ends.first);
  if (found !== '' && found !== header) {
    throw new XylenError(
      'XY_FILE_DAMAGED',
      `expected an export with the header '${header.trimEnd()}' in ${path}, found '${found.slice(0, 200).trimEnd()}'`,
      { fields: { path, line: 1 } },
    );
  }
  const lastKey = ends.last > ends.first ? keyOf(readText(file, ends.lastButOne, ends.last)) : null;
  return { completeBytes: ends.last, tornBytes: size - ends.last, lastKey };
}

function findRecordEnds(file: number): RecordEnds {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let [first, lastButOne, last, offset] = [0, 0, 0, 0];
  let isQuoted = false;
  for (;;) {
    const byteCount = readSync(file, chunk, 0, CHUNK_BYTES, offset);
    if (byteCount === 0) return { first, lastButOne, last };
    for (let i = 0; i < byteCount; i++) {
      const byte = chunk[i]!;
      if (byte === QUOTE) isQuoted = !isQuoted;
      else if (byte === NEWLINE && !isQuoted) {
        lastButOne = last;
        last = offset + i + 1;
        if (first === 0) first = last;
      }
    }
    offset += byteCount;
  }
}

function readText(file: number, start: number, end: number): string {
  const bytes = Buffer.alloc(end - start);
  readSync(file, bytes, 0, bytes.length, start);
  return bytes.toString('utf8');
}

/** Keys are numbers or run ids: neither needs quotes. */
function keyOf(record: string): string {
  return record.slice(0, record.search(/[,\n]/));
}
