/** The port of a training objective. A family of objectives is one file; `objectives.ts` finds them by name. */

/** Labels and weights as LightGBM holds them: float32. */
export interface Targets {
  readonly labels: Float32Array;
  /** `null` = all 1. */
  readonly weights: Float32Array | null;
}

/** A loss with its derivatives, over raw scores (sums of leaf values). Holds no state of a run. */
export interface GbmObjective {
  /** The `objective=` line of LightGBM's text format, with its parameters. */
  readonly header: string;
  /** @throws XY_ROW_INVALID for a label outside its domain. */
  checkLabels(labels: Float32Array): void;
  /** False when the labels leave nothing to learn (one class only): the model is a constant. */
  canLearn(targets: Targets): boolean;
  /** Returns the constant score of least loss. */
  initialScore(targets: Targets): number;
  /** Writes first and second derivatives of the weighted loss by score, rounded to float32. */
  derive(scores: Float64Array, targets: Targets, gradients: Float32Array, hessians: Float32Array): void;
  /** Returns the weighted mean loss of the scores. */
  loss(scores: Float64Array, targets: Targets): number;
}
