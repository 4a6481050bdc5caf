/** The models of a run: what the configuration names, looked up in the registry, behind the predictor port in a worker or in the process. */
import { Worker } from 'node:worker_threads';
import { US_PER_MS } from '#core';
import {
  buildPredictor,
  InProcessPool,
  type LatencyRule,
  type PredictorPool,
  type PredictorSpec,
  predictorInfo,
  type StopTargetOptions,
} from '#serving';
import { WorkerPool } from '#serving/worker';
import { ModelRegistry, type RegistryEntry } from '#training';
import type { XylenConfig } from '../config/schema.ts';
import type { ModelWorkerData } from './model-worker.ts';

/** Which models are opened, and for what questions. */
export interface ModelPoolRequest {
  readonly config: XylenConfig;
  readonly dataDir: string;
  /** As the run has them: they may be scaled up from the configured ones. */
  readonly timeframesUs: readonly number[];
  /**
   * True where time is simulated: answers then state `models.simulated_latency`, and a worker is waited for much longer than
   * `models.timeout`, since a busy host must not change the result of a replay.
   */
  readonly isReplay: boolean;
}

/** The name under which the rule is configured; every other name is looked up in the registry. */
export const TREND_MODEL = 'trend';

/** A replay gives a model up only when it hangs. */
const REPLAY_TIMEOUT_MS = 60_000;

/** Heap of the thread: the code, and each model's text while it is read into trees. */
const WORKER_HEAP_MB = 48;
const WORKER_HEAP_PER_TEXT = 12;
const WORKER_YOUNG_MB = 2;

/** Opens the enabled models. @throws XY_MODEL_INVALID when a serving model is damaged, XY_WORKER_FAILED */
export async function openModelPool(request: ModelPoolRequest): Promise<PredictorPool> {
  const { mode, simulatedLatencyUs, timeoutUs } = request.config.models;
  const specs = predictorSpecs(request);
  const latency: LatencyRule = { simulatedMs: request.isReplay ? simulatedLatencyUs / US_PER_MS : null };
  if (mode === 'in_process') {
    return new InProcessPool(
      specs.map((spec) => buildPredictor(spec, 'in-process')),
      latency,
    );
  }
  const pool = new WorkerPool(
    specs.map((spec) => predictorInfo(spec, 'worker')),
    (link) => startWorker({ link, specs, latency }),
    {
      timeoutMs: request.isReplay ? REPLAY_TIMEOUT_MS : timeoutUs / US_PER_MS,
      nowMs: () => performance.now(),
    },
  );
  await pool.open();
  return pool;
}

/** Returns what the configuration names: rules, trained models, and models that are not there yet, which then say so. */
export function predictorSpecs(request: ModelPoolRequest): readonly PredictorSpec[] {
  const { config, dataDir, timeframesUs } = request;
  const registry = new ModelRegistry(dataDir, String(process.pid));
  const levels = stopTargetOptionsOf(config);
  const { horizonBars } = config.ensemble;
  return config.models.list
    .filter(({ enabled }) => enabled)
    .map(({ name }): PredictorSpec => {
      if (name === TREND_MODEL) return { kind: 'trend', name, rule: { timeframesUs, horizonBars }, levels };
      const entry = registry.loadCurrent(name);
      const why = entry === null ? noneServes(registry, name) : misfitOf(entry, horizonBars);
      if (entry === null || why !== null) return { kind: 'untrained', name, message: why ?? '' };
      return { kind: 'gbm', artefact: entry.artefact, levels };
    });
}

function startWorker(workerData: ModelWorkerData): Worker {
  const textLength = workerData.specs.reduce(
    (sum, spec) => sum + (spec.kind === 'gbm' ? spec.artefact.modelText.length : 0),
    0,
  );
  const maxOldGenerationSizeMb = Math.ceil(WORKER_HEAP_MB + (WORKER_HEAP_PER_TEXT * textLength) / 1e6);
  return new Worker(new URL('./model-worker.ts', import.meta.url), {
    name: 'models',
    workerData,
    resourceLimits: { maxOldGenerationSizeMb, maxYoungGenerationSizeMb: WORKER_YOUNG_MB },
  });
}

function noneServes(registry: ModelRegistry, name: string): string {
  const { length } = registry.versions(name);
  if (length > 0)
    return `none of the ${length} trained versions passed the gate; see 'xylen model show ${name}'`;
  return `there is no model '${name}' yet; see 'xylen train --help'`;
}

/** Says why a model cannot answer what this run asks; another feature set it finds out by itself. */
function misfitOf({ manifest }: RegistryEntry, horizonBars: number): string | null {
  const { content, version } = manifest;
  if (content.horizonBars === horizonBars) return null;
  return `version ${version} predicts ${content.horizonBars} bars ahead, the ensemble asks for ${horizonBars}; train it anew`;
}

function stopTargetOptionsOf(config: XylenConfig): StopTargetOptions {
  const { baseRisk, rewardRiskMax, rewardRiskMin, stopLossMax, takeProfitMax } = config.risk;
  return { baseRisk, rewardRiskMin, rewardRiskMax, stopLossMax, takeProfitMax };
}
