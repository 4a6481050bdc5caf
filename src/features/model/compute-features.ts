/** Model features over columns of candles: the pipeline, run over the rows. */
import { assert } from '#core';
import type { CandleFloats } from '../candle-floats.ts';
import { FeaturePipeline, type PipelineOptions } from './pipeline.ts';

/** A row for each decision that the pipeline offered. */
export interface FeatureTable {
  readonly names: readonly string[];
  readonly featureSetHash: string;
  readonly rowCount: number;
  /** Open and close of the decision bar; a row is known at its close. */
  readonly openTsUs: Float64Array;
  readonly closeTsUs: Float64Array;
  /** Close price of the decision bar. */
  readonly close: Float64Array;
  /** [rowCount x names.length], row-major; NaN in rows that are not warm. */
  readonly matrix: Float64Array;
  /** 1 where the row is valid. */
  readonly isWarm: Uint8Array;
}

/**
 * Computes the features of every decision bar in `candles`, bars of `sourceTimeframeUs`. Equal to `FeaturePipeline` to the bit; rows that
 * the pipeline refuses are left out, as it leaves them out.
 */
export function computeFeatures(candles: CandleFloats, options: PipelineOptions): FeatureTable {
  const pipeline = new FeaturePipeline(options);
  const { names, hash } = pipeline.featureSet;
  const decisionUs = options.timeframesUs[0]!;
  const rowCountMax = decisionEnds(candles, options.sourceTimeframeUs, decisionUs);
  const openTsUs = new Float64Array(rowCountMax);
  const close = new Float64Array(rowCountMax);
  const matrix = new Float64Array(rowCountMax * names.length);
  const isWarm = new Uint8Array(rowCountMax);
  let rowCount = 0;
  for (let i = 0; i < candles.rowCount; i++) {
    const { openTsUs: opens, open, high, low, close: closes, volume } = candles;
    pipeline.push(opens[i]!, open[i]!, high[i]!, low[i]!, closes[i]!, volume[i]!);
    if (!pipeline.decisionBarClosed) continue;
    assert(rowCount < rowCountMax, 'a decision bar closes with a source bar that ends at its end');
    openTsUs[rowCount] = pipeline.decisionBar.openTsUs;
    close[rowCount] = pipeline.decisionBar.close;
    matrix.set(pipeline.values, rowCount * names.length);
    isWarm[rowCount] = pipeline.isWarm ? 1 : 0;
    rowCount++;
  }
  return {
    names,
    featureSetHash: hash,
    rowCount,
    openTsUs: openTsUs.subarray(0, rowCount),
    closeTsUs: openTsUs.slice(0, rowCount).map((tsUs) => tsUs + decisionUs),
    close: close.subarray(0, rowCount),
    matrix: matrix.subarray(0, rowCount * names.length),
    isWarm: isWarm.subarray(0, rowCount),
  };
}

/** Counts the source bars that end where a decision bar ends. */
function decisionEnds(candles: CandleFloats, sourceUs: number, decisionUs: number): number {
  let count = 0;
  for (let i = 0; i < candles.rowCount; i++) {
    if ((candles.openTsUs[i]! + sourceUs) % decisionUs === 0) count++;
  }
  return count;
}
