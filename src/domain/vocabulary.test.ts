import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VENUE_REJECT_CODES } from './execution.ts';
import { isFinalStatus, ORDER_STATUSES } from './order.ts';
import { oppositeSide, sideSign } from './side.ts';
import { parseVenueId, VENUE_IDS } from './venue.ts';

test('buy is +1, sell is -1, and each is the other of the other', () => {
  assert.deepEqual([sideSign('buy'), sideSign('sell')], [1, -1]);
  assert.deepEqual([oppositeSide('buy'), oppositeSide('sell')], ['sell', 'buy']);
});

test('an order is final when nothing more is expected of it', () => {
  assert.deepEqual(ORDER_STATUSES.filter(isFinalStatus), ['FILLED', 'CANCELED', 'REJECTED', 'EXPIRED']);
});

test('every venue id parses to itself', () => {
  for (const id of VENUE_IDS) assert.equal(parseVenueId(id), id);
  assert.equal(parseVenueId('ccxt:bitstamp'), 'ccxt:bitstamp');
});

test('what is no venue id is refused', () => {
  const texts = [
    '',
    'binance',
    'BINANCE-USDM',
    'sim ',
    'ccxt:',
    'ccxt:Bad',
    'ccxt:a b',
    `ccxt:${'a'.repeat(41)}`,
    'ccxt:../x',
  ];
  for (const text of texts) assert.equal(parseVenueId(text), undefined, `'${text}'`);
});

test('words that end in columns and metrics are single and never repeated', () => {
  for (const words of [VENUE_REJECT_CODES, ORDER_STATUSES, VENUE_IDS] as readonly (readonly string[])[]) {
    assert.equal(new Set(words).size, words.length);
    for (const word of words) assert.match(word, /^[A-Za-z][\w-]*$/);
  }
});
