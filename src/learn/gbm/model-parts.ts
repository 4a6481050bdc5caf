/** What a model is made of, between the trainer or a file on one side and `GbmModel` on the other. */
import type { GbmTree } from './tree.ts';

/** The parts of a model; `GbmModel` adds prediction. */
export interface GbmModelParts {
  readonly featureNames: readonly string[];
  /** Range of each feature as LightGBM writes it: `[min:max]`, categories `a:b:c`, or `none` for an unused one. */
  readonly featureInfos: readonly string[];
  /** The `objective=` line, e.g. `binary sigmoid:1`; empty for a custom objective. */
  readonly objective: string;
  /** Trees of one round = outputs of the model (classes); tree t belongs to output t mod this. */
  readonly treesPerRound: number;
  /** Classes as the file says; equals `treesPerRound` in all models known. */
  readonly classCount: number;
  /** Random forest: predictions are means over the rounds instead of sums. */
  readonly isAveraged: boolean;
  /** The `monotone_constraints=` line; empty = none. */
  readonly monotoneConstraints: string;
  readonly trees: readonly GbmTree[];
  /** Lines of the parameter section, for people and for LightGBM; they do not act on predictions. */
  readonly parameterLines: readonly string[];
}
