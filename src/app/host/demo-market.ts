/** The demo's market and the training on its past: one seed is one market, so that the same seed trains the same model and trades the same prices. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { assert, US_PER_DAY } from '#core';
import { featureSet } from '#features';
import type { Progress } from '#telemetry';
import type { CommandContext } from '../cli/command.ts';
import { trainingSettings } from '../commands/train/training-wish.ts';
import { trainInWorker } from '../workers/train-in-worker.ts';
import type { TrainingResult } from '../workers/training-job.ts';
import { commitId } from './program.ts';
import {
  prepareSyntheticMarket,
  SYNTHETIC_TRADE_FROM_US,
  type SyntheticPreparedMarket,
  syntheticOptions,
} from './synthetic-market.ts';

/** The model that the demo trains. */
const MODEL = 'gbm';

/** Models of invented markets must never serve in a run on real data: they lie in a folder of their own, a market each. */
export function demoModelsDir(dataDir: string, seed: number): string {
  return join(dataDir, 'demo', `seed-${seed}`);
}

/** Returns the market: `history_days` of past, of which the last part warms the features up, then an endless future. */
export function prepareDemoMarket({ config }: CommandContext, seed: number): SyntheticPreparedMarket {
  const tradeFromUs = SYNTHETIC_TRADE_FROM_US;
  const startUs = pastStartUs(config.synthetic.historyDays);
  const seenFromUs = Math.max(startUs, tradeFromUs - featureSet(config.timeframesUs).historyUs);
  return prepareSyntheticMarket(config, seed, { startUs, seenFromUs, tradeFromUs, endUs: null });
}

/** Trains on the market's past. A model that does not pass the gate is kept and does not serve, as everywhere. @throws as `trainInWorker` */
export function trainOnPast(
  context: CommandContext,
  seed: number,
  progress: Progress,
): Promise<TrainingResult> {
  const { config, dataDir, signal } = context;
  const modelsDir = demoModelsDir(dataDir, seed);
  // What an earlier demo left, with other settings perhaps, must neither vote nor be a rival: the model of this market and no other.
  rmSync(modelsDir, { recursive: true, force: true });
  const range = { startUs: pastStartUs(config.synthetic.historyDays), endUs: SYNTHETIC_TRADE_FROM_US };
  const { endUs, ...options } = syntheticOptions(config, seed, range);
  assert(endUs !== null, 'the past has an end');
  const job = {
    ...trainingSettings(config, 'sim', MODEL, config.learning.seed),
    dataDir: modelsDir,
    source: { kind: 'synthetic', options: { ...options, endUs } },
    venue: 'sim',
    symbols: options.symbols.map(({ symbol }) => symbol),
    fromUs: null,
    toUs: null,
    specs: [],
    nowUs: context.wallNowUs(),
    commit: commitId(),
  } as const;
  return trainInWorker(job, { progress, signal });
}

function pastStartUs(historyDays: number): number {
  return SYNTHETIC_TRADE_FROM_US - historyDays * US_PER_DAY;
}
