/**
 * Recorded latencies from a file, for the latency model `recorded`. Form: CSV with a header and the columns req_ts, exch_ts, resp_ts (ns since the epoch, cut to
 * microseconds) in any order, one order a row: given, at the exchange, answer seen. What it is not: a stream; a day of own orders is small.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { XylenError } from '#core';
import type { RecordedLatencies } from '#sim';

/** A larger file is refused. */
const BYTES_MAX = 256 * 1024 * 1024;
const COLUMNS = ['req_ts', 'exch_ts', 'resp_ts'] as const;
const NANOS = /^\d{1,19}$/;

/** Reads the ways of recorded orders. @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_ROW_INVALID. */
export function readLatencies(path: string): RecordedLatencies {
  if (!existsSync(path)) throw new XylenError('XY_FILE_MISSING', `${path}: expected a file of latencies`);
  if (statSync(path).size > BYTES_MAX)
    throw new XylenError('XY_FILE_DAMAGED', `${path}: expected at most ${BYTES_MAX} bytes`);
  const [header = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split(/\r?\n/);
  const names = header.replace(/^\uFEFF/, '').split(',');
  const at = COLUMNS.map((name) => names.indexOf(name));
  if (at.includes(-1) || lines.length === 0)
    throw new XylenError(
      'XY_FILE_DAMAGED',
      `${path}: expected columns ${COLUMNS.join(', ')} and rows, found '${header.slice(0, 80)}'`,
    );
  const columns = COLUMNS.map(() => new Float64Array(lines.length));
  for (const [row, line] of lines.entries()) {
    const fields = line.split(',');
    for (const [column, name] of COLUMNS.entries()) {
      const field = fields[at[column] ?? -1] ?? '';
      if (!NANOS.test(field))
        throw new XylenError(
          'XY_ROW_INVALID',
          `${path}, line ${row + 2}, ${name}: expected nanoseconds, found '${field.slice(0, 40)}'`,
        );
      (columns[column] ?? new Float64Array(0))[row] = Number(BigInt(field) / 1000n);
    }
  }
  const [requestUs, exchangeUs, responseUs] = columns as [Float64Array, Float64Array, Float64Array];
  return { name: path, requestUs, exchangeUs, responseUs };
}
