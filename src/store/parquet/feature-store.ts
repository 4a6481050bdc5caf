/**
 * The feature store: one Parquet file a UTC day, `DATA_DIR/feature_store/YYYYMMDD/snapshots_YYYYMMDD.parquet`, gzip. A row is a
 * snapshot of one symbol and timeframe: time, OHLCV as doubles, each feature as a float32 column by its name (NaN = not yet
 * defined). The hash of the feature set stands in the footer; files of different feature sets are never mixed.
 *
 * float32 halves the size and is enough for training; features are float64 in memory and never compared bit for bit through the store.
 */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileMetaData, type ParquetScan, parquetMetadataAsync, parquetScan } from 'hyparquet';
import { ParquetWriter } from 'hyparquet-writer';
import { assert, formatDay, messageOf, US_PER_DAY, utcDay, XylenError } from '#core';
import { makeFolder, syncPath } from './durable-files.ts';
import {
  COMPRESSORS,
  DECOMPRESSORS,
  FILE_HASH_BLANK,
  FILE_HASH_KEY,
  FileByteWriter,
  FileRanges,
  IntegerColumn,
  toDoubles,
} from './parquet-codec.ts';

/** Version of the files' form. */
const FEATURE_STORE_VERSION = 1;

/** Columns that every file starts with; features may not take their names. */
const FIXED_COLUMNS = ['ts_us', 'symbol', 'timeframe', 'open', 'high', 'low', 'close', 'volume'] as const;
const PRICE_COLUMNS = ['open', 'high', 'low', 'close', 'volume'] as const;

const ROW_GROUP_ROWS = 16_384;

/** Snapshots with their features, as columns of one length. */
export interface FeatureRows {
  /** Hash of the definitions of the features. */
  readonly featureSetHash: string;
  readonly rowCount: number;
  /** Time of each snapshot, epoch us. */
  readonly tsUs: Float64Array;
  readonly symbol: readonly string[];
  /** As in `5m`. */
  readonly timeframe: readonly string[];
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
  /** Names of the features, in order. */
  readonly featureNames: readonly string[];
  /** One array a feature, in the order of the names; NaN = not yet defined. */
  readonly features: readonly Float32Array[];
}

/** What to load. */
export interface FeatureQuery {
  /** Only snapshots with time in [`fromUs`, `toUs`). */
  readonly fromUs?: number;
  readonly toUs?: number;
  readonly symbols?: readonly string[];
  readonly timeframes?: readonly string[];
}

/** Reads and writes the feature store of a data directory; one writer at a time. */
export class FeatureStore {
  readonly #root: string;

  constructor(dataDir: string) {
    this.#root = join(dataDir, 'feature_store');
  }

  /**
   * Replaces a day by these rows; the old file stays until the new one is whole and durable. The same rows give the same bytes, in
   * whatever order they come. No rows remove the day.
   */
  writeDay(dayUs: number, rows: FeatureRows): void {
    checkRows(dayUs, rows);
    const path = this.#pathOf(dayUs);
    if (rows.rowCount === 0) {
      rmSync(dirname(path), { recursive: true, force: true });
      return;
    }
    makeFolder(dirname(path));
    const aside = `${path}.tmp`;
    writeFile(aside, sortRows(rows));
    renameSync(aside, path);
    syncPath(dirname(path));
  }

  /**
   * Adds rows to a day; of two rows of one time, symbol and timeframe the new one stays. @throws XY_FEATURE_SET_MIXED when the day
   * holds another feature set
   */
  async mergeDay(dayUs: number, rows: FeatureRows): Promise<void> {
    const path = this.#pathOf(dayUs);
    const kept = existsSync(path) ? await readFile(path) : undefined;
    if (kept === undefined) return this.writeDay(dayUs, rows);
    checkSameSet(path, kept, rows);
    const given = new Set(indexes(rows).map((i) => keyOf(rows, i)));
    const stay = indexes(kept).filter((i) => !given.has(keyOf(kept, i)));
    this.writeDay(dayUs, joinRows(pickRows(kept, stay), rows));
  }

  /** Returns the days that the store holds, as epoch us of their midnight, in order. */
  days(): number[] {
    if (!existsSync(this.#root)) return [];
    const names = readdirSync(this.#root).filter((name) => /^\d{8}$/.test(name));
    return names
      .sort()
      .map(
        (name) =>
          Date.UTC(Number(name.slice(0, 4)), Number(name.slice(4, 6)) - 1, Number(name.slice(6))) * 1_000,
      );
  }

  /**
   * Yields the rows of a range, a day at a time, ordered by time, symbol and timeframe. @throws XY_FEATURE_SET_MIXED when two days of
   * the range hold different feature sets; XY_FILE_DAMAGED, XY_STORE_SCHEMA
   */
  async *load(query: FeatureQuery = {}): AsyncGenerator<FeatureRows> {
    const { fromUs = Number.NEGATIVE_INFINITY, toUs = Number.POSITIVE_INFINITY } = query;
    let first: { readonly path: string; readonly rows: FeatureRows } | undefined;
    for (const dayUs of this.days()) {
      if (dayUs + US_PER_DAY <= fromUs || dayUs >= toUs) continue;
      const path = this.#pathOf(dayUs);
      const rows = await readFile(path);
      first ??= { path, rows };
      checkSameSet(first.path, first.rows, rows, path);
      const wanted = indexes(rows).filter((i) => isWanted(rows, i, query, fromUs, toUs));
      if (wanted.length > 0) yield wanted.length === rows.rowCount ? rows : pickRows(rows, wanted);
    }
  }

  #pathOf(dayUs: number): string {
    const day = formatDay(dayUs);
    return join(this.#root, day, `snapshots_${day}.parquet`);
  }
}

function isWanted(rows: FeatureRows, i: number, query: FeatureQuery, fromUs: number, toUs: number): boolean {
  return (
    rows.tsUs[i]! >= fromUs &&
    rows.tsUs[i]! < toUs &&
    (query.symbols === undefined || query.symbols.includes(rows.symbol[i]!)) &&
    (query.timeframes === undefined || query.timeframes.includes(rows.timeframe[i]!))
  );
}

function checkRows(dayUs: number, rows: FeatureRows): void {
  const arrays = [
    rows.tsUs,
    rows.symbol,
    rows.timeframe,
    ...PRICE_COLUMNS.map((name) => rows[name]),
    ...rows.features,
  ];
  assert(
    arrays.every((values) => values.length === rows.rowCount),
    'feature columns have one length',
  );
  assert(rows.features.length === rows.featureNames.length, 'each feature has a name');
  const names = new Set<string>([...FIXED_COLUMNS, ...rows.featureNames]);
  assert(
    names.size === FIXED_COLUMNS.length + rows.featureNames.length,
    'feature names are unique and not fixed columns',
  );
  assert(rows.featureSetHash !== '', 'a feature set has a hash');
  assert(
    rows.tsUs.every((tsUs) => utcDay(tsUs) === utcDay(dayUs)),
    'a day holds snapshots of that day',
  );
}

function checkSameSet(path: string, a: FeatureRows, b: FeatureRows, otherPath = 'the rows given'): void {
  if (a.featureSetHash === b.featureSetHash) return;
  throw new XylenError(
    'XY_FEATURE_SET_MIXED',
    `${path} holds feature set ${a.featureSetHash}, ${otherPath} ${b.featureSetHash}; compute one of them anew`,
    { fields: { file: path, first: a.featureSetHash, second: b.featureSetHash } },
  );
}

function indexes(rows: FeatureRows): number[] {
  return Array.from({ length: rows.rowCount }, (_, i) => i);
}

function keyOf(rows: FeatureRows, i: number): string {
  return `${rows.tsUs[i]}|${rows.symbol[i]}|${rows.timeframe[i]}`;
}

function sortRows(rows: FeatureRows): FeatureRows {
  const order = indexes(rows).sort(
    (a, b) =>
      rows.tsUs[a]! - rows.tsUs[b]! ||
      compareText(rows.symbol[a]!, rows.symbol[b]!) ||
      compareText(rows.timeframe[a]!, rows.timeframe[b]!),
  );
  const sorted = pickRows(rows, order);
  for (let i = 1; i < sorted.rowCount; i++) {
    assert(
      keyOf(sorted, i) !== keyOf(sorted, i - 1),
      `one row a time, symbol and timeframe, found two of ${keyOf(sorted, i)}`,
    );
  }
  return sorted;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function pickRows(rows: FeatureRows, picked: readonly number[]): FeatureRows {
  const doubles = (values: Float64Array): Float64Array => Float64Array.from(picked, (i) => values[i]!);
  return {
    ...rows,
    rowCount: picked.length,
    tsUs: doubles(rows.tsUs),
    symbol: picked.map((i) => rows.symbol[i]!),
    timeframe: picked.map((i) => rows.timeframe[i]!),
    open: doubles(rows.open),
    high: doubles(rows.high),
    low: doubles(rows.low),
    close: doubles(rows.close),
    volume: doubles(rows.volume),
    features: rows.features.map((values) => Float32Array.from(picked, (i) => values[i]!)),
  };
}

function joinRows(a: FeatureRows, b: FeatureRows): FeatureRows {
  const doubles = (left: Float64Array, right: Float64Array): Float64Array => {
    const out = new Float64Array(left.length + right.length);
    out.set(left);
    out.set(right, left.length);
    return out;
  };
  return {
    ...b,
    rowCount: a.rowCount + b.rowCount,
    tsUs: doubles(a.tsUs, b.tsUs),
    symbol: [...a.symbol, ...b.symbol],
    timeframe: [...a.timeframe, ...b.timeframe],
    open: doubles(a.open, b.open),
    high: doubles(a.high, b.high),
    low: doubles(a.low, b.low),
    close: doubles(a.close, b.close),
    volume: doubles(a.volume, b.volume),
    features: b.features.map((values, ix) => Float32Array.from([...a.features[ix]!, ...values])),
  };
}

function writeFile(path: string, rows: FeatureRows): void {
  const bytes = new FileByteWriter(path);
  const numeric = [
    ...PRICE_COLUMNS.map((name) => ({ name, type: 'DOUBLE' as const })),
    ...rows.featureNames.map((name) => ({ name, type: 'FLOAT' as const })),
  ];
  const required = { repetition_type: 'REQUIRED' as const };
  const text = { type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const, ...required };
  const columnData = [
    { name: 'ts_us', data: new IntegerColumn().fill(rows.tsUs), encoding: 'DELTA_BINARY_PACKED' as const },
    { name: 'symbol', data: [...rows.symbol] },
    { name: 'timeframe', data: [...rows.timeframe] },
    ...PRICE_COLUMNS.map((name) => ({ name, data: rows[name], encoding: 'PLAIN' as const })),
    ...rows.featureNames.map((name, ix) => ({ name, data: rows.features[ix]!, encoding: 'PLAIN' as const })),
  ];
  const parquet = new ParquetWriter({
    writer: bytes,
    schema: [
      { name: 'root', num_children: columnData.length },
      { name: 'ts_us', type: 'INT64', ...required },
      { name: 'symbol', ...text },
      { name: 'timeframe', ...text },
      ...numeric.map((element) => ({ ...element, ...required })),
    ],
    codec: 'GZIP',
    compressors: COMPRESSORS,
    statistics: false,
    createdBy: 'xylen',
    kvMetadata: [
      { key: 'xylen.schema_version', value: String(FEATURE_STORE_VERSION) },
      { key: 'xylen.feature_set_hash', value: rows.featureSetHash },
      { key: FILE_HASH_KEY, value: FILE_HASH_BLANK },
    ],
  });
  const pending = parquet.write({ columnData, rowGroupSize: ROW_GROUP_ROWS });
  assert(pending === undefined, 'writing is synchronous, as its sink is');
  parquet.finish();
}

async function readFile(path: string): Promise<FeatureRows> {
  let file: FileRanges | undefined;
  try {
    file = new FileRanges(path);
    const metadata = await parquetMetadataAsync(file);
    file.verify(metadata.metadata_length);
    return await readRows(file, metadata, hashOf(path, metadata));
  } catch (cause) {
    if (cause instanceof XylenError) throw cause;
    throw new XylenError('XY_FILE_DAMAGED', `${path}: the feature file is damaged (${messageOf(cause)})`, {
      fields: { file: path },
      cause,
    });
  } finally {
    file?.close();
  }
}

function hashOf(path: string, metadata: FileMetaData): string {
  const values = new Map((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? '']));
  const version = values.get('xylen.schema_version');
  if (version === String(FEATURE_STORE_VERSION)) return values.get('xylen.feature_set_hash') ?? '';
  throw new XylenError(
    'XY_STORE_SCHEMA',
    `${path} has schema version ${version ?? 'none'}, this program reads ${FEATURE_STORE_VERSION}`,
    { fields: { file: path } },
  );
}

async function readRows(
  file: FileRanges,
  metadata: FileMetaData,
  featureSetHash: string,
): Promise<FeatureRows> {
  const names = metadata.schema.slice(1).map(({ name }) => name);
  const fixed = names.slice(0, FIXED_COLUMNS.length);
  if (fixed.join() !== FIXED_COLUMNS.join()) throw new Error(`its columns start with ${fixed.join(', ')}`);
  const featureNames = names.slice(FIXED_COLUMNS.length);
  const columns = new ColumnReader(await parquetScan({ file, metadata, compressors: DECOMPRESSORS }));
  const [open, high, low, close, volume] = [
    await columns.doubles('open'),
    await columns.doubles('high'),
    await columns.doubles('low'),
    await columns.doubles('close'),
    await columns.doubles('volume'),
  ];
  const features: Float32Array[] = [];
  for (const name of featureNames) features.push(Float32Array.from(await columns.doubles(name)));
  return {
    featureSetHash,
    rowCount: Number(metadata.num_rows),
    tsUs: await columns.times('ts_us'),
    symbol: await columns.texts('symbol'),
    timeframe: await columns.texts('timeframe'),
    ...{ open, high, low, close, volume },
    featureNames,
    features,
  };
}

/** Reads whole columns, row group by row group, and holds each value against the type expected. */
class ColumnReader {
  readonly #scan: ParquetScan;

  constructor(scan: ParquetScan) {
    this.#scan = scan;
  }

  async times(name: string): Promise<Float64Array> {
    const values = await this.#values(name, (value) => typeof value === 'bigint');
    return toDoubles(BigInt64Array.from(values));
  }

  async doubles(name: string): Promise<Float64Array> {
    return Float64Array.from(await this.#values(name, (value) => typeof value === 'number'));
  }

  texts(name: string): Promise<string[]> {
    return this.#values(name, (value) => typeof value === 'string');
  }

  async #values<T>(column: string, isGood: (value: unknown) => value is T): Promise<T[]> {
    const all: T[] = [];
    for (const { rowStart, rowEnd } of this.#scan.ranges) {
      const values: ArrayLike<unknown> = await this.#scan.readColumn({ column, rowStart, rowEnd });
      for (let i = 0; i < values.length; i++) {
        const value = values[i];
        if (!isGood(value)) throw new Error(`column ${column} is not of its type`);
        all.push(value);
      }
    }
    return all;
  }
}
