/** The objectives that can be trained, by name. */
import { BINARY_LOG_LOSS } from './binary-objective.ts';
import type { GbmObjective } from './objective.ts';
import type { GbmObjectiveName } from './params.ts';
import { SQUARED_ERROR } from './regression-objective.ts';

/** Every objective that `trainGbm` knows. */
export const OBJECTIVES: Readonly<Record<GbmObjectiveName, GbmObjective>> = {
  l2: SQUARED_ERROR,
  binary: BINARY_LOG_LOSS,
};
