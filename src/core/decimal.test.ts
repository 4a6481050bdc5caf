import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertySettings } from '../../test/support/property.ts';
import { decimalsOf, formatDecimal, POW10, parseDecimal, plainDecimal } from './decimal.ts';

const MAX = BigInt(Number.MAX_SAFE_INTEGER);
const digits = fc.stringMatching(/^\d{1,20}$/);
/** Decimal text as venues write it, with or without fraction and exponent. */
const decimalText = fc
  .tuple(fc.constantFrom('', '-'), digits, fc.option(digits), fc.option(fc.integer({ min: -25, max: 25 })))
  .map(([sign, whole, fraction, exponent]) => {
    const mantissa = sign + whole + (fraction === null ? '' : `.${fraction}`);
    return exponent === null ? mantissa : `${mantissa}e${exponent}`;
  });

/** The definition: the value as a fraction of bigints, times 10^decimals; `NaN` unless that is a safe integer. */
function parseByBigInt(text: string, decimals: number): number {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e(-?\d+))?$/.exec(text);
  assert.ok(match !== null);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const power = decimals - fraction.length + Number(exponent);
  const value = BigInt(whole + fraction);
  const scale = 10n ** BigInt(Math.abs(power));
  if (power < 0 && value % scale !== 0n) return Number.NaN;
  const units = power < 0 ? value / scale : value * scale;
  if (units > MAX) return Number.NaN;
  return units === 0n || sign === '' ? Number(units) : -Number(units);
}

test('parseDecimal is exact or NaN for any decimal text', () => {
  fc.assert(
    fc.property(decimalText, fc.integer({ min: 0, max: 15 }), (text, decimals) => {
      assert.equal(parseDecimal(text, decimals), parseByBigInt(text, decimals));
    }),
    propertySettings(2000),
  );
});

test('a number of units survives formatting and parsing', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 15 }), (units, decimals) => {
      const text = formatDecimal(units, decimals);
      assert.equal(parseDecimal(text, decimals), units === 0 ? 0 : units);
      assert.equal(formatDecimal(BigInt(units), decimals), text);
      assert.ok(decimalsOf(text) <= decimals);
    }),
    propertySettings(1000),
  );
});

test('formatDecimal writes bigints of any size exactly', () => {
  const huge = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
  fc.assert(
    fc.property(huge, fc.integer({ min: 0, max: 20 }), (units, decimals) => {
      const [whole = '', fraction = ''] = formatDecimal(units, decimals).replace('-', '').split('.');
      const value = BigInt(whole + fraction.padEnd(decimals, '0'));
      assert.equal(value, units < 0n ? -units : units);
      assert.ok(!fraction.endsWith('0'));
    }),
    propertySettings(),
  );
});

test('plainDecimal keeps the value and drops the exponent', () => {
  fc.assert(
    fc.property(decimalText, (text) => {
      const plain = plainDecimal(text);
      assert.ok(plain !== undefined);
      assert.match(plain, /^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
      assert.equal(Number(plain), Number(text));
    }),
    propertySettings(1000),
  );
});

test('texts as they come from venues and files', () => {
  const table: readonly (readonly [string, number, number])[] = [
    ['16537.5', 1, 165_375],
    ['16537.50', 1, 165_375],
    ['-0.0001', 4, -1],
    ['3.12e-06', 8, 312],
    ['1E3', 0, 1000],
    ['0', 8, 0],
    ['-0.00', 2, 0],
    ['9007199254740991', 0, Number.MAX_SAFE_INTEGER],
    ['0.000000000000001', 15, 1],
    ['00012', 0, 12],
  ];
  for (const [text, decimals, units] of table) assert.equal(parseDecimal(text, decimals), units, text);
});

test('what is no number, too fine or too large is NaN, never a nearby number', () => {
  const table: readonly (readonly [string, number])[] = [
    ['', 2],
    ['-', 2],
    ['.', 2],
    ['abc', 2],
    ['1,5', 2],
    ['1.2.3', 2],
    ['+1', 2],
    [' 1', 2],
    ['1 ', 2],
    ['--1', 2],
    ['1-', 2],
    ['0x10', 2],
    ['NaN', 2],
    ['Infinity', 2],
    ['1e', 2],
    ['e5', 2],
    ['1e9999', 2],
    ['0.001', 2],
    ['1e-3', 2],
    ['9007199254740992', 0],
    ['90071992547409.92', 2],
    ['99999999999999999999999999', 0],
    ['１', 0],
  ];
  for (const [text, decimals] of table) assert.ok(Number.isNaN(parseDecimal(text, decimals)), `'${text}'`);
});

test('a number cut off at its point is refused: a truncated file must not shift a price', () => {
  for (const text of ['16537.', '.5', '-.5', '-5.', '1.e5']) {
    assert.ok(Number.isNaN(parseDecimal(text, 2)), text);
    assert.equal(plainDecimal(text), undefined, text);
    assert.equal(decimalsOf(text), -1, text);
  }
});

test('decimalsOf counts the decimals that carry value', () => {
  const table: readonly (readonly [string, number])[] = [
    ['16538', 0],
    ['0.7100', 2],
    ['1e-7', 7],
    ['1.50e1', 0],
    ['100', 0],
    ['x', -1],
  ];
  for (const [text, decimals] of table) assert.equal(decimalsOf(text), decimals, text);
});

test('formatDecimal refuses what is no integer', () => {
  for (const bad of [1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e21]) {
    assert.throws(() => formatDecimal(bad, 2), { name: 'AssertionError' });
  }
});

test('powers of ten are exact', () => {
  for (const [exponent, power] of POW10.entries()) assert.equal(BigInt(power), 10n ** BigInt(exponent));
  assert.equal(POW10.length, 16);
});
