import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { AssertionError, Prng } from '#core';
import { CRC32_START, crc32Digits, crc32End, crc32Text } from './crc32.ts';

const SEED = Number(process.env.SEED ?? 20261123);

test('text sums as zlib sums it', () => {
  for (const text of ['', '0', '123456789', 'The quick brown fox']) {
    assert.equal(crc32End(crc32Text(CRC32_START, text)), zlibCrc32(text));
  }
});

test(`digits of integers sum as their text does (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  let running = CRC32_START;
  let text = '';
  const edges = [0, 9, 10, 99_999_999, 100_000_000, 100_000_001, 2_147_483_648, Number.MAX_SAFE_INTEGER];
  const random = Array.from({ length: 3000 }, () => Math.floor(10 ** (prng.uniform() * 15.9)));
  for (const value of [...edges, ...random]) {
    running = crc32Digits(running, value);
    text += String(value);
    assert.equal(crc32End(running), zlibCrc32(text), `after ${value}`);
  }
});

test('only digits of safe integers of at least 0 are summed', () => {
  for (const value of [-1, 1.5, Number.NaN, 2 ** 53]) {
    assert.throws(() => crc32Digits(CRC32_START, value), AssertionError);
  }
});
