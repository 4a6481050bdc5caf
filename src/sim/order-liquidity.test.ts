/** First in, first out on a recorded level-3 book: the place of an own order is exact (M96 to M98). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import type { MarketEvent, Side } from '#domain';
import { testSeed } from '../../test/support/property.ts';
import { OrderLiquidity } from './order-liquidity.ts';
import type { SimOrder } from './sim-order.ts';
import {
  assertResumable,
  book,
  bookOrder,
  type Command,
  fills,
  limit,
  order,
  play,
  print,
  testWorld,
} from './test/market-builders.ts';
import { OrderMarket } from './test/order-market.ts';

const SEED = testSeed();

/** Bids at 990: a 20, b 30; ask at 1010: c 40, d 10. */
const BOOK: readonly MarketEvent[] = [
  bookOrder(0, 'a', 'buy', 990, 20),
  bookOrder(0, 'b', 'buy', 990, 30),
  bookOrder(0, 'c', 'sell', 1010, 40),
  bookOrder(0, 'd', 'sell', 1010, 10),
];

function run(events: readonly MarketEvent[], script: readonly Command[]): string[] {
  return fills(play(testWorld([...BOOK, ...events]), script));
}

const JOIN: readonly Command[] = [{ afterUs: 1, submit: limit('l', 'buy', 990, { qtyLots: 10 }) }];

test('M96 who came later stands behind, whoever leaves', () => {
  const later = bookOrder(2, 'e', 'buy', 990, 100);
  const gone = [later, bookOrder(3, 'a', 'buy', 990, 0), bookOrder(4, 'b', 'buy', 990, 25, 'modify')];
  assert.deepEqual(run([...gone, print(5, 990, 25, 'sell')], JOIN), []);
  assert.deepEqual(run([...gone, print(5, 990, 29, 'sell')], JOIN), ['5 l buy 4@990 maker']);
  // Who leaves from behind, moves away or grows takes nothing from the way but what stood there.
  const moved = [later, bookOrder(3, 'e', 'buy', 990, 0), bookOrder(4, 'a', 'buy', 980, 20, 'modify')];
  assert.deepEqual(run([...moved, print(5, 990, 31, 'sell')], JOIN), ['5 l buy 1@990 maker']);
  const grown = bookOrder(4, 'a', 'buy', 990, 90, 'modify');
  assert.deepEqual(run([grown, print(5, 990, 31, 'sell')], JOIN), ['5 l buy 1@990 maker']);
});

test('M97 a print and the orders that it executed count once, whichever is told first', () => {
  const tradeFirst = [print(2, 990, 20, 'sell'), bookOrder(2, 'a', 'buy', 990, 0), print(3, 990, 30, 'sell')];
  assert.deepEqual(run(tradeFirst, JOIN), []);
  assert.deepEqual(run([...tradeFirst, print(4, 990, 1, 'sell')], JOIN), ['4 l buy 1@990 maker']);
  const bookFirst = [bookOrder(2, 'a', 'buy', 990, 0), print(2, 990, 20, 'sell')];
  assert.deepEqual(run([...bookFirst, print(3, 990, 30, 'sell')], JOIN), []);
  assert.deepEqual(run([...bookFirst, print(3, 990, 32, 'sell')], JOIN), ['3 l buy 2@990 maker']);
});

test('M98 takers take order after order; what was taken from an order stays gone while it stands', () => {
  const script: readonly Command[] = [
    { afterUs: 1, submit: order('m', { qtyLots: 45 }) },
    { afterUs: 3, submit: limit('n', 'buy', 1010, { qtyLots: 30, timeInForce: 'IOC' }) },
    { afterUs: 6, submit: limit('o', 'buy', 1010, { qtyLots: 30, timeInForce: 'IOC' }) },
  ];
  const events = [
    bookOrder(2, 'e', 'sell', 1010, 7),
    // Told smaller, d has no more left than before: 5 of its 10 were taken, 5 remain, and the taken ones may be those.
    bookOrder(4, 'd', 'sell', 1010, 5, 'modify'),
    bookOrder(5, 'f', 'sell', 1010, 3),
  ];
  assert.deepEqual(run(events, script), [
    '1 m buy 45@1010 taker',
    '3 n buy 12@1010 taker',
    '6 o buy 3@1010 taker',
  ]);
});

test('M98 the other side of the book fills what it reaches', () => {
  const events = [
    bookOrder(2, 'a', 'buy', 990, 0),
    bookOrder(2, 'b', 'buy', 990, 0),
    bookOrder(3, 'e', 'sell', 990, 4),
  ];
  assert.deepEqual(run(events, JOIN), ['3 l buy 4@990 maker']);
});

test('M98 a book that is told anew stands before own orders', () => {
  const again = [book(2, true, [], []), bookOrder(2, 'a', 'buy', 990, 20), bookOrder(3, 'g', 'buy', 990, 50)];
  assert.deepEqual(run([...again, print(4, 990, 20, 'sell')], JOIN), []);
  assert.deepEqual(run([...again, print(4, 990, 22, 'sell')], JOIN), ['4 l buy 2@990 maker']);
});

test('M40 a market order by order restored from its saved state goes on as the saved one', () => {
  const { record } = drawMarkets(new Prng(SEED).split('resume'), false, 120);
  const script: Command[] = Array.from({ length: 20 }, (_, i) => ({
    afterUs: i * 60 + 5,
    submit:
      i % 3 === 0
        ? order(`o${i}`, { side: i % 2 ? 'buy' : 'sell', qtyLots: 15 })
        : limit(`o${i}`, i % 2 ? 'buy' : 'sell', i % 2 ? 996 + (i % 4) : 1001 + (i % 4), { qtyLots: 25 }),
  }));
  assertResumable(() => testWorld(record), script);
});

interface Drawn {
  readonly record: readonly MarketEvent[];
  readonly expected: readonly string[];
  readonly own: {
    readonly side: Side;
    readonly priceTicks: number;
    readonly lots: number;
    readonly atUs: number;
  };
  readonly joined: { readonly lots: number; readonly orders: number };
}

/** The same random flow in two markets: one with an own order, which says when it fills, one without, which makes the record. */
function drawMarkets(prng: Prng, isBookFirst: boolean, count: number): Drawn {
  const [truth, recorded] = [new OrderMarket(isBookFirst), new OrderMarket(isBookFirst)];
  const both = (what: (market: OrderMarket) => void): void => {
    for (const market of [truth, recorded]) what(market);
  };
  const side: Side = prng.uniform() < 0.5 ? 'buy' : 'sell';
  const own = {
    side,
    priceTicks: side === 'buy' ? prng.integer(997, 1000) : prng.integer(1001, 1004),
    lots: prng.integer(1, 30),
    atUs: 10 * prng.integer(15, Math.floor(count / 2)),
  };
  // So deep that no taker runs dry: what a record does not show, no matcher can know.
  both((market) => market.add({ id: 'floor', side: 'buy', priceTicks: 900, lots: 1_000_000 }, 0));
  both((market) => market.add({ id: 'roof', side: 'sell', priceTicks: 1100, lots: 1_000_000 }, 0));
  let joined = { lots: 0, orders: 0 };
  for (let at = 1; at < count; at++) {
    const us = at * 10;
    // Nobody crosses the own order when it comes: it rests at once.
    const draw = prng.uniform();
    const bids = prng.uniform() < 0.5;
    const lots = prng.integer(1, 15);
    const priceTicks = bids ? prng.integer(996, 1001) : prng.integer(1000, 1005) + 1;
    const ids = recorded.ids();
    const id = ids[prng.integer(0, Math.max(1, ids.length))];
    if (draw < 0.5)
      both((market) => market.add({ id: `o${at}`, side: bids ? 'buy' : 'sell', priceTicks, lots }, us));
    else if (draw < 0.75 && id !== undefined && id !== 'floor' && id !== 'roof')
      both((market) => market.reduce(id, lots, us));
    else both((market) => market.take(bids ? 'sell' : 'buy', bids ? 1 : 2000, lots, us));
    if (us === own.atUs) {
      truth.add({ id: 'own', ...own }, us + 5);
      joined = truth.ahead('own');
    }
  }
  const expected = truth.fills
    .filter((fill) => fill.id === 'own')
    .map(({ atUs, lots }) => `${atUs} own ${own.side} ${lots}@${own.priceTicks} maker`);
  return { record: recorded.record, expected, own, joined };
}

/** Fills of one moment and price as one. */
function merged(lines: readonly string[]): readonly string[] {
  const sums = new Map<string, number>();
  for (const line of lines) {
    const [, head = '', lots = '0', tail = ''] = /^(.* )(\d+)(@.*)$/.exec(line) ?? [];
    const key = `${head}|${tail}`;
    sums.set(key, (sums.get(key) ?? 0) + Number(lots));
  }
  return [...sums].map(([key, lots]) => key.replace('|', String(lots)));
}

for (const isBookFirst of [false, true]) {
  const how = isBookFirst ? 'the book is told before the trade' : 'the trade is told before the book';
  test(`M96 an own order fills when and as much as in a true market, ${how} (SEED=${SEED})`, () => {
    const prng = new Prng(SEED).split(how);
    let filled = 0;
    let waited = 0;
    for (let round = 0; round < 400; round++) {
      const { expected, joined, own, record } = drawMarkets(prng, isBookFirst, 120);
      const submit = limit('own', own.side, own.priceTicks, { qtyLots: own.lots });
      const found = fills(play(testWorld(record), [{ afterUs: own.atUs + 5, submit }]));
      assert.deepEqual(merged(found), merged(expected), `round ${round}`);
      filled += expected.length;
      if (joined.orders > 0) waited++;
    }
    assert.ok(filled > 500 && waited > 150, `${filled} fills, ${waited} orders waited behind others`);
  });
}

test('M96 an order knows what stood before it when it joined', () => {
  const liquidity = new OrderLiquidity();
  for (const event of BOOK) liquidity.onEvent(event, [], 0);
  const own = { seq: 1, side: 'buy', priceTicks: 990, phase: 'resting' } as SimOrder;
  liquidity.join(own);
  assert.deepEqual([own.joinedLots, own.joinedOrders, own.queueAheadLots], [50, 2, 50]);
});
