/** Which strategies a run has: the ensemble, or a user's own. */

import { EnsembleStrategy, type Strategy } from '#engine';
import { ENSEMBLE_OPTIONS_DEFAULT, type EnsembleOptions } from '#ensemble';
import { defaultRiskOptions, type LevelOptions } from '#risk';
import type { XylenConfig } from '../config/schema.ts';
import { costModelOf } from './settings.ts';
import { loadStrategy } from './strategy-loader.ts';

/** A strategy of the command line, or the ensemble. */
export interface StrategyChoice {
  /** A module's path; `null` = the ensemble. */
  readonly path: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Builds the strategy of a run. @throws XY_STRATEGY_INVALID, XY_FILE_MISSING. */
export async function buildStrategy(
  choice: StrategyChoice,
  config: XylenConfig,
  decisionTimeframeUs: number,
): Promise<Strategy> {
  if (choice.path === null) return ensembleStrategy(config, decisionTimeframeUs);
  return loadStrategy(choice.path, choice.parameters, (url) => import(url));
}

/** Builds the ensemble from the configuration. */
export function ensembleStrategy(config: XylenConfig, timeframeUs: number): EnsembleStrategy {
  return new EnsembleStrategy({
    ensemble: ensembleOptionsOf(config),
    halfLifeCount: config.ensemble.performance.halfLifeCount,
    horizonBars: config.ensemble.horizonBars,
    timeframeUs,
    costs: costModelOf(config),
    levels: levelOptionsOf(config),
  });
}

/** Returns the settings of the ensemble. */
export function ensembleOptionsOf(config: XylenConfig): EnsembleOptions {
  const { gate, horizonBars, method, priorVariance } = config.ensemble;
  const enabled = config.models.list.filter((model) => model.enabled);
  return {
    ...ENSEMBLE_OPTIONS_DEFAULT,
    method,
    priorVariance,
    // Overlapping outcomes, one a bar, as many as the default counts of independent ones.
    outcomesMin: ENSEMBLE_OPTIONS_DEFAULT.outcomesMin * horizonBars,
    modelWeights: Object.fromEntries(enabled.map(({ name, weight }) => [name, weight])),
    modelsMin: gate.modelsMin,
    disagreementMax: gate.disagreementMax,
    varianceMax: gate.varianceMax,
    expectedValueMarginPpm: gate.expectedValueMarginPpm,
    dataStaleAfterUs: config.risk.dataStaleAfterUs,
  };
}

/** Returns how far stop and target are. */
export function levelOptionsOf(config: XylenConfig): LevelOptions {
  const { baseRisk, rewardRiskMax, rewardRiskMin, stopLossMax, takeProfitMax } = config.risk;
  const defaults = defaultRiskOptions(0);
  return { ...defaults, baseRisk, rewardRiskMin, rewardRiskMax, stopLossMax, takeProfitMax };
}
