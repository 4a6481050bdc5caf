/** A models' thread with the sample models. */
import { workerData } from 'node:worker_threads';
import { buildPredictor, type PredictorSpec } from '../predictor-spec.ts';
import { type ModelLink, serveModels } from '../worker/index.ts';

const { link, specs } = workerData as {
  readonly link: ModelLink;
  readonly specs: readonly PredictorSpec[];
};

serveModels(link, { simulatedMs: 5 }, () => specs.map((spec) => buildPredictor(spec, 'worker')));
