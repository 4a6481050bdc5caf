/** Decimals inside text are exact or refused; rounding goes to the nearest unit and never through a float. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, parseDecimal } from '#core';
import { decimalIn, readQtyLots, readRounded, roundedDecimal } from './decimal-reader.ts';
import { FrameFault, JsonCursor } from './json-cursor.ts';

const SEED = Number(process.env.SEED ?? 1);

function inner(text: string, decimals: number): number {
  const bytes = Buffer.from(`x${text},`);
  return decimalIn(bytes, 1, bytes.length - 1, decimals);
}

test(`a decimal inside text is what parseDecimal makes of it (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  const parts = ['0', '7', '00', '93', '.', '.0', '-', 'e3', 'e-4', ' ', '9007199254740991', ''];
  for (let i = 0; i < 5_000; i++) {
    let text = '';
    for (let n = prng.integer(0, 6); n >= 0; n--) text += parts[prng.integer(0, parts.length)];
    if (text.length > 60) continue;
    const decimals = prng.integer(0, 16);
    assert.equal(inner(text, decimals), parseDecimal(text, decimals), `'${text}' at ${decimals}`);
  }
});

test('a number of absurd length is refused, not cut', () => {
  assert.ok(Number.isNaN(inner(`1.${'0'.repeat(80)}1`, 2)));
  assert.equal(inner(`1.${'0'.repeat(80)}`, 2), 100);
});

test('rounding to the nearest unit, halves away from zero', () => {
  const table: readonly (readonly [string, number, number])[] = [
    ['0.0000073421', 8, 734],
    ['0.000007345', 8, 735],
    ['-0.000007345', 8, -735],
    ['1.7e-7', 8, 17],
    ['90445.02', 8, 9_044_502_000_000],
    ['-0.000000000000499', 12, -0],
    ['0.0000000000005', 12, 1],
    ['1e-300', 8, 0],
    ['12', 0, 12],
  ];
  for (const [text, decimals, units] of table)
    assert.equal(roundedDecimal(text, decimals) + 0, units + 0, text);
  for (const text of ['', 'x', '1.', '90071992547409.92e9'])
    assert.ok(Number.isNaN(roundedDecimal(text, 8)), text);
});

test('a rounded value of a message comes with or without quotes, and is refused with words', () => {
  const cursor = new JsonCursor();
  for (const text of ['1.588e-05', '"0.00001588"']) {
    cursor.load(Buffer.from(text));
    assert.equal(readRounded(cursor, 8), 1_588);
  }
  for (const text of ['null', '"fast"', `1${'0'.repeat(70)}`]) {
    cursor.load(Buffer.from(text));
    assert.throws(() => readRounded(cursor, 8), FrameFault);
  }
});

test('a quantity finer than lots is cut to whole lots, and to one where it is less than one', () => {
  const cursor = new JsonCursor();
  const table: readonly (readonly [string, number, number])[] = [
    ['"452338153.08"', 2, 45_233_815_308],
    ['"2287.04744145"', 2, 228_704],
    ['"0.00000000001"', 8, 1],
    ['0.5', 0, 1],
    ['"0.000"', 2, 0],
    ['21.0', 0, 21],
    ['1.5E3', 0, 1_500],
  ];
  for (const [text, decimals, lots] of table) {
    cursor.load(Buffer.from(text));
    assert.equal(readQtyLots(cursor, decimals), lots, text);
    cursor.finish();
  }
  for (const text of ['-1', '"-0.001"', '"x"', 'null', '"9007199254740993"', '""', `"1${'0'.repeat(70)}"`]) {
    cursor.load(Buffer.from(text));
    assert.throws(() => readQtyLots(cursor, 0), FrameFault, text);
  }
});
