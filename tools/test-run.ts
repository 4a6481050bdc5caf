/**
 * Runs the steps named on the command line, one after the other, and ends with the line `N passed, N failed` over all of them.
 * Steps: `types`, `lint` (one check each), and the test suites `unit`, `golden`, `integration`, `browser`. A failing step does not
 * keep the next one from running. Exit code: 0 when nothing failed, 1 otherwise, 130 after Ctrl-C.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findChromium } from '../test/support/chromium.ts';
import type { TestCounts } from './test-reporter.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SHARED = resolve(ROOT, '..', 'shared');

/** How long the processes of a step get to end after Ctrl-C before they are killed. */
const GRACE_MS = 5_000;

/** Compiled code is kept between runs, but not while coverage is measured: cached functions report less exactly. */
const COMPILE_CACHE: NodeJS.ProcessEnv =
  process.env.NODE_V8_COVERAGE === undefined
    ? { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/xylen') }
    : {};

/** A group of test files that run alike. */
interface Suite {
  readonly folders: readonly string[];
  readonly isMember: (path: string) => boolean;
  /** `none`: all files in one process (fast; tests must leak nothing). `process`: one process a file. */
  readonly isolation: 'none' | 'process';
  /** Files at a time; without isolation, processes that share the files between them. */
  readonly concurrency: number;
  /** A test that takes longer hangs. */
  readonly timeoutMs: number;
}

const isGolden = (path: string): boolean => path.endsWith('.golden.test.ts');
/** Beside the code, but too slow for the daily loop: threads or processes of its own, long stories. */
const isProcess = (path: string): boolean => path.endsWith('.process.test.ts');
const isApart = (path: string): boolean => /^test\/(integration|browser)\//.test(path) || isProcess(path);
const CODE = ['src', 'web/src', 'tools', 'bench', 'test'];

const SUITES: Readonly<Record<string, Suite>> = {
  unit: {
    folders: CODE,
    isMember: (path) => !isGolden(path) && !isApart(path),
    isolation: 'none',
    concurrency: Math.min(2, availableParallelism()),
    timeoutMs: 60_000,
  },
  golden: {
    folders: CODE,
    isMember: (path) => isGolden(path) && !isApart(path),
    isolation: 'none',
    concurrency: 1,
    timeoutMs: 180_000,
  },
  integration: {
    folders: CODE,
    isMember: (path) => path.startsWith('test/integration/') || isProcess(path),
    isolation: 'process',
    concurrency: 2,
    timeoutMs: 300_000,
  },
  browser: {
    folders: ['test/browser'],
    isMember: () => true,
    isolation: 'process',
    concurrency: 1,
    timeoutMs: 180_000,
  },
};

/** Commands that are checks of their own. */
const CHECKS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  types: [
    ['tsc', '-p', 'tsconfig.json'],
    ['tsc', '-p', 'web/tsconfig.json'],
  ],
  lint: [['biome', 'check', '--error-on-warnings', '.']],
};

/** What a step came to. */
export interface StepResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly remarks: readonly string[];
  readonly seconds: number;
}

const running = new Set<ChildProcess>();
let isInterrupted = false;

/** Runs a program from the repository's own `node_modules`; resolves with its exit code, 1 when it was killed. */
function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<number> {
  return new Promise((done) => {
    // A process group of its own: Ctrl-C reaches this runner alone, which then ends the whole group, grandchildren included.
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
      env: { ...process.env, ...COMPILE_CACHE, ...environment },
    });
    running.add(child);
    child.on('error', (error) => {
      console.error(`${program}: ${error.message}`);
      done(1);
    });
    child.on('exit', (code) => {
      // What the step left behind ends with it.
      signalGroup(child, 'SIGKILL');
      running.delete(child);
      done(code ?? 1);
    });
  });
}

/** Sends a signal to every process of a step. */
function signalGroup(step: ChildProcess, signal: NodeJS.Signals): void {
  if (step.pid === undefined) return;
  try {
    process.kill(-step.pid, signal);
  } catch (error) {
    // No process of the group is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ends the running step at the first signal, kills it at the second or after a grace. */
function onSignal(): void {
  for (const step of running) signalGroup(step, isInterrupted ? 'SIGKILL' : 'SIGINT');
  isInterrupted = true;
  setTimeout(() => {
    for (const step of running) signalGroup(step, 'SIGKILL');
  }, GRACE_MS).unref();
}

/** Returns the test files of a suite, sorted. */
function filesOf(suite: Suite): readonly string[] {
  return suite.folders
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${folder}/${name}`,
      ),
    )
    .filter((path) => /\.test\.tsx?$/.test(path) && !path.includes('node_modules/') && suite.isMember(path))
    .sort();
}

async function runCheck(name: string, commands: readonly (readonly string[])[]): Promise<StepResult> {
  const start = performance.now();
  let isGood = true;
  for (const [program = '', ...args] of commands) {
    if (isInterrupted) break;
    isGood = (await run(join(ROOT, 'node_modules/.bin', program), args)) === 0 && isGood;
  }
  const seconds = (performance.now() - start) / 1000;
  return { name, passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, remarks: [], seconds };
}

async function runSuite(name: string, suite: Suite): Promise<StepResult> {
  const start = performance.now();
  const files = filesOf(suite);
  if (files.length === 0) return { name, passed: 0, failed: 0, remarks: ['no test files'], seconds: 0 };
  if (name === 'browser' && findChromium() === undefined) return withoutBrowser(name, files.length);
  const folder = mkdtempSync(join(tmpdir(), 'xylen-test-'));
  try {
    const shares = suite.isolation === 'none' ? dealt(files, suite.concurrency) : [files];
    const runs = shares.map((share, at) => runFiles(suite, share, join(folder, `counts-${at}.json`)));
    const outcomes = await Promise.all(runs);
    const counts = sumOf(outcomes.map((outcome) => outcome.counts));
    const code = outcomes.find((outcome) => outcome.code !== 0)?.code ?? 0;
    const result = judge(name, counts, code, existsSync(SHARED));
    return { ...result, seconds: (performance.now() - start) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Deals files out in turn, so that no share has all the slow ones of a folder. */
function dealt(files: readonly string[], shareCount: number): readonly (readonly string[])[] {
  const shares: string[][] = Array.from({ length: Math.min(shareCount, files.length) }, () => []);
  for (const [at, file] of files.entries()) shares[at % shares.length]?.push(file);
  return shares;
}

const NO_COUNTS: TestCounts = { passed: 0, failed: 0, skipped: [], slow: [] };

/** Runs test files in one `node --test`. */
async function runFiles(
  suite: Suite,
  files: readonly string[],
  countsFile: string,
): Promise<{ readonly code: number; readonly counts: TestCounts }> {
  const options = [
    '--disable-warning=ExperimentalWarning',
    '--test',
    `--test-isolation=${suite.isolation}`,
    `--test-timeout=${suite.timeoutMs}`,
    `--test-reporter=${join(ROOT, 'tools/test-reporter.ts')}`,
    '--test-reporter-destination=stdout',
    ...(suite.isolation === 'process' ? [`--test-concurrency=${suite.concurrency}`] : []),
  ];
  const code = await run(process.execPath, [...options, ...files], { XYLEN_TEST_COUNTS: countsFile });
  const text = existsSync(countsFile) ? readFileSync(countsFile, 'utf8') : null;
  return { code, counts: text === null ? NO_COUNTS : (JSON.parse(text) as TestCounts) };
}

function sumOf(counts: readonly TestCounts[]): TestCounts {
  return {
    passed: counts.reduce((sum, one) => sum + one.passed, 0),
    failed: counts.reduce((sum, one) => sum + one.failed, 0),
    skipped: counts.flatMap((one) => one.skipped),
    slow: counts.flatMap((one) => one.slow),
  };
}

/** A machine without Chromium can still run everything else; continuous integration must have one. */
function withoutBrowser(name: string, fileCount: number): StepResult {
  const isRequired = (process.env.CI ?? '') !== '';
  const remark = `${fileCount} files not run: no Chromium found; apt-get install chromium, or set CHROMIUM_PATH`;
  return { name, passed: 0, failed: isRequired ? 1 : 0, remarks: [remark], seconds: 0 };
}

/** How many of the slowest tests are named. */
const SLOW_SHOWN = 5;

function slowRemarks(counts: TestCounts): readonly string[] {
  return counts.slow
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, SLOW_SHOWN)
    .map((test) => `slow: ${test.seconds.toFixed(1)} s ${test.name} (${test.file})`);
}

/**
 * Turns counts into a result: a run that ended badly has failed even if no test says so, and so has a test that was skipped for want
 * of `../shared` although the folder is there. A golden test is never skipped then, for whatever reason.
 */
export function judge(
  name: string,
  counts: TestCounts,
  code: number,
  isSharedPresent: boolean,
): Omit<StepResult, 'seconds'> {
  const remarks = counts.skipped.map((test) => `skipped: ${test.name} (${test.file}): ${test.reason}`);
  remarks.push(...slowRemarks(counts));
  if (name === 'golden') {
    const ran = counts.passed + counts.failed;
    const presence = isSharedPresent ? 'present' : 'absent';
    remarks.push(`${ran} golden tests ran, ${counts.skipped.length} skipped, ../shared is ${presence}`);
  }
  const wrong = counts.skipped.filter((test) => name === 'golden' || test.reason.includes('../shared'));
  const wrongCount = isSharedPresent ? wrong.length : 0;
  if (wrongCount > 0) remarks.push(`${wrongCount} skipped although ../shared is present: counted as failed`);
  const failed = code !== 0 && counts.failed === 0 ? 1 : counts.failed;
  return { name, passed: counts.passed, failed: failed + wrongCount, remarks };
}

function printResults(results: readonly StepResult[]): void {
  console.log('');
  for (const result of results) {
    const counts = `${result.passed} passed, ${result.failed} failed`;
    console.log(`${result.name.padEnd(12)} ${counts.padEnd(26)} ${result.seconds.toFixed(1)} s`);
    for (const remark of result.remarks) console.log(`  ${remark}`);
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = isInterrupted ? 130 : failed === 0 ? 0 : 1;
}

async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => CHECKS[name] === undefined && SUITES[name] === undefined);
  if (names.length === 0 || unknown.length > 0) {
    const known = [...Object.keys(CHECKS), ...Object.keys(SUITES)].join(', ');
    console.error(
      `usage: node tools/test-run.ts STEP...; steps are ${known}; not known: ${unknown.join(', ')}`,
    );
    process.exitCode = 2;
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const results: StepResult[] = [];
  for (const name of names) {
    if (isInterrupted) break;
    console.log(`-- ${name}`);
    const checks = CHECKS[name];
    const suite = SUITES[name];
    if (checks !== undefined) results.push(await runCheck(name, checks));
    else if (suite !== undefined) results.push(await runSuite(name, suite));
  }
  printResults(results);
}

if (import.meta.main) await main(process.argv.slice(2));
