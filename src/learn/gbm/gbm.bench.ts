/** How fast boosting trains and predicts on a made-up table; the hash shows that the same work was done. */
import { Prng, sha256Hex } from '#core';
import { buildBinMatrix } from './bin-matrix.ts';
import { gbmParams } from './params.ts';
import { syntheticTable } from './synthetic-table.ts';
import { trainGbm } from './trainer.ts';

/** How much work to do. */
export interface GbmBenchSizes {
  readonly rowCount: number;
  readonly featureCount: number;
  readonly rounds: number;
  readonly seed: number;
}

/** What was measured, in one thread. */
export interface GbmBenchFigures {
  /** Finding the bins and binning the table. */
  readonly binMs: number;
  /** The whole training, binning included. */
  readonly trainMs: number;
  /** rows x features x rounds a second of training. */
  readonly cellsPerS: number;
  readonly batchRowsPerS: number;
  /** One row at a time, through the whole model. */
  readonly oneRowUs: number;
  /** SHA-256 of the model's text: equal for equal sizes on every machine. */
  readonly resultHash: string;
}

/** Rows predicted one at a time, at most. */
const ONE_ROW_CALLS_MAX = 20_000;

function timed<T>(work: () => T): { result: T; ms: number } {
  const start = performance.now();
  const result = work();
  return { result, ms: performance.now() - start };
}

/** Trains a binary model of 31 leaves on a table with 5 % missing cells in every third feature, and predicts with it. */
export function benchGbm(sizes: GbmBenchSizes): GbmBenchFigures {
  const { rowCount, featureCount, rounds, seed } = sizes;
  const table = syntheticTable({ rowCount, featureCount, seed, labelKind: 'class', missingShare: 0.05 });
  const params = gbmParams({ objective: 'binary', rounds });
  const binning = timed(() => buildBinMatrix(table, params, new Prng(seed)));
  const training = timed(() => trainGbm(table, params, { prng: new Prng(seed) }));
  const model = training.result;
  const batch = timed(() => model.predictBatch(table.features, rowCount));
  const calls = Math.min(rowCount, ONE_ROW_CALLS_MAX);
  const single = timed(() => {
    let sum = 0;
    for (let row = 0; row < calls; row++) sum += model.predict(table.features, row * featureCount);
    return sum;
  });
  return {
    binMs: binning.ms,
    trainMs: training.ms,
    cellsPerS: (rowCount * featureCount * rounds * 1000) / training.ms,
    batchRowsPerS: (rowCount * 1000) / batch.ms,
    oneRowUs: (single.ms * 1000) / calls,
    resultHash: sha256Hex(model.toLightGbmText()),
  };
}
