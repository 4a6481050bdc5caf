/** The documents written from the source say what the source says. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { ERROR_CODES } from '#core';
import { generatedDocs, withRoomTable } from './generated-docs.ts';
import { ROOMS } from './rooms.ts';

const ROOT = resolve(import.meta.dirname, '..');

for (const [path, wanted] of generatedDocs()) {
  test(`${path} is up to date: npm run docs`, () => {
    const found = existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : '';
    assert.equal(found, wanted);
  });
}

test('docs/errors.md lists every code of the registry and no other', () => {
  const text = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
  const listed = [...text.matchAll(/^\| `(XY_[A-Z_]+)` \|/gm)].map((match) => match[1]);
  assert.deepEqual(listed, Object.keys(ERROR_CODES));
});

test('error codes are one form and their texts are phrases', () => {
  for (const [code, { text }] of Object.entries(ERROR_CODES)) {
    assert.match(code, /^XY(_[A-Z]+)+$/);
    assert.match(text, /^[a-z].*[^.]$/, `${code}: lower case, no full stop, so that it fits into a sentence`);
  }
});

test('the room table shows every room once', () => {
  const table = withRoomTable('<!-- rooms: written by npm run docs -->OUTDATED<!-- end of rooms -->');
  assert.ok(!table.includes('OUTDATED'));
  for (const room of ROOMS) assert.equal(table.split(`| \`${room.name}\` |`).length, 2, room.name);
});
