/**
 * Conformance suites: numbered cases that every implementation of a role runs through. Each case is shown to fail on an implementation that is wrong
 * on purpose, so that no case can pass by saying nothing.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

/** One case of a suite. */
export interface ConformanceCase<T> {
  /** Number within its suite, e.g. `I3`. */
  readonly id: string;
  /** What it holds an implementation to. */
  readonly says: string;
  /** Throws when an implementation breaks it; `make` gives a fresh one. */
  readonly check: (make: () => T) => void;
  /** Makes an implementation that is wrong in this very point. */
  readonly planted: () => T;
}

/** Runs every implementation through every case, then every case against what is planted for it. */
export function runSuite<T>(
  role: string,
  cases: readonly ConformanceCase<T>[],
  implementations: Readonly<Record<string, () => T>>,
): void {
  assert.equal(new Set(cases.map(({ id }) => id)).size, cases.length, 'every case has its own number');
  for (const [name, make] of Object.entries(implementations)) {
    for (const { check, id, says } of cases) test(`${id} ${role} ${name}: ${says}`, () => check(make));
  }
  for (const { check, id, planted, says } of cases) {
    test(`${id} ${role}: finds one that does not hold to it: ${says}`, () => {
      assert.throws(() => check(planted), { name: 'AssertionError' });
    });
  }
}
