/** Scaffolds as code: what is written type-checks, keeps the form of the house, and fails its own test until somebody has filled it in. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../test/support/temp-dir.ts';
import { venueScaffold } from './new/venue-scaffold.ts';
import { checkTree, readManifests, readTree } from './tidy.ts';

const ROOT = resolve(import.meta.dirname, '..');
const NAME = 'gate-futures';
/** As short and as long as names can be: lines break elsewhere then. */
const OTHER_NAMES = ['x', `${'long-'.repeat(5)}venues7`];

/** A folder that looks like the repository: everything in it is the repository's own, and room for one more venue. */
function mirrored(context: TestContext): string {
  const root = tempDir(context);
  for (const file of ['package.json', 'biome.json']) copyFileSync(join(ROOT, file), join(root, file));
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  linkAll(root, 'src', 'venues');
  linkAll(root, 'src/venues', '');
  mkdirSync(join(root, 'test'));
  linkAll(root, 'test/hostile', 'dialects');
  linkAll(root, 'test/hostile/dialects', '');
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    include: [NAME, ...OTHER_NAMES].map((name) => `src/venues/${name}`).concat('test/hostile/dialects/*'),
  };
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify(config));
  return root;
}

/** Links everything in a folder but one entry. */
function linkAll(root: string, folder: string, except: string): void {
  mkdirSync(join(root, folder), { recursive: true });
  for (const name of readdirSync(join(ROOT, folder))) {
    if (name !== except) symlinkSync(join(ROOT, folder, name), join(root, folder, name));
  }
}

function run(
  root: string,
  program: string,
  ...args: readonly string[]
): { status: number | null; text: string } {
  // A test that runs tests: the inner runner is to report by itself.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const { status, stderr, stdout } = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    env: environment,
  });
  return { status, text: stdout + stderr };
}

test('a new venue type-checks, has the form of the house, and its own test fails', (context) => {
  const root = mirrored(context);
  const bin = join(ROOT, 'node_modules/.bin');
  const names = [NAME, ...OTHER_NAMES];
  for (const name of names) {
    const written = run(root, process.execPath, join(ROOT, 'tools/new.ts'), 'venue', name, '--into', root);
    assert.equal(written.status, 0, written.text);
    assert.match(written.text, /1\. src\/domain\/venue\.ts/);
  }
  const files = names.flatMap((name) => [`src/venues/${name}`, `test/hostile/dialects/${name}.ts`]);
  const form = run(root, join(bin, 'biome'), 'check', '--error-on-warnings', ...files);
  assert.equal(form.status, 0, form.text);
  const types = run(root, join(bin, 'tsc'), '-p', 'tsconfig.json', '--noEmit');
  // Files of the repository itself are checked elsewhere.
  const own = types.text.split('\n').filter((line) => files.some((file) => line.startsWith(file)));
  assert.deepEqual(own, [], 'no error in what was written');
  const codecTest = `src/venues/${NAME}/codec.test.ts`;
  const tests = run(root, process.execPath, '--test', '--test-reporter=tap', codecTest);
  assert.notEqual(tests.status, 0);
  for (const phase of [1, 2, 3, 4])
    assert.match(tests.text, new RegExp(`^not ok ${phase} - phase ${phase}:`, 'm'));
  const again = run(root, process.execPath, join(ROOT, 'tools/new.ts'), 'venue', NAME, '--into', root);
  assert.equal(again.status, 2);
});

test('what it writes is tidy', () => {
  const files = readTree(ROOT);
  const own = venueScaffold('gate-futures');
  const findings = checkTree(new Map([...files, ...own]), readManifests(files));
  assert.deepEqual(
    findings.filter(({ path }) => own.has(path)),
    [],
  );
});
