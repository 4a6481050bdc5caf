import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES, messageOf, XylenError } from './errors.ts';

test('an error carries code, fields and cause', () => {
  const cause = new Error('disk full');
  const error = new XylenError('XY_STORE_FAILED', 'could not write trades', { fields: { row: 7 }, cause });
  assert.deepEqual(
    [error.name, error.code, error.message, error.fields, error.cause],
    ['XylenError', 'XY_STORE_FAILED', 'could not write trades', { row: 7 }, cause],
  );
  assert.ok(error instanceof Error);
});

test('without options an error has no fields and no cause', () => {
  const error = new XylenError('XY_USAGE', 'what?');
  assert.deepEqual(error.fields, {});
  assert.equal(Object.hasOwn(error, 'cause'), false);
});

test('whether to try again comes from the registry', () => {
  for (const [code, { retryable }] of Object.entries(ERROR_CODES)) {
    assert.equal(new XylenError(code as keyof typeof ERROR_CODES, 'x').retryable, retryable, code);
  }
});

test('messageOf reads anything that was thrown', () => {
  assert.deepEqual(
    [messageOf(new TypeError('t')), messageOf('text'), messageOf(undefined)],
    ['t', 'text', 'undefined'],
  );
});
