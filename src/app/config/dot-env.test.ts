import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDotEnv } from './dot-env.ts';

test('reads plain, quoted, exported and multi-line values', () => {
  const text = [
    '# keys',
    'A=plain value # a comment',
    "B='single # kept'",
    'C="double \\"quoted\\"\\nline"  # a comment',
    '  export D = spaced ',
    'E=',
    'F="-----BEGIN KEY-----',
    'abc',
    '-----END KEY-----"',
    'G=a#b',
  ].join('\r\n');
  assert.deepEqual(parseDotEnv(text, '.env'), {
    A: 'plain value',
    B: 'single # kept',
    C: 'double "quoted"\nline',
    D: 'spaced',
    E: '',
    F: '-----BEGIN KEY-----\nabc\n-----END KEY-----',
    G: 'a#b',
  });
});

test('refuses every line that is not understood, all at once and without its value', () => {
  assert.throws(
    () => parseDotEnv('A=1\nvery-secret\nB="open\n', '.env'),
    (error: Error) => {
      assert.match(error.message, /\.env:2:1: expected NAME=value/);
      assert.match(error.message, /\.env:3:1: B: the quotes do not fit/);
      assert.ok(!error.message.includes('very-secret'));
      return true;
    },
  );
});

test('refuses a name that is given twice and text behind a closing quote', () => {
  assert.throws(() => parseDotEnv('A=1\nA=2\n', '.env'), /\.env:2:1: A: the name is given twice/);
  assert.throws(() => parseDotEnv('A="x" y\n', '.env'), /\.env:1:1: A: the quotes do not fit/);
});
