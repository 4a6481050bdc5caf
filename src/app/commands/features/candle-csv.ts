/**
 * Candles as plain doubles from a CSV file of the form `ts_ms,open,high,low,close,volume`, plain or gzip (told by its first bytes). Unlike
 * an import into the archive it takes any double, however many decimals its text has. Strict: the first thing that is wrong ends the
 * reading with file, line and column.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, US_PER_MS, XylenError } from '#core';
import type { Bar } from '#features';

/** The only header. */
export const CANDLE_HEADER = 'ts_ms,open,high,low,close,volume';
/** Longest line in bytes; a row needs about a hundred. */
const LINE_BYTES_MAX = 64 * 1024;
const READ_BYTES = 256 * 1024;
const GZIP_MAGIC = 0x1f8b;

/** How to read candles. */
export interface CandleCsvOptions {
  readonly signal: AbortSignal;
  /** Told how many bytes of the file were read, of how many. */
  onBytes(doneBytes: number, totalBytes: number): void;
}

/**
 * Yields the rows of a file in batches.
 * @throws XY_FILE_MISSING, XY_FILE_DAMAGED (container, header, cut off), XY_ROW_INVALID, XY_DATA_INSUFFICIENT (no rows), XY_INTERRUPTED
 */
export async function* readCandleCsv(
  path: string,
  options: CandleCsvOptions,
): AsyncGenerator<readonly Bar[]> {
  const parser = new RowParser(path);
  for await (const lines of readLines(path, options)) yield parser.parse(lines);
  if (parser.rowCount > 0) return;
  throw new XylenError('XY_DATA_INSUFFICIENT', `${path} has a header and no candles`, {
    fields: { file: path },
  });
}

/** Turns lines into bars and holds each against the one before. */
class RowParser {
  rowCount = 0;
  readonly #path: string;
  #line = 0;
  #lastTsMs = -1;

  constructor(path: string) {
    this.#path = path;
  }

  /** Parses the next lines of the file, the header among them. */
  parse(lines: readonly string[]): readonly Bar[] {
    const bars: Bar[] = [];
    for (const line of lines) {
      this.#line++;
      if (this.#line === 1) this.#checkHeader(line);
      else bars.push(this.#bar(line));
    }
    this.rowCount += bars.length;
    return bars;
  }

  #checkHeader(line: string): void {
    const header = line.startsWith(BYTE_ORDER_MARK) ? line.slice(BYTE_ORDER_MARK.length) : line;
    if (header === CANDLE_HEADER) return;
    throw damaged(this.#path, `expected the header '${CANDLE_HEADER}', was '${printable(line)}'`, 1);
  }

  #bar(line: string): Bar {
    const cells = line.split(',');
    if (cells.length !== 6) throw this.#fault('row', `6 columns (${CANDLE_HEADER})`, line);
    const [time = '', open = '', high = '', low = '', close = '', volume = ''] = cells;
    const tsMs = this.#time(time);
    const bar: Bar = {
      openTsUs: tsMs * US_PER_MS,
      open: this.#price('open', open),
      high: this.#price('high', high),
      low: this.#price('low', low),
      close: this.#price('close', close),
      volume: this.#number('volume', volume),
    };
    if (bar.volume < 0) throw this.#fault('volume', 'a volume of at least zero', volume);
    if (bar.high < bar.low) throw this.#fault('high', `a price of at least low (${low})`, high);
    const range = `a price within low and high [${low}, ${high}]`;
    if (bar.open < bar.low || bar.open > bar.high) throw this.#fault('open', range, open);
    if (bar.close < bar.low || bar.close > bar.high) throw this.#fault('close', range, close);
    this.#lastTsMs = tsMs;
    return bar;
  }

  #time(text: string): number {
    const tsMs = /^\d{1,13}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(tsMs)) throw this.#fault('ts_ms', 'an epoch time in milliseconds', text);
    if (tsMs <= this.#lastTsMs)
      throw this.#fault('ts_ms', `a time after the row before (${this.#lastTsMs})`, text);
    return tsMs;
  }

  #price(column: string, text: string): number {
    const price = this.#number(column, text);
    if (price <= 0) throw this.#fault(column, 'a price above zero', text);
    return price;
  }

  #number(column: string, text: string): number {
    const value = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) throw this.#fault(column, 'a decimal number', text);
    return value;
  }

  #fault(column: string, expected: string, value: string): XylenError {
    const message = `${this.#path}:${this.#line}: ${column}: expected ${expected}, was '${printable(value)}'`;
    return new XylenError('XY_ROW_INVALID', message, {
      fields: { file: this.#path, line: this.#line, column, value: printable(value) },
    });
  }
}

/** The UTF-8 byte-order mark, read as latin1. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** Yields the lines of a file in batches, without line ends. */
async function* readLines(path: string, options: CandleCsvOptions): AsyncGenerator<readonly string[]> {
  const { bytesTotal, isGzip } = await headOf(path);
  const raw = createReadStream(path, { highWaterMark: READ_BYTES });
  const gunzip = isGzip ? createGunzip({ chunkSize: READ_BYTES }) : undefined;
  // The callback is required; an error reaches the loop below through the last stream, which `pipeline` destroys with it.
  const content: Readable = gunzip === undefined ? raw : pipeline(raw, gunzip, () => undefined);
  let lineCount = 0;
  let rest = '';
  try {
    for await (const chunk of content) {
      if (options.signal.aborted) throw new XylenError('XY_INTERRUPTED', `reading ${path} was interrupted`);
      options.onBytes(raw.bytesRead, bytesTotal);
      const lines = (rest + (chunk as Buffer).toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      lineCount += lines.length;
      if (rest.length > LINE_BYTES_MAX)
        throw damaged(path, `a line is longer than ${LINE_BYTES_MAX} bytes`, lineCount + 1);
      yield lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
    }
  } catch (thrown) {
    if (thrown instanceof XylenError || gunzip === undefined) throw thrown;
    throw damaged(path, `the compressed data are damaged or cut off (${messageOf(thrown)})`, lineCount + 1);
  }
  if (gunzip !== undefined && gunzip.bytesWritten !== bytesTotal)
    throw damaged(path, 'something follows the end of the compressed data', lineCount + 1);
  if (rest !== '') throw damaged(path, 'the last line has no line end: the file is cut off', lineCount + 1);
}

async function headOf(path: string): Promise<{ readonly bytesTotal: number; readonly isGzip: boolean }> {
  const magic = Buffer.alloc(2);
  let bytesTotal: number;
  try {
    await using file = await open(path, 'r');
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a file');
    await file.read(magic, 0, 2, 0);
    bytesTotal = stat.size;
  } catch (cause) {
    const message = `${path} cannot be read: ${messageOf(cause)}`;
    throw new XylenError('XY_FILE_MISSING', message, { fields: { file: path }, cause });
  }
  if (bytesTotal === 0) throw damaged(path, 'the file is empty', 1);
  return { bytesTotal, isGzip: magic.readUInt16BE(0) === GZIP_MAGIC };
}

function damaged(path: string, what: string, line: number): XylenError {
  return new XylenError('XY_FILE_DAMAGED', `${path}:${line}: ${what}`, { fields: { file: path, line } });
}

const VALUE_CHARS_MAX = 80;

/** Makes text from outside safe to print: control characters escaped, cut to a length that a message can bear. */
function printable(text: string): string {
  const cut = text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}...` : text;
  return cut.replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
