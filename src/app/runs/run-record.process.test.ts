import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Worker } from 'node:worker_threads';
import { XylenError } from '#core';
import {
  connectRecorder,
  IN_FLIGHT_HARD,
  IN_FLIGHT_SOFT,
  type RecorderLink,
  type WorkerRecordSink,
} from '#store/record-client';
import { hashRecord, openRecord, sqliteRecordSink } from '#store/sqlite';
import {
  SAMPLE_FEATURE_SET,
  SAMPLE_FEATURES,
  sampleRows,
  sampleRun,
  sampleTimeUs,
} from '../../../test/support/sample-run.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { createRun, type RunFolder } from './run-folder.ts';
import { openRunIntents, startRunRecorder } from './run-record.ts';

const OPTIONS = { durability: 'normal', wallNowUs: 1 } as const;

async function recorder(test: TestContext): Promise<{ folder: RunFolder; sink: WorkerRecordSink }> {
  const folder = createRun(tempDir(test), 'run-1');
  const sink = await startRunRecorder(folder, OPTIONS);
  test.after(() => sink.close().catch(() => undefined));
  sink.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
  sink.write(sampleRun('run-1'));
  return { folder, sink };
}

const checkpoint = (sink: Pick<WorkerRecordSink, 'checkpoint'>, eventSeq: number): void =>
  sink.checkpoint({ eventSeq, tsUs: sampleTimeUs(eventSeq), state: Uint8Array.of(eventSeq % 256) });

function hashOf(path: string): string {
  const record = openRecord(path);
  try {
    return hashRecord(record);
  } finally {
    record.close();
  }
}

const failed =
  (message: RegExp) =>
  (error: unknown): boolean =>
    error instanceof XylenError && error.code === 'XY_WORKER_FAILED' && message.test(error.message);

/** Starts a worker from source text; `link`, `gate` and `done()` are in its scope. */
function fakeRecorder(
  body: string,
  { gate, stallMsMax }: { readonly gate?: Int32Array; readonly stallMsMax?: number } = {},
): Promise<WorkerRecordSink> {
  const source = `const { link, gate } = require('node:worker_threads').workerData;
    const done = () => { Atomics.add(link.control, 0, 1); Atomics.notify(link.control, 0); };
    ${body}`;
  const start = (link: RecorderLink): Worker =>
    new Worker(source, { eval: true, workerData: { link, gate }, transferList: [link.port] });
  return connectRecorder(start, stallMsMax === undefined ? {} : { stallMsMax });
}

describe('the recorder in a worker', () => {
  it('writes the same record as the sink in the same thread', async (test) => {
    const { folder, sink } = await recorder(test);
    const path = join(tempDir(test), 'record.sqlite');
    const local = sqliteRecordSink(path, { runId: 'run-1', ...OPTIONS });
    local.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
    local.write(sampleRun('run-1'));
    for (let seq = 1; seq <= 600; seq++) {
      for (const row of sampleRows(seq)) {
        sink.write(row);
        local.write(row);
      }
      if (seq % 150 === 0) checkpoint(sink, seq);
      if (seq % 200 === 0) checkpoint(local, seq);
    }
    await sink.close();
    await local.close();
    assert.equal(hashOf(folder.recordPath), hashOf(path));
  });

  it('makes a checkpoint durable by flush, with state that the caller may then change', async (test) => {
    const { folder, sink } = await recorder(test);
    const backing = Buffer.alloc(64, 7);
    const state = backing.subarray(8, 12);
    sink.checkpoint({ eventSeq: 1, tsUs: 5, state });
    state.fill(0);
    await sink.flush();
    assert.equal(sink.inFlight, 0);
    const record = openRecord(folder.recordPath);
    assert.deepEqual(record.checkpoint('run-1'), { eventSeq: 1, tsUs: 5, state: Uint8Array.of(7, 7, 7, 7) });
    record.close();
  });

  it('stays within its bounds while the thread never yields', async (test) => {
    const { folder, sink } = await recorder(test);
    let inFlightMax = 0;
    for (let seq = 1; seq <= 1_500; seq++) {
      for (const row of sampleRows(seq)) sink.write(row);
      if (seq % 50 === 0) checkpoint(sink, seq);
      inFlightMax = Math.max(inFlightMax, sink.inFlight);
    }
    assert.ok(inFlightMax <= IN_FLIGHT_HARD, `${inFlightMax} batches under way`);
    sink.drainSync();
    assert.ok(sink.inFlight < IN_FLIGHT_SOFT && !sink.isBehind);
    await sink.close();
    const record = openRecord(folder.recordPath);
    assert.equal([...record.rows('snapshots')].length, 1_500);
    record.close();
  });

  it('is behind from its soft bound on, until the writer has caught up', async () => {
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const body = `done();
      link.port.on('message', ({ kind }) => {
        Atomics.wait(gate, 0, 0);
        done();
        if (kind === 'close') link.port.close();
      });`;
    const sink = await fakeRecorder(body, { gate });
    for (let seq = 1; seq < IN_FLIGHT_SOFT; seq++) checkpoint(sink, seq);
    assert.equal(sink.isBehind, false);
    await sink.drained();
    checkpoint(sink, IN_FLIGHT_SOFT);
    assert.equal(sink.isBehind, true);
    const drained = sink.drained();
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await drained;
    assert.equal(sink.isBehind, false);
    await sink.close();
  });

  it('reports why the writer stopped, to every later call', async (test) => {
    const { folder, sink } = await recorder(test);
    checkpoint(sink, 1);
    sink.write({ table: 'prediction_outcomes', predictionId: 99, outcomePnl: 0, outcomeCorrect: 0 });
    checkpoint(sink, 2);
    const isTheReason = failed(/prediction_outcomes 99 updates a row that exists/);
    await assert.rejects(sink.flush(), isTheReason);
    await assert.rejects(sink.drained(), isTheReason);
    assert.throws(() => sink.write(sampleRun('run-1')), isTheReason);
    assert.throws(() => checkpoint(sink, 3), isTheReason);
    await assert.rejects(sink.close(), isTheReason);
    const record = openRecord(folder.recordPath);
    assert.equal(record.checkpoint('run-1')?.eventSeq, 1);
    record.close();
  });

  it('reports it also to a thread that never yields', async (test) => {
    const { sink } = await recorder(test);
    sink.write({ table: 'prediction_outcomes', predictionId: 99, outcomePnl: 0, outcomeCorrect: 0 });
    assert.throws(
      () => {
        for (let seq = 1; seq <= 100_000; seq++) checkpoint(sink, seq);
      },
      failed(/prediction_outcomes 99/),
    );
  });

  it('refuses a bad row in the call that brings it', async (test) => {
    const { sink } = await recorder(test);
    assert.throws(() => sink.write({ ...sampleRun('run-1'), seed: 0.5 }), /runs\.seed is int, was 0\.5/);
    checkpoint(sink, 1);
    await sink.close();
  });

  it('fails at the start when the record cannot be opened', async (test) => {
    const folder = createRun(tempDir(test), 'run-1');
    const elsewhere = { ...folder, recordPath: join(folder.path, 'no', 'such', 'folder', 'record.sqlite') };
    await assert.rejects(startRunRecorder(elsewhere, OPTIONS), failed(/unable to open database file/));
  });

  it('fails when its thread dies while it is waited for', async () => {
    const sink = await fakeRecorder(`done(); link.port.on('message', () => process.exit(3));`);
    checkpoint(sink, 1);
    await assert.rejects(sink.flush(), failed(/ended with exit code 3/));
    await assert.rejects(sink.close(), failed(/ended with exit code 3/));
  });

  it('fails when its thread throws', async () => {
    const sink = await fakeRecorder(`done(); link.port.on('message', () => { throw new Error('boom'); });`);
    checkpoint(sink, 1);
    await assert.rejects(
      sink.drained().then(() => sink.flush()),
      failed(/boom/),
    );
    await assert.rejects(sink.close(), failed(/boom/));
  });

  it('fails when nothing is done for too long while the thread is blocked', async () => {
    const sink = await fakeRecorder(`done(); link.port.on('message', () => undefined);`, { stallMsMax: 20 });
    assert.throws(
      () => {
        for (let seq = 1; seq <= IN_FLIGHT_HARD + 1; seq++) checkpoint(sink, seq);
      },
      failed(/did nothing for 20 ms/),
    );
    await assert.rejects(sink.close(), failed(/did nothing/));
  });

  it('can be closed twice, and drops rows after the last checkpoint', async (test) => {
    const { folder, sink } = await recorder(test);
    checkpoint(sink, 1);
    for (const row of sampleRows(1)) sink.write(row);
    await sink.close();
    await sink.close();
    const record = openRecord(folder.recordPath);
    assert.equal([...record.rows('snapshots')].length, 0);
    record.close();
  });
});

describe('the intents of a run', () => {
  it('lie beside its record', async (test) => {
    const folder = createRun(tempDir(test), 'run-1');
    const intents = openRunIntents(folder, { ...OPTIONS, durability: 'full' });
    assert.deepEqual(intents.since(0), []);
    intents.close();
  });
});
