/** The conformance suite of impact models (M90 to M94), then what each of them alone does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_DAY, US_PER_HOUR, US_PER_SECOND, XylenError } from '#core';
import type { Side } from '#domain';
import { testSeed } from '../../../test/support/property.ts';
import { type ConformanceCase, runSuite } from '../test/conformance.ts';
import { ConsumeImpact } from './consume-impact.ts';
import type { ImpactModel } from './impact-model.ts';
import {
  checkImpactRule,
  IMPACT_DEFAULT,
  IMPACT_MODELS,
  impactAssumption,
  impactOf,
} from './impact-models.ts';
import { NoImpact } from './no-impact.ts';
import { SquareRootImpact } from './square-root-impact.ts';
import { StreamActivity } from './stream-activity.ts';

const SEED = testSeed();
const TICK_STEP = 5;
const SIDES = ['buy', 'sell'] as const;

/** Random happenings in a market, told to all models alike; returns the moment after them. */
function live(models: readonly ImpactModel[], prng: Prng, startUs: number, count: number): number {
  let nowUs = startUs;
  for (let at = 0; at < count; at++) {
    nowUs += prng.integer(1, 4_000_000);
    const side: Side = prng.uniform() < 0.5 ? 'buy' : 'sell';
    const price = prng.integer(990, 1010);
    const lots = prng.integer(1, 50);
    const what = prng.uniform();
    for (const model of models) {
      if (what < 0.3) model.onMid(1000 + (lots % 7) / 2, nowUs);
      else if (what < 0.5) model.onPrint(lots, nowUs);
      else if (what < 0.7) model.onLevel(side, price, nowUs);
      else if (what < 0.98) {
        model.onTaken(side, price, lots, nowUs);
        model.onOwnFill(side === 'buy' ? 'sell' : 'buy', lots, nowUs);
      } else model.onSnapshot(nowUs);
    }
  }
  return nowUs;
}

/** An implementation that is wrong in what is changed. */
function wrong(
  change: (model: ImpactModel) => Partial<ImpactModel>,
  model: ImpactModel = new NoImpact(),
): ImpactModel {
  const bound: ImpactModel = {
    name: 'wrong',
    needsMarket: model.needsMarket,
    freeLots: (...of) => model.freeLots(...of),
    onTaken: (...of) => model.onTaken(...of),
    onLevel: (...of) => model.onLevel(...of),
    onSnapshot: (...of) => model.onSnapshot(...of),
    onOwnFill: (...of) => model.onOwnFill(...of),
    onPrint: (...of) => model.onPrint(...of),
    onMid: (...of) => model.onMid(...of),
    shiftTicks: (...of) => model.shiftTicks(...of),
    saveState: () => model.saveState(),
    loadState: (state) => model.loadState(state),
  };
  return { ...bound, ...change(model) };
}

const CASES: readonly ConformanceCase<ImpactModel>[] = [
  {
    id: 'I1',
    says: 'a level that nobody took from is free as displayed',
    check: (make) => {
      const model = make();
      for (const side of SIDES) assert.equal(model.freeLots(side, 1000, 40, 7), 40);
    },
    planted: () => wrong(() => ({ freeLots: (_side, _price, shown) => shown + 1 })),
  },
  {
    id: 'I2',
    says: 'what was taken is not free until the level is told anew, whatever the time',
    check: (make) => {
      const model = make();
      model.onTaken('sell', 1000, 30, 10);
      model.onTaken('sell', 1000, 5, 20);
      for (const us of [20, US_PER_HOUR, US_PER_DAY]) {
        assert.equal(model.freeLots('sell', 1000, 40, us), 5);
        assert.equal(model.freeLots('sell', 1000, 20, us), 0);
      }
    },
    planted: () =>
      wrong((model) => ({
        freeLots: (side, price, shown, us) =>
          us > US_PER_HOUR ? shown : model.freeLots(side, price, shown, us),
      })),
  },
  {
    id: 'I3',
    says: 'a taking leaves other prices and the other side alone',
    check: (make) => {
      const model = make();
      model.onTaken('sell', 1000, 30, 10);
      assert.equal(model.freeLots('sell', 1001, 40, 10), 40);
      assert.equal(model.freeLots('buy', 1000, 40, 10), 40);
      model.onLevel('buy', 1000, 11);
      model.onLevel('sell', 1001, 11);
      assert.equal(model.freeLots('sell', 1000, 40, 12), 10);
    },
    planted: () =>
      wrong((model) => ({
        onTaken: (_side, price, lots, us) => {
          for (const side of SIDES) model.onTaken(side, price, lots, us);
        },
      })),
  },
  {
    id: 'I4',
    says: `never more is free than with none (SEED=${SEED})`,
    check: (make) => {
      const prng = new Prng(SEED).split('I4');
      for (let round = 0; round < 60; round++) {
        const pair = [make(), new NoImpact()] as const;
        const nowUs = live(pair, prng, US_PER_DAY, 60);
        for (let price = 990; price < 1010; price++) {
          for (const side of SIDES) {
            const [free, most] = pair.map((model) => model.freeLots(side, price, 45, nowUs)) as [
              number,
              number,
            ];
            assert.ok(free >= 0 && free <= most && Number.isInteger(free), `${free} of ${most}`);
          }
        }
      }
    },
    planted: () =>
      wrong((model) => ({ onTaken: (side, price, lots, us) => model.onTaken(side, price, lots - 1, us) })),
  },
  {
    id: 'I5',
    says: `the market never moves in favour of the trader, and in whole tick steps (SEED=${SEED})`,
    check: (make) => {
      const prng = new Prng(SEED).split('I5');
      for (let round = 0; round < 60; round++) {
        const model = make();
        const nowUs = live([model], prng, US_PER_DAY, 60);
        const [up, down] = SIDES.map((side) => model.shiftTicks(side, nowUs)) as [number, number];
        for (const ticks of [up, down]) assert.ok(ticks >= 0 && ticks % TICK_STEP === 0, `${ticks}`);
        assert.ok(up === 0 || down === 0, 'it moves one way at a time');
      }
    },
    planted: () => wrong(() => ({ shiftTicks: (side) => (side === 'buy' ? TICK_STEP : -TICK_STEP) })),
  },
  {
    id: 'I6',
    says: 'who did not trade meets the record as it is',
    check: (make) => {
      const model = make();
      for (let at = 0; at < 200; at++) {
        model.onMid(1000 + (at % 9), at * US_PER_SECOND);
        model.onPrint(10, at * US_PER_SECOND);
        model.onLevel('buy', 1000, at * US_PER_SECOND);
      }
      for (const side of SIDES) {
        assert.equal(model.shiftTicks(side, 200 * US_PER_SECOND), 0);
        assert.equal(model.freeLots(side, 1000, 40, 200 * US_PER_SECOND), 40);
      }
    },
    planted: () => wrong(() => ({ shiftTicks: () => TICK_STEP })),
  },
  {
    id: 'I7',
    says: `goes on to the bit after its state was saved and loaded (SEED=${SEED}, M40)`,
    check: (make) => {
      const model = make();
      const copy = make();
      const nowUs = live([model], new Prng(SEED).split('I7'), US_PER_DAY, 100);
      model.onTaken('buy', 1000, 30, nowUs);
      copy.loadState(structuredClone(model.saveState()));
      const pair = [model, copy] as const;
      const assertAlike = (us: number): void => {
        const [seen, again] = pair.map((one) => [
          SIDES.map((side) => one.shiftTicks(side, us)),
          SIDES.map((side) => Array.from({ length: 20 }, (_, at) => one.freeLots(side, 990 + at, 60, us))),
          one.saveState(),
        ]);
        assert.deepEqual(again, seen);
      };
      assertAlike(nowUs);
      assertAlike(live(pair, new Prng(SEED).split('after'), nowUs, 50));
    },
    planted: () => wrong(() => ({ loadState: () => undefined })),
  },
  {
    id: 'I8',
    says: 'a book that is told anew recovers in time, and so does the price where as much was sold as bought',
    check: (make) => {
      const model = make();
      for (let at = 0; at < 100; at++) model.onMid(1000 + (at % 2), at * US_PER_SECOND);
      model.onPrint(1000, 100 * US_PER_SECOND);
      model.onTaken('sell', 1000, 30, 101 * US_PER_SECOND);
      model.onOwnFill('buy', 30, 101 * US_PER_SECOND);
      model.onOwnFill('sell', 30, 102 * US_PER_SECOND);
      for (const us of [103 * US_PER_SECOND, US_PER_DAY]) model.onLevel('sell', 1000, us);
      assert.equal(model.freeLots('sell', 1000, 40, US_PER_DAY), 40);
      for (const side of SIDES) assert.equal(model.shiftTicks(side, 4 * US_PER_DAY), 0);
    },
    planted: () => wrong(() => ({ onLevel: () => undefined })),
  },
  {
    id: 'I9',
    says: 'who trades more does not move the market less',
    check: (make) => {
      let lastTicks = 0;
      for (const lots of [1, 4, 20, 100, 1000, 100_000]) {
        const model = make();
        for (let at = 0; at < 900; at++) {
          model.onPrint(5, at * US_PER_SECOND);
          model.onMid(100_000 + 50 * (at % 2), at * US_PER_SECOND);
        }
        model.onOwnFill('buy', lots, 900 * US_PER_SECOND);
        const ticks = model.shiftTicks('buy', 900 * US_PER_SECOND);
        assert.ok(ticks >= lastTicks, `${lots} lots: ${ticks} after ${lastTicks}`);
        lastTicks = ticks;
      }
    },
    planted: () => {
      let lots = 0;
      return wrong(() => ({
        onOwnFill: (_side, more) => {
          lots += more;
        },
        shiftTicks: () => (lots > 50 ? 0 : TICK_STEP),
      }));
    },
  },
  {
    id: 'I10',
    says: 'time alone heals and never hurts',
    check: (make) => {
      const model = make();
      for (let at = 0; at < 900; at++) {
        model.onPrint(5, at * US_PER_SECOND);
        model.onMid(100_000 + 50 * (at % 2), at * US_PER_SECOND);
      }
      const startUs = 900 * US_PER_SECOND;
      model.onTaken('sell', 1000, 30, startUs);
      model.onOwnFill('buy', 30, startUs);
      model.onLevel('sell', 1000, startUs);
      let [freeBefore, shiftBefore] = [
        model.freeLots('sell', 1000, 40, startUs),
        model.shiftTicks('buy', startUs),
      ];
      for (let at = 1; at < 50; at++) {
        const nowUs = startUs + at * 10 * US_PER_SECOND;
        const [free, shift] = [model.freeLots('sell', 1000, 40, nowUs), model.shiftTicks('buy', nowUs)];
        assert.ok(free >= freeBefore && shift <= shiftBefore);
        [freeBefore, shiftBefore] = [free, shift];
      }
    },
    planted: () =>
      wrong(() => ({ shiftTicks: (_side, us) => Math.floor(us / US_PER_HOUR / 0.251) * TICK_STEP })),
  },
];

runSuite(
  'impact',
  CASES,
  Object.fromEntries(
    IMPACT_MODELS.map((model) => [model, () => impactOf({ ...IMPACT_DEFAULT, model }, TICK_STEP)]),
  ),
);

test('M90 none: what was taken is there again when the level is told, or the whole book', () => {
  const model = new NoImpact();
  model.onTaken('buy', 1000, 30);
  model.onLevel('buy', 1000);
  assert.equal(model.freeLots('buy', 1000, 40), 40);
  model.onTaken('buy', 1000, 30);
  model.onSnapshot();
  assert.equal(model.freeLots('buy', 1000, 40), 40);
});

test('M91 consume: half of what was taken is back after each half-life from the update on', () => {
  const model = new ConsumeImpact(US_PER_SECOND);
  model.onTaken('sell', 1000, 32, 0);
  model.onLevel('sell', 1000, 5 * US_PER_SECOND);
  const free = [5, 6, 7, 8, 10, 11].map((s) => model.freeLots('sell', 1000, 40, s * US_PER_SECOND));
  assert.deepEqual(free, [8, 24, 32, 36, 39, 39]);
  // What is taken meanwhile is gone whole until the next update.
  model.onTaken('sell', 1000, 10, 8 * US_PER_SECOND);
  assert.equal(model.freeLots('sell', 1000, 40, 8 * US_PER_SECOND), 26);
});

test('M91 consume: a snapshot restores nothing by itself', () => {
  const model = new ConsumeImpact(US_PER_SECOND);
  model.onTaken('sell', 1000, 32, 0);
  model.onSnapshot(0);
  assert.equal(model.freeLots('sell', 1000, 40, 0), 8);
  assert.equal(model.freeLots('sell', 1000, 40, US_PER_SECOND), 24);
});

test('M92 square_root: the move is the volatility of the time in which the market trades as much', () => {
  const rule = { coefficient: 1, permanent: 0, decayUs: US_PER_HOUR, halfLifeUs: US_PER_SECOND, tickStep: 1 };
  const model = new SquareRootImpact(rule);
  const activity = new StreamActivity();
  const seconds = 7200;
  for (let at = 0; at <= seconds; at++) {
    // One basis point a second to and fro, 10 lots a second.
    const mid = at % 2 === 0 ? 1_000_000 : 1_000_100;
    for (const one of [model, activity]) {
      one.onPrint(10);
      one.onMid(mid, at * US_PER_SECOND);
    }
  }
  const nowUs = seconds * US_PER_SECOND;
  assert.ok(Math.abs(activity.sigmaPerRootUs * 1000 - 0.0001) < 1e-6, 'a basis point per root second');
  assert.ok(Math.abs(activity.lotsPerUs * 1e6 - 10) < 0.01, 'ten lots a second');
  // 40 lots are four seconds of volume: two basis points.
  model.onOwnFill('buy', 40, nowUs);
  const closely = (found: number, expected: number): void =>
    assert.ok(Math.abs(found - expected) <= 2, `expected ${expected} ticks, found ${found}`);
  closely(model.shiftTicks('buy', nowUs), 200);
  assert.equal(model.shiftTicks('sell', nowUs), 0);
  // A quarter of the flow is left after two half-lives: half of the move.
  closely(model.shiftTicks('buy', nowUs + 2 * US_PER_HOUR), 100);
  // Sold again, nothing is left of it.
  model.onOwnFill('sell', 40, nowUs);
  assert.equal(model.shiftTicks('buy', nowUs) + model.shiftTicks('sell', nowUs), 0);
});

test('M92 square_root: the permanent part is linear in all that was traded and stays', () => {
  const rule = {
    coefficient: 0,
    permanent: 0.5,
    decayUs: US_PER_SECOND,
    halfLifeUs: US_PER_SECOND,
    tickStep: 1,
  };
  const ticksOf = (lots: number, daysLater: number): number => {
    const model = new SquareRootImpact(rule);
    for (let at = 0; at <= 7200; at++) {
      model.onPrint(10);
      model.onMid(at % 2 === 0 ? 1_000_000 : 1_000_100, at * US_PER_SECOND);
    }
    model.onOwnFill('sell', lots, 7200 * US_PER_SECOND);
    assert.equal(model.shiftTicks('buy', 7200 * US_PER_SECOND), 0);
    return model.shiftTicks('sell', 7200 * US_PER_SECOND + daysLater * US_PER_DAY);
  };
  // A tenth of a day's volume: 0.5 x 0.0001 x sqrt(86400) x 0.1 of the price.
  const expected = 0.5 * 100 * Math.sqrt(86_400) * 0.1;
  for (const days of [0, 30]) assert.ok(Math.abs(ticksOf(86_400, days) - expected) <= 2 + expected / 100);
  assert.ok(Math.abs(ticksOf(43_200, 0) - expected / 2) <= 2 + expected / 100);
});

test('M92 square_root: knows nothing of what comes after', () => {
  const make = (): SquareRootImpact => new SquareRootImpact({ ...IMPACT_DEFAULT, tickStep: 1 });
  const early = make();
  const late = make();
  const pair = [early, late] as const;
  const nowUs = live(pair, new Prng(SEED).split('past'), US_PER_DAY, 200);
  const seen = early.shiftTicks('buy', nowUs);
  live([late], new Prng(SEED).split('future'), nowUs, 200);
  assert.equal(early.shiftTicks('buy', nowUs), seen);
  // Before anything was printed own flow counts as a day's volume at a volatility of 100 % a year.
  const blind = make();
  blind.onMid(100_000, 0);
  blind.onOwnFill('buy', 1, 1);
  assert.ok(blind.shiftTicks('buy', 1) > 100_000 * 0.05);
});

test('a rule out of range is refused, and each model says what it assumes', () => {
  for (const change of [
    { halfLifeUs: 0 },
    { decayUs: -1 },
    { coefficient: -1 },
    { permanent: 11 },
    { coefficient: Number.NaN },
  ])
    assert.throws(() => checkImpactRule({ ...IMPACT_DEFAULT, ...change }), XylenError);
  const values = IMPACT_MODELS.map((model) => impactAssumption({ ...IMPACT_DEFAULT, model }).value);
  assert.deepEqual(values, [
    'none beyond depth',
    'consume, half-life 10s',
    'square_root, Y 1, permanent 0.314, decay 5m, levels 10s',
  ]);
});
