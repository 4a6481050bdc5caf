import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import {
  assertResumable,
  type Command,
  fills,
  limit,
  order,
  play,
  print,
  stop,
  TEST_RULE,
  target,
  testRules,
  testSpec,
  testWorld,
  told,
} from './test/market-builders.ts';

const S = US_PER_SECOND;
/** 1000 lots at 1000: levels of 100 lots, at most 500 for takers a minute. */
const FIRST = print(0, 1000, 1000, 'buy');

function run(prints: Parameters<typeof testWorld>[0], script: readonly Command[]): string[] {
  return fills(play(testWorld(prints, { rules: testRules({ depthRule: TEST_RULE }) }), script));
}

test('M26 takers walk the ladder around the last print, within their share of the minute', () => {
  const script = [{ afterUs: S, submit: order('m', { qtyLots: 700 }) }];
  const got = run([FIRST, print(2 * S, 1010, 100, 'buy'), print(61 * S, 1020, 1200, 'sell')], script);
  assert.deepEqual(got, [
    ...[1001, 1002, 1003, 1004, 1005].map((ticks) => `1000000 m buy 100@${ticks} taker`),
    // 1100 lots so far this minute: 50 more, on levels that have grown to 110, 2 ticks apart at this price.
    '2000000 m buy 50@1020 taker',
    // A new minute, larger levels of 120.
    '61000000 m buy 120@1022 taker',
    '61000000 m buy 30@1024 taker',
  ]);
});

test('M26 a market that has been quiet for a minute is met at its next print', () => {
  const script = [
    { afterUs: 70 * S, submit: order('m') },
    { afterUs: 70 * S, submit: limit('i', 'buy', 2000, { timeInForce: 'IOC' }) },
    { afterUs: 70 * S, submit: limit('f', 'buy', 2000, { timeInForce: 'FOK' }) },
  ];
  const seen = play(testWorld([FIRST, print(90 * S, 1100, 1000, 'buy')]), script);
  assert.deepEqual(fills(seen), ['90000000 m buy 10@1102 taker']);
  assert.ok(told(seen).includes('order-expired i no_liquidity'));
  assert.ok(told(seen).includes('order-rejected f fok_unfilled'));
});

test('M27 a resting order waits for the queue ahead and fills at once when traded through', () => {
  // The assumed queue is one level of 100 lots.
  const script = [{ afterUs: S, submit: limit('l', 'buy', 995, { qtyLots: 50 }) }];
  const at = (lots: number, side: 'buy' | 'sell' = 'sell') => print(2 * S, 995, lots, side);
  assert.deepEqual(run([FIRST, at(100)], script), []);
  assert.deepEqual(run([FIRST, at(120)], script), ['2000000 l buy 20@995 maker']);
  assert.deepEqual(run([FIRST, at(500, 'buy')], script), []);
  assert.deepEqual(run([FIRST, at(60), print(3 * S, 995, 60, 'sell')], script), [
    '3000000 l buy 20@995 maker',
  ]);
  assert.deepEqual(run([FIRST, print(2 * S, 994, 30, 'sell')], script), ['2000000 l buy 30@995 maker']);
  assert.deepEqual(run([FIRST, print(2 * S, 994, 500, 'buy')], script), ['2000000 l buy 50@995 maker']);
});

test('M27 an order that joins in a thin minute stands behind those that joined before it at its price', () => {
  const script = [
    { afterUs: S, submit: limit('a', 'buy', 990, { qtyLots: 50 }) },
    { afterUs: 162 * S, submit: limit('b', 'buy', 990, { qtyLots: 50 }) },
  ];
  const thin = [FIRST, print(161 * S, 1000, 20, 'buy')];
  assert.deepEqual(run([...thin, print(170 * S, 990, 30, 'sell')], script), []);
  assert.deepEqual(run([...thin, print(170 * S, 990, 160, 'sell')], script), [
    '170000000 a buy 50@990 maker',
    '170000000 b buy 10@990 maker',
  ]);
});

test('M42 a late print counts in the present minute and renews nothing', () => {
  const base = [FIRST, print(41 * S, 1000, 1000, 'buy'), print(42 * S, 1000, 1000, 'buy')];
  const script = [{ afterUs: 43 * S, submit: order('m', { qtyLots: 300 }) }];
  const next = print(50 * S, 1000, 1, 'buy');
  const late = print(39_900_000, 1000, 1, 'buy');
  assert.deepEqual(run([...base, late, next], script), run([...base, next], script));
  // Half of a minute's volume is the share of own orders, however late prints come.
  const greedy = [{ afterUs: 42 * S, submit: order('m', { qtyLots: 3000 }) }];
  const disordered = [
    FIRST,
    print(41 * S, 1000, 1000, 'buy'),
    late,
    print(44 * S, 1000, 1, 'buy'),
    late,
    print(46 * S, 1000, 1, 'buy'),
  ];
  const lots = run(disordered, greedy).map((fill) => Number(/buy (\d+)@/.exec(fill)?.[1]));
  assert.ok(lots.reduce((sum, one) => sum + one, 0) <= 505, `${lots} of 1,003 lots`);
});

test('M28 own orders share the quantity of a print, best price and earliest first', () => {
  const script = [
    { afterUs: S, submit: limit('a', 'sell', 1006, { qtyLots: 40 }) },
    { afterUs: S, submit: limit('b', 'sell', 1005, { qtyLots: 40 }) },
    { afterUs: S, submit: limit('c', 'sell', 1005, { qtyLots: 40 }) },
  ];
  assert.deepEqual(run([FIRST, print(2 * S, 1008, 100, 'buy')], script), [
    '2000000 b sell 40@1005 maker',
    '2000000 c sell 40@1005 maker',
    '2000000 a sell 20@1006 maker',
  ]);
  // 170 lots at 1005: 100 were ahead of both; b has 40 of the rest, c what is left.
  assert.deepEqual(run([FIRST, print(2 * S, 1005, 170, 'buy')], script), [
    '2000000 b sell 40@1005 maker',
    '2000000 c sell 30@1005 maker',
  ]);
});

test('M20 triggers act on prints at the worse of trigger and print', () => {
  const script = [
    { afterUs: S, submit: stop('s', 'sell', 990) },
    { afterUs: S, submit: target('t', 'buy', 985) },
  ];
  assert.deepEqual(run([FIRST, print(2 * S, 980, 1000, 'sell')], script), [
    '2000000 s sell 10@979 taker',
    '2000000 t buy 10@986 taker',
  ]);
});

test('M9 a reduce-only rest expires when a print has flattened the position', () => {
  const script = [
    { afterUs: S, submit: order('a', { qtyLots: 20 }) },
    { afterUs: S + 1, submit: limit('r', 'sell', 1010, { qtyLots: 30, reduceOnly: true }) },
  ];
  const seen = play(testWorld([FIRST, print(2 * S, 1011, 100, 'buy')]), script);
  assert.deepEqual(told(seen).slice(-2), ['fill r 20@1010 maker', 'order-expired r reduce_only']);
});

test('prints finer than the lot step fill whole steps only', () => {
  const world = testWorld([FIRST, print(2 * S, 994, 35, 'sell')], {
    specs: [testSpec({ lotSize: '1', qtyMin: '1' })],
  });
  const script = [{ afterUs: S, submit: limit('l', 'buy', 995, { qtyLots: 50 }) }];
  assert.deepEqual(fills(play(world, script)), ['2000000 l buy 30@995 maker']);
});

test('M40 a trade market restored from its saved state goes on as the saved one', () => {
  const prints = Array.from({ length: 60 }, (_, i) =>
    print(i * 5 * S, 1000 + ((i * 7) % 13) - 6, 50 + ((i * 31) % 90), i % 3 === 0 ? 'buy' : 'sell'),
  );
  const script: Command[] = Array.from({ length: 20 }, (_, i) => ({
    afterUs: i * 14 * S + 1,
    submit:
      i % 2 === 1
        ? limit(`o${i}`, i % 4 === 1 ? 'buy' : 'sell', 1000 + (i % 5) - 2, { qtyLots: 60 })
        : order(`o${i}`, { qtyLots: 90 }),
  }));
  assertResumable(() => testWorld(prints), script);
});
