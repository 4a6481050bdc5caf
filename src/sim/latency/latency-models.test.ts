/** The conformance suite of latency models (M3, M99 to M103), then what each of them alone does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_SECOND, XylenError } from '#core';
import { InstrumentTable, type MarketEvent } from '#domain';
import { testSeed } from '../../../test/support/property.ts';
import { type ConformanceCase, runSuite } from '../test/conformance.ts';
import { order, play, print, START_US, testRules, testSpec, testWorld } from '../test/market-builders.ts';
import { FeedLatency } from './feed-latency.ts';
import { legText } from './latency-assumption.ts';
import type { LatencyModel } from './latency-model.ts';
import { LATENCY_NONE, MessageLatency } from './message-latency.ts';
import { latencyModelOf } from './models.ts';
import { checkLegRule, type LegRule, type RecordedLatencies } from './rules.ts';

const SEED = testSeed();

/** Requests of 100, 300 and 200 us, answers of 50, 60 and 70 us. */
const RECORDED: RecordedLatencies = {
  name: 'a.csv',
  requestUs: Float64Array.of(1000, 2000, 3000),
  exchangeUs: Float64Array.of(1100, 2300, 3200),
  responseUs: Float64Array.of(1150, 2360, 3270),
};

const RULES: Readonly<Record<string, LegRule>> = {
  constant: { model: 'constant', us: 250 },
  none: { model: 'constant', us: 0 },
  uniform: { model: 'uniform', minUs: 100, maxUs: 300, spikePpm: 100_000, spikeFactorMax: 4 },
  log_normal: { model: 'log_normal', medianUs: 200, sigma: 0.7, capUs: 1200 },
  recorded: { model: 'recorded', recorded: RECORDED },
};
/** What no rule above exceeds. */
const MOST_US = 1200;

const CASES: readonly ConformanceCase<LatencyModel>[] = [
  {
    id: 'L1',
    says: `a time is whole microseconds and not below 0 (SEED=${SEED})`,
    check: (make) => {
      const [model, prng] = [make(), new Prng(SEED).split('L1')];
      for (let at = 0; at < 2000; at++) {
        const us = model.travelUs(prng.uniform(), prng.uniform(), prng.integer(0, 5000));
        assert.ok(Number.isSafeInteger(us) && us >= 0, `${us}`);
      }
    },
    planted: () => ({ travelUs: (first) => 100 * first }),
  },
  {
    id: 'L2',
    says: 'equal numbers at equal moments give equal times, whatever was asked between',
    check: (make) => {
      const model = make();
      const ask = (): readonly number[] =>
        [0, 0.3, 0.9999].map((share) => model.travelUs(share, share, 1700));
      const before = ask();
      for (let us = 0; us < 5000; us += 100) model.travelUs(0.5, 0.01, us);
      assert.deepEqual(ask(), before);
    },
    planted: () => {
      let us = 0;
      return {
        travelUs: () => {
          us++;
          return us;
        },
      };
    },
  },
  {
    id: 'L3',
    says: 'no draw, not even the rarest, exceeds the most that the rule allows',
    check: (make) => {
      const model = make();
      for (const first of [0, 2 ** -53, 0.5, 1 - 2 ** -53]) {
        for (const second of [0, 0.0999, 1 - 2 ** -53])
          for (const us of [0, 1000, 2500, 9_000_000])
            assert.ok(model.travelUs(first, second, us) <= MOST_US);
      }
    },
    planted: () => ({ travelUs: (first) => Math.round(-200 * Math.log(1 - first)) }),
  },
  {
    id: 'L4',
    says: 'a greater first number never makes a message faster',
    check: (make) => {
      const model = make();
      let last = 0;
      for (let share = 0; share < 1; share += 0.001) {
        const us = model.travelUs(share, 0.99, 1500);
        assert.ok(us >= last, `${us} after ${last}`);
        last = us;
      }
    },
    planted: () => ({ travelUs: (first) => Math.round(300 - 200 * first) }),
  },
];

runSuite(
  'latency',
  CASES,
  Object.fromEntries(
    Object.entries(RULES).map(([name, rule]) => [name, () => latencyModelOf(rule, 'entry')]),
  ),
);

test('M100 log-normal: half of the messages stay below the median, two thirds within one sigma, none above the cap', () => {
  const model = latencyModelOf({ model: 'log_normal', medianUs: 10_000, sigma: 0.5, capUs: 20_000 }, 'entry');
  assert.equal(model.travelUs(0.5, 0, 0), 10_000);
  assert.equal(model.travelUs(0.15865525393145707, 0, 0), Math.round(10_000 * Math.exp(-0.5)));
  assert.equal(model.travelUs(0.8413447460685429, 0, 0), Math.round(10_000 * Math.exp(0.5)));
  assert.equal(model.travelUs(0.999999, 0, 0), 20_000);
});

test('M101 recorded: a straight line between two rows, careful outside of them', () => {
  const entry = latencyModelOf({ model: 'recorded', recorded: RECORDED }, 'entry');
  const at = (us: number): number => entry.travelUs(0, 0, us);
  assert.deepEqual([1000, 1250, 1500, 2000, 2500, 3000].map(at), [100, 150, 200, 300, 250, 200]);
  // 95 % of three rows is the second slowest; the last row took as long.
  assert.deepEqual([999, 3001].map(at), [200, 200]);
  const response = latencyModelOf({ model: 'recorded', recorded: RECORDED }, 'response');
  assert.deepEqual(
    [1100, 1700, 2300, 3200, 5000].map((us) => response.travelUs(0, 0, us)),
    [50, 55, 60, 70, 70],
  );
});

test('M99 legs of a venue have models of their own, the others follow its line', () => {
  const table = new InstrumentTable([testSpec(), testSpec({ venue: 'binance-usdm' })]);
  const latency = new MessageLatency(
    new Prng(SEED),
    table.all,
    { sim: LATENCY_NONE },
    {
      sim: { response: { model: 'constant', us: 7 } },
      'binance-usdm': { entry: { model: 'constant', us: 11 } },
    },
  );
  assert.equal(latency.arrivalUs('request', 0, 100), 100);
  assert.equal(latency.arrivalUs('response', 0, 100), 107);
  assert.equal(latency.arrivalUs('request', 1, 100), 111);
  assert.ok(latency.arrivalUs('response', 1, 100) >= 50_100);
});

test('M4 a fast message does not overtake a slow one, whatever its model', () => {
  const table = new InstrumentTable([testSpec()]);
  const latency = new MessageLatency(
    new Prng(SEED),
    table.all,
    {},
    { sim: { entry: { model: 'recorded', recorded: RECORDED } } },
  );
  let last = 0;
  for (let us = 900; us < 4000; us += 3) {
    const arrivalUs = latency.arrivalUs('request', 0, us);
    assert.ok(arrivalUs >= last);
    last = arrivalUs;
  }
});

test('M102 market data with a rule reach the trader that much later, in order; fills stay where they were', () => {
  const events: readonly MarketEvent[] = [
    { ...print(0, 1000, 5, 'buy'), tsLocalUs: START_US + 1 },
    { ...print(10, 1001, 5, 'buy'), tsLocalUs: START_US + 900 },
  ];
  const seen = (feed: LegRule | null): readonly (readonly number[])[] => {
    const latencyLegs = feed === null ? {} : { sim: { feed } };
    const all = play(testWorld(events, { rules: testRules({ latencyLegs }) }), [
      { afterUs: 5, submit: order('a', { qtyLots: 1 }) },
    ]);
    const timesOf = (kind: string, at: 'tsLocalUs' | 'tsVenueUs'): readonly number[] =>
      all.filter((event) => event.kind === kind).map((event) => event[at] - START_US);
    return [timesOf('trade', 'tsLocalUs'), timesOf('fill', 'tsVenueUs')];
  };
  assert.deepEqual(seen(null), [[1, 900], [5]]);
  assert.deepEqual(seen({ model: 'constant', us: 200 }), [[200, 210], [5]]);
  const table = new InstrumentTable([testSpec()]);
  const legs = {
    sim: { feed: { model: 'uniform', minUs: 0, maxUs: US_PER_SECOND, spikePpm: 0, spikeFactorMax: 2 } },
  } as const;
  const feed = new FeedLatency(new Prng(SEED), table.all, legs);
  const copy = new FeedLatency(new Prng(SEED + 1), table.all, legs);
  let last = 0;
  for (let us = 0; us < 300; us++) {
    const { tsLocalUs } = feed.stamp(print(us, 1000, 1, 'buy'), START_US + us);
    assert.ok(tsLocalUs >= last && tsLocalUs >= START_US + us);
    last = tsLocalUs;
  }
  copy.loadState(structuredClone(feed.saveState()));
  assert.deepEqual(
    copy.stamp(print(400, 1, 1, 'buy'), START_US + 400),
    feed.stamp(print(400, 1, 1, 'buy'), START_US + 400),
  );
});

test('M103 rules that make no sense are refused, and each says what it is', () => {
  const wrong: readonly LegRule[] = [
    { model: 'constant', us: -1 },
    { model: 'constant', us: 0.5 },
    { model: 'uniform', minUs: 2, maxUs: 1, spikePpm: 0, spikeFactorMax: 2 },
    { model: 'log_normal', medianUs: 0, sigma: 1, capUs: 5 },
    { model: 'log_normal', medianUs: 10, sigma: 1, capUs: 5 },
    { model: 'recorded', recorded: { ...RECORDED, requestUs: new Float64Array(0) } },
    { model: 'recorded', recorded: { ...RECORDED, exchangeUs: Float64Array.of(900, 2300, 3200) } },
    { model: 'recorded', recorded: { ...RECORDED, requestUs: Float64Array.of(1000, 2000, 1500) } },
  ];
  for (const rule of wrong) assert.throws(() => checkLegRule(rule, 'sim (entry)'), XylenError);
  assert.deepEqual(Object.values(RULES).map(legText), [
    'constant 250us',
    'constant 0us',
    '100us to 300us, 100000 ppm spikes up to x4',
    'log-normal, median 200us, sigma 0.7, at most 1200us',
    'interpolated from 3 recorded ways of a.csv',
  ]);
});
