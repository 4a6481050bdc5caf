import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import { cleanText, KeyShield } from './index.ts';

const KEY = 'made-up-api-key-0123456789';
const SECRET = 'made-up-secret-9876543210';
const SHIELD = new KeyShield([KEY, SECRET, '']);

test('a line for a log is one line of at most 300 characters, and shows where keys stood', () => {
  assert.equal(cleanText(` a \n\t b ${KEY},${KEY} ${SECRET}`, [KEY, SECRET, '']), 'a b [key],[key] [key]');
  assert.equal(cleanText('x'.repeat(300), []), 'x'.repeat(300));
  assert.equal(cleanText('x'.repeat(301), []), `${'x'.repeat(300)}...`);
});

test('keys are hidden whole and cut off, and other words are left as they are', () => {
  assert.equal(SHIELD.hide(`bad  key ${KEY} of ${SECRET}!`), 'bad  key *** of ***!');
  assert.equal(SHIELD.hide(`no such key ${KEY.slice(0, 14)}`), 'no such key ***');
  assert.equal(SHIELD.hide('made-up words'), 'made-up words');
});

test('an error that shows a key is thrown again without it and without its cause', () => {
  const cause = new Error(KEY);
  const fault = new XylenError('XY_VENUE_REPLY', `found "${KEY}"`, { cause, fields: { venue: 'x' } });
  const fail = (error: unknown) => (): never => {
    throw error;
  };
  assert.throws(
    () => SHIELD.guard(fail(fault)),
    (error) => {
      assert.ok(error instanceof XylenError);
      assert.deepEqual(
        [error.code, error.message, error.cause, error.fields],
        ['XY_VENUE_REPLY', 'found "***"', undefined, { venue: 'x' }],
      );
      return true;
    },
  );
  const harmless = new XylenError('XY_VENUE_REPLY', 'found nothing', { cause });
  assert.throws(
    () => SHIELD.guard(fail(harmless)),
    (error) => error === harmless,
  );
  assert.equal(
    SHIELD.guard(() => 3),
    3,
  );
});

test('a verdict loses keys in its message and in the code of the venue', () => {
  const message = `HTTP 400 ${SECRET}`;
  assert.deepEqual(SHIELD.verdict({ kind: 'good' }), { kind: 'good' });
  assert.deepEqual(SHIELD.verdict({ kind: 'unknown', message }), {
    kind: 'unknown',
    message: 'HTTP 400 ***',
  });
  assert.deepEqual(SHIELD.verdict({ kind: 'refused', code: 'other', venueCode: KEY, message }), {
    kind: 'refused',
    code: 'other',
    venueCode: '***',
    message: 'HTTP 400 ***',
  });
});
