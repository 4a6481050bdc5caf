import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { Prng } from '#core';
import type { Side } from '#domain';
import { krakenChecksum, krakenOrdersChecksum } from './kraken-checksum.ts';
import { L2Book } from './l2-book.ts';
import { L3Book } from './l3-book.ts';

const SEED = Number(process.env.SEED ?? 20261124);

/** The words of the venue's guide: decimal text, no point, no leading zeros. */
function digitsOf(units: number, decimals: number): string {
  const text = (units / 10 ** decimals).toFixed(decimals);
  return text.replace('.', '').replace(/^0+/, '');
}

test(`a book sums as its decimal text does (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  for (const levelCount of [0, 1, 7, 10, 25]) {
    const book = new L2Book();
    for (let i = 0; i < levelCount; i++) {
      book.setLevel('buy', 29_000 - i * 3, prng.integer(1, 1e9));
      book.setLevel('sell', 29_010 + i * 2, prng.integer(1, 1e9));
    }
    let text = '';
    for (const side of ['sell', 'buy'] as const) {
      for (let i = 0; i < Math.min(10, levelCount); i++) {
        text += digitsOf(book.priceTicksAt(side, i), 1) + digitsOf(book.qtyLotsAt(side, i), 8);
      }
    }
    assert.equal(krakenChecksum(book), crc32(text));
  }
});

test('levels below the tenth do not count', () => {
  const book = new L2Book();
  for (let i = 0; i < 11; i++) book.setLevel('sell', 100 + i, 5);
  const before = krakenChecksum(book);
  book.setLevel('sell', 110, 6);
  assert.equal(krakenChecksum(book), before);
  book.setLevel('sell', 109, 6);
  assert.notEqual(krakenChecksum(book), before);
});

test('a book of orders sums order by order in the order of the queue', () => {
  const orders: readonly [Side, string, number, number][] = [
    ['sell', 'a', 102, 7],
    ['sell', 'b', 101, 50],
    ['sell', 'c', 101, 3],
    ['buy', 'd', 99, 8],
    ['buy', 'e', 100, 20],
    ['buy', 'f', 100, 1],
  ];
  const book = new L3Book();
  for (const [side, id, price, lots] of orders) book.add(side, id, price, lots);
  assert.equal(krakenOrdersChecksum(book), crc32('101501013102710020100' + '1998'));
  book.modify('e', 100, 21);
  assert.equal(krakenOrdersChecksum(book), crc32('1015010131027' + '100110021998'));
});
