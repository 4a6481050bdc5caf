import { throws } from 'node:assert/strict';
import { test } from 'node:test';
import { AssertionError, assert, assertSafeInteger, unreachable } from './assert.ts';

/** A predicate for `throws`: an `AssertionError` with exactly this message. */
function invariant(message: string): { name: string; message: string } {
  return { name: 'AssertionError', message: `Invariant: ${message}` };
}

test('assert lets true pass and names the invariant otherwise', () => {
  assert(true, 'unused');
  throws(() => assert(false, 'next > last'), invariant('next > last'));
  throws(() => assert(false, 'x'), AssertionError);
});

test('assertSafeInteger returns the integer and refuses everything else', () => {
  for (const good of [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
    if (assertSafeInteger(good, 'n') !== good) throw new Error(`${good} came back changed`);
  }
  for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    throws(() => assertSafeInteger(bad, 'qtyLots'), invariant(`qtyLots is a safe integer, was ${bad}`));
  }
});

test('unreachable says what came, bigint included', () => {
  throws(
    () => unreachable({ kind: 'odd' } as never, 'event'),
    invariant('every event is handled, was {"kind":"odd"}'),
  );
  throws(
    () => unreachable({ atoms: 5n } as never, 'event'),
    invariant('every event is handled, was {"atoms":"5n"}'),
  );
  throws(() => unreachable(undefined as never, 'event'), invariant('every event is handled, was undefined'));
});
