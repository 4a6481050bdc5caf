import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimalsOf, parseDecimal } from '#core';
import { propertySettings } from '../../../test/support/property.ts';
import { DecimalScan } from './decimal-scan.ts';

function scanned(text: string): string | readonly [number, number] {
  const scan = new DecimalScan();
  return scan.scan(text) ?? [scan.units, scan.decimals];
}

test('takes the fewest decimals that hold the number', () => {
  assert.deepEqual(scanned('61737.63000000'), [6_173_763, 2]);
  assert.deepEqual(scanned('16538'), [16_538, 0]);
  assert.deepEqual(scanned('-0.00001412'), [-1_412, 8]);
  assert.deepEqual(scanned('0.000'), [0, 0]);
  assert.deepEqual(scanned('3.12e-06'), [312, 8]);
  assert.deepEqual(scanned('1.20E3'), [1_200, 0]);
  assert.deepEqual(scanned('0.10000000000000000000'), [1, 1]);
});

test('scans a part of a text', () => {
  const scan = new DecimalScan();
  assert.equal(scan.scan('a,12.50,b', 2, 7), undefined);
  assert.deepEqual([scan.units, scan.decimals], [125, 1]);
});

test('refuses what is no number, too fine or too large', () => {
  for (const text of [
    '',
    '-',
    '.',
    '1.',
    '.5',
    '+1',
    ' 1',
    '1 ',
    '1,2',
    '0x10',
    'NaN',
    'Infinity',
    '1e',
    '1.2.3',
    '--1',
    '1e5.0',
  ]) {
    assert.equal(scanned(text), 'not a decimal number', text);
  }
  assert.equal(scanned('0.0000000000001'), 'too fine');
  assert.equal(scanned('8.880099999999999'), 'too fine');
  assert.equal(scanned('1e-13'), 'too fine');
  assert.equal(scanned('9007199254740993'), 'too large');
  assert.equal(scanned('9007199254740991'.concat('.1')), 'too large');
});

test('reads every decimal as core does', () => {
  const decimal = fc
    .tuple(
      fc.boolean(),
      fc.nat({ max: 999_999_999 }),
      fc.nat({ max: 9 }),
      fc.nat({ max: 99_999 }),
      fc.integer({ min: -3, max: 3 }),
    )
    .map(([isNegative, whole, zeros, fraction, exponent]) => {
      const text = `${isNegative ? '-' : ''}${whole}.${'0'.repeat(zeros % 5)}${fraction}`;
      return exponent === 0 ? text : `${text}e${exponent}`;
    });
  fc.assert(
    fc.property(decimal, (text) => {
      const scan = new DecimalScan();
      const fault = scan.scan(text);
      const decimals = decimalsOf(text);
      if (fault === 'too fine') return decimals > 12;
      if (fault === 'too large') return Number.isNaN(parseDecimal(text, decimals));
      return fault === undefined && scan.decimals === decimals && scan.units === parseDecimal(text, decimals);
    }),
    propertySettings(2_000),
  );
});

test('accepts exactly the texts that core takes for numbers', () => {
  const text = fc.string({
    unit: fc.constantFrom('0', '1', '9', '.', '-', 'e', 'E', '+', ' ', ','),
    maxLength: 8,
  });
  fc.assert(
    fc.property(text, (candidate) => {
      const fault = new DecimalScan().scan(candidate);
      return (fault === 'not a decimal number') === decimalsOf(candidate) < 0;
    }),
    propertySettings(5_000),
  );
});
