/**
 * The training table as small integers: one byte a cell, row-major, so that one pass over a row feeds all histograms.
 * Rows are padded to whole 32-bit words (the histogram kernel reads four bins at once); padding is bin 0 of no feature.
 * Trivial features are left out: column `i` of the matrix is feature `featureIndex[i]` of the table.
 */
import { assert, type Prng } from '#core';
import type { GbmDataset } from './dataset.ts';
import { binOfNumber, type FeatureBins, findFeatureBins, MISSING_NAN } from './feature-bins.ts';
import type { GbmParams } from './params.ts';
import { sampleIndices } from './sampling.ts';

/** A binned table; read-only once built. */
export interface BinMatrix {
  readonly rowCount: number;
  /** Features that can be split. */
  readonly columnCount: number;
  /** Bytes of a row, a multiple of 4. */
  readonly rowBytes: number;
  /** [rowCount x rowBytes]. */
  readonly bins: Uint8Array;
  /** The same bytes as little-endian words. */
  readonly words: Int32Array;
  /** [columnCount]: which feature of the table a column is. */
  readonly featureIndex: Int32Array;
  /** Bins of each column. */
  readonly columns: readonly FeatureBins[];
  /** Bins of each feature of the table, trivial ones included. */
  readonly features: readonly FeatureBins[];
  /** Most bins of any column. */
  readonly binCountMax: number;
}

/** Rows binned together: a block of source rows stays in the cache while its columns are walked one by one. */
const BLOCK_ROWS = 256;

function findAllBins(dataset: GbmDataset, params: GbmParams, prng: Prng): FeatureBins[] {
  const { rowCount, featureCount, features } = dataset;
  const sampleRows = Math.min(rowCount, params.binSampleRows);
  const rows = sampleIndices(rowCount, sampleRows, prng.split('gbm.bins'));
  const rules = {
    maxBin: params.maxBin,
    minDataInBin: params.minDataInBin,
    minRowsPerSide: Math.trunc((params.minDataInLeaf * sampleRows) / rowCount),
    missing: params.missing,
  };
  const sample = new Float64Array(sampleRows);
  const found: FeatureBins[] = [];
  for (let feature = 0; feature < featureCount; feature++) {
    for (let i = 0; i < sampleRows; i++) sample[i] = features[rows[i]! * featureCount + feature]!;
    found.push(findFeatureBins(sample, rules));
  }
  return found;
}

/** Bins one column of the rows [`from`, `to`). */
function fillBlock(
  source: Float64Array | Float32Array,
  sourceAt: number,
  sourceStep: number,
  target: Uint8Array,
  targetAt: number,
  targetStep: number,
  count: number,
  bins: FeatureBins,
): void {
  const { upperBounds, missing, binCount, zeroBin } = bins;
  const nanBin = missing === MISSING_NAN ? binCount - 1 : zeroBin;
  let from = sourceAt;
  let to = targetAt;
  for (let i = 0; i < count; i++) {
    const value = source[from]!;
    target[to] = Number.isNaN(value) ? nanBin : binOfNumber(upperBounds, value);
    from += sourceStep;
    to += targetStep;
  }
}

/** Bins a checked table by the rules of `params`; draws from `prng` only when the table has more than `binSampleRows` rows. */
export function buildBinMatrix(dataset: GbmDataset, params: GbmParams, prng: Prng): BinMatrix {
  const { rowCount, featureCount } = dataset;
  const features = findAllBins(dataset, params, prng);
  const used = features.flatMap((bins, feature) => (bins.isTrivial ? [] : [feature]));
  const columns = used.map((feature) => features[feature]!);
  const rowBytes = Math.ceil(used.length / 4) * 4;
  const bins = new Uint8Array(rowCount * rowBytes);
  for (let from = 0; from < rowCount; from += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, rowCount - from);
    for (let column = 0; column < used.length; column++) {
      const sourceAt = from * featureCount + used[column]!;
      const targetAt = from * rowBytes + column;
      const source = dataset.features;
      fillBlock(source, sourceAt, featureCount, bins, targetAt, rowBytes, count, columns[column]!);
    }
  }
  const binCountMax = columns.reduce((most, column) => Math.max(most, column.binCount), 1);
  assert(binCountMax <= 256, `a bin fits a byte, were ${binCountMax} bins`);
  return {
    rowCount,
    columnCount: used.length,
    rowBytes,
    bins,
    words: new Int32Array(bins.buffer),
    featureIndex: Int32Array.from(used),
    columns,
    features,
    binCountMax,
  };
}
