/** The conformance suite of fee models (M33, M109), then what tiers do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_DAY, US_PER_HOUR, XylenError } from '#core';
import { FeeSchedule } from '#costs';
import { testSeed } from '../../../test/support/property.ts';
import { type ConformanceCase, runSuite } from '../test/conformance.ts';
import type { FeeModel } from './fee-model.ts';
import { feeModelName, feeModelOf, type VolumeTierTable } from './fee-models.ts';

const SEED = testSeed();
const LIQUIDITIES = ['maker', 'taker'] as const;
const START_US = 20_000 * US_PER_DAY;

const scheduleOf = (makerPpm: number, takerPpm: number): FeeSchedule =>
  new FeeSchedule({ sim: { name: 'test', makerPpm, takerPpm } });
const SCHEDULE = scheduleOf(200, 500);
const TIERS: VolumeTierTable = {
  sim: [
    { volumeAtoms: 1000n, makerPpm: 160, takerPpm: 400 },
    { volumeAtoms: 5000n, makerPpm: 0, takerPpm: 300 },
    { volumeAtoms: 50_000n, makerPpm: -50, takerPpm: 200 },
  ],
};

const feesOf = (model: FeeModel, us: number): readonly number[] =>
  LIQUIDITIES.map((liquidity) => model.ppm('sim', liquidity, us));

/** The tiered model, wrong in what is changed. */
function wrong(change: (model: FeeModel) => Partial<FeeModel>): FeeModel {
  const model = feeModelOf(SCHEDULE, TIERS);
  return {
    ppm: (...of) => model.ppm(...of),
    onFill: (...of) => model.onFill(...of),
    saveState: () => model.saveState(),
    loadState: (state) => model.loadState(state),
    ...change(model),
  };
}

const CASES: readonly ConformanceCase<FeeModel>[] = [
  {
    id: 'F1',
    says: 'fees are whole ppm within 10 %',
    check: (make) => {
      const model = make();
      for (let day = 0; day < 40; day++) {
        for (const ppm of feesOf(model, START_US + day * US_PER_DAY))
          assert.ok(Number.isInteger(ppm) && Math.abs(ppm) <= 100_000);
        model.onFill('sim', 700n, START_US + day * US_PER_DAY);
      }
    },
    planted: () => wrong(() => ({ ppm: () => 0.5 })),
  },
  {
    id: 'F2',
    says: 'what is traded today changes nothing today',
    check: (make) => {
      const model = make();
      const before = feesOf(model, START_US);
      model.onFill('sim', 1_000_000n, START_US + US_PER_HOUR);
      assert.deepEqual(feesOf(model, START_US + 23 * US_PER_HOUR), before);
    },
    planted: () => {
      let traded = 0n;
      return wrong(() => ({
        onFill: (_venue, atoms) => {
          traded += atoms;
        },
        ppm: () => (traded > 0n ? 100 : 200),
      }));
    },
  },
  {
    id: 'F3',
    says: 'who trades more never pays more',
    check: (make) => {
      let last = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
      for (const atoms of [0n, 999n, 1000n, 4999n, 5000n, 60_000n]) {
        const model = make();
        model.onFill('sim', atoms, START_US);
        const fees = [...feesOf(model, START_US + US_PER_DAY)];
        assert.ok(
          fees.every((ppm, at) => ppm <= (last[at] ?? 0)),
          `${fees} after ${last}`,
        );
        last = fees;
      }
    },
    planted: () => {
      let traded = 0n;
      return wrong(() => ({
        onFill: (_venue, atoms) => {
          traded += atoms;
        },
        ppm: () => Number(traded / 1000n),
      }));
    },
  },
  {
    id: 'F4',
    says: 'asking changes nothing, and venues are apart',
    check: (make) => {
      const [asked, quiet] = [make(), make()];
      const base = asked.ppm('coinbase', 'taker', START_US);
      for (let hour = 0; hour < 60; hour++) {
        const us = START_US + hour * US_PER_HOUR;
        feesOf(asked, us);
        for (const model of [asked, quiet]) model.onFill('sim', 100n, us);
      }
      assert.deepEqual(feesOf(asked, START_US + 5 * US_PER_DAY), feesOf(quiet, START_US + 5 * US_PER_DAY));
      assert.equal(asked.ppm('coinbase', 'taker', START_US + 5 * US_PER_DAY), base);
    },
    planted: () => {
      let count = 0;
      return wrong(() => ({
        ppm: () => {
          count++;
          return count;
        },
      }));
    },
  },
  {
    id: 'F5',
    says: `goes on after its state was saved and loaded (SEED=${SEED}, M40)`,
    check: (make) => {
      const prng = new Prng(SEED).split('F5');
      const model = make();
      let us = START_US;
      for (let fill = 0; fill < 200; fill++) {
        us += prng.integer(0, US_PER_DAY / 4);
        model.onFill('sim', BigInt(prng.integer(1, 300)), us);
      }
      const copy = make();
      copy.loadState(structuredClone(model.saveState()));
      for (let day = 0; day < 40; day++)
        assert.deepEqual(feesOf(copy, us + day * US_PER_DAY), feesOf(model, us + day * US_PER_DAY));
    },
    planted: () => wrong(() => ({ loadState: () => undefined })),
  },
];

runSuite('fees', CASES, {
  flat: () => feeModelOf(SCHEDULE, {}),
  zero: () => feeModelOf(scheduleOf(0, 0), {}),
  rebate: () => feeModelOf(scheduleOf(-50, 200), {}),
  tiered: () => feeModelOf(SCHEDULE, TIERS),
});

test('M109 a tier follows the volume of the 30 days before today, and is lost with it', () => {
  const model = feeModelOf(SCHEDULE, TIERS);
  const onDay = (day: number): readonly number[] => feesOf(model, START_US + day * US_PER_DAY);
  model.onFill('sim', 1000n, START_US);
  assert.deepEqual(onDay(0), [200, 500]);
  assert.deepEqual(onDay(1), [160, 400]);
  model.onFill('sim', 4000n, START_US + 10 * US_PER_DAY);
  assert.deepEqual(onDay(10), [160, 400]);
  assert.deepEqual(onDay(30), [0, 300]);
  assert.deepEqual(onDay(31), [160, 400]);
  assert.deepEqual(onDay(40), [160, 400]);
  assert.deepEqual(onDay(41), [200, 500]);
});

test('the fees of a venue have a name, and tiers that do not rise are refused', () => {
  assert.equal(feeModelName(SCHEDULE, {}, 'sim'), 'flat');
  assert.equal(feeModelName(scheduleOf(0, 0), {}, 'sim'), 'zero');
  assert.equal(feeModelName(scheduleOf(-10, 100), {}, 'sim'), 'rebate');
  assert.equal(feeModelName(SCHEDULE, TIERS, 'sim'), 'tiered');
  const [first, second] = TIERS.sim ?? [];
  assert.ok(first !== undefined && second !== undefined);
  for (const list of [[second, first], [first, first], [{ ...first, makerPpm: 0.5 }]])
    assert.throws(() => feeModelOf(SCHEDULE, { sim: list }), XylenError);
});
