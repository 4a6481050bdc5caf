/** Scaffolds as text: names, files, and that nothing of anybody is overwritten. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../test/support/temp-dir.ts';
import { nameFault, placesToEdit, VENUE_FILES, venueScaffold } from './new/venue-scaffold.ts';
import { scaffold } from './new.ts';
import { findRoom } from './rooms.ts';

const ROOT = resolve(import.meta.dirname, '..');

test('a venue has a name of lower-case words', () => {
  for (const name of ['deribit', 'gate-futures', 'okx5']) assert.equal(nameFault(name), null, name);
  const bad = [
    '',
    'Deribit',
    'gate_futures',
    '5okx',
    '-a',
    'a-',
    'a--b',
    '../a',
    'a/b',
    'a b',
    'a'.repeat(33),
  ];
  for (const name of [...bad, 'market', 'feed', 'ccxt']) assert.notEqual(nameFault(name), null, name);
});

test('a scaffold has the files that every venue has, and a dialect', (context) => {
  const root = tempDir(context);
  assert.equal(scaffold(['venue', 'gate-futures'], root).code, 0);
  const written = readdirSync(join(root, 'src/venues/gate-futures'));
  assert.deepEqual(
    VENUE_FILES.filter((file) => !written.includes(file)),
    [],
  );
  assert.match(
    readFileSync(join(root, 'test/hostile/dialects/gate-futures.ts'), 'utf8'),
    /class GateFuturesDialect/,
  );
  for (const [path, text] of venueScaffold('gate-futures')) assert.doesNotMatch(text, /\{\{/, path);
});

test('it says where to register the venue and does not do it', (context) => {
  const { lines } = scaffold(['venue', 'deribit'], tempDir(context));
  assert.equal(placesToEdit('deribit').length, 3);
  for (const place of placesToEdit('deribit')) {
    assert.ok(existsSync(join(ROOT, place.slice(0, place.indexOf(':')))), place);
    assert.ok(lines.some((line) => line.includes(place)));
  }
});

test('it overwrites nothing', (context) => {
  const root = tempDir(context);
  mkdirSync(join(root, 'test/hostile/dialects'), { recursive: true });
  writeFileSync(join(root, 'test/hostile/dialects/deribit.ts'), 'mine');
  const { code, lines } = scaffold(['venue', 'deribit'], root);
  assert.equal(code, 2);
  assert.match(lines.join(), /already test\/hostile\/dialects\/deribit\.ts/);
  assert.equal(existsSync(join(root, 'src')), false, 'nothing was written');
  assert.equal(readFileSync(join(root, 'test/hostile/dialects/deribit.ts'), 'utf8'), 'mine');
});

test('other words are refused with the usage', (context) => {
  for (const args of [[], ['venue'], ['room', 'x'], ['venue', 'a', 'b']]) {
    const { code, lines } = scaffold(args, tempDir(context));
    assert.equal(code, 2);
    assert.match(lines.join(), /expected: npm run new venue NAME/);
  }
});

test('the folder of every venue has the same files, more are allowed', () => {
  const venues = join(ROOT, 'src/venues');
  const inner = findRoom('venues')?.innerRooms ?? [];
  const folders = readdirSync(venues).filter(
    (name) => existsSync(join(venues, name, 'adapter.ts')) && !inner.includes(name),
  );
  assert.ok(folders.length >= 5, `${folders}`);
  const missing = folders.flatMap((folder) => {
    const files = readdirSync(join(venues, folder));
    return VENUE_FILES.filter((file) => !files.includes(file)).map((file) => `src/venues/${folder}/${file}`);
  });
  assert.deepEqual(missing, []);
});
