/** Scenarios by the thousand: every venue in turn, each seed a story of its own. Shared by the test files that run parts of them side by side. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScenario, type ScenarioResult } from './scenario.ts';
import { VENUES_UNDER_TEST, type VenueUnderTest } from './venues.ts';

const SEED = Number(process.env.SEED ?? 1);
/** Of all venues and both parts together; `SCENARIOS=1000000` for a night. */
const SCENARIOS = Number(process.env.SCENARIOS ?? 10_000);
const FAILURES_SHOWN = 2;

/** Defines the tests of one of two parts: every other seed. */
export function defineScenarioTests(part: 0 | 1): void {
  const perVenue = Math.ceil(SCENARIOS / VENUES_UNDER_TEST.length / 2);
  for (const under of VENUES_UNDER_TEST) {
    test(`${under.venue}: books and ledger are right after ${perVenue} stories of faults (SEED=${SEED}, part ${part})`, () => {
      const failures: string[] = [];
      for (let at = 0; at < perVenue; at++) {
        const seed = SEED + 2 * at + part;
        const failure = failureOf(seed, under);
        if (failure !== null) failures.push(`seed ${seed}: ${failure}`);
      }
      assert.equal(
        failures.length,
        0,
        `${failures.length} failed\n${failures.slice(0, FAILURES_SHOWN).join('\n')}`,
      );
    });
  }
  test('a story that is told again is the same story', () => {
    for (const under of VENUES_UNDER_TEST) {
      const tell = (): ScenarioResult => runScenario(SEED + part, under);
      assert.deepEqual(tell(), tell());
    }
  });
}

function failureOf(seed: number, under: VenueUnderTest): string | null {
  try {
    runScenario(seed, under);
    return null;
  } catch (error) {
    if (error instanceof Error) return `${error.message}\n${error.stack ?? ''}`;
    throw error;
  }
}
