/** A models' thread with predictors that hang and die. */
import { workerData } from 'node:worker_threads';
import type { ModelLink } from '../worker/index.ts';
import { serveModels } from '../worker/index.ts';
import { faultyPredictors } from './faulty-predictors.ts';

/** What the thread is started with. */
export interface FaultyWorkerData {
  readonly link: ModelLink;
  /** True: the thread dies before it is ready. */
  readonly isStillborn: boolean;
}

const { isStillborn, link } = workerData as FaultyWorkerData;

serveModels(link, { simulatedMs: 5 }, () => {
  if (isStillborn) throw new Error('the model file is damaged');
  return faultyPredictors(() => process.exit(7));
});
