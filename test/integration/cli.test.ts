/** `bin/xylen` as a process: exit codes, streams, signals, start-up. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { tempDir } from '../support/temp-dir.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');
const XYLEN = join(ROOT, 'bin', 'xylen');
/** Ends a process that hangs, so that its test fails instead of waiting. */
const HANG_MS = 60_000;
const PROGRAM = join(import.meta.dirname, 'cli-program.ts');

/** The environment without anything that would change a configuration. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME };
}

function xylen(context: TestContext, args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const cwd = tempDir(context);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  const { status, stdout, stderr } = spawnSync(XYLEN, args, {
    cwd,
    encoding: 'utf8',
    env: cleanEnvironment(),
    timeout: HANG_MS,
  });
  return { status, stdout, stderr };
}

test('prints help and version with exit code 0 and wrong use with 2', (context) => {
  const help = xylen(context, ['--help']);
  assert.equal(help.status, 0);
  assert.match(help.stdout, /^Usage: xylen \[options\] \[command\]/);
  assert.equal(help.stderr, '');
  assert.match(xylen(context, ['--version']).stdout, /^\d+\.\d+\.\d+\n$/);
  assert.deepEqual(xylen(context, ['confg']), {
    status: 2,
    stdout: '',
    stderr: "xylen: XY_USAGE unknown command 'confg'; did you mean config?\n",
  });
  const json = xylen(context, ['config', 'show', '--al', '--json']);
  assert.equal(json.status, 2);
  assert.equal(JSON.parse(json.stdout).error.code, 'XY_USAGE');
});

test('checks a good file', (context) => {
  const files = { 'xylen.yaml': 'risk: {drawdown_max: 0.2}\n', '.env': 'MAX_POSITION_SIZE=0.1\n' };
  const text = xylen(context, ['config', 'check'], files);
  assert.equal(text.status, 0);
  assert.match(text.stdout, /^ok: xylen\.yaml with 1 keys, 1 from the environment, \d+ defaults\n$/);
  const json = xylen(context, ['config', 'check', '--json'], files);
  const { ok, file, keys } = JSON.parse(json.stdout);
  assert.deepEqual({ ok, file, fromFile: keys.file }, { ok: true, file: 'xylen.yaml', fromFile: 1 });
});

test('checks a bad file: every problem, exit code 2, no stack trace', (context) => {
  const files = { 'mine.yaml': 'risk: {drawdwn_max: 0.2}\nvenues: {api_key: sesame}\n' };
  const text = xylen(context, ['config', 'check', '--config', 'mine.yaml'], files);
  assert.equal(text.status, 2);
  assert.equal(text.stdout, '');
  assert.equal(
    text.stderr,
    'xylen: XY_CONFIG_INVALID the configuration has 2 problems\n' +
      '  mine.yaml:1:8: risk.drawdwn_max: unknown key; did you mean drawdown_max?\n' +
      '  mine.yaml:2:10: venues.api_key: secrets never stand in this file; set the environment variable BINANCE_API_KEY (or a line in .env)\n',
  );
  const json = xylen(context, ['--json', 'config', 'check', '--config=mine.yaml'], files);
  assert.equal(json.status, 2);
  assert.deepEqual(
    JSON.parse(json.stdout).problems.map(
      ({ key, line, column }: { key: string; line: number; column: number }) => [key, line, column],
    ),
    [
      ['risk.drawdwn_max', 1, 8],
      ['venues.api_key', 2, 10],
    ],
  );
});

test('shows the values in force with their sources, and no secret', (context) => {
  const files = {
    'xylen.yaml': 'demo: {speed: 10}\n',
    '.env': 'BINANCE_API_KEY=sesame-open\nMAX_DRAWDOWN=0.1\n',
  };
  const { status, stdout } = xylen(context, ['config', 'show', '--data-dir', 'd'], files);
  assert.equal(status, 0);
  assert.match(stdout, /^# data directory: \/.*\/d$/m);
  assert.match(stdout, /^ {2}speed: 10 +# xylen\.yaml:1$/m);
  assert.match(stdout, /^ {2}drawdown_max: 0\.1 +# environment MAX_DRAWDOWN$/m);
  assert.match(stdout, /^ {2}exposure_max: 0\.3 +# default$/m);
  assert.match(stdout, /^# BINANCE_API_KEY: \[redacted\]$/m);
  assert.ok(!stdout.includes('sesame'));
  const { keys, secrets } = JSON.parse(xylen(context, ['config', 'show', '--json'], files).stdout);
  assert.deepEqual(secrets, ['BINANCE_API_KEY']);
  assert.deepEqual(
    keys.find(({ key }: { key: string }) => key === 'demo.speed'),
    { key: 'demo.speed', value: 10, source: 'file', where: 'xylen.yaml:1' },
  );
});

test('prints the JSON Schema even where the configuration is not valid', (context) => {
  const { status, stdout } = xylen(context, ['config', 'schema'], { 'xylen.yaml': 'nonsense: 1\n' });
  assert.equal(status, 0);
  assert.equal(stdout, readFileSync(join(ROOT, 'config', 'xylen.schema.json'), 'utf8'));
});

test('help loads no library but commander', (context) => {
  const list = join(tempDir(context), 'loaded');
  const preload = pathToFileURL(join(import.meta.dirname, 'cli-loaded-modules.ts')).href;
  const env = { ...cleanEnvironment(), NODE_OPTIONS: `--import=${preload}`, XYLEN_TEST_LOADED: list };
  const { status, stderr } = spawnSync(XYLEN, ['--help'], { encoding: 'utf8', env });
  assert.equal(status, 0, stderr);
  const loaded = readFileSync(list, 'utf8').split('\n');
  const packages = new Set(
    loaded.flatMap((url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []),
  );
  assert.deepEqual([...packages], ['commander']);
  const own = loaded.filter((url) => url.includes('/src/'));
  assert.ok(own.length > 3 && own.length < 40, `a few dozen modules of our own, were ${own.length}`);
});

test('ends quietly when nobody reads its output', async (context) => {
  const child = spawn(XYLEN, ['config', 'show'], { cwd: tempDir(context), env: cleanEnvironment() });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  child.stdout.destroy();
  const [code, signal] = await once(child, 'close');
  assert.deepEqual({ code, signal, errors }, { code: 0, signal: null, errors: '' });
});

/** Starts the long-running program and resolves once it says `ready`. */
async function startProgram(context: TestContext, args: readonly string[]): Promise<ChildProcess> {
  const cwd = tempDir(context);
  const child = spawn(process.execPath, [PROGRAM, 'paper', ...args], {
    cwd,
    env: cleanEnvironment(),
    stdio: 'pipe',
  });
  context.after(() => child.kill('SIGKILL'));
  await lineOf(child, 'ready');
  return child;
}

async function lineOf(child: ChildProcess, wanted: string): Promise<void> {
  assert.ok(child.stdout !== null);
  for await (const line of createInterface({ input: child.stdout })) if (line === wanted) return;
  assert.fail(`the program ended before it said '${wanted}'`);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`ends cleanly at ${signal} and gives its data directory back`, async (context) => {
    const child = await startProgram(context, []);
    child.kill(signal);
    const [code, by] = await once(child, 'exit');
    assert.deepEqual({ code, by }, { code: 0, by: null });
  });
}

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`ends at once at a second ${signal}`, async (context) => {
    const child = await startProgram(context, ['--stubborn']);
    assert.ok(child.stderr !== null);
    const exited = once(child, 'exit');
    child.kill(signal);
    for await (const line of createInterface({ input: child.stderr })) {
      if (line.includes('ending cleanly')) child.kill(signal);
    }
    const [code] = await exited;
    assert.equal(code, exitCode);
  });
}

test('ends with its exit code even where a failed command left something running', async (context) => {
  const child = await startProgram(context, ['--leak']);
  assert.ok(child.stderr !== null);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 1);
  assert.match(
    errors,
    /^xylen: XY_WORKER_FAILED as asked for\nxylen: BUG the command is over but something still runs: /,
  );
});
