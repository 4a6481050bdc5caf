/**
 * Benchmark of the record against raw node:sqlite in the same run: same schema, same rows, same durability, rounds taken in turn. The raw
 * side gets its values ready-made as arrays, which is the least that any writer could do; all sides must end with the same hash.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { SQLInputValue } from 'node:sqlite';
import { assert } from '#core';
import {
  SAMPLE_FEATURE_SET,
  SAMPLE_FEATURES,
  sampleRows,
  sampleRun,
} from '../../../test/support/sample-run.ts';
import { folderOf } from '../../app/runs/run-folder.ts';
import { startRunRecorder } from '../../app/runs/run-record.ts';
import { MODEL_PREDICTIONS } from '../decision-tables.ts';
import type { TableDef } from '../record-column.ts';
import type { RecordSink } from '../record-port.ts';
import type { RecordRow } from '../rows.ts';
import { TRADES } from '../trading-tables.ts';
import { openForWriting } from './database.ts';
import { recentTrades } from './queries.ts';
import { hashRecord } from './record-hash.ts';
import { openRecord, type RecordReader } from './record-reader.ts';
import { type SqliteRecordSink, sqliteRecordSink } from './record-sink.ts';
import { RECORD_STORE } from './record-store.ts';

const OPTIONS = { durability: 'normal', wallNowUs: 1 } as const;
const CHECKPOINT_EVERY = 2_000;
const READ_LIMIT = 20;
const READS = 300;

/** The first event of the invented run that opens a trade. */
const TRADE_SEQ = 8;

/** Rows, the same as values in the order of their columns, and the statement that takes them. */
interface Workload {
  readonly rows: readonly RecordRow[];
  readonly arrays: readonly (readonly SQLInputValue[])[];
  readonly sql: string;
}

type BenchSink = RecordSink & Pick<SqliteRecordSink, 'registerFeatureSet'>;

/** The best of the rounds, in rows per second; ratios are time over raw time. */
export interface RecordBenchResult {
  readonly durability: string;
  readonly predictions: WriteFigures;
  readonly trades: WriteFigures;
  /** Newest 20 trades, median. */
  readonly readRawUs: number;
  readonly readUs: number;
  readonly readRatio: number;
  readonly hashRowsPerS: number;
  readonly resultHash: string;
}

/** Speed of writing one kind of row. */
export interface WriteFigures {
  readonly rawRowsPerS: number;
  /** The sink in the same thread. */
  readonly sinkRowsPerS: number;
  readonly sinkRatio: number;
  /** Through the worker, until all of it is durable. */
  readonly workerRowsPerS: number;
  readonly workerRatio: number;
}

/** Writes `rowCount` predictions (13 columns, 3 indices) and as many trades (30 columns, 6 indices, upserts), reads, and hashes. */
export async function benchRecord(sizes: {
  readonly rowCount: number;
  readonly rounds: number;
}): Promise<RecordBenchResult> {
  const dir = mkdtempSync(join(tmpdir(), 'xylen-bench-'));
  try {
    const predictions = await benchWrites(dir, predictionsOf(sizes.rowCount), sizes.rounds);
    const trades = await benchWrites(dir, tradesOf(sizes.rowCount), sizes.rounds);
    const record = openRecord(pathOf(dir, 'sink'));
    const reads = benchReads(record);
    const startMs = performance.now();
    const resultHash = hashRecord(record);
    const hashRowsPerS = perSecond(sizes.rowCount, performance.now() - startMs);
    record.close();
    return { durability: 'WAL, synchronous NORMAL', predictions, trades, ...reads, hashRowsPerS, resultHash };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function benchWrites(dir: string, work: Workload, rounds: number): Promise<WriteFigures> {
  const bestMs = { raw: Infinity, sink: Infinity, worker: Infinity };
  for (let round = 0; round < rounds; round++) {
    const hashes = new Set<string>();
    for (const side of ['raw', 'sink', 'worker'] as const) {
      rmSync(join(dir, 'runs', side), { recursive: true, force: true });
      mkdirSync(join(dir, 'runs', side), { recursive: true });
      bestMs[side] = Math.min(bestMs[side], await WRITERS[side](dir, work));
      const record = openRecord(pathOf(dir, side));
      hashes.add(hashRecord(record));
      record.close();
    }
    assert(hashes.size === 1, 'all writers wrote the same record');
  }
  const count = work.rows.length;
  return {
    rawRowsPerS: perSecond(count, bestMs.raw),
    sinkRowsPerS: perSecond(count, bestMs.sink),
    sinkRatio: bestMs.sink / bestMs.raw,
    workerRowsPerS: perSecond(count, bestMs.worker),
    workerRatio: bestMs.worker / bestMs.raw,
  };
}

const WRITERS = { raw: writeRaw, sink: writeSink, worker: writeWorker } as const;

/** The run and a snapshot that every row refers to come through a sink, so that all files begin alike. */
function begin(sink: BenchSink, runId: string): void {
  sink.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
  sink.write(sampleRun(runId));
  sink.write(sampleOf('snapshots'));
  sink.checkpoint({ eventSeq: 0, tsUs: 0, state: new Uint8Array() });
}

async function writeRaw(dir: string, { rows, arrays, sql }: Workload): Promise<number> {
  const path = pathOf(dir, 'raw');
  const sink = sqliteRecordSink(path, { runId: 'raw', ...OPTIONS });
  begin(sink, 'raw');
  await sink.close();
  const db = openForWriting(path, RECORD_STORE, OPTIONS);
  const insert = db.prepare(sql);
  const startMs = performance.now();
  db.exec('BEGIN');
  for (let i = 0; i < rows.length; i++) {
    insert.run(...arrays[i]!);
    if ((i + 1) % CHECKPOINT_EVERY === 0) db.exec('COMMIT; BEGIN');
  }
  db.exec('COMMIT');
  const ms = performance.now() - startMs;
  db.close();
  return ms;
}

async function writeSink(dir: string, { rows }: Workload): Promise<number> {
  return timeSink(sqliteRecordSink(pathOf(dir, 'sink'), { runId: 'sink', ...OPTIONS }), 'sink', rows);
}

async function writeWorker(dir: string, { rows }: Workload): Promise<number> {
  return timeSink(await startRunRecorder(folderOf(dir, 'worker'), OPTIONS), 'worker', rows);
}

async function timeSink(sink: BenchSink, runId: string, rows: readonly RecordRow[]): Promise<number> {
  begin(sink, runId);
  await sink.flush();
  const startMs = performance.now();
  for (let i = 0; i < rows.length; i++) {
    sink.write(rows[i]!);
    if ((i + 1) % CHECKPOINT_EVERY === 0 || i + 1 === rows.length) {
      sink.checkpoint({ eventSeq: i, tsUs: i, state: new Uint8Array(1_000) });
    }
  }
  await sink.flush();
  const ms = performance.now() - startMs;
  await sink.close();
  return ms;
}

function benchReads(record: RecordReader): Pick<RecordBenchResult, 'readRawUs' | 'readUs' | 'readRatio'> {
  const raw = record.database.prepare('SELECT * FROM trades ORDER BY timestamp DESC, trade_id DESC LIMIT ?');
  raw.setReadBigInts(true);
  const timesUs = { raw: new Float64Array(READS), ours: new Float64Array(READS) };
  for (let i = 0; i < READS; i++) {
    const startMs = performance.now();
    assert(raw.all(READ_LIMIT).length === READ_LIMIT, 'the raw query finds its rows');
    const midMs = performance.now();
    assert(recentTrades(record, READ_LIMIT).length === READ_LIMIT, 'the query finds its rows');
    timesUs.raw[i] = (midMs - startMs) * 1_000;
    timesUs.ours[i] = (performance.now() - midMs) * 1_000;
  }
  const [readRawUs, readUs] = [timesUs.raw, timesUs.ours].map((times) => times.sort()[READS >> 1]!);
  assert(readRawUs !== undefined && readUs !== undefined, 'both sides were read');
  return { readRawUs, readUs, readRatio: readUs / readRawUs };
}

function predictionsOf(rowCount: number): Workload {
  const sample = sampleOf('model_predictions');
  const rows = Array.from({ length: rowCount }, (_, i) => ({
    ...sample,
    predictionId: i + 1,
    timestamp: sample.timestamp + i * 1_000,
    snapshotId: TRADE_SEQ,
    confidence: i / rowCount,
  }));
  return workload(rows, MODEL_PREDICTIONS);
}

/** Each trade twice, as it opens and as it closes. */
function tradesOf(rowCount: number): Workload {
  const sample = sampleOf('trades');
  const rows = Array.from({ length: rowCount }, (_, i) => ({
    ...sample,
    tradeId: (i >> 1) + 1,
    timestamp: sample.timestamp + (i >> 1) * 1_000,
    status: i % 2 === 0 ? ('OPEN' as const) : ('CLOSED' as const),
    entryOrderId: null,
    pnlAtoms: BigInt(i) * 1_000n,
  }));
  return workload(rows, TRADES);
}

function workload(rows: readonly RecordRow[], { name, key, columns, write }: TableDef): Workload {
  const names = columns.map((column) => column.name);
  const insert = `INSERT INTO ${name} VALUES (${names.map(() => '?').join(', ')})`;
  const updates = names.slice(1).map((column) => `${column} = excluded.${column}`);
  return {
    rows,
    arrays: rows.map((row) =>
      Object.entries(row).flatMap(([field, value]) => (field === 'table' ? [] : [value])),
    ),
    sql:
      write === 'insert' ? insert : `${insert} ON CONFLICT (${key.name}) DO UPDATE SET ${updates.join(', ')}`,
  };
}

function sampleOf<T extends RecordRow['table']>(table: T): Extract<RecordRow, { table: T }> {
  const row = sampleRows(TRADE_SEQ).find((candidate) => candidate.table === table);
  assert(row !== undefined, `event ${TRADE_SEQ} of the invented run writes ${table}`);
  return row as Extract<RecordRow, { table: T }>;
}

function pathOf(dir: string, side: string): string {
  return folderOf(dir, side).recordPath;
}

function perSecond(count: number, ms: number): number {
  return Math.round((count / ms) * 1_000);
}
