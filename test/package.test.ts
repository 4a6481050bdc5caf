/** The manifest keeps its promises: exact versions, no compiler, no registry, Node 24 on any host. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { findRoom } from '../tools/rooms.ts';
import { tempDir } from './support/temp-dir.ts';

const ROOT = resolve(import.meta.dirname, '..');
const run = promisify(execFile);

interface Manifest {
  readonly license?: string;
  readonly type?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly imports?: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
  readonly overrides?: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>> & { readonly node?: string };
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

const manifest = readJson('package.json') as Manifest;
const web = readJson('web/package.json') as Manifest;
const lock = readJson('package-lock.json') as Lock;

test('every version is pinned exactly', () => {
  for (const { dependencies, devDependencies, overrides } of [manifest, web]) {
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...overrides })) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${name} ${version}`);
    }
  }
});

test('the lock file agrees with the manifests and names no registry', () => {
  assert.equal(lock.lockfileVersion, 3);
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    assert.equal(lock.packages[`node_modules/${name}`]?.version, version, name);
  }
  for (const [path, locked] of Object.entries(lock.packages)) {
    if (locked.link === true || !path.includes('node_modules/')) continue;
    assert.equal(locked.resolved, undefined, `${path} has no download address`);
    assert.match(locked.integrity ?? '', /^sha512-/, `${path} has a checksum`);
  }
});

test('no package but node runs a script when it is installed', () => {
  const scripted = Object.entries(lock.packages)
    .filter(([, locked]) => locked.hasInstallScript === true)
    .map(([path]) => path);
  // ccxt asks for a star on GitHub and its optional bufferutil for a compiler; neither is needed.
  assert.deepEqual(scripted, ['node_modules/bufferutil', 'node_modules/ccxt', 'node_modules/node']);
  assert.deepEqual(manifest.allowScripts, { bufferutil: false, ccxt: false, node: true });
  const own = Object.keys({ ...manifest.scripts, ...web.scripts });
  const hooks = own.filter((name) => /^(pre|post)?(install|prepare|pack|publish)$|^(pre|post)/.test(name));
  assert.deepEqual(hooks, []);
});

test('"imports" names the door of every room that exists, and no other', () => {
  const rooms = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const doors = Object.fromEntries(rooms.map((room) => [`#${room}`, `./src/${room}/index.ts`]));
  const subDoors = rooms
    .filter((room) => findRoom(room)?.hasImplementations === true && hasFolder(room))
    .map((room) => [`#${room}/*`, `./src/${room}/*/index.ts`]);
  assert.deepEqual(manifest.imports, { ...doors, ...Object.fromEntries(subDoors) });
  for (const door of Object.values(doors)) assert.ok(existsSync(join(ROOT, door)), door);
});

function hasFolder(room: string): boolean {
  return readdirSync(join(ROOT, 'src', room), { withFileTypes: true }).some((entry) => entry.isDirectory());
}

test('the licence is Apache-2.0, word for word', () => {
  assert.equal(manifest.license, 'Apache-2.0');
  const text = readFileSync(join(ROOT, 'LICENSE'));
  assert.equal(
    createHash('sha256').update(text).digest('hex'),
    'cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30',
  );
});

test('a host needs Node 20.19 and npm 10, and the program starts by a file that can be executed', () => {
  assert.deepEqual(manifest.engines, { node: '>=20.19', npm: '>=10' });
  assert.deepEqual(manifest.bin, { xylen: 'bin/xylen' });
  for (const path of ['bin/xylen', '.ci/run', 'tools/tidy/native-parser']) {
    assert.notEqual(statSync(join(ROOT, path)).mode & 0o111, 0, path);
  }
});

test('npm scripts run on the Node 24 of the package, whatever node the host has', async () => {
  const { stdout } = await run('npm', ['run', 'env', '--silent'], { cwd: ROOT });
  const path = /^PATH=(.*)$/m.exec(stdout)?.[1] ?? '';
  const node = path
    .split(delimiter)
    .map((folder) => join(folder, 'node'))
    .find(isExecutable);
  assert.equal(node, join(ROOT, 'node_modules/.bin/node'));
  const version = await run(node, ['--version']);
  assert.equal(version.stdout.trim(), `v${manifest.dependencies.node}`);
});

test('bin/xylen runs on the Node 24 of the package even when another node comes first in PATH', async (t) => {
  // A house of its own: the real launcher and the real node, a program that says what runs it, and a false node in front.
  const house = tempDir(t);
  for (const folder of ['bin', 'node_modules', 'src/app', 'false'])
    mkdirSync(join(house, folder), { recursive: true });
  copyFileSync(join(ROOT, 'bin/xylen'), join(house, 'bin/xylen'));
  symlinkSync(join(ROOT, 'node_modules/node'), join(house, 'node_modules/node'));
  writeFileSync(join(house, 'src/app/main.ts'), 'console.log(process.version, ...process.argv.slice(2));\n');
  writeFileSync(join(house, 'false/node'), '#!/bin/sh\nexit 99\n', { mode: 0o755 });
  symlinkSync(join(house, 'bin/xylen'), join(house, 'false/xylen'));
  const env = { ...process.env, PATH: `${join(house, 'false')}${delimiter}${process.env.PATH ?? ''}` };
  for (const program of ['bin/xylen', 'false/xylen']) {
    const { stdout } = await run(join(house, program), ['demo', '--seed', '7'], { env, cwd: tmpdir() });
    assert.equal(stdout.trim(), `v${manifest.dependencies.node} demo --seed 7`);
  }
});

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
