/** A thread that tells stories, every so many-th seed of a range, and reports each. */
import { parentPort, workerData } from 'node:worker_threads';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { type StoryResult, tellStory } from './story.ts';

/** Which stories a thread tells: `from`, `from + step`, ... before `to`. */
export interface SimWork {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** Name of a planted bug; `null` = none. */
  readonly bug: string | null;
}

/** A finished story. */
export type SimMessage = StoryResult;

async function work({ bug, from, step, to }: SimWork): Promise<void> {
  const makeParts = bug === null ? undefined : PLANTED_BUGS[bug];
  for (let seed = from; seed < to; seed += step) {
    const result = await tellStory({ seed, ...(makeParts === undefined ? {} : { makeParts }) });
    parentPort?.postMessage(result satisfies SimMessage);
  }
}

// The tool that starts the threads is the only one that knows what they get.
await work(workerData as SimWork);
