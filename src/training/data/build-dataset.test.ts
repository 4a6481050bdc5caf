import assert from 'node:assert/strict';
import { test } from 'node:test';
import { POW10, Prng, US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, XylenError } from '#core';
import type { CandleColumns } from '#domain';
import { candleFloatsOf, computeFeatures } from '#features';
import { silentProgress } from '#telemetry';
import { dataOf, randomWalkCandles } from '../test/rows.ts';
import { buildDataset, type DatasetOptions } from './build-dataset.ts';
import type { LabelledRows } from './labelled-rows.ts';

const BAR_US = 15 * US_PER_MINUTE;
const TIMEFRAMES_US = [BAR_US, US_PER_HOUR];
const HORIZON_BARS = 8;
const DECIMALS = { priceDecimals: 2, qtyDecimals: 0 };

function build(
  candles: readonly CandleColumns[],
  changes: Partial<DatasetOptions> = {},
): Promise<LabelledRows> {
  return buildDataset(dataOf(candles), {
    timeframesUs: TIMEFRAMES_US,
    horizonBars: HORIZON_BARS,
    progress: silentProgress,
    checkpoint: () => undefined,
    ...changes,
  });
}

function withoutBars(candles: CandleColumns, from: number, to: number): CandleColumns {
  const keep = (column: Float64Array): Float64Array => column.filter((_, row) => row < from || row >= to);
  const kept = {
    openTsUs: keep(candles.openTsUs),
    openTicks: keep(candles.openTicks),
    highTicks: keep(candles.highTicks),
    lowTicks: keep(candles.lowTicks),
    closeTicks: keep(candles.closeTicks),
    volumeLots: keep(candles.volumeLots),
  };
  return { timeframeUs: candles.timeframeUs, rowCount: kept.openTsUs.length, ...kept };
}

const candles = randomWalkCandles(new Prng(4), 2_000, BAR_US);

test('rows are the warm rows of the batch features, to the bit, with the return over the horizon', async () => {
  const rows = await build([candles]);
  const table = computeFeatures(candleFloatsOf(candles, DECIMALS), {
    sourceTimeframeUs: BAR_US,
    timeframesUs: TIMEFRAMES_US,
  });
  const width = table.names.length;
  let row = 0;
  for (let bar = 0; bar + HORIZON_BARS < table.rowCount; bar++) {
    if (table.isWarm[bar] === 0) continue;
    assert.equal(rows.startUs[row], table.closeTsUs[bar]);
    assert.equal(rows.close[row], table.close[bar]);
    assert.equal(rows.labelEndUs[row], table.closeTsUs[bar]! + HORIZON_BARS * BAR_US);
    assert.equal(rows.forwardReturn[row], Math.log(table.close[bar + HORIZON_BARS]! / table.close[bar]!));
    assert.deepEqual(
      rows.matrix.subarray(row * width, (row + 1) * width),
      table.matrix.subarray(bar * width, (bar + 1) * width),
    );
    row++;
  }
  assert.equal(rows.rowCount, row);
  assert.ok(row > 500);
  assert.equal(rows.features.setHash, table.featureSetHash);
  assert.equal(rows.newestUs, candles.openTsUs.at(-1)! + BAR_US);
});

test('a row whose horizon has a bar missing has no label', async () => {
  const gapAt = 1_700;
  const gapped = withoutBars(candles, gapAt, gapAt + 1);
  const rows = await build([gapped]);
  const gapOpenUs = candles.openTsUs[gapAt]!;
  for (let row = 0; row < rows.rowCount; row++) {
    const isAcross = rows.startUs[row]! <= gapOpenUs && rows.labelEndUs[row]! > gapOpenUs;
    assert.ok(!isAcross, `row ${row} looks across the gap`);
  }
  const whole = await build([candles]);
  assert.ok(whole.rowCount - rows.rowCount >= HORIZON_BARS);
});

test('what comes after a label changes nothing before it', async () => {
  const whole = await build([candles]);
  const cutAt = 1_500;
  const cut = await build([withoutBars(candles, cutAt, candles.rowCount)]);
  assert.ok(cut.rowCount > 100 && cut.rowCount < whole.rowCount);
  const width = whole.features.names.length;
  assert.deepEqual(cut.forwardReturn, whole.forwardReturn.subarray(0, cut.rowCount));
  assert.deepEqual(cut.matrix, whole.matrix.subarray(0, cut.rowCount * width));
  const cutUs = candles.openTsUs[cutAt]!;
  assert.ok(cut.labelEndUs.every((endUs) => endUs <= cutUs));
});

test('several symbols lie one after the other, each as if it were alone', async () => {
  const other = randomWalkCandles(new Prng(5), 1_800, BAR_US);
  const [both, first, second] = await Promise.all([
    build([candles, other]),
    build([candles]),
    build([other]),
  ]);
  assert.equal(both.rowCount, first.rowCount + second.rowCount);
  assert.deepEqual(both.forwardReturn.subarray(first.rowCount), second.forwardReturn);
  assert.deepEqual([...new Set(both.symbolIx.subarray(0, first.rowCount))], [0]);
  assert.deepEqual([...new Set(both.symbolIx.subarray(first.rowCount))], [1]);
  assert.equal(both.newestUs, first.newestUs);
});

test('above the limit every k-th bar is taken, with the labels it had', async () => {
  const whole = await build([candles]);
  const thinned = await build([candles], { rowsMax: 700 });
  assert.ok(thinned.rowCount <= 700 && thinned.rowCount > 0);
  const returns = new Map(
    whole.startUs
      .slice(0, whole.rowCount)
      .entries()
      .map(([row, us]) => [us, row]),
  );
  for (let row = 0; row < thinned.rowCount; row++) {
    const same = returns.get(thinned.startUs[row]!);
    assert.ok(same !== undefined);
    assert.equal(thinned.forwardReturn[row], whole.forwardReturn[same]);
  }
  assert.equal((thinned.startUs[1]! - thinned.startUs[0]!) / BAR_US, 3);
});

test('a history shorter than the warm-up is refused with what is needed', async () => {
  const short = withoutBars(candles, 300, candles.rowCount);
  await assert.rejects(
    build([short]),
    (thrown: unknown) =>
      thrown instanceof XylenError && thrown.code === 'XY_DATA_INSUFFICIENT' && /days/.test(thrown.message),
  );
});

test('the work ends when the checkpoint says so', async () => {
  const checkpoint = (): never => {
    throw new XylenError('XY_INTERRUPTED', 'stop');
  };
  await assert.rejects(build([candles], { checkpoint }), /stop/);
});

test('ticks become the doubles nearest to their decimals, as everywhere', async () => {
  const rows = await build([candles]);
  const at = candles.openTsUs.indexOf(rows.startUs[0]! - BAR_US);
  assert.equal(rows.close[0], candles.closeTicks[at]! / POW10[2]!);
  assert.ok(US_PER_DAY % BAR_US === 0);
});

test('a thin market, where any minute may close a bar, gives its rows', async () => {
  const full = randomWalkCandles(new Prng(3), 60 * 24 * 40, US_PER_MINUTE);
  const prng = new Prng(5);
  const kept = Array.from(full.openTsUs.keys()).filter((i) => i % 5 === 4 || prng.uniform() < 0.25);
  const column = (values: Float64Array) => Float64Array.from(kept, (i) => values[i]!);
  const { closeTicks, highTicks, lowTicks, openTicks, openTsUs, timeframeUs, volumeLots } = full;
  const sparse: CandleColumns = {
    timeframeUs,
    rowCount: kept.length,
    openTsUs: column(openTsUs),
    openTicks: column(openTicks),
    highTicks: column(highTicks),
    lowTicks: column(lowTicks),
    closeTicks: column(closeTicks),
    volumeLots: column(volumeLots),
  };
  const timeframesUs = [5, 15, 60].map((minutes) => minutes * US_PER_MINUTE);
  const options = { timeframesUs, horizonBars: 48, progress: silentProgress, checkpoint: () => undefined };
  const rows = await buildDataset(dataOf([sparse]), options);
  assert.ok(rows.rowCount > 5_000);
});
