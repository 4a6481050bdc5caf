import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_MINUTE } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { emptyBar } from '../bar.ts';
import { type CandleFloats, readBar } from '../candle-floats.ts';
import { randomCandles, sliceCandles } from '../fixtures/random-candles.ts';
import {
  computeIndicators,
  INDICATOR_COLUMNS,
  INDICATOR_GROUPS,
  INDICATOR_NAMES,
  IndicatorStream,
} from './stream.ts';

const CANDLES = randomCandles({
  rowCount: 700,
  seed: testSeed(),
  timeframeUs: 5 * US_PER_MINUTE,
  startTsUs: 1_700_000_100_000_000,
  stillness: 0.2,
  idleness: 0.1,
});

function feed(stream: IndicatorStream, candles: CandleFloats, from: number, to: number): Float64Array[] {
  const bar = emptyBar();
  const rows: Float64Array[] = [];
  for (let row = from; row < to; row++) {
    readBar(candles, row, bar);
    stream.push(bar);
    rows.push(stream.values.slice());
  }
  return rows;
}

test('names are unique and every column says what it is', () => {
  assert.equal(new Set(INDICATOR_NAMES).size, INDICATOR_NAMES.length);
  for (const { name, formula, unit } of INDICATOR_COLUMNS) {
    assert.ok(formula.length > 5 && unit.length > 2, `${name} has a formula and a unit`);
  }
});

test('stream equals batch to the bit', () => {
  const batch = computeIndicators(CANDLES);
  const rows = feed(new IndicatorStream(), CANDLES, 0, CANDLES.rowCount);
  rows.forEach((values, row) => {
    const expected = batch.columns.map((column) => column[row]!);
    assert.deepEqual([...values], expected, `row ${row}`);
  });
});

test('a stream saved and loaded at any row continues to the bit', () => {
  const whole = feed(new IndicatorStream(), CANDLES, 0, CANDLES.rowCount);
  for (const cut of [0, 1, 13, 20, 33, 57, 199, 420]) {
    const first = new IndicatorStream();
    feed(first, CANDLES, 0, cut);
    const state = structuredClone(first.saveState());
    feed(first, CANDLES, cut, cut + 50);
    const second = new IndicatorStream();
    second.loadState(state);
    const rest = feed(second, CANDLES, cut, CANDLES.rowCount);
    assert.deepEqual(rest, whole.slice(cut), `cut ${cut}`);
  }
});

test('a saved stream of other columns is refused', () => {
  const state = new IndicatorStream(['rsi_14']).saveState();
  assert.throws(() => new IndicatorStream(['rsi_28']).loadState(state), /same columns/);
  assert.throws(() => new IndicatorStream(['nonsense']), /'nonsense' is an indicator column/);
});

test('named columns come in the order asked for and equal those of the full table', () => {
  const names = ['macd_hist', 'rsi_14', 'bb_lower'];
  const full = computeIndicators(CANDLES);
  const some = computeIndicators(CANDLES, names);
  assert.deepEqual(some.names, names);
  assert.deepEqual(
    some.columns,
    names.map((name) => full.columns[full.names.indexOf(name)]),
  );
});

test('cutting the input changes nothing before the cut', () => {
  const full = computeIndicators(CANDLES);
  const cut = computeIndicators(sliceCandles(CANDLES, 0, 333));
  assert.deepEqual(
    cut.columns,
    full.columns.map((column) => column.slice(0, 333)),
  );
});

test('a windowed column does not depend on where the stream began, to the bit', () => {
  const names = INDICATOR_GROUPS.filter(
    (group) => group.memory === 'window' || group.memory === 'bar',
  ).flatMap((group) => group.columns.map((column) => column.name));
  assert.ok(names.length > 40, 'most columns are windowed');
  const full = computeIndicators(CANDLES, names);
  const warmup = 60;
  for (const start of [1, 77, 300]) {
    const part = computeIndicators(sliceCandles(CANDLES, start, CANDLES.rowCount), names);
    part.columns.forEach((column, j) => {
      assert.deepEqual(
        column.slice(warmup),
        full.columns[j]!.slice(start + warmup),
        `${names[j]} from ${start}`,
      );
    });
  }
});

test('a session column depends on the bars since 00:00 UTC and the close before', () => {
  const names = ['x_vwap_session_utc', 'obv_session_utc'];
  const full = computeIndicators(CANDLES, names);
  const midnight = CANDLES.openTsUs.findIndex((tsUs, i) => i > 0 && tsUs % (24 * 60 * US_PER_MINUTE) === 0);
  assert.ok(midnight > 0);
  const part = computeIndicators(sliceCandles(CANDLES, midnight - 1, CANDLES.rowCount), names);
  assert.deepEqual(
    part.columns.map((column) => column.slice(1)),
    full.columns.map((column) => column.slice(midnight)),
  );
});

test('columns without a golden reference follow their formula', () => {
  const names = ['volume_ratio_20', 'body_ratio', 'upper_shadow', 'lower_shadow', 'mom_5', 'volume_mom_20'];
  const [ratio, body, upper, lower, momentum, volumeMomentum] = computeIndicators(CANDLES, names).columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const { open, high, low, close, volume } = CANDLES;
  for (let i = 20; i < CANDLES.rowCount; i++) {
    const mean = volume.slice(i - 19, i + 1).reduce((sum, value) => sum + value, 0) / 20;
    assert.ok(Math.abs(ratio[i]! - volume[i]! / mean) < 1e-12);
    const range = high[i]! - low[i]!;
    if (range === 0) assert.deepEqual([body[i], upper[i], lower[i]], [0, 0, 0]);
    else {
      assert.equal(body[i], Math.abs(close[i]! - open[i]!) / range);
      assert.ok(Math.abs(body[i]! + upper[i]! + lower[i]! - 1) < 1e-12, 'body and shadows make up the range');
    }
    assert.equal(momentum[i], close[i]! - close[i - 5]!);
    assert.equal(volumeMomentum[i], volume[i]! - volume[i - 20]!);
  }
  assert.ok(Number.isNaN(ratio[18]!) && Number.isNaN(momentum[4]!) && Number.isNaN(volumeMomentum[19]!));
});

test('session OBV starts at nothing and weighs the first bar of a day against the close before', () => {
  const day = 24 * 60 * US_PER_MINUTE;
  const column = (...values: number[]) => Float64Array.from(values);
  const close = column(10, 11, 12, 11, 11);
  const table = computeIndicators(
    {
      rowCount: 5,
      openTsUs: column(day - 2, day - 1, day, day + 1, day + 2),
      open: close,
      high: close,
      low: close,
      close,
      volume: column(5, 7, 3, 4, 9),
    },
    ['obv_session_utc'],
  );
  assert.deepEqual([...table.columns[0]!], [0, 7, 3, -1, -1]);
});
