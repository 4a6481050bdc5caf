/**
 * From candles to labelled rows, by the same feature pipeline that decides live. Warm rows only; the label is the return over the horizon,
 * and a row whose horizon has a bar missing has none. Rows beyond the limit are thinned evenly: labels overlap, so little is lost. A row
 * whose decision bar or label lies in a bad hour of the recording is left out or counts less, as the data say.
 */
import { assert, POW10, US_PER_DAY, XylenError } from '#core';
import { badShareWithin, type CandleColumns } from '#domain';
import { FeaturePipeline } from '#features';
import { forwardReturnLabels } from '#learn';
import type { Progress } from '#telemetry';
import { type LabelledRows, SOURCE_HISTORY } from './labelled-rows.ts';
import type { TrainingData, TrainingFeed } from './training-data.ts';

/** What the rows are made for. */
export interface DatasetOptions {
  readonly timeframesUs: readonly number[];
  readonly horizonBars: number;
  /** Rows kept at most; above it every second, third, ... decision bar is taken. Default `ROWS_MAX`. */
  readonly rowsMax?: number;
  readonly progress: Progress;
  /** Called now and then; throws to end the work. */
  readonly checkpoint: () => void;
}

/** 55 features of 400,000 rows are 176 MB. */
export const ROWS_MAX = 400_000;

/** Builds the rows. @throws XY_DATA_INSUFFICIENT when none is warm and labelled */
export async function buildDataset(data: TrainingData, options: DatasetOptions): Promise<LabelledRows> {
  const { rowsMax = ROWS_MAX, timeframesUs } = options;
  const decisionUs = timeframesUs[0]!;
  // Where bars are missing each of the others may close a decision bar.
  const barCounts = data.feeds.map(({ barCountMax, fromUs, toUs }) =>
    Math.min(barCountMax, Math.ceil((toUs - fromUs) / decisionUs) + 1),
  );
  const stride = Math.max(1, Math.ceil(barCounts.reduce((sum, count) => sum + count, 0) / rowsMax));
  const capacity = barCounts.reduce((sum, count) => sum + Math.ceil(count / stride) + 1, 0);
  const collector = new RowCollector(data, options, capacity);
  for (const [symbolIx, feed] of data.feeds.entries()) await collector.addFeed(feed, symbolIx, stride);
  return collector.rows();
}

/** Closes of all decision bars of one instrument: what labels are made of. */
interface BarCloses {
  readonly closeUs: number[];
  readonly close: number[];
}

class RowCollector {
  readonly #data: TrainingData;
  readonly #options: DatasetOptions;
  readonly #barTotal: number;
  readonly #symbolIx: Uint16Array;
  readonly #startUs: Float64Array;
  readonly #labelEndUs: Float64Array;
  readonly #close: Float64Array;
  readonly #forwardReturn: Float64Array;
  readonly #matrix: Float64Array;
  readonly #features: LabelledRows['features'];
  readonly #weight: Float64Array;
  #badHours = 0;
  #rowsRefused = 0;
  #rowsWeighed = 0;
  #rowCount = 0;
  #barCount = 0;
  #newestUs = Number.NEGATIVE_INFINITY;

  constructor(data: TrainingData, options: DatasetOptions, capacity: number) {
    const { featureSet } = pipelineOf(data.feeds[0], options);
    const { hash, id, names, timeframesUs } = featureSet;
    this.#data = data;
    this.#options = options;
    this.#barTotal = data.feeds.reduce((sum, feed) => sum + feed.barCountMax, 0);
    this.#features = { setId: id, setHash: hash, names, timeframesUs };
    this.#symbolIx = new Uint16Array(capacity);
    this.#startUs = new Float64Array(capacity);
    this.#labelEndUs = new Float64Array(capacity);
    this.#close = new Float64Array(capacity);
    this.#forwardReturn = new Float64Array(capacity);
    this.#matrix = new Float64Array(capacity * names.length);
    this.#weight = new Float64Array(capacity).fill(1);
  }

  /** Adds the rows of one instrument: features first, labels once all closes are known. */
  async addFeed(feed: TrainingFeed, symbolIx: number, stride: number): Promise<void> {
    const pipeline = pipelineOf(feed, this.#options);
    const closes: BarCloses = { closeUs: [], close: [] };
    const first = this.#rowCount;
    const barOfRow: number[] = [];
    for await (const chunk of feed.open()) {
      this.#options.checkpoint();
      this.#addChunk(chunk, feed, pipeline, closes, barOfRow, stride);
      this.#barCount += chunk.rowCount;
      const [done, total] = [this.#barCount, this.#barTotal];
      this.#options.progress.update({ label: `features of ${feed.symbol}`, done, total, unit: 'bars' });
    }
    this.#newestUs = Math.max(this.#newestUs, closes.closeUs.at(-1) ?? this.#newestUs);
    this.#badHours += feed.badHours?.length ?? 0;
    this.#label(first, barOfRow, closes, { symbolIx, feed });
  }

  rows(): LabelledRows {
    if (this.#rowCount === 0) {
      const needed = pipelineOf(this.#data.feeds[0], this.#options).featureSet.historyUs / US_PER_DAY;
      const message = `expected more than ${needed.toFixed(1)} days of candles (the features' warm-up), were ${this.#barCount} bars`;
      throw new XylenError('XY_DATA_INSUFFICIENT', message);
    }
    const end = this.#rowCount;
    return {
      features: this.#features,
      horizonBars: this.#options.horizonBars,
      symbols: this.#data.feeds.map(({ symbol }) => symbol),
      rowCount: end,
      symbolIx: this.#symbolIx.subarray(0, end),
      source: new Uint8Array(end).fill(SOURCE_HISTORY),
      startUs: this.#startUs.subarray(0, end),
      labelEndUs: this.#labelEndUs.subarray(0, end),
      close: this.#close.subarray(0, end),
      forwardReturn: this.#forwardReturn.subarray(0, end),
      matrix: this.#matrix.subarray(0, end * this.#features.names.length),
      newestUs: this.#newestUs,
      ...this.#badHourPart(end),
    };
  }

  #badHourPart(end: number): Pick<LabelledRows, 'weight' | 'badHours'> {
    if (this.#badHours === 0) return {};
    const badHours = {
      mode: this.#data.badHourMode ?? 'ignore',
      hours: this.#badHours,
      rowsRefused: this.#rowsRefused,
      rowsWeighed: this.#rowsWeighed,
    };
    return this.#rowsWeighed === 0 ? { badHours } : { badHours, weight: this.#weight.subarray(0, end) };
  }

  /** How much a row counts; 0 when it is left out. */
  #weightOf({ badHours = [] }: TrainingFeed, closeUs: number, labelEndUs: number): number {
    if (badHours.length === 0) return 1;
    const share = badShareWithin(badHours, closeUs - this.#options.timeframesUs[0]!, labelEndUs);
    if (share === 0) return 1;
    if (this.#data.badHourMode === 'weigh' && share < 1) {
      this.#rowsWeighed++;
      return 1 - share;
    }
    this.#rowsRefused++;
    return 0;
  }

  #addChunk(
    chunk: CandleColumns,
    feed: TrainingFeed,
    pipeline: FeaturePipeline,
    closes: BarCloses,
    barOfRow: number[],
    stride: number,
  ): void {
    for (let i = 0; i < chunk.rowCount; i++) {
      pushBar(pipeline, feed, chunk, i);
      if (!pipeline.decisionBarClosed) continue;
      const bar = closes.close.length;
      closes.closeUs.push(pipeline.decisionBar.openTsUs + this.#options.timeframesUs[0]!);
      closes.close.push(pipeline.decisionBar.close);
      if (pipeline.isWarm && bar % stride === 0) this.#keep(bar, pipeline.values, barOfRow);
    }
  }

  #keep(bar: number, values: Float64Array, barOfRow: number[]): void {
    const row = this.#rowCount + barOfRow.length;
    assert(row < this.#startUs.length, 'no more rows than bars were announced');
    this.#matrix.set(values, row * values.length);
    barOfRow.push(bar);
  }

  /** Labels the rows from `first` on; those without a label are closed over by the ones behind them. */
  #label(
    first: number,
    barOfRow: readonly number[],
    closes: BarCloses,
    { feed, symbolIx }: { readonly feed: TrainingFeed; readonly symbolIx: number },
  ): void {
    const { horizonBars, timeframesUs } = this.#options;
    const close = Float64Array.from(closes.close);
    const closeUs = Float64Array.from(closes.closeUs);
    const { label, labelEndUs } = forwardReturnLabels(close, closeUs, horizonBars);
    const horizonUs = horizonBars * timeframesUs[0]!;
    const width = this.#features.names.length;
    for (const [offset, bar] of barOfRow.entries()) {
      // Also false for NaN: no label, or a horizon with a bar missing in it.
      if (labelEndUs[bar]! - closeUs[bar]! !== horizonUs) continue;
      const weight = this.#weightOf(feed, closeUs[bar]!, labelEndUs[bar]!);
      if (weight === 0) continue;
      const row = this.#rowCount++;
      this.#weight[row] = weight;
      this.#symbolIx[row] = symbolIx;
      this.#startUs[row] = closeUs[bar]!;
      this.#labelEndUs[row] = labelEndUs[bar]!;
      this.#close[row] = close[bar]!;
      this.#forwardReturn[row] = label[bar]!;
      const from = (first + offset) * width;
      this.#matrix.copyWithin(row * width, from, from + width);
    }
  }
}

/** Hands row `i` of a feed's candles to a pipeline, as doubles of the feed's decimals. */
export function pushBar(
  pipeline: FeaturePipeline,
  feed: TrainingFeed,
  chunk: CandleColumns,
  i: number,
): void {
  const priceUnit = POW10[feed.priceDecimals]!;
  pipeline.push(
    chunk.openTsUs[i]!,
    chunk.openTicks[i]! / priceUnit,
    chunk.highTicks[i]! / priceUnit,
    chunk.lowTicks[i]! / priceUnit,
    chunk.closeTicks[i]! / priceUnit,
    chunk.volumeLots[i]! / POW10[feed.qtyDecimals]!,
  );
}

function pipelineOf(feed: TrainingFeed | undefined, options: DatasetOptions): FeaturePipeline {
  assert(feed !== undefined, 'there is an instrument to learn from');
  return new FeaturePipeline({
    sourceTimeframeUs: feed.timeframeUs,
    timeframesUs: options.timeframesUs,
  });
}
