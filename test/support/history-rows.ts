/** Rows of recorded market data for tests: chunks made of plain numbers, and files of them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import type { HistoryKind } from '#store';
import { columnCount, type RowChunk } from '#store/history';

/** Five minutes in microseconds. */
export const FIVE_MINUTES_US = 300_000_000;
/** 2024-01-01T00:00:00Z in microseconds. */
export const NEW_YEAR_US = 1_704_067_200_000_000;

/** Returns a chunk of rows given in the order of the kind's columns. */
export function chunkOf(
  kind: HistoryKind,
  rows: readonly (readonly number[])[],
  decimals: { readonly price?: number; readonly qty?: number } = {},
): RowChunk {
  const columns = Array.from({ length: columnCount(kind) }, (_, ix) =>
    Float64Array.from(rows, (row) => row[ix] ?? 0),
  );
  return {
    kind,
    rowCount: rows.length,
    priceDecimals: decimals.price ?? 0,
    qtyDecimals: decimals.qty ?? 0,
    columns,
  };
}

/** Returns the rows of chunks, in the order of the kind's columns. */
export async function rowsOf(chunks: AsyncIterable<RowChunk> | Iterable<RowChunk>): Promise<number[][]> {
  const rows: number[][] = [];
  for await (const { rowCount, columns } of chunks) {
    for (let row = 0; row < rowCount; row++) rows.push(columns.map((values) => values[row]!));
  }
  return rows;
}

/** Returns candles in CSV, five minutes apart from the start of 2024, prices walking on a seed. */
export function candleCsv(
  count: number,
  options: { readonly first?: number; readonly seed?: number } = {},
): string {
  const first = options.first ?? 0;
  const lines = ['ts_ms,open,high,low,close,volume'];
  for (let i = first; i < first + count; i++) {
    const close = 100 + wave(i, options.seed ?? 1);
    const open = 100 + wave(i - 1, options.seed ?? 1);
    const prices = [open, Math.max(open, close) + 1, Math.min(open, close) - 1, close].map((price) =>
      price.toFixed(1),
    );
    lines.push(
      [
        NEW_YEAR_US / 1_000 + i * 300_000,
        ...prices,
        `${1 + (i % 7)}.${String(i % 1_000).padStart(3, '0')}`,
      ].join(),
    );
  }
  return `${lines.join('\n')}\n`;
}

function wave(i: number, seed: number): number {
  return Math.round(10 * Math.sin((i * seed) / 9)) + (i % 5) / 10;
}

/** Writes a file of text into a folder, gzipped when its name says so, and returns its path. */
export function writeData(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(bytes) : bytes);
  return path;
}

/** Returns a ZIP archive of the given files; `isStored` leaves them uncompressed. */
export function zipOf(files: Readonly<Record<string, string>>, isStored = false): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const data = isStored ? content : deflateRawSync(content);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(isStored ? 0 : 8, 4);
    shared.writeUInt32LE(crc32(content), 10);
    shared.writeUInt32LE(data.length, 14);
    shared.writeUInt32LE(content.length, 18);
    shared.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name), data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), shared, tail, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listing, end]);
}
