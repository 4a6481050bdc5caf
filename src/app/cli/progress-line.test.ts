import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgressLine, progressText } from './progress-line.ts';
import { Terminal } from './terminal.ts';

const SECOND_US = 1_000_000;

function watched(isTty: boolean) {
  const state = { nowUs: 0, text: '' };
  const terminal = new Terminal({
    isErrTty: isTty,
    writeErr: (text) => {
      state.text += text;
    },
  });
  const progress = new ProgressLine({ terminal, isTty, columns: 60, nowUs: () => state.nowUs });
  const update = (atUs: number, done: number, label = 'read') => {
    state.nowUs = atUs;
    progress.update({ label, done, total: 1000, unit: 'rows' });
  };
  return { state, update, terminal };
}

test('writes first, last and sparse lines where nobody sees a bar', () => {
  const { state, update } = watched(false);
  for (let i = 0; i <= 1000; i++) update(i * 25_000, i);
  assert.deepEqual(state.text.trim().split('\n'), [
    'read [....................] 0 %  0/1,000 rows',
    'read [########............] 40 %  400/1,000 rows  40 rows/s  15s left',
    'read [################....] 80 %  800/1,000 rows  40 rows/s  5s left',
    'read [####################] 100 %  1,000/1,000 rows  40 rows/s  in 25s',
  ]);
});

test('redraws a bar at most ten times a second, within the width, and ends it with a line', () => {
  const { state, update } = watched(true);
  for (let i = 0; i < 1000; i++) update(i * 1000, i);
  assert.equal(state.text.split('\r\u001b[2K').length, 10);
  update(SECOND_US, 1000);
  const last = state.text.split('\r\u001b[2K').at(-1) ?? '';
  assert.ok(last.endsWith('\n') && last.length <= 60, last);
  const before = state.text;
  update(SECOND_US, 1000);
  assert.equal(state.text, before);
});

test('keeps lines and the bar apart', () => {
  const { state, update, terminal } = watched(true);
  update(0, 0);
  terminal.line('a log line');
  assert.equal(
    state.text,
    'read [....................] 0 %  0/1,000 rows\r\u001b[2Ka log line\nread [....................] 0 %  0/1,000 rows',
  );
  terminal.endBar();
  terminal.line('next');
  assert.ok(state.text.endsWith('0/1,000 rows\nnext\n'));
});

test('starts a new line and a new rate for a new label', () => {
  const { state, update } = watched(false);
  update(0, 0, 'first');
  update(SECOND_US, 500, 'second');
  assert.equal(state.text.split('\n').length, 3);
  update(12 * SECOND_US, 610, 'second');
  assert.match(state.text, /second .* 10 rows\/s {2}39s left\n$/);
});

test('leaves out what is not known', () => {
  const state = { label: 'scan', done: 1234, total: 0, unit: 'files' };
  assert.equal(progressText(state, { elapsedUs: 0, gained: 0 }), 'scan  1,234 files');
  assert.equal(
    progressText(state, { elapsedUs: 2 * SECOND_US, gained: 3 }),
    'scan  1,234 files  1.5 files/s',
  );
});

test('rounds the remaining time up to what people read', () => {
  const left = (total: number) =>
    progressText({ label: 'x', done: 1, total, unit: 'u' }, { elapsedUs: SECOND_US, gained: 1 })
      .split('  ')
      .at(-1);
  assert.equal(left(61), '60s left');
  assert.equal(left(100), '99s left');
  assert.equal(left(1201), '20m left');
  assert.equal(left(3 * 3600 + 61), '3h 1m left');
});
