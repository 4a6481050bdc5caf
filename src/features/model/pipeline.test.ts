import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import type { CandleFloats } from '../candle-floats.ts';
import { randomCandles, sliceCandles } from '../fixtures/random-candles.ts';
import { computeFeatures } from './compute-features.ts';
import { FeaturePipeline, type PipelineOptions, type Warmth } from './pipeline.ts';

const MINUTE = US_PER_MINUTE;
const FIVE_MINUTES: PipelineOptions = {
  sourceTimeframeUs: 5 * MINUTE,
  timeframesUs: [5 * MINUTE, 15 * MINUTE, US_PER_HOUR],
};
const ONE_MINUTE: PipelineOptions = { ...FIVE_MINUTES, sourceTimeframeUs: MINUTE };
/** A day that begins at 00:00 UTC. */
const START_US = 19_700 * US_PER_DAY;

/** Twelve and a half days of 5m bars with still bars, idle bars and small gaps, begun in the middle of a day. */
const CANDLES = randomCandles({
  rowCount: 3_600,
  seed: testSeed(),
  timeframeUs: 5 * MINUTE,
  startTsUs: START_US + 7 * US_PER_HOUR + 10 * MINUTE,
  stillness: 0.1,
  idleness: 0.05,
  gaps: 0.01,
});

function push(pipeline: FeaturePipeline, candles: CandleFloats, row: number): void {
  const { openTsUs, open, high, low, close, volume } = candles;
  pipeline.push(openTsUs[row]!, open[row]!, high[row]!, low[row]!, close[row]!, volume[row]!);
}

/** Everything that a pipeline shows after a push. */
function shown(pipeline: FeaturePipeline): unknown {
  const { decisionBarClosed, isWarm, lastClose, atrFraction, realisedVolatility, volume24h, priceChange24h } =
    pipeline;
  const { refusedBarCount, missingBarCount, restartCount, warmth } = pipeline;
  return {
    ...{ decisionBarClosed, isWarm, lastClose, atrFraction, realisedVolatility, volume24h, priceChange24h },
    ...{ refusedBarCount, missingBarCount, restartCount, warmth },
    values: [...pipeline.values],
    decisionBar: { ...pipeline.decisionBar },
  };
}

/** Runs a pipeline over rows and returns, for each warm decision, its time and what the engine reads. */
function warmDecisions(candles: CandleFloats, options: PipelineOptions): Map<number, readonly number[]> {
  const pipeline = new FeaturePipeline(options);
  const decisions = new Map<number, readonly number[]>();
  for (let row = 0; row < candles.rowCount; row++) {
    push(pipeline, candles, row);
    if (!pipeline.decisionBarClosed || !pipeline.isWarm) continue;
    const { atrFraction, realisedVolatility, volume24h, priceChange24h } = pipeline;
    const engine = [atrFraction, realisedVolatility, volume24h, priceChange24h];
    decisions.set(pipeline.decisionBar.openTsUs, [...pipeline.values, ...engine]);
  }
  return decisions;
}

test('pipelines started at different places give equal features, to the bit, once both are warm', () => {
  const whole = warmDecisions(CANDLES, FIVE_MINUTES);
  assert.ok(whole.size > 500, 'the whole is warm for some days');
  for (const start of [1, 2, 5, 50, 199, 500, 700]) {
    const part = warmDecisions(sliceCandles(CANDLES, start, CANDLES.rowCount), FIVE_MINUTES);
    assert.ok(part.size > 100, `warm from row ${start}`);
    for (const [openTsUs, values] of part) {
      assert.deepEqual(values, whole.get(openTsUs), `start ${start}, bar ${openTsUs}`);
    }
  }
});

test('the same holds for one fast timeframe, whose warm-up is shorter than the 24 hours it also needs', () => {
  const options = { sourceTimeframeUs: MINUTE, timeframesUs: [MINUTE] };
  const candles = randomCandles({
    ...{ rowCount: 4_000, seed: testSeed() + 3, timeframeUs: MINUTE, gaps: 0.01 },
    startTsUs: START_US + 5 * US_PER_HOUR,
  });
  const whole = warmDecisions(candles, options);
  for (const start of [1, 300, 700]) {
    const part = warmDecisions(sliceCandles(candles, start, candles.rowCount), options);
    assert.ok(part.size > 500 && part.size < whole.size);
    for (const [openTsUs, values] of part) {
      assert.ok(values.every(Number.isFinite));
      assert.deepEqual(values, whole.get(openTsUs), `start ${start}, bar ${openTsUs}`);
    }
  }
});

test('the warm features are finite and within their ranges', () => {
  const pipeline = new FeaturePipeline(FIVE_MINUTES);
  for (let row = 0; row < CANDLES.rowCount; row++) {
    push(pipeline, CANDLES, row);
    pipeline.featureSet.definitions.forEach(({ name, min, max }, i) => {
      const value = pipeline.values[i]!;
      if (pipeline.isWarm)
        assert.ok(value >= min && value <= max, `${name} in [${min}, ${max}], was ${value}`);
      else assert.ok(Number.isNaN(value), `${name} is not shown while cold`);
    });
  }
  assert.ok(pipeline.isWarm);
});

test('saved and loaded in the middle, a pipeline continues to the bit', () => {
  const candles = randomCandles({
    ...{ rowCount: 17_000, seed: testSeed() + 1, timeframeUs: MINUTE, gaps: 0.002, gapBarsMax: 40 },
    startTsUs: START_US + 61 * MINUTE,
  });
  const original = new FeaturePipeline(ONE_MINUTE);
  let row = 0;
  for (const cut of [0, 3, 7_001, 14_402, 16_001]) {
    for (; row < cut; row++) push(original, candles, row);
    const copy = new FeaturePipeline(ONE_MINUTE);
    copy.loadState(structuredClone(original.saveState()));
    assert.deepEqual(shown(copy), shown(original), `right after loading at ${cut}`);
    for (const end = Math.min(cut + 400, candles.rowCount); row < end; row++) {
      push(original, candles, row);
      push(copy, candles, row);
      assert.deepEqual(shown(copy), shown(original), `row ${row} after loading at ${cut}`);
    }
  }
  assert.ok(original.isWarm, 'the last cut lies in the warm part');
});

test('a checkpoint is small, is a copy, and fits only the pipeline it was taken from', () => {
  const pipeline = new FeaturePipeline(FIVE_MINUTES);
  for (let row = 0; row < 3_000; row++) push(pipeline, CANDLES, row);
  const saved = pipeline.saveState() as { readonly numbers: Float64Array };
  assert.ok(saved.numbers.byteLength < 60_000, `${saved.numbers.byteLength} bytes`);
  const before = saved.numbers.slice();
  for (let row = 3_000; row < 3_020; row++) push(pipeline, CANDLES, row);
  assert.deepEqual(saved.numbers, before);
  const other = new FeaturePipeline({ ...FIVE_MINUTES, timeframesUs: [5 * MINUTE, US_PER_HOUR] });
  assert.throws(() => other.loadState(saved), /same feature set/);
  assert.throws(() => new FeaturePipeline(ONE_MINUTE).loadState(saved), /same source timeframe/);
});

test('stream equals batch to the bit, and cutting the input changes nothing before the cut', () => {
  const table = computeFeatures(CANDLES, FIVE_MINUTES);
  const pipeline = new FeaturePipeline(FIVE_MINUTES);
  let row = 0;
  for (let i = 0; i < CANDLES.rowCount; i++) {
    push(pipeline, CANDLES, i);
    if (!pipeline.decisionBarClosed) continue;
    const values = table.matrix.subarray(row * table.names.length, (row + 1) * table.names.length);
    assert.deepEqual(values, pipeline.values, `row ${row}`);
    assert.equal(table.isWarm[row], pipeline.isWarm ? 1 : 0);
    assert.equal(table.openTsUs[row], pipeline.decisionBar.openTsUs);
    assert.equal(table.closeTsUs[row], pipeline.decisionBar.openTsUs + 5 * MINUTE);
    assert.equal(table.close[row], pipeline.decisionBar.close);
    row++;
  }
  assert.equal(row, table.rowCount);
  for (const cut of [1, 700, 2_951, 3_599]) {
    const part = computeFeatures(sliceCandles(CANDLES, 0, cut), FIVE_MINUTES);
    assert.deepEqual(part.matrix, table.matrix.slice(0, part.matrix.length));
    assert.deepEqual(part.isWarm, table.isWarm.slice(0, part.rowCount));
  }
});

test('bars of one minute give the features of their five-minute bars', () => {
  const minutes = randomCandles({
    ...{ rowCount: 16_000, seed: testSeed() + 2, timeframeUs: MINUTE, startTsUs: START_US },
  });
  const fine = computeFeatures(minutes, ONE_MINUTE);
  const fives = fiveMinuteBars(minutes);
  const coarse = computeFeatures(fives, FIVE_MINUTES);
  assert.equal(fine.rowCount, coarse.rowCount);
  assert.deepEqual(fine.isWarm, coarse.isWarm);
  assert.ok(fine.isWarm.at(-1) === 1);
  // Volumes are summed in another order on the higher timeframes; everything else is the same to the bit.
  fine.matrix.forEach((value, i) => {
    assert.ok(Number.isNaN(value) || Math.abs(value - coarse.matrix[i]!) < 1e-9);
  });
});

function fiveMinuteBars(minutes: CandleFloats): CandleFloats {
  const rowCount = minutes.rowCount / 5;
  const column = (value: (start: number) => number) =>
    Float64Array.from({ length: rowCount }, (_, i) => value(5 * i));
  return {
    rowCount,
    openTsUs: column((i) => minutes.openTsUs[i]!),
    open: column((i) => minutes.open[i]!),
    high: column((i) => Math.max(...minutes.high.slice(i, i + 5))),
    low: column((i) => Math.min(...minutes.low.slice(i, i + 5))),
    close: column((i) => minutes.close[i + 4]!),
    volume: column((i) => minutes.volume.slice(i, i + 5).reduce((sum, value) => sum + value, 0)),
  };
}

test('F5 a pipeline is warm from the first UTC day whose anchors the data reach, and says how far it is', () => {
  const pipeline = new FeaturePipeline(FIVE_MINUTES);
  assert.deepEqual(pipeline.warmth, { barsHave: 0, barsNeed: 2_400, readyFromUs: Number.NaN });
  const candles = randomCandles({ rowCount: 2_900, seed: 1, timeframeUs: 5 * MINUTE, startTsUs: START_US });
  const readyFromUs = START_US + 9 * US_PER_DAY;
  for (let row = 0; row < candles.rowCount; row++) {
    push(pipeline, candles, row);
    const warmth: Warmth = pipeline.warmth;
    assert.equal(warmth.readyFromUs, readyFromUs, '200 h before the tenth day lie in the first');
    assert.equal(warmth.barsHave, row + 1);
    assert.equal(pipeline.isWarm, warmth.barsHave >= warmth.barsNeed);
    assert.equal(pipeline.isWarm, candles.openTsUs[row]! >= readyFromUs);
    assert.equal(Number.isNaN(pipeline.atrFraction), !pipeline.isWarm);
  }
  assert.ok(pipeline.featureSet.historyUs >= readyFromUs - START_US);
});

test('F1 F3 a decision bar that closes late offers no decision; missing bars are counted', () => {
  const pipeline = new FeaturePipeline(ONE_MINUTE);
  const closedAt: number[] = [];
  for (const minute of [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 16, 19]) {
    pipeline.push(START_US + minute * MINUTE, 10, 100, 9, 10 + minute, 1);
    if (pipeline.decisionBarClosed) closedAt.push(minute);
    if (minute === 10) assert.equal(pipeline.decisionBar.close, 18, 'the late bar is taken all the same');
  }
  assert.deepEqual(closedAt, [4, 14, 19]);
  assert.equal(pipeline.missingBarCount, 4);
});

test('F2 bars that are old, off the grid or no bars are refused and counted', () => {
  const pipeline = new FeaturePipeline(FIVE_MINUTES);
  const good = [START_US, 10, 11, 9, 10, 1] as const;
  pipeline.push(...good);
  const before = shown(pipeline);
  const bad: readonly (readonly [number, number, number, number, number, number])[] = [
    good,
    [START_US - 5 * MINUTE, 10, 11, 9, 10, 1],
    [START_US + MINUTE, 10, 11, 9, 10, 1],
    [START_US + 5 * MINUTE, 10, 9, 11, 10, 1],
    [START_US + 5 * MINUTE, 12, 11, 9, 10, 1],
    [START_US + 5 * MINUTE, 10, 11, 9, 8, 1],
    [START_US + 5 * MINUTE, 10, 11, 0, 10, 1],
    [START_US + 5 * MINUTE, 10, 11, 9, 10, -1],
    [START_US + 5 * MINUTE, 10, 11, 9, 10, Number.NaN],
    [START_US + 5 * MINUTE, 10, Number.POSITIVE_INFINITY, 9, 10, 1],
    [Number.NaN, 10, 11, 9, 10, 1],
  ];
  for (const row of bad) pipeline.push(...row);
  assert.deepEqual(shown(pipeline), {
    ...(before as object),
    decisionBarClosed: false,
    refusedBarCount: bad.length,
  });
});

test('F4 a gap longer than the shortest warm-up starts afresh, as if the stream began after it', () => {
  const gapUs = 200 * 15 * MINUTE;
  for (const [lengthUs, restarts] of [
    [gapUs, 0],
    [gapUs + 5 * MINUTE, 1],
  ] as const) {
    const before = randomCandles({ rowCount: 600, seed: 3, timeframeUs: 5 * MINUTE, startTsUs: START_US });
    const after = randomCandles({
      ...{ rowCount: 3_000, seed: 4, timeframeUs: 5 * MINUTE },
      startTsUs: START_US + 600 * 5 * MINUTE + lengthUs,
    });
    const broken = new FeaturePipeline(FIVE_MINUTES);
    for (let row = 0; row < before.rowCount; row++) push(broken, before, row);
    const fresh = new FeaturePipeline(FIVE_MINUTES);
    for (let row = 0; row < after.rowCount; row++) {
      push(broken, after, row);
      push(fresh, after, row);
      if (restarts === 1) assert.deepEqual(broken.values, fresh.values);
    }
    assert.equal(broken.restartCount, restarts);
    assert.equal(broken.missingBarCount, lengthUs / (5 * MINUTE));
    assert.equal(broken.warmth.readyFromUs === fresh.warmth.readyFromUs, restarts === 1);
  }
});

test('the last 24 hours: volume, change of price, nothing before there are 24 hours', () => {
  const pipeline = new FeaturePipeline(FIVE_MINUTES);
  const dayBars = 288;
  const candles = randomCandles({ rowCount: 700, seed: 5, timeframeUs: 5 * MINUTE, startTsUs: START_US });
  for (let row = 0; row < candles.rowCount; row++) {
    push(pipeline, candles, row);
    if (row < dayBars) {
      assert.ok(Number.isNaN(pipeline.volume24h) && Number.isNaN(pipeline.priceChange24h));
      continue;
    }
    const sum = candles.volume.slice(row - dayBars + 1, row + 1).reduce((total, volume) => total + volume, 0);
    assert.equal(pipeline.volume24h, sum);
    assert.equal(pipeline.priceChange24h, candles.close[row]! / candles.close[row - dayBars]! - 1);
  }
  const lastTsUs = candles.openTsUs.at(-1)!;
  pipeline.push(lastTsUs + 6 * US_PER_HOUR, 50, 50, 50, 50, 7);
  const sinceUs = lastTsUs + 6 * US_PER_HOUR + 5 * MINUTE - US_PER_DAY;
  const first = candles.openTsUs.findIndex((tsUs) => tsUs >= sinceUs);
  const volume = candles.volume.slice(first).reduce((total, value) => total + value, 0) + 7;
  assert.ok(Math.abs(pipeline.volume24h - volume) < 1e-9);
  assert.equal(pipeline.priceChange24h, 50 / candles.close[first - 1]! - 1);
});

test('a market that does not move gives the neutral values', () => {
  const pipeline = new FeaturePipeline(FIVE_MINUTES);
  for (let row = 0; row < 2_700; row++)
    pipeline.push(START_US + row * 5 * MINUTE, 3.1e-6, 3.1e-6, 3.1e-6, 3.1e-6, 0);
  assert.ok(pipeline.isWarm);
  pipeline.featureSet.definitions.forEach(({ name, neutral, timeframeUs }, i) => {
    if (timeframeUs !== null) assert.ok(Math.abs(pipeline.values[i]! - neutral) < 1e-12, name);
  });
});

test('a market that stops moving never drives a feature to the edge of its range by rounding alone', () => {
  const pipeline = new FeaturePipeline(FIVE_MINUTES);
  const candles = sliceCandles(CANDLES, 0, 2_900);
  for (let row = 0; row < candles.rowCount; row++) push(pipeline, candles, row);
  const lastTsUs = candles.openTsUs.at(-1)!;
  const price = candles.close.at(-1)!;
  const watched = ['macd_hist_5m', 'macd_line_5m', 'bb_position_5m', 'zscore_50_5m'].map((name) =>
    pipeline.featureSet.names.indexOf(name),
  );
  for (let i = 1; i <= 2_000; i++) {
    pipeline.push(lastTsUs + i * 5 * MINUTE, price, price, price, price, 1);
    if (i < 300) continue;
    for (const index of watched)
      assert.ok(Math.abs(pipeline.values[index]!) < 2.5, `bar ${i}: ${pipeline.values[index]}`);
  }
  for (const index of watched) assert.equal(pipeline.values[index], 0);
});

test('timeframes that do not fit are refused', () => {
  const make =
    (sourceTimeframeUs: number, ...timeframesUs: number[]) =>
    () =>
      new FeaturePipeline({ sourceTimeframeUs, timeframesUs });
  assert.throws(make(5 * MINUTE), /at least one/);
  assert.throws(make(5 * MINUTE, 7 * MINUTE), /divides a day/);
  assert.throws(make(5 * MINUTE, 15 * MINUTE, 5 * MINUTE), /ascend/);
  assert.throws(make(3 * MINUTE, 5 * MINUTE), /divides/);
});
