/** Opens the stores of a run for the program that writes it: the record behind a worker thread, the intent log on the engine's own. */
import { Worker } from 'node:worker_threads';
import type { IntentLog } from '#store';
import { connectRecorder, type WorkerRecordSink } from '#store/record-client';
import { type Durability, openIntentLog } from '#store/sqlite';
import type { RecordWorkerData } from '../workers/record-worker.ts';
import type { RunFolder } from './run-folder.ts';

/** How the stores of a run are opened. */
export interface RunStoreOptions {
  readonly durability: Durability;
  /** Wall clock, epoch microseconds. */
  readonly wallNowUs: number;
}

/** Small: the recorder only unpacks batches and hands them to SQLite. The batches under way and their texts must fit. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 };

/** Opens or creates the record of a run in a worker thread. @throws XY_WORKER_FAILED. */
export function startRunRecorder(folder: RunFolder, options: RunStoreOptions): Promise<WorkerRecordSink> {
  return connectRecorder((link) => {
    const workerData: RecordWorkerData = {
      link,
      path: folder.recordPath,
      options: { runId: folder.runId, ...options },
    };
    return new Worker(new URL('../workers/record-worker.ts', import.meta.url), {
      name: 'record',
      workerData,
      transferList: [link.port],
      resourceLimits: WORKER_LIMITS,
    });
  });
}

/** Opens or creates the intent log of a run. Durability `full` wherever orders leave the process. */
export function openRunIntents(folder: RunFolder, options: RunStoreOptions): IntentLog {
  return openIntentLog(folder.intentsPath, options);
}
