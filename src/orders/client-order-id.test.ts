import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OrderLabel } from '#domain';
import { propertySettings } from '../../test/support/property.ts';
import { clientOrderId, parseClientOrderId, runTag } from './client-order-id.ts';

const LABELS: readonly OrderLabel[] = ['ENTRY', 'EXIT', 'SL', 'TP'];

/** What every venue of the house takes: Binance allows 36 of `[.A-Z:/a-z0-9_-]`, others less of the alphabet but no fewer characters. */
const VENUE_PATTERN = /^[a-z0-9-]{1,36}$/;

const tag = fc.string({
  unit: fc.constantFrom(...'0123456789abcdef'.split('')),
  minLength: 8,
  maxLength: 8,
});
const orderId = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const label = fc.constantFrom(...LABELS);

test('an id says who sent it, which order it is and what it is for', () => {
  assert.equal(clientOrderId('0123abcd', 1, 'ENTRY'), 'xy-0123abcd-1-e');
  assert.equal(clientOrderId('0123abcd', 36, 'EXIT'), 'xy-0123abcd-10-x');
  assert.equal(clientOrderId('0123abcd', 35, 'SL'), 'xy-0123abcd-z-s');
  assert.deepEqual(parseClientOrderId('xy-0123abcd-10-t'), { tag: '0123abcd', orderId: 36, label: 'TP' });
});

test('an id can be read back and fits every venue', () => {
  fc.assert(
    fc.property(tag, orderId, label, (runId, number, purpose) => {
      const id = clientOrderId(runId, number, purpose);
      assert.match(id, VENUE_PATTERN);
      assert.deepEqual(parseClientOrderId(id), { tag: runId, orderId: number, label: purpose });
      assert.equal(clientOrderId(runId, number, purpose), id, 'the same order has the same id again');
    }),
    propertySettings(),
  );
});

test('two orders never share an id', () => {
  const part = fc.record({ tag, orderId, label });
  fc.assert(
    fc.property(part, part, (a, b) => {
      const isSame = a.tag === b.tag && a.orderId === b.orderId && a.label === b.label;
      const idOf = (one: typeof a): string => clientOrderId(one.tag, one.orderId, one.label);
      assert.equal(idOf(a) === idOf(b), isSame);
    }),
    propertySettings(),
  );
  const ids = Array.from({ length: 10_000 }, (_, i) => clientOrderId('00000000', i + 1, 'ENTRY'));
  assert.equal(new Set(ids).size, ids.length);
});

test('reads nothing into the ids of others', () => {
  for (const foreign of [
    '',
    'xy-0123abcd-1',
    'xy-0123abcd-1-q',
    'xy-0123ABCD-1-e',
    'xy-0123abcd--e',
    'xy-0123abcd-111111111111-e',
    'xy-0123abcd-zzzzzzzzzzz-e',
    'xy-0123abcd-0-e',
    'xy-0123abcd-01-e',
    ' xy-0123abcd-1-e',
    'xy-0123abcd-1-e\n',
    'autoclose-S1',
    'web_7f3a',
  ]) {
    assert.equal(parseClientOrderId(foreign), undefined, JSON.stringify(foreign));
  }
});

test('refuses a tag that is none and an order number that cannot be', () => {
  for (const bad of ['', '0123abc', '0123abcde', '0123ABCD', '0123abcg'])
    assert.throws(() => clientOrderId(bad, 1, 'ENTRY'), /run tag is 8 hex digits/);
  for (const bad of [0, -1, 1.5, Number.NaN, 2 ** 53])
    assert.throws(() => clientOrderId('0123abcd', bad, 'ENTRY'), /order id is a positive integer/);
});

test('a run tag follows from the identity of the run alone', () => {
  assert.equal(runTag('account|run-1|7'), runTag('account|run-1|7'));
  assert.notEqual(runTag('account|run-1|7'), runTag('account|run-1|8'));
  assert.match(runTag(''), /^[0-9a-f]{8}$/);
});
