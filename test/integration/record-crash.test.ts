/** A record survives kill -9 at any moment: opened again it holds exactly the rows up to its last checkpoint. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Prng } from '#core';
import { hashRecord, openRecord, rowCounts, sqliteRecordSink } from '#store/sqlite';
import { createRun } from '../../src/app/runs/run-folder.ts';
import { testSeed } from '../support/property.ts';
import {
  SAMPLE_FEATURE_SET,
  SAMPLE_FEATURES,
  sampleRows,
  sampleRun,
  sampleTimeUs,
} from '../support/sample-run.ts';
import { tempDir } from '../support/temp-dir.ts';

const KILLS = 20;
const WRITER = new URL('../support/record-writer.ts', import.meta.url).pathname;
const OPTIONS = { runId: 'run-1', durability: 'normal', wallNowUs: 1 } as const;

/** Where a record stands: its last event, its content, its size. */
interface Standing {
  readonly eventSeq: number;
  readonly hash: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly stateByte: number | undefined;
}

function standingOf(path: string): Standing {
  const record = openRecord(path);
  try {
    const checkpoint = record.checkpoint('run-1');
    return {
      eventSeq: checkpoint?.eventSeq ?? 0,
      hash: hashRecord(record),
      rows: rowCounts(record),
      stateByte: checkpoint?.state[19_999],
    };
  } finally {
    record.close();
  }
}

/** The same run in a record that nobody disturbs, advanced to the event that is asked for. */
class UndisturbedRun {
  readonly #path: string;
  readonly #sink;
  #seq = 0;

  constructor(path: string) {
    this.#path = path;
    this.#sink = sqliteRecordSink(path, OPTIONS);
    this.#sink.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
  }

  standingAt(eventSeq: number): Standing {
    if (this.#seq === 0 && eventSeq > 0) this.#sink.write(sampleRun('run-1'));
    while (this.#seq < eventSeq) for (const row of sampleRows(++this.#seq)) this.#sink.write(row);
    const state = new Uint8Array(20_000).fill(eventSeq);
    if (eventSeq > 0) this.#sink.checkpoint({ eventSeq, tsUs: sampleTimeUs(eventSeq), state });
    return standingOf(this.#path);
  }

  close(): Promise<void> {
    return this.#sink.close();
  }
}

/** Runs the writer to its end and returns the signal that ended it. The compile cache halves the time of a start. */
async function runWriter(dataDir: string, args: readonly (string | number)[]): Promise<unknown> {
  const writer = spawn(process.execPath, [WRITER, dataDir, ...args.map(String)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(dataDir, 'compile-cache') },
  });
  let errors = '';
  writer.stderr.on('data', (chunk: Buffer) => {
    errors += String(chunk);
  });
  const [, signal] = await once(writer, 'close');
  assert.equal(errors, '');
  return signal;
}

describe('a record whose writer is killed with -9', { concurrency: true }, () => {
  for (const mode of ['thread', 'worker'] as const) {
    it(`holds exactly the rows up to its last checkpoint (writer in the ${mode})`, async (test) => {
      const dataDir = tempDir(test);
      const { recordPath } = createRun(dataDir, 'run-1');
      const undisturbed = new UndisturbedRun(join(dataDir, 'undisturbed.sqlite'));
      const prng = new Prng(testSeed()).split(mode);
      // Ends by itself and so leaves the cache, which a killed process does not.
      assert.equal(await runWriter(dataDir, [mode, 0, 1]), null);
      let progressed = 0;
      let before = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const amount = mode === 'thread' ? prng.integer(5, 45) : prng.integer(10, 200);
        assert.equal(await runWriter(dataDir, [mode, amount, prng.integer(1, 20)]), 'SIGKILL');
        const found = standingOf(recordPath);
        assert.ok(found.eventSeq >= before, `event ${before} was durable, found ${found.eventSeq}`);
        assert.deepEqual(found, undisturbed.standingAt(found.eventSeq), `after kill ${kill + 1}`);
        if (found.eventSeq > before) progressed++;
        before = found.eventSeq;
      }
      await undisturbed.close();
      test.diagnostic(`${KILLS} kills, ${before} events, ${progressed} runs reached a further checkpoint`);
      assert.ok(progressed >= KILLS / 4, `only ${progressed} of ${KILLS} runs wrote anything`);
    });
  }
});
