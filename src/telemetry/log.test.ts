import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogLine, logTo, silentLog } from './log.ts';
import { silentProgress } from './progress.ts';

test('hands each line to its sink with level, event and fields', () => {
  const lines: LogLine[] = [];
  const log = logTo((line) => lines.push(line));
  log.debug('a');
  log.info('b', { n: 1 });
  log.warn('c', { text: 'x' });
  log.error('d');
  assert.deepEqual(lines, [
    { level: 'debug', event: 'a', fields: {} },
    { level: 'info', event: 'b', fields: { n: 1 } },
    { level: 'warn', event: 'c', fields: { text: 'x' } },
    { level: 'error', event: 'd', fields: {} },
  ]);
});

test('the silent sinks take everything', () => {
  silentLog.error('x', { a: 1 });
  silentProgress.update({ label: 'x', done: 1, total: 2, unit: 'y' });
});
