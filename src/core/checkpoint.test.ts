import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateRecord } from './checkpoint.ts';

test('stateRecord hands a record through and names the part of anything else', () => {
  const record = { a: 1 };
  assert.equal(stateRecord(record, 'ledger'), record);
  for (const bad of [null, undefined, 5, 'x', [1]]) {
    assert.throws(() => stateRecord(bad, 'ledger'), { name: 'AssertionError', message: /ledger/ });
  }
});
