/** Seeded made-up tables for tests and benchmarks: numbers with a known dependence, nothing of a market. */
import { Prng } from '#core';
import type { GbmDataset } from './dataset.ts';

/** What kind of table is wanted. */
export interface SyntheticTableOptions {
  readonly rowCount: number;
  /** At least 4; the label depends on the first four. */
  readonly featureCount: number;
  readonly seed: number;
  readonly labelKind: 'number' | 'class';
  /** Share of cells of every third feature (from the second on) that are NaN. */
  readonly missingShare: number;
}

/** Returns a table of normal features with label f0 + f1 f2 + f3^2 / 2 + noise, or whether that exceeds 0.3. */
export function syntheticTable(options: SyntheticTableOptions): GbmDataset {
  const { rowCount, featureCount, seed, labelKind, missingShare } = options;
  const prng = new Prng(seed);
  const features = new Float64Array(rowCount * featureCount);
  const labels = new Float64Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const at = row * featureCount;
    for (let feature = 0; feature < featureCount; feature++) features[at + feature] = prng.normal();
    const product = features[at + 1]! * features[at + 2]!;
    const score = features[at]! + product + features[at + 3]! ** 2 / 2 + prng.normal() * 0.5;
    labels[row] = labelKind === 'number' ? score : score > 0.3 ? 1 : 0;
    if (missingShare === 0) continue;
    for (let feature = 1; feature < featureCount; feature += 3) {
      if (prng.uniform() < missingShare) features[at + feature] = Number.NaN;
    }
  }
  const featureNames = Array.from({ length: featureCount }, (_, feature) => `f${feature}`);
  return { rowCount, featureCount, featureNames, features, labels };
}
