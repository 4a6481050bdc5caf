/**
 * Training parameters of gradient boosting: names, defaults and limits are LightGBM's own (in camel case), so that a parameter
 * file written for it can be read with no dictionary. Not here: how a parameter acts (see `split-finder.ts`, `feature-bins.ts`).
 */
import { XylenError } from '#core';

/** The objectives that can be trained. */
export const GBM_OBJECTIVES = ['l2', 'binary'] as const;

/** The name of an objective that can be trained: squared error, or log loss of labels 0 and 1. */
export type GbmObjectiveName = (typeof GBM_OBJECTIVES)[number];

/** What counts as missing: NaN in a bin of its own, zero and NaN together, or nothing (NaN is read as 0). */
export const GBM_MISSING_RULES = ['nan', 'zero', 'none'] as const;

/** One of `GBM_MISSING_RULES`. */
export type GbmMissingRule = (typeof GBM_MISSING_RULES)[number];

/** All parameters of one training run; the defaults are `GBM_PARAM_DEFAULTS`. */
export interface GbmParams {
  readonly objective: GbmObjectiveName;
  /** Rounds at most, one tree each (`num_iterations`). */
  readonly rounds: number;
  /** Factor on every leaf, in (0, 1]. */
  readonly learningRate: number;
  /** Leaves of a tree at most. */
  readonly numLeaves: number;
  /** Splits between the root and a leaf at most; 0 or less = unlimited. */
  readonly maxDepth: number;
  /** Rows of a leaf at least, by the estimate round(hessian of the bin x rows / hessian of the leaf). */
  readonly minDataInLeaf: number;
  /** Sum of hessians of a leaf at least. */
  readonly minSumHessianInLeaf: number;
  readonly lambdaL1: number;
  readonly lambdaL2: number;
  /** Gain that a split must bring at least. */
  readonly minGainToSplit: number;
  /** Bins of a feature at most, the one of missing values included. */
  readonly maxBin: number;
  /** Rows of a bin at least. */
  readonly minDataInBin: number;
  /** Rows looked at to find the bins, at most (`bin_construct_sample_cnt`). */
  readonly binSampleRows: number;
  /** Share of the features offered to each tree, in (0, 1]. */
  readonly featureFraction: number;
  /** Share of the rows that a tree is grown on, in (0, 1]; acts only when `baggingFreq` > 0. */
  readonly baggingFraction: number;
  /** A new row sample every so many rounds; 0 = all rows always. */
  readonly baggingFreq: number;
  /** Rounds without a better validation loss before training stops; 0 = never. */
  readonly earlyStoppingRounds: number;
  /** Starts from the best constant instead of 0. */
  readonly boostFromAverage: boolean;
  readonly missing: GbmMissingRule;
}

/** LightGBM's defaults. */
export const GBM_PARAM_DEFAULTS: GbmParams = {
  objective: 'l2',
  rounds: 100,
  learningRate: 0.1,
  numLeaves: 31,
  maxDepth: -1,
  minDataInLeaf: 20,
  minSumHessianInLeaf: 1e-3,
  lambdaL1: 0,
  lambdaL2: 0,
  minGainToSplit: 0,
  maxBin: 255,
  minDataInBin: 3,
  binSampleRows: 200_000,
  featureFraction: 1,
  baggingFraction: 1,
  baggingFreq: 0,
  earlyStoppingRounds: 0,
  boostFromAverage: true,
  missing: 'nan',
};

/** The allowed range of a numeric parameter, both ends included. */
interface Range {
  readonly min: number;
  readonly max: number;
  readonly isInteger: boolean;
}

const whole = (min: number, max: number): Range => ({ min, max, isInteger: true });
const real = (min: number, max: number): Range => ({ min, max, isInteger: false });

/** Smallest share or rate: anything less is a slip, not a wish. */
const SHARE_MIN = 1e-6;

const RANGES = {
  rounds: whole(1, 100_000),
  learningRate: real(SHARE_MIN, 1),
  numLeaves: whole(2, 131_072),
  maxDepth: whole(-1, 1000),
  minDataInLeaf: whole(0, 2 ** 31 - 1),
  minSumHessianInLeaf: real(0, Number.MAX_VALUE),
  lambdaL1: real(0, Number.MAX_VALUE),
  lambdaL2: real(0, Number.MAX_VALUE),
  minGainToSplit: real(0, Number.MAX_VALUE),
  maxBin: whole(2, 255),
  minDataInBin: whole(1, 2 ** 31 - 1),
  binSampleRows: whole(100, 2 ** 31 - 1),
  featureFraction: real(SHARE_MIN, 1),
  baggingFraction: real(SHARE_MIN, 1),
  baggingFreq: whole(0, 100_000),
  earlyStoppingRounds: whole(0, 100_000),
} as const satisfies Partial<Record<keyof GbmParams, Range>>;

function refuse(key: string, expected: string, found: unknown): never {
  throw new XylenError(
    'XY_CONFIG_INVALID',
    `gbm parameter ${key}: expected ${expected}, was ${String(found)}`,
    {
      fields: { key },
    },
  );
}

function checkNumbers(params: GbmParams): void {
  for (const [key, range] of Object.entries(RANGES)) {
    const value = params[key as keyof typeof RANGES];
    const isOfKind = range.isInteger ? Number.isSafeInteger(value) : Number.isFinite(value);
    if (!isOfKind || value < range.min || value > range.max) {
      refuse(key, `${range.isInteger ? 'an integer' : 'a number'} in [${range.min}, ${range.max}]`, value);
    }
  }
}

/**
 * Returns the defaults with `overrides` laid over them, checked.
 * @throws XY_CONFIG_INVALID for a key that does not exist or a value out of range.
 */
export function gbmParams(overrides: Partial<GbmParams>): GbmParams {
  for (const key of Object.keys(overrides)) {
    if (!Object.hasOwn(GBM_PARAM_DEFAULTS, key)) refuse(key, 'a known parameter', 'an unknown one');
  }
  const params = { ...GBM_PARAM_DEFAULTS, ...overrides };
  if (!GBM_OBJECTIVES.includes(params.objective)) {
    refuse('objective', `one of ${GBM_OBJECTIVES.join(', ')}`, params.objective);
  }
  if (!GBM_MISSING_RULES.includes(params.missing)) {
    refuse('missing', `one of ${GBM_MISSING_RULES.join(', ')}`, params.missing);
  }
  if (typeof params.boostFromAverage !== 'boolean') {
    refuse('boostFromAverage', 'true or false', params.boostFromAverage);
  }
  checkNumbers(params);
  return params;
}
