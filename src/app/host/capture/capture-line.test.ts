/** Lines of captures in all their forms, and what is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CaptureLineReader } from './capture-line.ts';

const reader = new CaptureLineReader();

/** Reads a line; bytes come out as text. */
function read(text: string): unknown {
  const line = reader.read(Buffer.from(text));
  return 'bytes' in line ? { ...line, bytes: Buffer.from(line.bytes).toString() } : line;
}

test('reads bare frames, with white space around them', () => {
  for (const text of ['{"e":"depthUpdate","E":1}', '[1,{"a":[]},"book-10","XBT/USD"]', '{}']) {
    assert.deepEqual(read(text), { kind: 'frame', tsUs: null, bytes: text });
    assert.deepEqual(read(`\ufeff  ${text}`), { kind: 'frame', tsUs: null, bytes: text });
  }
});

test('reads frames wrapped with their time, to the microsecond', () => {
  const frame = '{"a":"\\u00fc","b":[1.10]}';
  const raw = JSON.stringify(frame);
  const of = (tsUs: number | null): unknown => ({ kind: 'frame', tsUs, bytes: frame });
  assert.deepEqual(read(`{"t": 1626992741.481712, "raw": ${raw}}`), of(1_626_992_741_481_712));
  assert.deepEqual(read(`{"raw":${raw},"t":1626992741.5}`), of(1_626_992_741_500_000));
  assert.deepEqual(read(`{"t":"1626992741.1234567","raw":${raw},"x":{}}`), of(1_626_992_741_123_456));
  assert.deepEqual(read(`{"t":1626992741,"raw":${raw}}`), of(1_626_992_741_000_000));
  for (const t of ['null', '{}', '"soon"', '1e9'])
    assert.deepEqual(read(`{"t":${t},"raw":${raw}}`), of(null));
  assert.deepEqual(read(`{"raw":${raw}}`), of(null));
  assert.deepEqual(read('{"t":5,"p":"1"}'), { kind: 'frame', tsUs: null, bytes: '{"t":5,"p":"1"}' });
});

test('reads times before frames, told apart by their size', () => {
  const us = 1_723_161_255_030_314;
  for (const time of [
    '1723161255030314667',
    '1723161255030314',
    '1723161255.030314',
    '1723161255.0303149:',
  ]) {
    assert.deepEqual(read(`${time} {"a":1}`), { kind: 'frame', tsUs: us, bytes: '{"a":1}' }, time);
  }
  assert.deepEqual(read('1723161255030\t[1]'), { kind: 'frame', tsUs: 1_723_161_255_030_000, bytes: '[1]' });
});

test('reads what cryptofeed notes of connections, messages sent and requests', () => {
  const tsUs = 1_618_677_816_843_429;
  assert.deepEqual(read('wss://a.test/x <-> 1618677816.8434298'), {
    kind: 'connected',
    tsUs,
    url: 'wss://a.test/x',
  });
  assert.deepEqual(read('wss://a.test/x <- 1618677816.843429: {"s":1}'), {
    kind: 'sent',
    tsUs,
    bytes: '{"s":1}',
  });
  assert.deepEqual(read('https://a.test/d?symbol=AB&limit=5 -> 1618677816.843429: {"bids":[]}'), {
    kind: 'answer',
    tsUs,
    url: 'https://a.test/d?symbol=AB&limit=5',
    bytes: '{"bids":[]}',
  });
  assert.deepEqual(read('configuration: {"trades":[]}'), { kind: 'remark' });
  assert.deepEqual(read(' \t'), { kind: 'remark' });
  assert.deepEqual(read(''), { kind: 'remark' });
});

test('what is no line of a capture is damaged, with what was found', () => {
  for (const text of [
    'hello',
    '12',
    '1723161255030314667 ',
    '1723161255030314667',
    'soon {"a":1}',
    'wss://a.test <-> 1618677816.8: {"a":1}',
    'https://a.test -> 1618677816.8: ',
    'https://a.test => 1618677816.8: {}',
    '{"t":1,"raw":"{\\"a\\":1}"',
    '{"raw":"a"} {"raw":"b"}',
    `${'x'.repeat(20_000)} {"a":1}`,
    '17231612550303146671234 {"a":1}',
  ]) {
    const line = reader.read(Buffer.from(text));
    assert.equal(line.kind, 'damaged', text.slice(0, 60));
  }
  assert.match(JSON.stringify(read('hello')), /expected a frame, found 'hello'/);
});
