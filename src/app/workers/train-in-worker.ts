/** Trains in a thread of its own, so that the program stays responsive and Ctrl-C is heard. */
import { Worker } from 'node:worker_threads';
import { messageOf, XylenError } from '#core';
import type { Progress } from '#telemetry';
import {
  errorOf,
  type TrainingJob,
  type TrainingMessage,
  type TrainingResult,
  type TrainingWorkerData,
} from './training-job.ts';

/** What a training reports to and is ended by. */
export interface TrainingSupervision {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Time that the thread gets to end by itself after the signal; then it is ended. */
const GRACE_MS = 5_000;

/** Heap of the thread; the tables of numbers lie outside it and are bounded by the number of rows. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 1_024 };

/**
 * Runs a job. @throws XY_INTERRUPTED after the signal, with the registry as it was; else what the training throws: XY_DATA_INSUFFICIENT,
 * XY_MODEL_INVALID, the errors of reading data, XY_WORKER_FAILED
 */
export async function trainInWorker(
  job: TrainingJob,
  { progress, signal }: TrainingSupervision,
): Promise<TrainingResult> {
  if (signal.aborted) throw interrupted();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const workerData: TrainingWorkerData = { job, stop };
  const worker = new Worker(new URL('./training-worker.ts', import.meta.url), {
    name: 'training',
    workerData,
    resourceLimits: WORKER_LIMITS,
  });
  const outcome = outcomeOf(worker, progress);
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    Atomics.store(stop, 0, 1);
    timer = setTimeout(() => void worker.terminate(), GRACE_MS);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await outcome;
  } catch (thrown) {
    // A thread that had to be ended cannot say why it ended.
    throw signal.aborted && !isCoded(thrown, 'XY_INTERRUPTED') ? interrupted() : thrown;
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
    await worker.terminate();
  }
}

function outcomeOf(worker: Worker, progress: Progress): Promise<TrainingResult> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: TrainingMessage) => {
      if (message.kind === 'progress') progress.update(message.state);
      else if (message.kind === 'done') resolve(message.result);
      else reject(errorOf(message.failure));
    });
    const fail = (reason: string): void =>
      reject(new XylenError('XY_WORKER_FAILED', `the training thread failed: ${reason}`));
    worker.on('error', (error: unknown) => fail(messageOf(error)));
    worker.on('exit', (code) => fail(`it ended with exit code ${code}`));
  });
}

function isCoded(thrown: unknown, code: string): boolean {
  return thrown instanceof XylenError && thrown.code === code;
}

function interrupted(): XylenError {
  return new XylenError('XY_INTERRUPTED', 'the training was interrupted; the registry is as it was');
}
