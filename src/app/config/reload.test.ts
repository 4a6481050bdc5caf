import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { loadConfig } from './load.ts';
import { type ConfigChange, ConfigReloader } from './reload.ts';

const START = 'risk: {drawdown_max: 0.2, cooldown: 1h}\nengine: {heartbeat: 60s}\n';

function started(context: TestContext, text = START) {
  const folder = tempDir(context);
  const file = join(folder, 'xylen.yaml');
  const load = () => loadConfig({ cwd: folder, file, environment: {} });
  const write = (next: string) => writeFileSync(file, next);
  write(text);
  const reloader = new ConfigReloader(load(), load);
  const heard: (readonly ConfigChange[])[] = [];
  reloader.onApplied((_config, changes) => heard.push(changes));
  return { reloader, heard, write, file };
}

test('applies changes of reloadable keys and tells its listeners', (context) => {
  const { reloader, heard, write } = started(context);
  write('risk: {drawdown_max: 0.1, cooldown: 2h}\nengine: {heartbeat: 30s}\n');
  const changes = [
    { key: 'engine.heartbeat', from: '60s', to: '30s' },
    { key: 'risk.drawdown_max', from: 0.2, to: 0.1 },
    { key: 'risk.cooldown', from: '1h', to: '2h' },
  ];
  assert.deepEqual(reloader.reload(), { kind: 'applied', changes, restartNeeded: [] });
  assert.deepEqual(heard, [changes]);
  assert.equal(reloader.config.risk.drawdownMax, 0.1);
  assert.equal(reloader.config.engine.heartbeatUs, 30_000_000);
  assert.deepEqual(reloader.reload(), { kind: 'unchanged' });
});

test('sees no change in another spelling of the same value', (context) => {
  const { reloader, heard, write } = started(context);
  write('engine: {heartbeat: 1m}\nrisk: {cooldown: 60m, drawdown_max: 0.20}\n');
  assert.deepEqual(reloader.reload(), { kind: 'unchanged' });
  assert.deepEqual(heard, []);
});

test('keeps keys that need a restart, says so each time, and applies the others', (context) => {
  const { reloader, write } = started(context);
  write('risk: {drawdown_max: 0.2, cooldown: 1h}\nvenues: {symbols: [ETHUSDT]}\n');
  const restartNeeded = [{ key: 'venues.symbols', from: ['BTCUSDT'], to: ['ETHUSDT'] }];
  assert.deepEqual(reloader.reload(), { kind: 'restart-needed', restartNeeded });
  write('risk: {drawdown_max: 0.1, cooldown: 1h}\nvenues: {symbols: [ETHUSDT]}\n');
  const changes = [{ key: 'risk.drawdown_max', from: 0.2, to: 0.1 }];
  assert.deepEqual(reloader.reload(), { kind: 'applied', changes, restartNeeded });
  assert.deepEqual(reloader.config.venues.symbols, ['BTCUSDT']);
});

test('changes nothing when the file is not valid, is empty or is gone', (context) => {
  const { reloader, heard, write, file } = started(context);
  const before = reloader.config;
  write('risk: {drawdown_max: 0.1, cooldwn: 2h}\n');
  const outcome = reloader.reload();
  assert.equal(outcome.kind, 'rejected');
  assert.ok(outcome.kind === 'rejected' && outcome.reason === 'invalid');
  assert.match(outcome.errors[0] ?? '', /:1:27: risk\.cooldwn: unknown key; did you mean cooldown\?$/);
  write('');
  assert.equal(reloader.reload().kind, 'rejected');
  rmSync(file);
  assert.equal(reloader.reload().kind, 'rejected');
  assert.equal(reloader.config, before);
  assert.deepEqual(heard, []);
});

const LOOSER: readonly (readonly [name: string, file: string, error: RegExp])[] = [
  [
    'a larger limit',
    'risk: {drawdown_max: 0.21, cooldown: 1h}',
    /risk\.drawdown_max: .* was 0\.2, would be 0\.21/,
  ],
  [
    'a limit back to its looser default',
    'risk: {cooldown: 1h}',
    /default: risk\.drawdown_max: .* would be 0\.25/,
  ],
  [
    'a shorter cool-down',
    'risk: {drawdown_max: 0.2, cooldown: 30m}',
    /risk\.cooldown: .* was "1h", would be "30m"/,
  ],
];
for (const [name, file, error] of LOOSER) {
  test(`refuses ${name} together with every other change`, (context) => {
    const { reloader, heard, write } = started(context);
    write(`${file}\nengine: {heartbeat: 30s}\n`);
    const outcome = reloader.reload();
    assert.ok(outcome.kind === 'rejected' && outcome.reason === 'loosening');
    assert.match(outcome.errors[0] ?? '', error);
    assert.equal(reloader.config.engine.heartbeatUs, 60_000_000);
    assert.deepEqual(heard, []);
  });
}

test('treats no limit in money as looser than any limit', (context) => {
  const { reloader, write } = started(context, 'demo: {speed: 2}\n');
  write('risk: {daily_loss_max_amount: 100}\n');
  assert.equal(reloader.reload().kind, 'applied');
  write('risk: {daily_loss_max_amount: 99.5}\n');
  assert.equal(reloader.reload().kind, 'applied');
  write('{}\n');
  assert.equal(reloader.reload().kind, 'rejected');
  assert.equal(reloader.config.risk.dailyLossMaxAmount, '99.5');
});

test('refuses a change that only fits together with one that needs a restart', (context) => {
  const { reloader, write } = started(context, 'simulation: {leverage: 3}\n');
  write('simulation: {leverage: 1}\nrisk: {leverage_max: 1}\n');
  const outcome = reloader.reload();
  assert.ok(outcome.kind === 'rejected' && outcome.reason === 'invalid');
  assert.match(outcome.errors[0] ?? '', /restart left as they are: simulation\.leverage: expected at most/);
  assert.equal(reloader.config.risk.leverageMax, 3);
});

test('stops telling a listener that was removed', (context) => {
  const { reloader, write } = started(context);
  let calls = 0;
  const remove = reloader.onApplied(() => calls++);
  remove();
  write('risk: {drawdown_max: 0.1, cooldown: 1h}\n');
  assert.equal(reloader.reload().kind, 'applied');
  assert.equal(calls, 0);
});
