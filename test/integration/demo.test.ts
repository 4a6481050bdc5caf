/** `xylen demo` as a newcomer runs it, from the first line to Ctrl-C, a reload on the way, and its continuation. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { RunningProgram, xylen } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Free ports, so that it disturbs nobody. */
const CONFIG = 'monitoring: {dashboard_port: 0, metrics_port: 0}\nrisk: {drawdown_max: 0.2}\n';
const ARGS = ['demo', '--seed', '7', '--speed', '50000', '--data-dir', 'data'];

/** Resolves to the first state of the dashboard that fits. */
async function stateOf(
  dashboardUrl: string,
  fits: (state: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>> {
  const socket = new WebSocket(`${dashboardUrl.replace('http', 'ws')}/ws`);
  try {
    return await new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the dashboard closed')));
      socket.on('message', (data) => {
        const message = JSON.parse(String(data)) as Record<string, unknown>;
        const state = (message.state ?? message) as Record<string, unknown>;
        if (fits(state)) resolve(state);
      });
    });
  } finally {
    socket.removeAllListeners('close');
    socket.close();
  }
}

test('the demo trains, trades, shows itself, reloads, ends at Ctrl-C with a summary and goes on', async (context) => {
  const dir = tempDir(context);
  writeFileSync(join(dir, 'xylen.yaml'), CONFIG);
  const program = new RunningProgram(context, dir, [...ARGS, '--run-id', 'first']);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await program.line(/^dashboard /))?.[0] ?? '';
  assert.match(await program.line(/training on/), /SYNTHETIC market, seed 7/);
  // The first start of a checkout builds the page; until then it says so and asks again.
  let page = await fetch(url);
  while (page.status === 503) page = await fetch(url);
  assert.equal(page.status, 200);
  await program.line(/^gbm .* passed the gate and votes$/);
  await program.line(/^run first /);
  const isRunning = (state: Record<string, unknown>): boolean => JSON.stringify(state).includes('"trading"');
  assert.ok(await stateOf(url, isRunning));
  await program.line(/ (LONG|SHORT) +closed .* net /);
  assert.match(await program.line(/ equity /), /\[SYNTHETIC market, paper\]$/);

  writeFileSync(join(dir, 'xylen.yaml'), CONFIG.replace('0.2}', '0.15}'));
  assert.match(
    xylen(dir, ['config', 'reload', '--data-dir', 'data']).stdout,
    /risk\.drawdown_max: 0\.2 -> 0\.15/,
  );
  await program.line(/ equity /);

  assert.equal(await program.end('SIGINT'), 0);
  const said = program.lines.join('\n');
  assert.match(said, /run +first \(SYNTHETIC market\), interrupted/);
  assert.match(said, /net of costs/);
  assert.doesNotMatch(program.log, /ERROR|BUG|XY_/);
  assert.match(program.log, /config_changed key=risk\.drawdown_max/);

  const [, hash] = /run hash +([0-9a-f]{64})/.exec(said) ?? [];
  assert.equal(
    xylen(dir, ['db', 'hash', '--run', 'first', '--data-dir', 'data']).stdout.trim().split(/\s+/)[0],
    hash,
  );
  const events = xylen(dir, [
    'db',
    'export',
    'system_events',
    '--run',
    'first',
    '--data-dir',
    'data',
    '--out',
    'events.csv',
  ]);
  assert.equal(events.status, 0, events.stderr);
});

test('Ctrl-C while it trains ends it at once, with nothing left behind', async (context) => {
  const dir = tempDir(context);
  writeFileSync(join(dir, 'xylen.yaml'), `${CONFIG}synthetic: {history_days: 3000}\n`);
  const program = new RunningProgram(context, dir, ARGS);
  await program.line(/training on/);
  assert.equal(await program.end('SIGINT'), 0);
  assert.match(program.lines.join('\n'), /interrupted while it trained; nothing was traded/);
  assert.ok(!existsSync(join(dir, 'data/runs')), 'no run was made');
  const demo = join(dir, 'data/demo');
  const left = existsSync(demo) ? readdirSync(demo, { recursive: true, encoding: 'utf8' }) : [];
  assert.deepEqual(
    left.filter((name) => /manifest|model\.txt|current/.test(name)),
    [],
  );
  assert.ok(!existsSync(join(dir, 'data/xylen.pid')));
});

test('an interrupted demo goes on under its own name', async (context) => {
  const dir = tempDir(context);
  writeFileSync(join(dir, 'xylen.yaml'), CONFIG);
  const first = new RunningProgram(context, dir, [...ARGS, '--run-id', 'cut']);
  await first.line(/ closed /);
  assert.equal(await first.end('SIGINT'), 0);
  const second = new RunningProgram(context, dir, ['demo', '--resume', 'cut', '--data-dir', 'data']);
  await second.line(/ closed /);
  assert.equal(await second.end('SIGTERM'), 0);
  assert.match(second.lines.join('\n'), /run +cut \(SYNTHETIC market\), interrupted/);
});

test('a missing run and a bad speed are refused with what to do', async (context) => {
  const dir = tempDir(context);
  writeFileSync(join(dir, 'xylen.yaml'), CONFIG);
  const speed = xylen(dir, ['demo', '--speed', 'fast', '--data-dir', 'data']);
  assert.deepEqual([speed.status, speed.stdout], [2, '']);
  assert.match(speed.stderr, /--speed: expected a number from 1 to 100000, found 'fast'/);
  const missing = xylen(dir, ['demo', '--resume', 'nothing', '--data-dir', 'data']);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /XY_RUN_MISSING/);
});
