/**
 * One Parquet file of one data set: integer columns, annotated so that other tools see timestamps and decimals, with what they mean
 * and a hash of their content in the footer. The bytes depend on the rows alone, not on how they were chunked.
 *
 * Inside, every number is a 64-bit (codes: 32-bit) integer. The annotations are put into the schema of the footer after the rows
 * were encoded, and taken off again before they are decoded: the library would turn decimals into floats and times into `Date`s.
 */
import { type FileMetaData, parquetMetadataAsync, parquetScan, type SchemaElement } from 'hyparquet';
import { ParquetWriter } from 'hyparquet-writer';
import { assert, formatDurationUs, messageOf, parseDurationUs, XylenError } from '#core';
import { FUNDING_RATE_DECIMALS, parseVenueId } from '#domain';
import {
  type BlobSpec,
  CHUNK_ROWS_MAX,
  type ColumnSpec,
  ContentHash,
  type DataSetId,
  type Decimals,
  describeDataSet,
  E4_DECIMALS,
  E8_DECIMALS,
  KIND_BLOBS,
  KIND_COLUMNS,
  lowerBound,
  RowBuffer,
  type RowChunk,
  recordCount,
  recordEnd,
  sliceRows,
} from '../history/index.ts';
import { HISTORY_KINDS, type HistoryKind } from '../history-port.ts';
import {
  COMPRESSORS,
  DECOMPRESSORS,
  FAST_COMPRESSORS,
  FILE_HASH_BLANK,
  FILE_HASH_KEY,
  FileByteWriter,
  FileRanges,
  IntegerColumn,
  toDoubles,
} from './parquet-codec.ts';

/** Version of the files' form; a reader refuses one it does not know. */
export const TABLE_SCHEMA_VERSION = 1;

/** Rows of a row group; a book event may make one a little longer. */
export const ROW_GROUP_ROWS = 65_536;

/** Texts and bytes of a row group; one row may make it longer. */
export const ROW_GROUP_BLOB_BYTES = 8 * 1024 * 1024;

/** Precision of decimal columns: the most a 64-bit integer holds. */
const DECIMAL_PRECISION = 18;

/** What the ids of trades count; `null` for other kinds. */
export type TradeIds = 'aggregate' | 'single' | null;

/** What the footer of a file says of its rows. */
export interface TableMeta extends Decimals {
  readonly id: DataSetId;
  readonly tradeIds: TradeIds;
  /** True when all of it was written by the recorder: only then may retention take it away. */
  readonly isRecorded: boolean;
  readonly recordCount: number;
  readonly rowCount: number;
  /** Time of the first and of the last row, epoch us. */
  readonly firstTsUs: number;
  readonly lastTsUs: number;
  /** `ContentHash` of the rows. */
  readonly contentHash: string;
}

/** How a file is written. */
export interface TableWriterOptions {
  readonly isRecorded?: boolean;
  /** True for a file that is soon merged into another: it is compressed lightly. */
  readonly isPassing?: boolean;
  /** About how many rows will come: less memory for few. */
  readonly rowsHint?: number;
  /** True when the file becomes durable with `settle`, not with `finish`. */
  readonly isSettledLater?: boolean;
}

/** Writes one file; nothing is to be read before `finish`. */
export class TableWriter {
  readonly #id: DataSetId;
  readonly #tradeIds: TradeIds;
  readonly #isRecorded: boolean;
  readonly #bytes: FileByteWriter;
  readonly #parquet: ParquetWriter;
  readonly #buffer: RowBuffer;
  readonly #hash = new ContentHash();
  #recordCount = 0;
  #rowCount = 0;
  #firstTsUs = Number.NaN;
  #lastTsUs = Number.NaN;

  constructor(
    path: string,
    id: DataSetId,
    decimals: Decimals,
    tradeIds: TradeIds,
    options: TableWriterOptions = {},
  ) {
    const { isPassing = false, isRecorded = false, isSettledLater = false } = options;
    const { rowsHint = ROW_GROUP_ROWS } = options;
    this.#id = id;
    this.#tradeIds = tradeIds;
    this.#isRecorded = isRecorded;
    this.#buffer = new RowBuffer(id.kind, decimals, Math.max(1, Math.min(rowsHint, ROW_GROUP_ROWS)));
    this.#bytes = new FileByteWriter(path, isSettledLater);
    this.#parquet = new ParquetWriter({
      writer: this.#bytes,
      schema: schemaOf(id.kind, plainElement, false),
      codec: 'ZSTD',
      // Raw frames are many and live for days: speed counts more.
      compressors: isPassing || id.kind === 'raw' ? FAST_COMPRESSORS : COMPRESSORS,
      statistics: false,
      createdBy: 'xylen',
    });
  }

  /** Adds rows, in order and of the file's scale. */
  add(chunk: RowChunk): void {
    if (chunk.rowCount === 0) return;
    const ts = chunk.columns[0]!;
    if (this.#rowCount === 0) this.#firstTsUs = ts[0]!;
    assert(this.#rowCount === 0 || ts[0]! >= this.#lastTsUs, 'rows are written in order');
    this.#lastTsUs = ts[chunk.rowCount - 1]!;
    this.#rowCount += chunk.rowCount;
    this.#recordCount += recordCount(chunk);
    this.#hash.add(chunk);
    for (let row = 0; row < chunk.rowCount; ) {
      const end = this.#fitsUntil(chunk, row);
      this.#buffer.append(chunk, row, end);
      row = end;
      if (this.#buffer.rowCount >= ROW_GROUP_ROWS || this.#buffer.blobBytes >= ROW_GROUP_BLOB_BYTES)
        this.#writeGroup();
    }
  }

  /** Ends the file, makes it durable (unless that is for `settle`) and returns its footer. */
  finish(): TableMeta {
    assert(this.#rowCount > 0, 'a file holds rows');
    if (this.#buffer.rowCount > 0) this.#writeGroup();
    const meta: TableMeta = {
      id: this.#id,
      tradeIds: this.#tradeIds,
      isRecorded: this.#isRecorded,
      ...this.#buffer.decimals,
      recordCount: this.#recordCount,
      rowCount: this.#rowCount,
      firstTsUs: this.#firstTsUs,
      lastTsUs: this.#lastTsUs,
      contentHash: this.#hash.hex(),
    };
    this.#parquet.schema = schemaOf(this.#id.kind, (spec) => annotatedElement(spec, meta), true);
    this.#parquet.kvMetadata = keyValuesOf(meta);
    this.#parquet.finish();
    this.#buffer.release();
    return meta;
  }

  /** Makes a finished file durable that was to be settled later. */
  settle(): Promise<void> {
    return this.#bytes.settle();
  }

  /** Bytes of the file so far. */
  get bytes(): number {
    return this.#bytes.offset;
  }

  /** Gives up the file, which stays behind unfinished. */
  abort(): void {
    this.#bytes.abort();
  }

  /** Row groups end after the same row however the rows come in: when full, at the next end of a record. */
  #fitsUntil(chunk: RowChunk, row: number): number {
    if (chunk.kind === 'book') return recordEnd(chunk, row);
    // A row of bytes may be the one that fills the group.
    if (chunk.blobs !== undefined) return row + 1;
    return Math.min(chunk.rowCount, row + ROW_GROUP_ROWS - this.#buffer.rowCount);
  }

  #writeGroup(): void {
    const chunk = this.#buffer.view();
    const columnData = KIND_COLUMNS[this.#id.kind].map((spec, ix) => {
      const values = chunk.columns[ix]!;
      const column = columnAt(ix);
      const data = spec.role === 'code' ? column.fillCodes(values) : column.fill(values);
      return { name: spec.name, data, encoding: 'DELTA_BINARY_PACKED' as const };
    });
    const blobData = KIND_BLOBS[this.#id.kind].map(({ name, isText }, ix) => {
      const data = chunk.blobs?.[ix];
      assert(data !== undefined, 'rows have their texts');
      return { name, data: [...data], encoding: isText ? ('RLE_DICTIONARY' as const) : ('PLAIN' as const) };
    });
    const pending = this.#parquet.write({
      columnData: [...columnData, ...blobData],
      rowGroupSize: chunk.rowCount,
    });
    assert(pending === undefined, 'writing a row group is synchronous, as its sink is');
    this.#buffer.clear();
  }
}

/** Reads one file; close it when done. */
export class TableReader {
  readonly path: string;
  readonly meta: TableMeta;
  readonly #file: FileRanges;
  readonly #metadata: FileMetaData;

  private constructor(path: string, file: FileRanges, metadata: FileMetaData) {
    this.path = path;
    this.#file = file;
    this.meta = metaOf(path, metadata);
    for (const element of metadata.schema) {
      delete element.converted_type;
      delete element.logical_type;
    }
    this.#metadata = metadata;
  }

  /** Opens a file and reads its footer. @throws XY_FILE_DAMAGED, XY_STORE_SCHEMA */
  static async open(path: string): Promise<TableReader> {
    const file = guarded(path, () => new FileRanges(path));
    try {
      const metadata = await guardedAsync(path, () => parquetMetadataAsync(file));
      return new TableReader(path, file, metadata);
    } catch (thrown) {
      file.close();
      throw thrown;
    }
  }

  /** Yields the rows with time in [`fromUs`, `toUs`) in chunks. @throws XY_FILE_DAMAGED */
  async *read(fromUs = Number.NEGATIVE_INFINITY, toUs = Number.POSITIVE_INFINITY): AsyncGenerator<RowChunk> {
    const { kind } = this.meta.id;
    const file = this.#file;
    guarded(this.path, () => file.verify(this.#metadata.metadata_length));
    const scan = await guardedAsync(this.path, () =>
      parquetScan({ file, metadata: this.#metadata, compressors: DECOMPRESSORS, utf8: false }),
    );
    for (const { rowStart, rowEnd } of scan.ranges) {
      const valuesOf = (column: string): Promise<unknown> =>
        guardedAsync(this.path, () => scan.readColumn({ column, rowStart, rowEnd }));
      const columns: Float64Array[] = [];
      for (const { name, role } of KIND_COLUMNS[kind]) {
        const values = await valuesOf(name);
        columns.push(guarded(this.path, () => doublesOf(values, role)));
      }
      const blobs: (readonly Uint8Array[])[] = [];
      for (const { name } of KIND_BLOBS[kind]) {
        const values = await valuesOf(name);
        blobs.push(guarded(this.path, () => blobsOf(values, rowEnd - rowStart)));
      }
      const { priceDecimals, qtyDecimals } = this.meta;
      const rows = { kind, rowCount: rowEnd - rowStart, priceDecimals, qtyDecimals, columns };
      const group: RowChunk = blobs.length === 0 ? rows : { ...rows, blobs };
      yield* inChunks(group, fromUs, toUs);
      if (group.columns[0]![group.rowCount - 1]! >= toUs) return;
    }
  }

  close(): void {
    this.#file.close();
  }
}

/** Memory in which columns are turned, one a position: row groups are written one after the other. */
const INTEGER_COLUMNS: IntegerColumn[] = [];

function columnAt(ix: number): IntegerColumn {
  INTEGER_COLUMNS[ix] ??= new IntegerColumn();
  return INTEGER_COLUMNS[ix];
}

/** Cuts a row group into chunks; the event that a cut would split goes whole into the chunk before it. */
function* inChunks(group: RowChunk, fromUs: number, toUs: number): Generator<RowChunk> {
  const end = lowerBound(group, toUs);
  let row = lowerBound(group, fromUs);
  while (row < end) {
    let next = Math.min(end, row + CHUNK_ROWS_MAX);
    if (group.kind === 'book' && next < end) next = recordEnd(group, next - 1);
    yield sliceRows(group, row, next);
    row = next;
  }
}

function doublesOf(values: unknown, role: ColumnSpec['role']): Float64Array {
  if (role === 'code' && values instanceof Int32Array) return Float64Array.from(values);
  if (role !== 'code' && values instanceof BigInt64Array) return toDoubles(values);
  throw new Error('a column is not of the type its schema says');
}

function blobsOf(values: unknown, count: number): readonly Uint8Array[] {
  if (
    Array.isArray(values) &&
    values.length === count &&
    values.every((value) => value instanceof Uint8Array)
  )
    return values;
  throw new Error('a column is not of the type its schema says');
}

/** Builds a schema: a root and one required column each. */
function schemaOf(
  kind: HistoryKind,
  elementOf: (spec: ColumnSpec) => SchemaElement,
  isAnnotated: boolean,
): SchemaElement[] {
  const columns = [
    ...KIND_COLUMNS[kind].map(elementOf),
    ...KIND_BLOBS[kind].map((spec) => blobElement(spec, isAnnotated)),
  ];
  return [{ name: 'root', num_children: columns.length }, ...columns];
}

function blobElement({ name, isText }: BlobSpec, isAnnotated: boolean): SchemaElement {
  const plain: SchemaElement = { name, type: 'BYTE_ARRAY', repetition_type: 'REQUIRED' };
  if (!isText || !isAnnotated) return plain;
  return { ...plain, converted_type: 'UTF8', logical_type: { type: 'STRING' } };
}

function plainElement({ name, role }: ColumnSpec): SchemaElement {
  return { name, type: role === 'code' ? 'INT32' : 'INT64', repetition_type: 'REQUIRED' };
}

function annotatedElement(spec: ColumnSpec, decimals: Decimals): SchemaElement {
  const plain = plainElement(spec);
  if (spec.role === 'time') {
    const logical_type = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } as const;
    return { ...plain, converted_type: 'TIMESTAMP_MICROS', logical_type };
  }
  const { priceDecimals: price, qtyDecimals: qty } = decimals;
  const scale = { price, qty, rate: FUNDING_RATE_DECIMALS, e8: E8_DECIMALS, e4: E4_DECIMALS };
  if (spec.role === 'id' || spec.role === 'code') return plain;
  const shape = { scale: scale[spec.role], precision: DECIMAL_PRECISION };
  return { ...plain, ...shape, converted_type: 'DECIMAL', logical_type: { type: 'DECIMAL', ...shape } };
}

const KEY = 'xylen.';

function keyValuesOf(meta: TableMeta): { key: string; value: string }[] {
  const { id } = meta;
  const values: Readonly<Record<string, string | number>> = {
    schema_version: TABLE_SCHEMA_VERSION,
    venue: id.venue,
    symbol: id.symbol,
    kind: id.kind,
    timeframe: id.timeframeUs === null ? '' : formatDurationUs(id.timeframeUs),
    trade_ids: meta.tradeIds ?? '',
    price_decimals: meta.priceDecimals,
    qty_decimals: meta.qtyDecimals,
    record_count: meta.recordCount,
    row_count: meta.rowCount,
    first_us: meta.firstTsUs,
    last_us: meta.lastTsUs,
    content_hash: meta.contentHash,
    ...(meta.isRecorded ? { recorded: 1 } : {}),
  };
  const described = Object.entries(values).map(([key, value]) => ({ key: KEY + key, value: String(value) }));
  return [...described, { key: FILE_HASH_KEY, value: FILE_HASH_BLANK }];
}

function metaOf(path: string, metadata: FileMetaData): TableMeta {
  const values = new Map((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? '']));
  const text = (key: string): string => {
    const value = values.get(KEY + key);
    if (value === undefined) throw damagedTable(path, `its footer has no ${KEY}${key}`);
    return value;
  };
  const whole = (key: string): number => {
    const value = Number(text(key));
    if (!Number.isSafeInteger(value)) throw damagedTable(path, `${KEY}${key} is not a whole number`);
    return value;
  };
  const version = whole('schema_version');
  if (version !== TABLE_SCHEMA_VERSION) {
    throw new XylenError(
      'XY_STORE_SCHEMA',
      `${path} has schema version ${version}, this program reads ${TABLE_SCHEMA_VERSION}`,
      {
        fields: { file: path, version },
      },
    );
  }
  const venue = parseVenueId(text('venue'));
  const kind = HISTORY_KINDS.find((known) => known === text('kind'));
  if (venue === undefined || kind === undefined)
    throw damagedTable(path, 'its footer names no known venue and kind');
  const id: DataSetId = {
    venue,
    kind,
    symbol: text('symbol'),
    timeframeUs: parseDurationUs(text('timeframe')) ?? null,
  };
  const tradeIds = text('trade_ids');
  checkSchema(path, id, metadata);
  return {
    id,
    tradeIds: tradeIds === 'aggregate' || tradeIds === 'single' ? tradeIds : null,
    isRecorded: values.get(`${KEY}recorded`) === '1',
    priceDecimals: whole('price_decimals'),
    qtyDecimals: whole('qty_decimals'),
    recordCount: whole('record_count'),
    rowCount: whole('row_count'),
    firstTsUs: whole('first_us'),
    lastTsUs: whole('last_us'),
    contentHash: text('content_hash'),
  };
}

function checkSchema(path: string, id: DataSetId, metadata: FileMetaData): void {
  const wanted = schemaOf(id.kind, plainElement, false).slice(1);
  const found = metadata.schema.slice(1);
  const fits =
    found.length === wanted.length &&
    wanted.every(({ name, type }, ix) => found[ix]?.name === name && found[ix]?.type === type);
  if (!fits) throw damagedTable(path, `its columns are not those of ${describeDataSet(id)}`);
}

/** Returns an error that names a damaged file of the archive. */
export function damagedTable(path: string, what: string): XylenError {
  return new XylenError('XY_FILE_DAMAGED', `${path}: ${what}`, { fields: { file: path } });
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw asDamage(path, cause);
  }
}

async function guardedAsync<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw asDamage(path, cause);
  }
}

function asDamage(path: string, cause: unknown): XylenError {
  if (cause instanceof XylenError) return cause;
  return new XylenError('XY_FILE_DAMAGED', `${path}: the Parquet file is damaged (${messageOf(cause)})`, {
    fields: { file: path },
    cause,
  });
}
