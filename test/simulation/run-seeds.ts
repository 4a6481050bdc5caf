/** Tells many stories over threads and sums them up. */
import { Worker } from 'node:worker_threads';
import type { SimMessage, SimWork } from './sim-worker.ts';
import { Tally } from './tally.ts';

/** Which stories, on how many threads. */
export interface SeedRun {
  readonly from: number;
  readonly seeds: number;
  readonly threads: number;
  /** Name of a planted bug; `null` = none. */
  readonly bug: string | null;
  /** Ends at the first violation. */
  readonly stopsAtViolation: boolean;
  readonly onStory?: (tally: Tally) => void;
}

/** Tells the stories. @throws what a thread throws */
export async function runSeeds(run: SeedRun): Promise<Tally> {
  const tally = new Tally();
  const workers: Worker[] = [];
  const stop = async (): Promise<void> => {
    for (const worker of workers) await worker.terminate();
  };
  const lanes = Array.from({ length: Math.min(run.threads, run.seeds) }, (_, lane) => {
    const { bug, from, seeds, threads } = run;
    const workerData: SimWork = { from: from + lane, to: from + seeds, step: Math.min(threads, seeds), bug };
    const worker = new Worker(new URL('./sim-worker.ts', import.meta.url), {
      workerData,
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    workers.push(worker);
    return new Promise<void>((resolve, reject) => {
      worker.on('message', (result: SimMessage) => {
        tally.add(result);
        run.onStory?.(tally);
        if (result.violation !== null && run.stopsAtViolation) void stop();
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  });
  try {
    await Promise.all(lanes);
  } finally {
    await stop();
  }
  return tally;
}
