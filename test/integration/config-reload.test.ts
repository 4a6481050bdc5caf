/** SIGHUP and `xylen config reload` against a real running program. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../support/temp-dir.ts';

const XYLEN = resolve(import.meta.dirname, '..', '..', 'bin', 'xylen');
const PROGRAM = join(import.meta.dirname, 'cli-program.ts');
/** Ends a process that hangs, so that its test fails instead of waiting. */
const HANG_MS = 60_000;
const { PATH, HOME } = process.env;
const ENVIRONMENT = { PATH, HOME };

/** A running program in a folder of its own. */
class Running {
  readonly cwd: string;
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  log = '';

  constructor(context: TestContext, config: string) {
    this.cwd = tempDir(context);
    this.write(config);
    this.child = spawn(process.execPath, [PROGRAM, 'paper', '--data-dir', 'd'], {
      cwd: this.cwd,
      env: ENVIRONMENT,
      stdio: 'pipe',
    });
    context.after(() => this.child.kill('SIGKILL'));
    const { stdout, stderr } = this.child;
    assert.ok(stdout !== null && stderr !== null);
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    stderr.on('data', (chunk: Buffer) => {
      this.log += chunk.toString();
    });
  }

  write(config: string): void {
    writeFileSync(join(this.cwd, 'xylen.yaml'), config);
  }

  /** Resolves to the next line that the program prints. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    assert.ok(done !== true, `the program goes on, its log is:\n${this.log}`);
    return value;
  }

  reload(...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(XYLEN, ['config', 'reload', '--data-dir', 'd', ...args], {
      cwd: this.cwd,
      encoding: 'utf8',
      env: ENVIRONMENT,
      timeout: HANG_MS,
    });
    return { status, stdout, stderr };
  }

  async end(): Promise<void> {
    const closed = once(this.child, 'close');
    this.child.kill('SIGTERM');
    const [code] = await closed;
    assert.equal(code, 0, this.log);
  }
}

test('applies, reports and logs what changed', async (context) => {
  const running = new Running(context, 'risk: {drawdown_max: 0.2}\n');
  assert.equal(await running.line(), 'ready');
  assert.deepEqual(running.reload(), {
    status: 0,
    stdout: 'unchanged: the running program already has these values\n',
    stderr: '',
  });
  running.write('risk: {drawdown_max: 0.1}\nvenues: {symbols: [ETHUSDT]}\n');
  assert.deepEqual(running.reload(), {
    status: 0,
    stdout:
      'applied:\n  risk.drawdown_max: 0.2 -> 0.1\nneeds a restart:\n  venues.symbols: ["BTCUSDT"] -> ["ETHUSDT"]\n',
    stderr: '',
  });
  assert.equal(await running.line(), 'drawdownMax 0.1');
  const again = running.reload('--json');
  assert.deepEqual(JSON.parse(again.stdout), {
    pid: running.child.pid,
    command: 'paper',
    kind: 'restart-needed',
    restartNeeded: [{ key: 'venues.symbols', from: ['BTCUSDT'], to: ['ETHUSDT'] }],
  });
  await running.end();
  assert.match(running.log, /INFO {2}config_changed key=risk\.drawdown_max from=0\.2 to=0\.1\n/);
  assert.match(running.log, /WARN {2}config_restart_needed key=venues\.symbols /);
});

test('refuses a looser limit with exit code 3 and a bad file with 2; the program goes on unchanged', async (context) => {
  const running = new Running(context, 'risk: {drawdown_max: 0.2}\n');
  assert.equal(await running.line(), 'ready');
  running.write('risk: {drawdown_max: 0.24}\n');
  const looser = running.reload();
  assert.equal(looser.status, 3);
  assert.match(
    looser.stdout,
    /^rejected \(loosening\), nothing applied:\n {2}xylen\.yaml:1: risk\.drawdown_max: /,
  );
  running.write('risk: {drawdown_max: 24}\n');
  const bad = running.reload('--json');
  assert.equal(bad.status, 2);
  const { kind, reason, errors } = JSON.parse(bad.stdout);
  assert.deepEqual(
    { kind, reason, errors },
    {
      kind: 'rejected',
      reason: 'invalid',
      errors: ['xylen.yaml:1:22: risk.drawdown_max: expected a fraction from 0 to 1, was 24'],
    },
  );
  running.write('risk: {drawdown_max: 0.2}\n');
  assert.match(running.reload().stdout, /^unchanged/);
  await running.end();
});

test('a bare SIGHUP does the same', async (context) => {
  const running = new Running(context, 'risk: {drawdown_max: 0.2}\n');
  assert.equal(await running.line(), 'ready');
  running.write('risk: {drawdown_max: 0.15}\n');
  running.child.kill('SIGHUP');
  assert.equal(await running.line(), 'drawdownMax 0.15');
  await running.end();
});

test('says that no program runs, before one does, after it ended and after it was killed', async (context) => {
  const running = new Running(context, '{}\n');
  assert.equal(await running.line(), 'ready');
  const second = spawnSync(process.execPath, [PROGRAM, 'paper', '--data-dir', 'd'], {
    cwd: running.cwd,
    encoding: 'utf8',
    env: ENVIRONMENT,
    timeout: HANG_MS,
  });
  assert.equal(second.status, 1);
  assert.match(
    second.stderr,
    /^xylen: XY_PROCESS_RUNNING 'xylen paper' \(process \d+\) already uses the data directory/,
  );
  const closed = once(running.child, 'close');
  running.child.kill('SIGKILL');
  await closed;
  assert.ok(existsSync(join(running.cwd, 'd', 'xylen.pid')), 'a killed program leaves its file behind');
  const late = running.reload();
  assert.equal(late.status, 1);
  assert.match(
    late.stderr,
    /^xylen: XY_PROCESS_MISSING no program runs in the data directory\n {2}dataDir: \//,
  );
});
