/**
 * A program to be killed: goes on with the invented run from the record's last checkpoint until it dies.
 * Arguments: data directory, `thread` (writes in its own thread, killed by another one after N ms) or `worker` (writes through the recorder's
 * worker, kills itself after N events), N, and how many events lie between checkpoints. With N = 0 it writes nothing and ends by itself.
 */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { openRecord, sqliteRecordSink } from '#store/sqlite';
import { folderOf } from '../../src/app/runs/run-folder.ts';
import { lockRun } from '../../src/app/runs/run-lock.ts';
import { startRunRecorder } from '../../src/app/runs/run-record.ts';
import { SAMPLE_FEATURE_SET, SAMPLE_FEATURES, sampleRows, sampleRun, sampleTimeUs } from './sample-run.ts';

const [dataDir = '', mode = '', amount = '', checkpointEvery = ''] = process.argv.slice(2);
const OPTIONS = { durability: 'normal', wallNowUs: 1 } as const;
/** A bound, should nobody kill us. */
const EVENTS_MAX = 50_000;

const folder = folderOf(dataDir, 'run-1');
const lock = lockRun(folder);
const first = lastEvent() + 1;
const sink =
  mode === 'worker'
    ? await startRunRecorder(folder, OPTIONS)
    : sqliteRecordSink(folder.recordPath, { runId: folder.runId, ...OPTIONS });
sink.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
if (first === 1) sink.write(sampleRun(folder.runId));
if (mode === 'thread' && amount !== '0') killFromAnotherThread(Number(amount));

for (let seq = first; seq < first + (Number(amount) === 0 ? 0 : EVENTS_MAX); seq++) {
  for (const row of sampleRows(seq)) sink.write(row);
  if (seq % Number(checkpointEvery) === 0) {
    sink.checkpoint({ eventSeq: seq, tsUs: sampleTimeUs(seq), state: new Uint8Array(20_000).fill(seq) });
  }
  if (mode === 'worker' && seq - first >= Number(amount)) process.kill(process.pid, 'SIGKILL');
}
await sink.close();
lock.release();

function lastEvent(): number {
  if (!existsSync(folder.recordPath)) return 0;
  const record = openRecord(folder.recordPath);
  const seq = record.checkpoint(folder.runId)?.eventSeq ?? 0;
  record.close();
  return seq;
}

/** Returns once the other thread runs, so that the time counts from the first row. */
function killFromAnotherThread(afterMs: number): void {
  const ready = new Int32Array(new SharedArrayBuffer(4));
  const source = `const { ready } = require('node:worker_threads').workerData;
    Atomics.store(ready, 0, 1);
    Atomics.notify(ready, 0);
    Atomics.wait(ready, 0, 1, ${afterMs});
    process.kill(process.pid, 'SIGKILL');`;
  new Worker(source, { eval: true, workerData: { ready } });
  Atomics.wait(ready, 0, 0);
}
