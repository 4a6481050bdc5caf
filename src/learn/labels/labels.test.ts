import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Prng } from '#core';
import { forwardReturnLabels } from './forward-return.ts';
import { type TripleBarrierOptions, tripleBarrierLabels } from './triple-barrier.ts';
import { labelConcurrency, uniquenessWeights } from './uniqueness.ts';

const SEED = Number(process.env.SEED ?? 7);
const NAN = Number.NaN;

const near = (found: number, expected: number): void =>
  assert.ok(Math.abs(found - expected) <= 1e-12, `${found} is not ${expected}`);

describe('forward returns', () => {
  const closeUs = Float64Array.of(10, 20, 30, 40);

  test('log return to the close of the bar that ends the horizon, NaN at the tail', () => {
    const { label, labelEndUs } = forwardReturnLabels(Float64Array.of(100, 110, 99, 120), closeUs, 2);
    near(label[0]!, Math.log(0.99));
    near(label[1]!, Math.log(120 / 110));
    assert.deepEqual(Array.from(label.subarray(2)), [NAN, NAN]);
    assert.deepEqual(Array.from(labelEndUs), [30, 40, NAN, NAN]);
  });

  test('a price that is not positive gives no label, and nor does a horizon past the end', () => {
    const { label } = forwardReturnLabels(Float64Array.of(100, 0, NAN, 120), closeUs, 1);
    assert.ok(label.every(Number.isNaN));
    assert.ok(forwardReturnLabels(Float64Array.of(1, 2, 3, 4), closeUs, 9).labelEndUs.every(Number.isNaN));
  });

  test('property: what comes after the label has no influence on it', () => {
    const property = fc.property(
      fc.integer({ min: 0, max: 1000 }),
      fc.integer({ min: 1, max: 8 }),
      (seed, h) => {
        const prng = new Prng(seed);
        const close = Float64Array.from({ length: 30 }, () => prng.uniform() + 1);
        const times = Float64Array.from({ length: 30 }, (_, bar) => bar);
        const whole = forwardReturnLabels(close, times, h);
        const cut = forwardReturnLabels(close.slice(0, 20), times.slice(0, 20), h);
        for (let bar = 0; bar + h < 20; bar++) assert.equal(cut.label[bar], whole.label[bar]);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 50 });
  });

  test('refusals', () => {
    const close = Float64Array.of(1, 2);
    assert.throws(() => forwardReturnLabels(close, Float64Array.of(1, 2), 0), { code: 'XY_CONFIG_INVALID' });
    assert.throws(() => forwardReturnLabels(close, Float64Array.of(1), 1), { code: 'XY_DATA_INSUFFICIENT' });
    assert.throws(() => forwardReturnLabels(close, Float64Array.of(2, 2), 1), { code: 'XY_ROW_INVALID' });
  });
});

/** Bars after an entry at 100; the first bar is the entry's own. */
function bars(
  rows: readonly (readonly [number, number, number, number])[],
  overrides: Partial<TripleBarrierOptions> = {},
): TripleBarrierOptions {
  const all = [[100, 100, 100, 100] as const, ...rows];
  const column = (index: 0 | 1 | 2 | 3): Float64Array => Float64Array.from(all, (row) => row[index]);
  return {
    open: column(0),
    high: column(1),
    low: column(2),
    close: column(3),
    closeUs: Float64Array.from(all, (_, bar) => 10 * bar),
    targetFraction: new Float64Array(all.length).fill(0.02),
    stopFraction: new Float64Array(all.length).fill(0.01),
    horizonBars: rows.length,
    costFraction: 0.001,
    side: 1,
    ...overrides,
  };
}

/** The label of the entry bar. */
function first(options: TripleBarrierOptions): [number, number, number] {
  const { touch, netReturn, labelEndUs } = tripleBarrierLabels(options);
  return [touch[0]!, Math.round(netReturn[0]! * 1e9) / 1e9, labelEndUs[0]!];
}

describe('triple barrier', () => {
  test('long: target, stop and time, after costs', () => {
    assert.deepEqual(
      first(
        bars([
          [100, 101, 99.5, 100],
          [100, 102, 99.5, 101],
        ]),
      ),
      [1, 0.019, 20],
    );
    assert.deepEqual(
      first(
        bars([
          [100, 101, 99, 100],
          [100, 103, 100, 103],
        ]),
      ),
      [-1, -0.011, 10],
    );
    assert.deepEqual(
      first(
        bars([
          [100, 101, 99.5, 100],
          [100, 101, 99.5, 100.5],
        ]),
      ),
      [0, 0.004, 20],
    );
  });

  test('short: the same with the sides exchanged', () => {
    const short = { side: -1 } as const;
    assert.deepEqual(first(bars([[100, 100.5, 98, 98]], short)), [1, 0.019, 10]);
    assert.deepEqual(first(bars([[100, 101, 99, 99]], short)), [-1, -0.011, 10]);
    assert.deepEqual(first(bars([[100, 100.5, 99, 99]], short)), [0, 0.009, 10]);
  });

  test('both barriers in one bar: the stop came first', () => {
    assert.deepEqual(first(bars([[100, 105, 95, 104]])), [-1, -0.011, 10]);
    assert.deepEqual(first(bars([[100, 105, 95, 96]], { side: -1 })), [-1, -0.011, 10]);
  });

  test('a gap through the stop fills at the open, a gap through the target only at the target', () => {
    assert.deepEqual(first(bars([[97, 98, 96, 98]])), [-1, -0.031, 10]);
    assert.deepEqual(first(bars([[105, 106, 104, 105]])), [1, 0.019, 10]);
  });

  test('no label: NaN barrier, hole on the way, horizon past the end', () => {
    const quiet = [100, 100.5, 99.5, 100] as const;
    const none = (options: TripleBarrierOptions): void =>
      assert.deepEqual(Array.from(tripleBarrierLabels(options).labelEndUs.subarray(0, 1)), [NAN]);
    none(bars([quiet], { targetFraction: Float64Array.of(NAN, NAN) }));
    none(bars([[NAN, 100, 100, 100], quiet]));
    none(bars([[100, 103, 100, 103]], { horizonBars: 2 }));
  });

  test('refusals', () => {
    const quiet = [100, 100.5, 99.5, 100] as const;
    const refuse = (overrides: Partial<TripleBarrierOptions>, code: string): void =>
      assert.throws(() => tripleBarrierLabels(bars([quiet], overrides)), { code });
    refuse({ costFraction: -1 }, 'XY_CONFIG_INVALID');
    refuse({ horizonBars: 1.5 }, 'XY_CONFIG_INVALID');
    refuse({ stopFraction: Float64Array.of(0, 1) }, 'XY_ROW_INVALID');
    refuse({ open: new Float64Array(1) }, 'XY_DATA_INSUFFICIENT');
  });
});

describe('uniqueness', () => {
  test('alone 1, twice the same 1/2, without a label 0', () => {
    const labels = {
      firstBar: Int32Array.of(0, 4, 4, 7),
      lastBar: Int32Array.of(2, 6, 6, -1),
      barCount: 9,
    };
    assert.deepEqual(Array.from(labelConcurrency(labels)), [1, 1, 1, 0, 2, 2, 2, 0, 0]);
    const weights = uniquenessWeights(labels);
    for (const [i, expected] of [1, 0.5, 0.5, 0].entries()) near(weights[i]!, expected);
  });

  test('labels outside the bars and unequal columns are refused', () => {
    const firstBar = Int32Array.of(3);
    const unequal = { firstBar, lastBar: new Int32Array(2), barCount: 9 };
    assert.throws(() => uniquenessWeights(unequal), { code: 'XY_DATA_INSUFFICIENT' });
    for (const lastBar of [2, 9]) {
      assert.throws(() => uniquenessWeights({ firstBar, lastBar: Int32Array.of(lastBar), barCount: 9 }), {
        code: 'XY_ROW_INVALID',
      });
    }
  });
});
