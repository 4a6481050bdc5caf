import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal, Prng } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { decimalTextOf, epochUsOf, priceTicksOf, qtyLotsOf } from './numbers.ts';

const SEED = testSeed();

test(`decimals of at most 15 digits come back exactly from their doubles (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  for (let n = 0; n < 20_000; n++) {
    const decimals = prng.integer(0, 13);
    const units = prng.integer(1, 10 ** prng.integer(1, 16));
    const text = formatDecimal(units, decimals);
    assert.equal(priceTicksOf(Number(text), decimals), units, text);
    assert.equal(qtyLotsOf(Number(text), decimals), units, text);
    assert.equal(priceTicksOf(text, decimals), units, text);
  }
});

test('the noise of sums of doubles is not taken for digits', () => {
  assert.equal(qtyLotsOf(0.1 + 0.2, 1), 3);
  assert.equal(qtyLotsOf(1.1 * 3, 1), 33);
  assert.equal(priceTicksOf(0.1 + 0.7, 1), 8);
});

test('text keeps all its digits', () => {
  assert.equal(qtyLotsOf('9007199254740.991', 3), 9_007_199_254_740_991);
  assert.equal(priceTicksOf('1e-8', 8), 1);
  assert.equal(decimalTextOf('63943.90'), '63943.9');
});

test('a price that is finer than a tick, 0, below 0, none or too large is none', () => {
  const bad = [0.001, '0.001', 0, '0', -1, '-1', Number.NaN, Number.POSITIVE_INFINITY, 1e15, '', 'x', null];
  for (const value of [...bad, undefined, {}, [1], true])
    assert.ok(Number.isNaN(priceTicksOf(value, 2)), String(value));
});

test('a quantity that is finer than a lot is cut to whole lots, but not to nothing', () => {
  assert.equal(qtyLotsOf(1.2345, 2), 123);
  assert.equal(qtyLotsOf('0.00007', 3), 1);
  assert.equal(qtyLotsOf(7.9, 0), 7);
  assert.equal(qtyLotsOf(0, 3), 0);
  for (const value of [-1, '-0.5', Number.NaN, 1e16, 'x', undefined])
    assert.ok(Number.isNaN(qtyLotsOf(value, 3)));
});

test('moments are milliseconds, as a number or as text', () => {
  assert.equal(epochUsOf(1_700_000_000_123), 1_700_000_000_123_000);
  assert.equal(epochUsOf('1700000000123'), 1_700_000_000_123_000);
  for (const value of [undefined, null, 0, -1, Number.NaN, 1e16, 'yesterday'])
    assert.equal(epochUsOf(value), undefined);
});
