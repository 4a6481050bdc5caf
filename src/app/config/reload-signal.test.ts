import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type LogLine, logTo } from '#telemetry';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { loadConfig } from './load.ts';
import { ConfigReloader } from './reload.ts';
import { RELOAD_REPORT_FILE, readReloadReport, reloadOnSignal } from './reload-signal.ts';

test('reloads at each signal, logs old and new, and reports under a rising number', (context) => {
  const dataDir = tempDir(context);
  const file = join(dataDir, 'xylen.yaml');
  const write = (text: string) => writeFileSync(file, text);
  const load = () => loadConfig({ cwd: dataDir, file, environment: {} });
  write('risk: {drawdown_max: 0.2}\n');
  const lines: LogLine[] = [];
  const reloader = new ConfigReloader(load(), load);
  const stop = reloadOnSignal({ reloader, dataDir, log: logTo((line) => lines.push(line)) });
  const texts = [
    'risk: {drawdown_max: 0.1}\ndemo: {speed: 2}\n',
    'risk: {drawdown_max: 0.1}\n',
    'risk: {drawdown_max: 0.2}\n',
  ];
  const kinds = texts.map((text, index) => {
    write(text);
    process.emit('SIGHUP');
    const report = readReloadReport(dataDir);
    assert.equal(report?.seq, index + 1);
    assert.equal(report.pid, process.pid);
    return report.outcome.kind;
  });
  stop();
  assert.deepEqual(kinds, ['applied', 'unchanged', 'rejected']);
  assert.deepEqual(
    lines.map(({ level, event, fields }) => `${level} ${event} ${fields.key ?? fields.reason ?? ''}`),
    [
      'info config_changed risk.drawdown_max',
      'warn config_restart_needed demo.speed',
      'info config_unchanged ',
      'error config_rejected loosening',
    ],
  );
});

test('goes on when the report cannot be written', (context) => {
  const dataDir = tempDir(context);
  const load = () => loadConfig({ cwd: dataDir, environment: {} });
  const events: string[] = [];
  const reloader = new ConfigReloader(load(), load);
  const log = logTo(({ event }) => events.push(event));
  const stop = reloadOnSignal({ reloader, dataDir: join(dataDir, 'gone'), log });
  process.emit('SIGHUP');
  stop();
  assert.deepEqual(events, ['config_unchanged', 'reload_report_failed']);
});

test('takes a missing or damaged report for none', (context) => {
  const dataDir = tempDir(context);
  const path = join(dataDir, RELOAD_REPORT_FILE);
  assert.equal(readReloadReport(dataDir), undefined);
  for (const text of ['', '{"pid":', 'null', '{"pid":1,"seq":"2","outcome":{}}']) {
    writeFileSync(path, text);
    assert.equal(readReloadReport(dataDir), undefined, text);
  }
  rmSync(path);
});
