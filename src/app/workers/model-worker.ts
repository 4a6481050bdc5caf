/** The models' thread: builds the predictors of a pool and answers its requests. Started by `model-pool.ts`. */
import { workerData } from 'node:worker_threads';
import { buildPredictor, type LatencyRule, type PredictorSpec } from '#serving';
import { type ModelLink, serveModels } from '#serving/worker';

/** What the worker is started with. */
export interface ModelWorkerData {
  readonly link: ModelLink;
  readonly specs: readonly PredictorSpec[];
  readonly latency: LatencyRule;
}

const { latency, link, specs } = workerData as ModelWorkerData;

serveModels(link, latency, () => specs.map((spec) => buildPredictor(spec, 'worker')));
