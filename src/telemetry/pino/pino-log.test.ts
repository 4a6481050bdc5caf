import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLevel } from '#telemetry';
import { type LogFormat, pinoLog } from './index.ts';

function logged(format: LogFormat, level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = pinoLog({
    level,
    format,
    nowUs: () => 1_700_000_000_123_000,
    writeLine: (line) => lines.push(line),
    redact: (text) => text.replaceAll('hunter2', '[redacted]'),
  });
  return { log, lines };
}

test('writes JSON with level, time, event and fields', () => {
  const { log, lines } = logged('json');
  log.warn('book_gap', { symbol: 'BTCUSDT', missing: 3, atoms: 12n, note: undefined, last: null });
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    [
      {
        level: 'warn',
        time: '2023-11-14T22:13:20.123Z',
        event: 'book_gap',
        symbol: 'BTCUSDT',
        missing: 3,
        atoms: '12',
        last: null,
      },
    ],
  );
});

test('writes text with quotes only where they are needed', () => {
  const { log, lines } = logged('text');
  log.info('order_sent', { symbol: 'BTCUSDT', reason: 'too late', qty_lots: 3, empty: '' });
  assert.deepEqual(lines, [
    '2023-11-14T22:13:20.123Z INFO  order_sent symbol=BTCUSDT reason="too late" qty_lots=3 empty=""',
  ]);
});

test('keeps a line one line, whatever stands in it', () => {
  const { log, lines } = logged('text');
  log.error('bad\nname', { text: 'a\nb\u001b[31mc\u0085d' });
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /^\P{Cc}*$/u);
});

test('leaves out what is below its level', () => {
  const { log, lines } = logged('text', 'warn');
  log.debug('a');
  log.info('b');
  log.warn('c');
  log.error('d');
  assert.deepEqual(
    lines.map((line) => line.slice(-1)),
    ['c', 'd'],
  );
});

test('never writes a secret: by the name of its field or by its value anywhere', () => {
  const { log, lines } = logged('json');
  log.info('login hunter2', {
    apiKey: 'k',
    api_secret: 's',
    password: 1,
    url: 'https://x/?t=hunter2',
    authorization: 'b',
  });
  const text = lines.join('');
  assert.ok(!text.includes('hunter2'));
  assert.deepEqual(JSON.parse(text), {
    level: 'info',
    time: '2023-11-14T22:13:20.123Z',
    event: 'login [redacted]',
    apiKey: '[redacted]',
    api_secret: '[redacted]',
    password: '[redacted]',
    url: 'https://x/?t=[redacted]',
    authorization: '[redacted]',
  });
});

test('does not let a field take the place of level, time or event', () => {
  const { log, lines } = logged('json');
  log.info('real', { event: 'fake', level: 'fake', time: 'fake' });
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.equal(line.event, 'real');
  assert.equal(line.level, 'info');
  assert.equal(line.event_, 'fake');
});
