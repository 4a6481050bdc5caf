import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MarketEvent } from '#domain';
import {
  assertResumable,
  book,
  type Command,
  fills,
  limit,
  order,
  play,
  print,
  stop,
  testWorld,
  told,
} from './test/market-builders.ts';

/** 99: 50, 98: 50 | 101: 30, 102: 40, 105: 100. */
const SNAPSHOT = book(0, true, [990, 50, 980, 50], [1010, 30, 1020, 40, 1050, 100]);

function run(events: readonly MarketEvent[], script: readonly Command[]): string[] {
  return fills(play(testWorld([SNAPSHOT, ...events]), script));
}

test('M29 takers walk the book and what they took stays taken until the level changes', () => {
  const script = [
    { afterUs: 1, submit: order('a', { qtyLots: 50 }) },
    { afterUs: 2, submit: order('b', { qtyLots: 30 }) },
    { afterUs: 4, submit: order('c', { qtyLots: 30 }) },
  ];
  assert.deepEqual(run([book(3, false, [], [1010, 25])], script), [
    '1 a buy 30@1010 taker',
    '1 a buy 20@1020 taker',
    '2 b buy 20@1020 taker',
    '2 b buy 10@1050 taker',
    '4 c buy 25@1010 taker',
    '4 c buy 5@1050 taker',
  ]);
});

test('M29 the rest of a market order has no liquidity, the rest of a limit order rests', () => {
  const script = [
    { afterUs: 1, submit: order('m', { qtyLots: 200 }) },
    { afterUs: 3, submit: limit('l', 'buy', 1020, { qtyLots: 100 }) },
    { afterUs: 4, submit: limit('f', 'sell', 985, { qtyLots: 60, timeInForce: 'FOK' }) },
    { afterUs: 5, submit: limit('i', 'sell', 985, { qtyLots: 60, timeInForce: 'IOC' }) },
  ];
  const seen = told(play(testWorld([SNAPSHOT, book(2, true, [990, 50], [1010, 30])]), script));
  assert.deepEqual(seen, [
    'order-accepted m',
    'fill m 30@1010 taker',
    'fill m 40@1020 taker',
    'fill m 100@1050 taker',
    'order-expired m no_liquidity',
    'order-accepted l',
    'fill l 30@1010 taker',
    'order-rejected f self_trade',
    'order-rejected i self_trade',
  ]);
});

test('M10 immediate orders on a book never wait', () => {
  const script = [
    { afterUs: 1, submit: limit('f', 'sell', 985, { qtyLots: 60, timeInForce: 'FOK' }) },
    { afterUs: 2, submit: limit('i', 'sell', 985, { qtyLots: 60, timeInForce: 'IOC' }) },
    { afterUs: 3, submit: limit('p', 'sell', 980, { timeInForce: 'GTX' }) },
  ];
  assert.deepEqual(told(play(testWorld([SNAPSHOT]), script)), [
    'order-rejected f fok_unfilled',
    'order-accepted i',
    'fill i 50@990 taker',
    'order-expired i not_filled_at_once',
    'order-rejected p post_only_would_take',
  ]);
});

test('M30 an order waits behind the displayed quantity', () => {
  const script = [{ afterUs: 1, submit: limit('l', 'buy', 990, { qtyLots: 20 }) }];
  assert.deepEqual(run([print(2, 990, 50, 'sell')], script), []);
  assert.deepEqual(run([print(2, 990, 65, 'sell')], script), ['2 l buy 15@990 maker']);
  assert.deepEqual(run([print(2, 990, 65, 'buy')], script), []);
  assert.deepEqual(run([print(2, 980, 5, 'sell')], script), ['2 l buy 5@990 maker']);
});

test('M30 cancels count only when the level is smaller than the queue ahead', () => {
  const script = [{ afterUs: 1, submit: limit('l', 'buy', 990, { qtyLots: 20 }) }];
  // Others join and leave behind us: 50 ahead still.
  const grown = [book(2, false, [990, 90], []), book(3, false, [990, 55], []), print(4, 990, 50, 'sell')];
  assert.deepEqual(run(grown, script), []);
  const shrunk = [book(2, false, [990, 12], []), print(4, 990, 20, 'sell')];
  assert.deepEqual(run(shrunk, script), ['4 l buy 8@990 maker']);
});

test('M31 the other side of the book fills what it reaches, at the resting price', () => {
  const script = [
    { afterUs: 1, submit: limit('l', 'buy', 990, { qtyLots: 20 }) },
    { afterUs: 1, submit: limit('k', 'buy', 990, { qtyLots: 20 }) },
  ];
  const events = [book(2, false, [990, 0], [985, 30]), book(3, false, [], [985, 0, 990, 5])];
  assert.deepEqual(run(events, script), [
    '2 l buy 20@990 maker',
    '2 k buy 10@990 maker',
    '3 k buy 5@990 maker',
  ]);
});

test('M32 triggers follow the prints, without prints the middle of the book', () => {
  const script = [{ afterUs: 1, submit: stop('s', 'sell', 985) }];
  const lower = book(2, true, [970, 40], [985, 40]);
  assert.deepEqual(run([lower], script), ['2 s sell 10@970 taker']);
  const printed = [print(0, 1000, 1, 'buy'), lower, print(3, 984, 1, 'sell')];
  assert.deepEqual(run(printed, script), ['3 s sell 10@970 taker']);
});

test('M6 without a book there is no price', () => {
  const script = [{ afterUs: 1, submit: order('m') }];
  assert.deepEqual(told(play(testWorld([book(2, true, [990, 1], [1000, 1])]), script)), [
    'order-rejected m no_liquidity',
  ]);
});

test('M40 a book market restored from its saved state goes on as the saved one', () => {
  const events: MarketEvent[] = [SNAPSHOT];
  for (let i = 1; i < 200; i++) {
    const bid = 985 + ((i * 5) % 9);
    if (i % 4 === 0) events.push(print(i * 10, bid, 5 + (i % 40), i % 8 === 0 ? 'sell' : 'buy'));
    else
      events.push(
        book(i * 10, false, [bid, (i * 13) % 60, bid - 3, 20], [bid + 12, (i * 17) % 50, bid + 9, 0]),
      );
  }
  const script: Command[] = Array.from({ length: 30 }, (_, i) => ({
    afterUs: i * 60 + 5,
    submit:
      i % 3 === 0
        ? order(`o${i}`, { side: i % 2 ? 'buy' : 'sell', qtyLots: 15 })
        : limit(`o${i}`, i % 2 ? 'buy' : 'sell', i % 2 ? 985 + (i % 5) : 1003 + (i % 5), { qtyLots: 25 }),
  }));
  assertResumable(() => testWorld(events), script);
});
