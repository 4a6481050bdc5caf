/** The table of `docs/specs/venues.md` and the cases are the same list. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { CONFORMANCE_CASES } from './cases.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');

test('every rule of the table is a case in the file that it names, word by word, and every case a rule', () => {
  const page = readFileSync(join(ROOT, 'docs/specs/venues.md'), 'utf8');
  const rows = [...page.matchAll(/^\| (V\d+) \| (.*?) \| (.*?) \| `([\w-]+)` \|$/gm)];
  const told = rows.map(([, id, rule]) => `${id} ${rule}`);
  assert.deepEqual(
    told,
    CONFORMANCE_CASES.map(({ id, rule }) => `${id} ${rule}`),
  );
  for (const [, id, , why, file] of rows) {
    assert.ok(why !== undefined && why.length > 5, `${id} has a reason`);
    const text = readFileSync(join(import.meta.dirname, `${file}.ts`), 'utf8');
    assert.ok(text.includes(`id: '${id}'`), `${id} is a case of ${file}.ts`);
  }
});

test('numbers of rules begin at V1 and have no hole', () => {
  assert.deepEqual(
    CONFORMANCE_CASES.map(({ id }) => id),
    CONFORMANCE_CASES.map((_, at) => `V${at + 1}`),
  );
});
