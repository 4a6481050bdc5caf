/** The training thread: runs one job and ends. Started by `train-in-worker.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert, XylenError } from '#core';
import { failureOf, type TrainingMessage, type TrainingWorkerData } from './training-job.ts';
import { runTraining } from './training-run.ts';

const { job, stop } = workerData as TrainingWorkerData;
const port = parentPort;
assert(port !== null, 'the training thread has a parent');
const say = (message: TrainingMessage): void => port.postMessage(message);

/** Progress at most every so often: a message costs the parent a turn. */
const PROGRESS_MS = 50;

let lastMs = Number.NEGATIVE_INFINITY;

try {
  const result = await runTraining(job, {
    progress: {
      update(state) {
        if (performance.now() - lastMs < PROGRESS_MS && state.done < state.total) return;
        lastMs = performance.now();
        say({ kind: 'progress', state });
      },
    },
    checkpoint() {
      if (Atomics.load(stop, 0) === 1)
        throw new XylenError('XY_INTERRUPTED', 'the training was interrupted; the registry is as it was');
    },
    tag: String(process.pid),
  });
  say({ kind: 'done', result });
} catch (thrown) {
  say({ kind: 'failed', failure: failureOf(thrown) });
}
