/** `xylen bench --quick`: every section works, and its figures come out as promised. The figures themselves mean nothing at this size. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BENCH_SECTIONS, sectionForm } from '../../src/app/commands/bench/figure.ts';
import { xylen, xylenJson } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

test('every section measures something and says what on', (context) => {
  const report = xylenJson(tempDir(context), ['bench', '--quick']);
  const sections = (report.sections as readonly unknown[]).map((section) => sectionForm.parse(section));
  assert.deepEqual(
    sections.map(({ name }) => name),
    [...BENCH_SECTIONS],
  );
  for (const { figures, name } of sections) {
    assert.ok(figures.length > 0, name);
    for (const { value, work } of figures) assert.ok(value === null || value > 0, `${work}: ${value}`);
  }
  const machine = report.machine as Record<string, unknown>;
  for (const fact of ['cpu', 'cores', 'memoryGb', 'platform', 'node', 'commit'])
    assert.ok(machine[fact], fact);
});

test('the same work has the same result hash', (context) => {
  const dir = tempDir(context);
  const hashOf = (): unknown => xylenJson(dir, ['bench', '--quick', 'engine', 'risk', 'record']).resultHash;
  assert.equal(hashOf(), hashOf());
});

test('an unknown section is refused with the known ones', (context) => {
  const { status, stderr } = xylen(tempDir(context), ['bench', 'warp']);
  assert.equal(status, 2);
  assert.match(stderr, /expected sections of engine, year, .*, found 'warp'/);
});
