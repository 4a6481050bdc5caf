import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { buildBinMatrix } from './bin-matrix.ts';
import { accumulateAll, accumulateListed, createHistogramPool, deriveBin, subtract } from './histogram.ts';
import { gbmParams } from './params.ts';
import { sampleIndices } from './sampling.ts';
import { syntheticTable } from './synthetic-table.ts';

const prng = new Prng(3);
const table = syntheticTable({
  rowCount: 501,
  featureCount: 7,
  seed: 1,
  labelKind: 'number',
  missingShare: 0.2,
});
const matrix = buildBinMatrix(table, gbmParams({ maxBin: 20 }), prng.split('bins'));
const gradients = Float32Array.from({ length: table.rowCount }, () => prng.normal());
const hessians = Float32Array.from({ length: table.rowCount }, () => prng.uniform());
const rows = sampleIndices(table.rowCount, 333, prng.split('rows'));

/** The histogram as its definition says it, one addition after the other. */
function plainHistogram(from: number, to: number): Float64Array {
  const { columnLength, slots } = createHistogramPool(matrix, 1);
  const histogram = slots[0]!;
  for (const row of rows.subarray(from, to)) {
    for (let column = 0; column < matrix.columnCount; column++) {
      const slot = column * columnLength + 2 * matrix.bins[row * matrix.rowBytes + column]!;
      histogram[slot]! += gradients[row]!;
      histogram[slot + 1]! += hessians[row]!;
    }
  }
  return histogram;
}

const used = (histogram: Float64Array, columnLength: number): Float64Array =>
  histogram.subarray(0, matrix.columnCount * columnLength);

test('the kernel over all columns equals the definition bit for bit', () => {
  const { columnLength, slots } = createHistogramPool(matrix, 1);
  accumulateAll(
    slots[0]!,
    columnLength,
    matrix.words,
    matrix.rowBytes / 4,
    rows,
    10,
    333,
    gradients,
    hessians,
  );
  assert.deepEqual(used(slots[0]!, columnLength), used(plainHistogram(10, 333), columnLength));
});

test('the kernel over listed columns fills those and no others', () => {
  const { columnLength, slots } = createHistogramPool(matrix, 1);
  const listed = Int32Array.of(1, 4, 5);
  accumulateListed(
    slots[0]!,
    columnLength,
    matrix.bins,
    matrix.rowBytes,
    rows,
    0,
    100,
    gradients,
    hessians,
    listed,
  );
  const expected = plainHistogram(0, 100);
  for (let column = 0; column < matrix.columnCount; column++) {
    const ours = slots[0]!.subarray(column * columnLength, (column + 1) * columnLength);
    const theirs = expected.subarray(column * columnLength, (column + 1) * columnLength);
    if (listed.includes(column)) assert.deepEqual(ours, theirs);
    else assert.ok(ours.every((value) => value === 0));
  }
});

test('a derived bin completes the totals', () => {
  const histogram = Float64Array.of(1, 2, 99, 99, 3, 4);
  deriveBin(histogram, 0, 3, 1, 10, 20);
  assert.deepEqual(Array.from(histogram), [1, 2, 6, 14, 3, 4]);
});

test('parent minus child is the sibling', () => {
  const whole = plainHistogram(0, 333);
  subtract(whole, plainHistogram(0, 120), 0, whole.length);
  const sibling = plainHistogram(120, 333);
  for (const [i, value] of whole.entries()) assert.ok(Math.abs(value - sibling[i]!) < 1e-9);
});

test('more leaves than memory are refused', () => {
  assert.throws(() => createHistogramPool(matrix, 10_000_000), { code: 'XY_CONFIG_INVALID' });
});
