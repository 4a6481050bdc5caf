/** The training table of gradient boosting and its checks. Numbers only; where they come from is `training`'s business. */
import { XylenError } from '#core';

/** A table of numbers with one label a row. Owned by the caller; training only reads it. */
export interface GbmDataset {
  readonly rowCount: number;
  readonly featureCount: number;
  /** One name a feature: not empty, no white space, no `=`, no two equal. */
  readonly featureNames: readonly string[];
  /** [rowCount x featureCount], row-major; finite, or NaN = missing. */
  readonly features: Float64Array | Float32Array;
  /** [rowCount], finite. Read as float32, as LightGBM does. */
  readonly labels: Float64Array;
  /** [rowCount], finite, >= 0, not all zero; absent = all 1. Read as float32. */
  readonly weights?: Float64Array;
}

/** Features of a table at most. */
const FEATURE_COUNT_MAX = 65_535;

function refuseShape(message: string): never {
  throw new XylenError('XY_DATA_INSUFFICIENT', `gbm data set: ${message}`);
}

function refuseCell(row: number, what: string, expected: string, found: number): never {
  throw new XylenError(
    'XY_ROW_INVALID',
    `gbm data set, row ${row}, ${what}: expected ${expected}, was ${found}`,
    {
      fields: { row, column: what, value: found },
    },
  );
}

function checkShape(dataset: GbmDataset): void {
  const { rowCount, featureCount, featureNames, features, labels, weights } = dataset;
  if (!Number.isSafeInteger(rowCount) || rowCount < 1)
    refuseShape(`expected at least 1 row, were ${rowCount}`);
  if (!Number.isSafeInteger(featureCount) || featureCount < 1 || featureCount > FEATURE_COUNT_MAX) {
    refuseShape(`expected 1 to ${FEATURE_COUNT_MAX} features, were ${featureCount}`);
  }
  if (features.length !== rowCount * featureCount) {
    refuseShape(`expected ${rowCount} x ${featureCount} feature values, were ${features.length}`);
  }
  if (labels.length !== rowCount) refuseShape(`expected ${rowCount} labels, were ${labels.length}`);
  if (weights !== undefined && weights.length !== rowCount) {
    refuseShape(`expected ${rowCount} weights, were ${weights.length}`);
  }
  if (featureNames.length !== featureCount) {
    refuseShape(`expected ${featureCount} feature names, were ${featureNames.length}`);
  }
}

function checkNames(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (!/^[^\s=]+$/u.test(name)) {
      refuseShape(`expected feature names without white space and '=', was '${name}'`);
    }
    if (seen.has(name)) refuseShape(`expected each feature name once, '${name}' is there twice`);
    seen.add(name);
  }
}

function checkNumbers(dataset: GbmDataset): void {
  const { rowCount, featureCount, features, labels, weights } = dataset;
  let weightSum = 0;
  for (let row = 0; row < rowCount; row++) {
    const label = Math.fround(labels[row]!);
    if (!Number.isFinite(label)) refuseCell(row, 'label', 'a finite float32', labels[row]!);
    if (weights === undefined) continue;
    const weight = Math.fround(weights[row]!);
    if (!Number.isFinite(weight) || weight < 0)
      refuseCell(row, 'weight', 'a finite float32 >= 0', weights[row]!);
    weightSum += weight;
  }
  if (weights !== undefined && weightSum <= 0) refuseShape('expected a positive sum of weights, was 0');
  for (let at = 0; at < features.length; at++) {
    if (Math.abs(features[at]!) === Number.POSITIVE_INFINITY) {
      const name = dataset.featureNames[at % featureCount]!;
      refuseCell(Math.floor(at / featureCount), name, 'a finite number or NaN', features[at]!);
    }
  }
}

/**
 * Checks shapes, names and every number of a table.
 * @throws XY_DATA_INSUFFICIENT for a shape or a name, XY_ROW_INVALID for a number (with its row and column).
 */
export function checkGbmDataset(dataset: GbmDataset): void {
  checkShape(dataset);
  checkNames(dataset.featureNames);
  checkNumbers(dataset);
}
