import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import type { Side } from '#domain';
import { L3Book } from './l3-book.ts';

const SEED = Number(process.env.SEED ?? 20261125);

function idsAt(book: L3Book, side: Side, priceTicks: number): string[] {
  const ids: string[] = [];
  for (let order = book.firstOrder(side, priceTicks); order !== null; order = order.next)
    ids.push(order.orderId);
  return ids;
}

test('orders of a price stand in the order of their arrival and add up to its level', () => {
  const book = new L3Book();
  assert.equal(book.add('buy', 'a', 100, 5), 'added');
  assert.equal(book.add('buy', 'b', 100, 7), 'added');
  assert.equal(book.add('buy', 'c', 101, 1), 'added');
  assert.deepEqual(idsAt(book, 'buy', 100), ['a', 'b']);
  assert.equal(book.levels.qtyLotsOf('buy', 100), 12);
  assert.equal(book.levels.bestBidTicks, 101);
  assert.deepEqual(book.queuePosition('b'), { ordersAhead: 1, lotsAhead: 5 });
  assert.equal(book.delete('a'), 'deleted');
  assert.deepEqual(book.queuePosition('b'), { ordersAhead: 0, lotsAhead: 0 });
  assert.equal(book.delete('b'), 'deleted');
  assert.equal(book.levels.levelCount('buy'), 1);
});

test('a smaller quantity keeps the place, a greater one and another price lose it', () => {
  const book = new L3Book();
  for (const id of ['a', 'b', 'c']) book.add('sell', id, 50, 10);
  assert.equal(book.modify('a', 50, 4), 'modified');
  assert.deepEqual(idsAt(book, 'sell', 50), ['a', 'b', 'c']);
  assert.equal(book.levels.qtyLotsOf('sell', 50), 24);
  book.modify('a', 50, 5);
  assert.deepEqual(idsAt(book, 'sell', 50), ['b', 'c', 'a']);
  book.modify('b', 51, 10);
  assert.deepEqual(idsAt(book, 'sell', 50), ['c', 'a']);
  assert.deepEqual(idsAt(book, 'sell', 51), ['b']);
  assert.equal(book.levels.qtyLotsOf('sell', 50), 15);
  assert.equal(book.orderOf('b')?.priceTicks, 51);
  assert.equal(book.modify('b', 51, 0), 'deleted');
});

test('changes of unknown orders change nothing and say so', () => {
  const book = new L3Book();
  assert.equal(book.modify('x', 5, 5), 'unknown');
  assert.equal(book.delete('x'), 'unknown');
  assert.equal(book.queuePosition('x'), null);
  assert.equal(book.orderOf('x'), null);
});

test('an order that is told twice rests once, one that has changed sides moves', () => {
  const book = new L3Book();
  book.add('buy', 'a', 100, 5);
  assert.equal(book.add('buy', 'a', 100, 5), 'modified');
  assert.equal(book.levels.qtyLotsOf('buy', 100), 5);
  assert.equal(book.add('sell', 'a', 102, 5), 'added');
  assert.equal(book.orderCount, 1);
  assert.equal(book.levels.levelCount('buy'), 0);
  assert.equal(book.levels.qtyLotsOf('sell', 102), 5);
});

test('what is no order is refused as damaged and changes nothing', () => {
  const book = new L3Book();
  book.add('buy', 'a', 100, 5);
  for (const [price, lots] of [
    [0, 1],
    [-1, 1],
    [1.5, 1],
    [100, -1],
    [100, Number.NaN],
    [100, Number.MAX_SAFE_INTEGER],
  ] as const) {
    assert.equal(book.add('buy', 'b', price, lots), 'damaged');
    assert.equal(book.modify('a', price, lots), price === 100 && lots > 0 ? 'modified' : 'damaged');
    book.modify('a', 100, 5);
  }
  assert.equal(book.add('buy', 'b', 100, 0), 'damaged');
  assert.equal(book.orderCount, 1);
});

test('a full side gives up the last order of its worst price for a better one and refuses the others', () => {
  const book = new L3Book(3);
  for (const id of ['a', 'b']) book.add('buy', id, 100, 1);
  book.add('buy', 'c', 101, 1);
  assert.equal(book.add('buy', 'd', 100, 1), 'refused');
  assert.equal(book.add('buy', 'd', 99, 1), 'refused');
  assert.equal(book.add('sell', 'e', 105, 1), 'added');
  assert.equal(book.add('buy', 'd', 102, 1), 'added');
  assert.deepEqual(idsAt(book, 'buy', 100), ['a']);
  assert.equal(book.delete('b'), 'unknown');
});

test('a cut keeps the best prices with all their orders', () => {
  const book = new L3Book();
  for (let i = 0; i < 5; i++) {
    book.add('buy', `b${i}`, 100 - i, 1);
    book.add('buy', `c${i}`, 100 - i, 2);
    book.add('sell', `s${i}`, 101 + i, 1);
  }
  book.truncate(2);
  assert.equal(book.orderCount, 6);
  assert.deepEqual(idsAt(book, 'buy', 99), ['b1', 'c1']);
  assert.equal(book.levels.levelCount('sell'), 2);
  assert.equal(book.delete('b4'), 'unknown');
  book.clear();
  assert.equal(book.orderCount, 0);
  assert.equal(book.add('buy', 'b0', 100, 1), 'added');
});

test('changes are applied as a venue tells them', () => {
  const book = new L3Book();
  const order = { side: 'buy', orderId: 'a', priceTicks: 100, qtyLots: 5 } as const;
  assert.equal(book.apply({ action: 'add', ...order }), 'added');
  assert.equal(book.apply({ action: 'modify', ...order, qtyLots: 3 }), 'modified');
  assert.equal(book.apply({ action: 'delete', ...order, qtyLots: 0 }), 'deleted');
});

interface NaiveOrder {
  id: string;
  side: Side;
  priceTicks: number;
  qtyLots: number;
}

/** The slow truth: all orders in one list in the order of their priority in time. */
function naiveChange(orders: NaiveOrder[], order: NaiveOrder): void {
  const at = orders.findIndex(({ id }) => id === order.id);
  if (at >= 0) {
    const known = orders[at]!;
    const keeps = known.side === order.side && known.priceTicks === order.priceTicks;
    if (order.qtyLots > 0 && keeps && order.qtyLots <= known.qtyLots) {
      known.qtyLots = order.qtyLots;
      return;
    }
    orders.splice(at, 1);
  }
  if (order.qtyLots > 0) orders.push({ ...order });
}

test(`a book of orders equals a naive one, saved and restored in between (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  let book = new L3Book();
  const naive: NaiveOrder[] = [];
  for (let i = 0; i < 6000; i++) {
    const order: NaiveOrder = {
      id: `o${prng.integer(0, 120)}`,
      side: prng.uniform() < 0.5 ? 'buy' : 'sell',
      priceTicks: prng.integer(90, 110),
      qtyLots: prng.integer(0, 6),
    };
    if (order.qtyLots === 0) book.delete(order.id);
    else book.add(order.side, order.id, order.priceTicks, order.qtyLots);
    naiveChange(naive, order);
    if (i % 500 === 250) {
      const copy = new L3Book();
      copy.add('buy', 'old', 1, 1);
      copy.loadState(structuredClone(book.saveState()));
      book = copy;
    }
    if (i % 20 === 0) compare(book, naive);
  }
  compare(book, naive);
});

function compare(book: L3Book, naive: readonly NaiveOrder[]): void {
  assert.equal(book.orderCount, naive.length);
  for (const side of ['buy', 'sell'] as const) {
    for (let price = 90; price < 110; price++) {
      const queue = naive.filter((order) => order.side === side && order.priceTicks === price);
      assert.deepEqual(
        idsAt(book, side, price),
        queue.map(({ id }) => id),
      );
      const lots = queue.reduce((sum, { qtyLots }) => sum + qtyLots, 0);
      assert.equal(book.levels.qtyLotsOf(side, price), lots);
      const last = queue.at(-1);
      if (last !== undefined) {
        const position = { ordersAhead: queue.length - 1, lotsAhead: lots - last.qtyLots };
        assert.deepEqual(book.queuePosition(last.id), position);
      }
    }
  }
}
