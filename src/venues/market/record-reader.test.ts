/** Records become text by name with the venue's digits; pools and records keep to their bounds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import { FrameFault, JsonCursor } from './json-cursor.ts';
import { RecordPool } from './record-pool.ts';
import { RECORD_FIELDS_MAX, readRecord, readRecords } from './record-reader.ts';
import { quoteOf, readReply } from './rest-reply.ts';

function cursorOf(text: string): JsonCursor {
  const cursor = new JsonCursor();
  cursor.load(Buffer.from(text));
  return cursor;
}

test('numbers keep their digits, null and lists are absent, inner records are named by their way', () => {
  const record = readRecord(
    cursorOf('{"a":1.50,"b":"x","c":null,"d":[1,{}],"e":{"f":true,"g":{"h":1E-9}},"i":false}'),
  );
  assert.deepEqual(
    [...record],
    [
      ['a', '1.50'],
      ['b', 'x'],
      ['e.f', 'true'],
      ['e.g.h', '1E-9'],
      ['i', 'false'],
    ],
  );
});

test('a record without end and one nested without end are refused or passed over', () => {
  const many = Array.from({ length: RECORD_FIELDS_MAX + 1 }, (_, i) => `"k${i}":1`).join(',');
  assert.throws(() => readRecord(cursorOf(`{${many}}`)), FrameFault);
  const deep = `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`;
  assert.equal(readRecord(cursorOf(deep)).size, 0);
  assert.equal(readRecords(cursorOf(`[${deep},{"b":2}]`)).length, 2);
});

test('a pool gives records out again and refuses the one too many', () => {
  let made = 0;
  const pool = new RecordPool('things', 2, () => ({ id: made++ }));
  assert.equal(pool.take(0), pool.at(0));
  pool.take(0);
  assert.throws(() => pool.take(7), /expected at most 2 things in a frame/);
  pool.drop();
  pool.take(0);
  pool.clear();
  assert.throws(() => pool.at(0), { name: 'AssertionError' });
  assert.equal(pool.take(0).id, 0);
  assert.equal(made, 2);
});

test('a body that is not as documented is named with venue, question and place', () => {
  const read = (cursor: JsonCursor): number => cursor.readInteger();
  assert.equal(readReply('coinbase', 'server time', Buffer.from(' 12 '), read), 12);
  for (const body of ['12 13', 'x', '']) {
    assert.throws(
      () => readReply('coinbase', 'server time', Buffer.from(body), read),
      (thrown) => thrown instanceof XylenError && /^coinbase server time: expected/.test(thrown.message),
    );
  }
});

test('quotes are one short line', () => {
  assert.equal(quoteOf(Buffer.from(' a\n  b ')), 'a b');
  assert.equal(quoteOf(Buffer.from('x'.repeat(500))).length, 203);
});
