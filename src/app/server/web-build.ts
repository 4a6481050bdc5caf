/**
 * Builds the dashboard when its sources are newer than its build. The build runs as a process of its own into a folder of its own and is then
 * moved into place, page last, so that nobody is served half of it and two programs may build at once. A stamp beside the build
 * holds the hash of what it was made from.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { messageOf, XylenError } from '#core';

/** Where a build of `root` (the repository) lies. */
export function webDistDir(root: string): string {
  return join(root, 'web/dist');
}

/** What became of the build. */
export interface WebBuildResult {
  /** False when the build at hand was fresh. */
  readonly isBuilt: boolean;
  readonly seconds: number;
}

/** How a build is done. */
export interface WebBuildOptions {
  /** The repository, absolute. */
  readonly root: string;
  /** Ends a build under way. */
  readonly signal: AbortSignal;
  /** The program that builds, with the folder to build into at the end; the default is Vite. */
  readonly command?: readonly string[];
}

/** What the build is made from, relative to the repository. */
const SOURCES = [
  'web/src',
  'web/public',
  'web/index.html',
  'web/vite.config.ts',
  'web/package.json',
  'src/wire',
  'package-lock.json',
];
const STAMP = '.stamp';
/** Assets of an earlier build are kept this long for pages that are still open. */
const OLD_ASSETS_MS = 24 * 3_600_000;
const BUILD_MS_MAX = 180_000;
/** The end of the builder's output, where the reason stands. */
const OUTPUT_CHARS_MAX = 4_000;

/** Returns whether the build at hand was made from the sources as they are. Without sources (a published package) any build is fresh. */
export function isWebBuildFresh(root: string): boolean {
  const dist = webDistDir(root);
  if (!existsSync(join(dist, 'index.html'))) return false;
  if (!existsSync(join(root, 'web/src'))) return true;
  const stamp = join(dist, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === webSourceHash(root);
}

/** Returns the hash of everything that the build is made from, tests left out. */
export function webSourceHash(root: string): string {
  const hash = createHash('sha256');
  for (const path of SOURCES.flatMap((source) => filesUnder(join(root, source)))) {
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Builds the dashboard unless its build is fresh. @throws XY_WEB_BUILD_FAILED, XY_INTERRUPTED. */
export async function ensureWebBuild(options: WebBuildOptions): Promise<WebBuildResult> {
  const startMs = performance.now();
  const { root } = options;
  if (isWebBuildFresh(root)) return { isBuilt: false, seconds: 0 };
  const hash = webSourceHash(root);
  const parent = join(root, 'node_modules/.cache');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'xylen-web-'));
  try {
    await runBuilder(options, folder);
    publish(folder, webDistDir(root), hash);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { isBuilt: true, seconds: (performance.now() - startMs) / 1_000 };
}

function filesUnder(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.test\.tsx?$|\.md$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function viteCommand(root: string): readonly string[] {
  try {
    const manifest = createRequire(join(root, 'web/package.json')).resolve('vite/package.json');
    const args = ['build', '--logLevel', 'warn', '--emptyOutDir', '--outDir'];
    return [process.execPath, join(manifest, '../bin/vite.js'), ...args];
  } catch (cause) {
    throw failure(`Vite is not installed (${messageOf(cause).split('\n', 1)[0]}); run npm ci`, cause);
  }
}

/** Runs the builder with nothing of our environment but what a program needs to start: secrets are none of its business. */
function runBuilder({ command, root, signal }: WebBuildOptions, outDir: string): Promise<void> {
  const [program = '', ...args] = command ?? viteCommand(root);
  const { HOME, NODE_COMPILE_CACHE, PATH, TMPDIR } = process.env;
  const environment = { HOME, NODE_COMPILE_CACHE, PATH, TMPDIR, NODE_ENV: 'production' };
  return new Promise((done, fail) => {
    const child = spawn(program, [...args, outDir], {
      cwd: join(root, 'web'),
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      killSignal: 'SIGKILL',
      // The time limit does not keep the process alive, unlike the one of `spawn` when the program does not exist.
      signal: AbortSignal.any([signal, AbortSignal.timeout(BUILD_MS_MAX)]),
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = `${output}${chunk.toString()}`.slice(-OUTPUT_CHARS_MAX);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (cause) => {
      if (signal.aborted) {
        fail(new XylenError('XY_INTERRUPTED', 'the build of the dashboard was stopped', { cause }));
      } else if (cause.name === 'AbortError') {
        fail(failure(`the builder did not end within ${BUILD_MS_MAX / 1_000} s:\n${output.trim()}`, cause));
      } else {
        fail(failure(`the builder did not start: ${messageOf(cause)}`, cause));
      }
    });
    child.on('close', (code, killedBy) => {
      const how = killedBy === null ? `with exit code ${code}` : `by ${killedBy}`;
      if (code === 0) done();
      else fail(failure(`the builder ended ${how}:\n${output.trim()}`));
    });
  });
}

/** Moves a build into place: assets first (their names hold their hash, so that none is overwritten with something else), then the page. */
function publish(folder: string, dist: string, hash: string): void {
  if (!existsSync(join(folder, 'index.html'))) throw failure('the builder left no index.html');
  const assets = join(dist, 'assets');
  mkdirSync(assets, { recursive: true });
  removeOldAssets(assets);
  const names = readdirSync(folder).filter((name) => name !== 'index.html');
  for (const name of names) cpSync(join(folder, name), join(dist, name), { recursive: true });
  cpSync(join(folder, 'index.html'), join(dist, 'index.html.new'));
  renameSync(join(dist, 'index.html.new'), join(dist, 'index.html'));
  writeFileSync(join(dist, STAMP), hash);
}

function removeOldAssets(assets: string): void {
  for (const name of readdirSync(assets)) {
    const path = join(assets, name);
    if (Date.now() - statSync(path).mtimeMs > OLD_ASSETS_MS) rmSync(path, { force: true });
  }
}

function failure(message: string, cause?: unknown): XylenError {
  return new XylenError('XY_WEB_BUILD_FAILED', `the dashboard could not be built: ${message}`, { cause });
}
