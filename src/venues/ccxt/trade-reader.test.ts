import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CcxtFault } from './ccxt-fault.ts';
import { instrumentOf } from './test/feed-stage.ts';
import { TradeReader } from './trade-reader.ts';

const NOW_US = 1_700_000_000_000_000;
const TRADE = { id: '1', timestamp: NOW_US / 1_000, side: 'buy', price: 1.5, amount: 2 };

test('ids are remembered up to a bound, the oldest is forgotten first', () => {
  const reader = new TradeReader(instrumentOf('A/B', 0), 3);
  for (const id of ['1', '2', '3']) assert.notEqual(reader.read({ ...TRADE, id }, NOW_US), null);
  assert.equal(reader.read({ ...TRADE, id: '1' }, NOW_US), null);
  assert.notEqual(reader.read({ ...TRADE, id: '4' }, NOW_US), null);
  assert.notEqual(reader.read({ ...TRADE, id: '1' }, NOW_US), null, 'it was forgotten');
  assert.equal(reader.duplicateCount, 1);
});

test('trades without numbers are numbered by their moments, each by itself', () => {
  const reader = new TradeReader(instrumentOf('A/B', 0), 10);
  const numbers = ['x', 'y', undefined, '12345678901234567890'].map(
    (id) => reader.read({ ...TRADE, id }, NOW_US)?.tradeId,
  );
  assert.deepEqual(numbers, [NOW_US, NOW_US + 1, NOW_US + 2, NOW_US + 3]);
});

test('a trade without a side of the taker, a price or a quantity is refused and not remembered', () => {
  const reader = new TradeReader(instrumentOf('A/B', 0), 10);
  for (const wrong of [
    { side: undefined },
    { side: 'both' },
    { price: 0 },
    { price: 1.001 },
    { amount: 0 },
    { amount: -1 },
  ])
    assert.throws(() => reader.read({ ...TRADE, ...wrong }, NOW_US), CcxtFault);
  assert.notEqual(reader.read(TRADE, NOW_US), null);
});
