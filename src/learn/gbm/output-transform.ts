/** From raw scores to predictions: what LightGBM's `objective=` line says about the output. */
import { XylenError } from '#core';

/** How a raw score becomes a prediction. */
export type OutputKind = 'identity' | 'sigmoid' | 'exp' | 'signed-square' | 'softmax';

/** The output of a model. */
export interface OutputTransform {
  readonly kind: OutputKind;
  /** Factor inside the sigmoid; 1 for the other kinds. */
  readonly sigmoid: number;
}

const KINDS: Readonly<Record<string, OutputKind>> = {
  regression: 'identity',
  regression_l1: 'identity',
  huber: 'identity',
  fair: 'identity',
  quantile: 'identity',
  mape: 'identity',
  lambdarank: 'identity',
  rank_xendcg: 'identity',
  custom: 'identity',
  none: 'identity',
  poisson: 'exp',
  gamma: 'exp',
  tweedie: 'exp',
  binary: 'sigmoid',
  cross_entropy: 'sigmoid',
  multiclass: 'softmax',
  multiclassova: 'sigmoid',
};

/**
 * Returns the transform of an `objective=` line such as `binary sigmoid:1` or `regression sqrt`; an empty one (a custom
 * objective) is the identity.
 * @throws XY_MODEL_INVALID for an objective that is not known.
 */
export function parseOutputTransform(header: string): OutputTransform {
  const [name = '', ...options] = header.trim().split(/\s+/u);
  const kind = name === '' ? 'identity' : Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind === undefined) {
    throw new XylenError('XY_MODEL_INVALID', `expected a known objective, was '${name}'`, {
      fields: { name },
    });
  }
  if (kind === 'identity' && options.includes('sqrt')) return { kind: 'signed-square', sigmoid: 1 };
  const option = options.find((word) => word.startsWith('sigmoid:'));
  const sigmoid = option === undefined ? 1 : Number(option.slice('sigmoid:'.length));
  if (!Number.isFinite(sigmoid) || sigmoid <= 0) {
    throw new XylenError('XY_MODEL_INVALID', `objective ${name}: expected a sigmoid > 0, was '${option}'`);
  }
  return { kind, sigmoid: kind === 'sigmoid' ? sigmoid : 1 };
}

/** Replaces the raw scores `scores[from, from + count)` of one row by its prediction. */
export function transformInPlace(
  transform: OutputTransform,
  scores: Float64Array,
  from: number,
  count: number,
): void {
  if (transform.kind === 'softmax') {
    softmaxInPlace(scores, from, count);
    return;
  }
  for (let i = from; i < from + count; i++) scores[i] = transformOne(transform, scores[i]!);
}

/** Returns the prediction of one raw score, for every kind but the softmax. */
export function transformOne({ kind, sigmoid }: OutputTransform, score: number): number {
  switch (kind) {
    case 'sigmoid':
      return 1 / (1 + Math.exp(-sigmoid * score));
    case 'exp':
      return Math.exp(score);
    case 'signed-square':
      return Math.sign(score) * score * score;
    default:
      return score;
  }
}

function softmaxInPlace(scores: Float64Array, from: number, count: number): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = from; i < from + count; i++) largest = Math.max(largest, scores[i]!);
  let sum = 0;
  for (let i = from; i < from + count; i++) {
    scores[i] = Math.exp(scores[i]! - largest);
    sum += scores[i]!;
  }
  for (let i = from; i < from + count; i++) scores[i]! /= sum;
}
