/**
 * Speed of the indicator sets and of the model features, in seconds per million candles, with a hash of what was computed: a faster answer
 * must be the same answer.
 */
import { Sha256, US_PER_HOUR, US_PER_MINUTE } from '#core';
import { emptyBar } from './bar.ts';
import { type CandleFloats, readBar } from './candle-floats.ts';
import { randomCandles } from './fixtures/random-candles.ts';
import { computeIndicators, INDICATOR_NAMES, IndicatorStream } from './indicators/stream.ts';
import { computeFeatures } from './model/compute-features.ts';
import { FeaturePipeline, type PipelineOptions } from './model/pipeline.ts';

/** How much to compute. */
export interface FeaturesBenchSizes {
  readonly rowCount: number;
  readonly seed: number;
  /** The median of so many rounds counts. */
  readonly rounds: number;
}

/** One figure. */
export interface FeaturesBenchFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

/** The figures and the SHA-256 of the numbers that were computed. */
export interface FeaturesBenchResult {
  readonly figures: readonly FeaturesBenchFigure[];
  readonly resultHash: string;
}

/** The twelve of the peer comparison: RSI 14, 28; EMA 9, 20, 50, 200; SMA 20; MACD; Bollinger; ATR; OBV; ADX. */
const TWELVE = 'rsi_14 rsi_28 ema_9 ema_20 ema_50 ema_200 sma_20 macd bb_upper atr_14 obv adx_14'.split(' ');

/** Indicator sets by name. */
const SETS: readonly (readonly [name: string, columns: readonly string[]])[] = [
  ['12 indicators', TWELVE],
  ['84 golden columns', INDICATOR_NAMES.slice(0, 84)],
  [`all ${INDICATOR_NAMES.length} columns`, INDICATOR_NAMES],
];

const PIPELINE: PipelineOptions = {
  sourceTimeframeUs: 5 * US_PER_MINUTE,
  timeframesUs: [5 * US_PER_MINUTE, 15 * US_PER_MINUTE, US_PER_HOUR],
};

/** Measures every indicator set and the model features, batch and stream. */
export function benchFeatures(sizes: FeaturesBenchSizes): FeaturesBenchResult {
  const candles = randomCandles({
    ...sizes,
    timeframeUs: 5 * US_PER_MINUTE,
    startTsUs: 19_700 * 24 * US_PER_HOUR,
  });
  const hash = new Sha256();
  const figures: FeaturesBenchFigure[] = [];
  const measure = (name: string, work: () => readonly Float64Array[]): void => {
    const seconds: number[] = [];
    let columns: readonly Float64Array[] = [];
    for (let round = 0; round < sizes.rounds; round++) {
      const start = performance.now();
      columns = work();
      seconds.push((performance.now() - start) / 1_000);
    }
    for (const column of columns)
      hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
    const median = seconds.sort((a, b) => a - b)[sizes.rounds >> 1]!;
    figures.push({ name, value: (median * 1e6) / sizes.rowCount, unit: 's per million candles' });
  };
  for (const [name, columns] of SETS) {
    measure(`${name}, batch`, () => computeIndicators(candles, columns).columns);
    measure(`${name}, stream`, () => [streamed(candles, columns)]);
  }
  measure('model features, batch', () => [computeFeatures(candles, PIPELINE).matrix]);
  measure('model features, stream', () => [piped(candles)]);
  return { figures, resultHash: hash.hex() };
}

/** Pushes every bar and keeps the last values. */
function streamed(candles: CandleFloats, columns: readonly string[]): Float64Array {
  const stream = new IndicatorStream(columns);
  const bar = emptyBar();
  for (let row = 0; row < candles.rowCount; row++) {
    readBar(candles, row, bar);
    stream.push(bar);
  }
  return stream.values;
}

function piped({ rowCount, openTsUs, open, high, low, close, volume }: CandleFloats): Float64Array {
  const pipeline = new FeaturePipeline(PIPELINE);
  for (let i = 0; i < rowCount; i++) {
    pipeline.push(openTsUs[i]!, open[i]!, high[i]!, low[i]!, close[i]!, volume[i]!);
  }
  return pipeline.values;
}
