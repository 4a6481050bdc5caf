import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDecimal } from '#core';
import { propertySettings } from '../../../test/support/property.ts';
import { atomsOfMoney } from './money.ts';

test('is the inverse of writing atoms as a decimal', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 25n }),
      fc.integer({ min: 0, max: 12 }),
      (atoms, decimals) => {
        assert.equal(atomsOfMoney(formatDecimal(atoms, decimals), decimals), atoms);
      },
    ),
    propertySettings(),
  );
});

test('refuses decimals that an atom cannot hold', () => {
  assert.equal(atomsOfMoney('10000', 8), 1_000_000_000_000n);
  assert.throws(() => atomsOfMoney('0.001', 2), /at most 2 decimals/);
  assert.throws(() => atomsOfMoney('x', 2), /decimal text/);
});
