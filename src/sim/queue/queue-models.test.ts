/** One conformance suite for every queue model (M45 to M49), then what each of them alone does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { type ConformanceCase, runSuite } from '../test/conformance.ts';
import { passedLots, type QueueModel, type QueuePlace } from './queue-model.ts';
import { QUEUE_MODEL_FORMS, queueModelOf } from './queue-models.ts';
import { RISK_ADVERSE } from './risk-adverse.ts';

const SEED = Number(process.env.SEED ?? 20261122);
const ROUNDS = 400;
const POWERS = ['0.5', '1', '2', '3', '4.25'];
/** Estimates are sums of products of at most this relative error. */
const TOLERANCE = 1e-9;

const NAMES = QUEUE_MODEL_FORMS.flatMap((form) =>
  form.endsWith('_N') ? POWERS.map((power) => form.replace('N', power)) : [form],
);

function modelOf(name: string, lotUnit = 1): QueueModel {
  const model = queueModelOf(name, { lotUnit });
  assert.ok(model !== undefined, name);
  return model;
}

/** What happens at a level: a trade, or a new quantity. */
type Step =
  | { readonly kind: 'trade'; readonly lots: number }
  | { readonly kind: 'level'; readonly lots: number };

/** A level and what happens at it: trades do not change the level, the update after them does. */
function drawSteps(prng: Prng, startLots: number): readonly Step[] {
  let lots = startLots;
  return Array.from({ length: prng.integer(1, 40) }, (): Step => {
    if (prng.uniform() < 0.3) return { kind: 'trade', lots: prng.integer(1, 8) };
    lots = Math.max(0, lots + prng.integer(-12, 13));
    return { kind: 'level', lots };
  });
}

/** Plays steps at a level until the order is passed; `check` sees the place before and after each. */
function playSteps(
  model: QueueModel,
  startLots: number,
  steps: readonly Step[],
  check: (before: QueuePlace, after: QueuePlace, step: Step, previousLots: number) => void,
): void {
  const place = model.join(startLots);
  let lots = startLots;
  for (const step of steps) {
    const before = { ...place };
    if (step.kind === 'trade') model.onTrade(place, step.lots);
    else model.onLevel(place, lots, step.lots);
    check(before, place, step, lots);
    if (step.kind === 'level') lots = step.lots;
    // Below 0 the order is as good as filled: M49 says what the arithmetic does then.
    if (place.aheadLots < 0) return;
  }
}

function forRandomLevels(name: string, play: (startLots: number, steps: readonly Step[]) => void): void {
  const prng = new Prng(SEED).split(name);
  for (let round = 0; round < ROUNDS; round++) {
    const startLots = prng.integer(0, 60);
    play(startLots, drawSteps(prng, startLots));
  }
}

/** `risk_adverse`, wrong in what is changed. */
function wrong(change: Partial<QueueModel>): QueueModel {
  return { ...RISK_ADVERSE, ...change };
}

const CASES: readonly ConformanceCase<QueueModel>[] = [
  {
    id: 'Q1',
    says: 'bears a name that is known and joins behind all that is displayed (M48)',
    check: (make) => {
      assert.equal(queueModelOf(make().name)?.name, make().name);
      assert.deepEqual(make().join(17), { aheadLots: 17, tradedLots: 0 });
    },
    planted: () => wrong({ join: (lots) => ({ aheadLots: lots / 2, tradedLots: 0 }) }),
  },
  {
    id: 'Q2',
    says: `no trade and no cancel makes the queue longer (SEED=${SEED}, M45, M46)`,
    check: (make) =>
      forRandomLevels(make().name, (startLots, steps) =>
        playSteps(make(), startLots, steps, (before, after) => {
          assert.ok(
            after.aheadLots <= before.aheadLots + TOLERANCE,
            `${before.aheadLots} -> ${after.aheadLots}`,
          );
        }),
      ),
    planted: () =>
      wrong({
        onLevel: (place, _previousLots, lots) => {
          place.aheadLots = lots;
        },
      }),
  },
  {
    id: 'Q3',
    says: `a trade shortens the queue by its quantity (SEED=${SEED}, M48)`,
    check: (make) =>
      forRandomLevels(make().name, (startLots, steps) =>
        playSteps(make(), startLots, steps, (before, after, step) => {
          if (step.kind === 'trade') assert.equal(after.aheadLots, before.aheadLots - step.lots);
        }),
      ),
    planted: () =>
      wrong({
        onTrade: (place, lots) => {
          place.aheadLots = Math.max(0, place.aheadLots - lots);
        },
      }),
  },
  {
    id: 'Q4',
    says: `estimates lie between nothing and everything cancelled ahead (SEED=${SEED}, M46)`,
    check: (make) =>
      forRandomLevels(make().name, (startLots, steps) =>
        playSteps(make(), startLots, steps, (before, after, step, previousLots) => {
          if (step.kind === 'trade') return;
          const cancelled = Math.max(0, previousLots - step.lots - before.tradedLots);
          const careful = { ...before };
          RISK_ADVERSE.onLevel(careful, previousLots, step.lots);
          assert.ok(after.aheadLots <= careful.aheadLots + TOLERANCE);
          assert.ok(after.aheadLots >= Math.min(before.aheadLots - cancelled, step.lots) - TOLERANCE);
          assert.ok(after.aheadLots <= step.lots, 'no more stands ahead than the level shows');
        }),
      ),
    planted: () =>
      wrong({
        onLevel: (place, previousLots, lots) => {
          place.aheadLots = Math.min(place.aheadLots - 2 * Math.max(0, previousLots - lots), lots);
        },
      }),
  },
  {
    id: 'Q5',
    says: `an increase leaves the queue alone (SEED=${SEED}, M46)`,
    check: (make) =>
      forRandomLevels(make().name, (startLots, steps) =>
        playSteps(make(), startLots, steps, (before, after, step, previousLots) => {
          if (step.kind === 'level' && step.lots > previousLots)
            assert.equal(after.aheadLots, before.aheadLots);
        }),
      ),
    planted: () =>
      wrong({
        onLevel: (place, previousLots, lots) => {
          const grown = Math.max(0, lots - previousLots) / 4;
          place.aheadLots = Math.min(place.aheadLots - grown, lots);
        },
      }),
  },
  {
    id: 'Q6',
    says: `goes on bit for bit after its state was saved and loaded (SEED=${SEED}, M40)`,
    check: (make) =>
      forRandomLevels(make().name, (startLots, steps) => {
        const straight: QueuePlace[] = [];
        const model = make();
        playSteps(model, startLots, steps, (_before, after) => straight.push({ ...after }));
        let place = model.join(startLots);
        let lots = startLots;
        for (const [at, expected] of straight.entries()) {
          const step = steps[at];
          assert.ok(step !== undefined);
          place = JSON.parse(JSON.stringify(place)) as QueuePlace;
          if (step.kind === 'trade') make().onTrade(place, step.lots);
          else make().onLevel(place, lots, step.lots);
          if (step.kind === 'level') lots = step.lots;
          assert.deepEqual(place, expected);
        }
      }),
    planted: () => {
      // Remembers in the model what belongs into the place.
      let seenLots = 0;
      return wrong({
        onTrade: (place, lots) => {
          seenLots += lots;
          place.aheadLots -= lots;
        },
        onLevel: (place, _previousLots, lots) => {
          place.aheadLots = Math.min(place.aheadLots, lots) - (seenLots > 10 ? 1 : 0);
          seenLots = 0;
        },
      });
    },
  },
];

runSuite('queue', CASES, Object.fromEntries(NAMES.map((name) => [name, () => modelOf(name)])));

/** The queue after a level of 100 lots, with 20 of them ahead, lost 40 by cancels. */
function afterCancels(name: string, lotUnit = 1): number {
  const place = { aheadLots: 20, tradedLots: 0 };
  modelOf(name, lotUnit).onLevel(place, 100, 60);
  return place.aheadLots;
}

test('splits a cancelled quantity by the formula of each model (M45, M46)', () => {
  const ahead = 20;
  const cancelled = 40;
  const close = (name: string, behindShare: number, lotUnit = 1): void => {
    const expected = ahead - (1 - behindShare) * cancelled;
    assert.ok(Math.abs(afterCancels(name, lotUnit) - expected) < TOLERANCE, `${name}: ${expected}`);
  };
  assert.equal(afterCancels('risk_adverse'), 20);
  close('power_prob_2', 6400 / (6400 + 400));
  close('power_prob2_2', 0.64);
  close('power_prob3_2', 1 - 0.04);
  close('log_prob', Math.log(81) / (Math.log(81) + Math.log(21)));
  close('log_prob2', Math.log(81) / Math.log(101));
  // The logarithms count in the unit of the lot, the powers do not care (M56).
  close('log_prob', Math.log(1.08) / (Math.log(1.08) + Math.log(1.02)), 0.001);
  close('power_prob_2', 6400 / (6400 + 400), 0.001);
});

test('counts what trades explain only once (M46)', () => {
  const model = modelOf('power_prob_2');
  const place = model.join(50);
  model.onLevel(place, 50, 100);
  model.onTrade(place, 10);
  model.onLevel(place, 100, 90);
  assert.deepEqual(place, { aheadLots: 40, tradedLots: 0 });
});

test('takes from those ahead what those behind cannot have cancelled (M46)', () => {
  const place = { aheadLots: 20, tradedLots: 0 };
  modelOf('power_prob_2').onLevel(place, 100, 12);
  // By the share 82.8 of 88 were behind, where only 80 stood: the others were ahead, and 12 lots are left of 100.
  assert.ok(Math.abs(place.aheadLots - 12) < TOLERANCE);
  modelOf('risk_adverse').onLevel(place, 12, 5);
  assert.equal(place.aheadLots, 5);
});

test('sends an order back to the end of its level where the logarithm has no value (M49)', () => {
  const place = { aheadLots: -30, tradedLots: 0 };
  modelOf('log_prob').onLevel(place, 100, 90);
  assert.equal(place.aheadLots, 90);
});

test('passes an order by when at least half a lot more was traded than stood ahead (M47)', () => {
  const passed = [1, 0.2, 0, -0.4999, -0.5, -1.49, -1.5, -7].map((aheadLots) =>
    passedLots({ aheadLots, tradedLots: 0 }),
  );
  assert.deepEqual(passed, [0, 0, 0, 0, 1, 1, 2, 7]);
});

test('knows models by their full name only', () => {
  const wrong = [
    '',
    'risk',
    'power_prob',
    'power_prob_',
    'power_prob_0',
    'power_prob_-1',
    'power_prob_2x',
    'power_prob4_2',
  ];
  for (const name of [...wrong, 'log_prob3', 'POWER_PROB_2', 'power_prob_1e3', 'power_prob_NaN'])
    assert.equal(queueModelOf(name), undefined, name);
  assert.equal(queueModelOf('power_prob_0.001')?.name, 'power_prob_0.001');
});
