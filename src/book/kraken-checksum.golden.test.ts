import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDecimal } from '#core';
import { sharedPath, skipWithoutShared } from '../../test/support/shared-data.ts';
import { CRC32_START, crc32End, crc32Text } from './crc32.ts';
import { krakenChecksum } from './kraken-checksum.ts';
import { L2Book } from './l2-book.ts';

const FOLDER = ['fixtures', 'kraken-spot', 'book-v2'] as const;
const PRICE_DECIMALS = 1;
const QTY_DECIMALS = 8;

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(sharedPath(...FOLDER, name), 'utf8'));
}

test('the example of the official guide sums as it says', { skip: skipWithoutShared }, () => {
  const example = readJson('official_doc_example.json') as {
    readonly asks: readonly [string, string][];
    readonly bids: readonly [string, string][];
    readonly asksString: string;
    readonly bidsString: string;
    readonly crc32: number;
  };
  const book = new L2Book();
  for (const [price, qty] of example.asks) {
    book.setLevel('sell', parseDecimal(price, PRICE_DECIMALS), parseDecimal(qty, QTY_DECIMALS));
  }
  for (const [price, qty] of example.bids) {
    book.setLevel('buy', parseDecimal(price, PRICE_DECIMALS), parseDecimal(qty, QTY_DECIMALS));
  }
  assert.equal(krakenChecksum(book), 3310070434);
  assert.equal(krakenChecksum(book), example.crc32);
  assert.equal(crc32End(crc32Text(CRC32_START, example.asksString + example.bidsString)), example.crc32);
});

test('the recorded strings sum as the venue said', { skip: skipWithoutShared }, () => {
  const { cases } = readJson('checksum_strings.json') as {
    readonly cases: readonly { readonly string: string; readonly crc32: number }[];
  };
  assert.ok(cases.length >= 3);
  for (const { string, crc32 } of cases) {
    assert.equal(crc32End(crc32Text(CRC32_START, string)), crc32);
  }
});

test('every update of the recorded book verifies', { skip: skipWithoutShared }, () => {
  const lines = readFileSync(sharedPath(...FOLDER, 'BTC-USD_depth10_2023-07-30.ndjson'), 'utf8');
  const book = new L2Book();
  let verified = 0;
  for (const line of lines.split('\n').filter((text) => text !== '')) {
    const { raw } = JSON.parse(line) as { readonly raw: string };
    const checksum = /"checksum":(\d+)/.exec(raw)?.[1];
    if (checksum === undefined) continue;
    if (raw.includes('"type":"snapshot"')) book.clear();
    for (const [side, name] of [['buy', 'bids'] as const, ['sell', 'asks'] as const]) {
      // Read from the text: a number in JSON loses its zeros.
      const levels = new RegExp(`"${name}":\\[([^\\]]*)\\]`).exec(raw)?.[1] ?? '';
      for (const [, price, qty] of levels.matchAll(/"price":([\d.]+),"qty":([\d.]+)/g)) {
        book.setLevel(side, parseDecimal(price!, PRICE_DECIMALS), parseDecimal(qty!, QTY_DECIMALS));
      }
    }
    book.truncate(10);
    assert.equal(krakenChecksum(book), Number(checksum));
    verified++;
  }
  assert.ok(verified >= 300, `${verified} checksums`);
});
