import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../../test/support/temp-dir.ts';
import {
  ensureWebBuild,
  isWebBuildFresh,
  type WebBuildOptions,
  webDistDir,
  webSourceHash,
} from './web-build.ts';

/** A builder that writes a page with the given text and one asset. */
const BUILDER = `
const { mkdirSync, writeFileSync } = require('node:fs');
const out = process.argv.at(-1);
mkdirSync(out + '/assets', { recursive: true });
writeFileSync(out + '/index.html', process.argv.at(-2) + ' ' + Object.keys(process.env).sort().join());
writeFileSync(out + '/assets/a-' + process.argv.at(-2) + '.js', '');
`;

function house(t: TestContext): string {
  const root = tempDir(t);
  for (const folder of ['web/src', 'src/wire']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'web/src/main.tsx'), 'one');
  writeFileSync(join(root, 'src/wire/index.ts'), 'two');
  writeFileSync(join(root, 'package-lock.json'), '{}');
  return root;
}

function options(root: string, code: string, ...args: string[]): WebBuildOptions {
  const signal = new AbortController().signal;
  return { root, signal, command: [process.execPath, '-e', code, '--', ...args] };
}

function page(root: string): string {
  return readFileSync(join(webDistDir(root), 'index.html'), 'utf8');
}

test('a missing build is made, a fresh one is left alone', async (t) => {
  const root = house(t);
  assert.ok(!isWebBuildFresh(root));
  assert.equal((await ensureWebBuild(options(root, BUILDER, 'first'))).isBuilt, true);
  assert.match(page(root), /^first /);
  assert.ok(isWebBuildFresh(root));
  assert.equal((await ensureWebBuild(options(root, BUILDER, 'second'))).isBuilt, false);
  assert.match(page(root), /^first /);
  assert.deepEqual(readdirSync(join(root, 'node_modules/.cache')), [], 'nothing is left behind');
});

test('any source that changed makes the build stale; tests do not', async (t) => {
  const root = house(t);
  await ensureWebBuild(options(root, BUILDER, 'first'));
  writeFileSync(join(root, 'web/src/main.test.ts'), 'a test');
  assert.ok(isWebBuildFresh(root));
  for (const file of ['web/src/main.tsx', 'src/wire/index.ts', 'package-lock.json', 'web/index.html']) {
    const before = webSourceHash(root);
    writeFileSync(join(root, file), `changed ${file}`);
    assert.notEqual(webSourceHash(root), before, file);
    assert.ok(!isWebBuildFresh(root), file);
  }
  await ensureWebBuild(options(root, BUILDER, 'second'));
  assert.match(page(root), /^second /);
});

test('assets of the build before stay for pages that are open, for a day', async (t) => {
  const root = house(t);
  await ensureWebBuild(options(root, BUILDER, 'first'));
  writeFileSync(join(root, 'web/src/main.tsx'), 'new');
  await ensureWebBuild(options(root, BUILDER, 'second'));
  const assets = join(webDistDir(root), 'assets');
  assert.deepEqual(readdirSync(assets).sort(), ['a-first.js', 'a-second.js']);
  utimesSync(join(assets, 'a-first.js'), 1, 1);
  writeFileSync(join(root, 'web/src/main.tsx'), 'newer');
  await ensureWebBuild(options(root, BUILDER, 'third'));
  assert.deepEqual(readdirSync(assets).sort(), ['a-second.js', 'a-third.js']);
});

test('the builder sees no secret of the environment', async (t) => {
  const root = house(t);
  process.env.BINANCE_API_SECRET = 'hunter2';
  t.after(() => delete process.env.BINANCE_API_SECRET);
  await ensureWebBuild(options(root, BUILDER, 'first'));
  assert.match(page(root), /NODE_ENV/);
  assert.doesNotMatch(page(root), /BINANCE/);
});

test('a build that fails says why, and the one before stays', async (t) => {
  const root = house(t);
  await ensureWebBuild(options(root, BUILDER, 'first'));
  writeFileSync(join(root, 'web/src/main.tsx'), 'broken');
  const broken = options(root, 'console.error("main.tsx:1 unexpected end"); process.exit(3)');
  await assert.rejects(ensureWebBuild(broken), {
    code: 'XY_WEB_BUILD_FAILED',
    message: /exit code 3:\nmain\.tsx:1 unexpected end$/,
  });
  assert.match(page(root), /^first /);
  assert.ok(!isWebBuildFresh(root), 'it is tried again at the next start');
  await assert.rejects(ensureWebBuild(options(root, '')), { message: /left no index\.html/ });
});

test('a program that is not there, and Vite that is not installed, are told', async (t) => {
  const root = house(t);
  const { signal } = new AbortController();
  await assert.rejects(ensureWebBuild({ root, signal, command: [join(root, 'nothing')] }), {
    code: 'XY_WEB_BUILD_FAILED',
    message: /did not start/,
  });
  await assert.rejects(ensureWebBuild({ root, signal }), { message: /Vite is not installed .* run npm ci/s });
});

test('an end of the program ends the build', async (t) => {
  const root = house(t);
  const ending = new AbortController();
  const command = [process.execPath, '-e', 'console.log("up"); setInterval(() => {}, 1000)', '--'];
  const build = ensureWebBuild({ root, signal: ending.signal, command });
  ending.abort();
  await assert.rejects(build, { code: 'XY_INTERRUPTED' });
});

test('without sources, as in a published package, the build at hand is taken', (t) => {
  const root = house(t);
  mkdirSync(webDistDir(root), { recursive: true });
  writeFileSync(join(webDistDir(root), 'index.html'), 'shipped');
  assert.ok(!isWebBuildFresh(root));
  rmSync(join(root, 'web/src'), { recursive: true });
  assert.ok(isWebBuildFresh(root));
  assert.ok(existsSync(webDistDir(root)));
});
