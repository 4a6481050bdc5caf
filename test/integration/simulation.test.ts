/**
 * Deterministic simulation: stories of a trader and a venue in simulated time, faults of every kind between them. `SIM_SEEDS=100000` for a night; see
 * test/simulation. Each thread tells some stories a second, so that what is told depends on the machine only by how long it takes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ORDER_STATUSES } from '#domain';
import { FAULT_KINDS } from '../simulation/fault.ts';
import { PLANTED_BUGS } from '../simulation/planted-bugs.ts';
import { runSeeds } from '../simulation/run-seeds.ts';
import { FAULTS_MIN, ORDERS_MIN, tellStory } from '../simulation/story.ts';
import type { Tally } from '../simulation/tally.ts';

const FROM = Number(process.env.SEED ?? 1);
const SEEDS = Number(process.env.SIM_SEEDS ?? 2_000);
/** A planted bug is to be found within so many seeds; the promise is 500. */
const BUG_SEEDS = Number(process.env.SIM_BUG_SEEDS ?? 500);
const THREADS = 2;
/** Stories of one test: short enough for the limit of a test on a slow machine. */
const PART = 200;
/** Below so many stories chance decides which rare things they have. */
const SEEDS_FOR_SHARES = 300;

const tallies: Tally[] = [];

for (let from = FROM; from < FROM + SEEDS; from += PART) {
  const seeds = Math.min(PART, FROM + SEEDS - from);
  test(`${seeds} stories from seed ${from} on violate nothing`, async () => {
    const tally = await runSeeds({ from, seeds, threads: THREADS, bug: null, stopsAtViolation: true });
    tallies.push(tally);
    const [first] = tally.violations;
    const again = `npm run sim -- --seed ${first?.seed ?? 0} --events`;
    assert.equal(first, undefined, `${first?.violation}\ntell it again: ${again}`);
    assert.equal(tally.stories, seeds);
    assert.ok(tally.fewestOrders >= ORDERS_MIN, `at least ${ORDERS_MIN} orders a seed`);
    assert.ok(tally.fewestFaults >= FAULTS_MIN, `at least ${FAULTS_MIN} faults a seed`);
  });
}

test('every kind of fault is in 5 of 100 stories at least, and every row of the transition table was visited', () => {
  const stories = tallies.reduce((sum, tally) => sum + tally.stories, 0);
  const rows = new Set(tallies.flatMap((tally) => tally.rows));
  for (const kind of FAULT_KINDS) {
    const count = tallies.reduce((sum, tally) => sum + tally.storiesWith(kind), 0);
    const least = stories < SEEDS_FOR_SHARES ? 0 : Math.ceil(stories / 20);
    assert.ok(count >= least, `${kind}: ${count} of ${stories} stories`);
  }
  if (stories >= SEEDS_FOR_SHARES) assert.deepEqual([...rows].toSorted(), ORDER_STATUSES.toSorted());
});

test('a story that is told again is the same story to the byte', async () => {
  const [first, second, other] = [
    await tellStory({ seed: FROM }),
    await tellStory({ seed: FROM }),
    await tellStory({ seed: FROM + 1 }),
  ];
  assert.deepEqual(first, second);
  assert.notEqual(first.hash, other.hash);
});

for (const bug of Object.keys(PLANTED_BUGS)) {
  test(`the bug ${bug} is found within ${BUG_SEEDS} seeds`, async () => {
    const run = { from: FROM, seeds: BUG_SEEDS, threads: THREADS, bug, stopsAtViolation: true };
    const { violations } = await runSeeds(run);
    assert.ok(violations.length > 0, `some story of ${BUG_SEEDS} violates an invariant`);
  });
}
