/** The models of a run that replays or simulates time. */
import type { PredictorPool } from '#serving';
import type { CommandContext } from '../cli/command.ts';
import { openModelPool } from '../workers/model-pool.ts';

/** Opens the models that the configuration names, for a run in simulated time. */
export function openModels(
  { config, dataDir }: Pick<CommandContext, 'config' | 'dataDir'>,
  timeframesUs: readonly number[],
): Promise<PredictorPool> {
  return openModelPool({ config, dataDir, timeframesUs, isReplay: true });
}
