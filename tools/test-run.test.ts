/** The runner tells the truth: what failed is counted, also where Node itself only remarks on it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../test/support/temp-dir.ts';
import type { TestCounts } from './test-reporter.ts';
import { judge } from './test-run.ts';

const NOTHING: TestCounts = { passed: 0, failed: 0, skipped: [], slow: [] };
const SKIPPED = { file: 'a.golden.test.ts:1', name: 'rsi', reason: '../shared absent' };

/** Runs one file of tests under the reporter. */
function runFile(
  t: TestContext,
  isolation: 'none' | 'process',
  body: string,
): { readonly counts: TestCounts; readonly output: string } {
  const folder = tempDir(t);
  const file = join(folder, 'sample.test.mjs');
  const countsFile = join(folder, 'counts.json');
  writeFileSync(file, `import { describe, it, test } from 'node:test';\n${body}\n`);
  const { NODE_TEST_CONTEXT: _, NODE_V8_COVERAGE: __, ...environment } = process.env;
  const result = spawnSync(
    process.execPath,
    [
      '--test',
      `--test-isolation=${isolation}`,
      `--test-reporter=${join(import.meta.dirname, 'test-reporter.ts')}`,
      '--test-reporter-destination=stdout',
      file,
    ],
    { env: { ...environment, XYLEN_TEST_COUNTS: countsFile }, encoding: 'utf8' },
  );
  return { counts: JSON.parse(readFileSync(countsFile, 'utf8')) as TestCounts, output: result.stdout };
}

const MIXED = `
test('passes', async (t) => { await t.test('inner', () => {}); });
test('is skipped', { skip: 'no reason to run' }, () => {});
test('skips itself', (t) => t.skip('not today'));
describe('suite', () => {
  it('breaks', () => { throw new Error('boom'); });
  it('holds', () => {});
});`;

for (const isolation of ['none', 'process'] as const) {
  test(`the reporter counts tests, not suites, and keeps reasons (isolation ${isolation})`, (t) => {
    const { counts, output } = runFile(t, isolation, MIXED);
    assert.deepEqual([counts.passed, counts.failed], [3, 1]);
    assert.deepEqual(
      counts.skipped.map((skipped) => [skipped.name, skipped.reason]),
      [
        ['is skipped', 'no reason to run'],
        ['skips itself', 'not today'],
      ],
    );
    assert.equal(output.match(/FAILED/g)?.length, 1);
    assert.match(output, /FAILED breaks .*sample\.test\.mjs:7\)\n {2}Error: boom/);
  });
}

test('an error thrown after its test ended is a failure, although Node lets the run pass', (t) => {
  const body = `test('leaves a timer', () => { setTimeout(() => { throw new Error('late'); }, 5); });
    test('ends later', () => new Promise((done) => { setTimeout(done, 100); }));`;
  const { counts, output } = runFile(t, 'none', body);
  assert.deepEqual([counts.passed, counts.failed], [2, 1]);
  assert.match(output, /FAILED late/);
});

test('a file that cannot be loaded is a failure', (t) => {
  for (const isolation of ['none', 'process'] as const) {
    assert.equal(runFile(t, isolation, "import './missing.mjs';").counts.failed, 1);
  }
});

test('the slowest tests are named, slowest first', () => {
  const slow = [1.2, 3, 2, 1.1, 1.5, 1.3].map((seconds) => ({
    file: 'a.test.ts:1',
    name: `t${seconds}`,
    seconds,
  }));
  assert.deepEqual(judge('unit', { ...NOTHING, passed: 6, slow }, 0, true).remarks, [
    'slow: 3.0 s t3 (a.test.ts:1)',
    'slow: 2.0 s t2 (a.test.ts:1)',
    'slow: 1.5 s t1.5 (a.test.ts:1)',
    'slow: 1.3 s t1.3 (a.test.ts:1)',
    'slow: 1.2 s t1.2 (a.test.ts:1)',
  ]);
});

test('a run that ends badly without a failing test has failed', () => {
  assert.equal(judge('unit', { ...NOTHING, passed: 3 }, 0, true).failed, 0);
  assert.equal(judge('unit', { ...NOTHING, passed: 3 }, 1, true).failed, 1);
  assert.equal(judge('unit', { ...NOTHING, failed: 2 }, 1, true).failed, 2);
});

test('a skipped golden test is a failure when its reference data are there, a remark when they are not', () => {
  const counts = { ...NOTHING, passed: 4, skipped: [SKIPPED] };
  assert.deepEqual(judge('golden', counts, 0, true), {
    name: 'golden',
    passed: 4,
    failed: 1,
    remarks: [
      'skipped: rsi (a.golden.test.ts:1): ../shared absent',
      '4 golden tests ran, 1 skipped, ../shared is present',
      '1 skipped although ../shared is present: counted as failed',
    ],
  });
  assert.equal(judge('golden', counts, 0, false).failed, 0);
  assert.equal(judge('unit', counts, 0, true).failed, 1);
  const other = { ...counts, skipped: [{ ...SKIPPED, reason: 'needs two cores' }] };
  assert.deepEqual([judge('unit', other, 0, true).failed, judge('golden', other, 0, true).failed], [0, 1]);
});
