import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import {
  BAR_US,
  type Bar,
  type Command,
  candle,
  fills,
  limit,
  order,
  play,
  stop,
  TEST_RULE,
  target,
  testRules,
  testWorld,
  told,
} from './test/market-builders.ts';

const S = US_PER_SECOND;
/** A rising bar: 1000 -> 960 (25 s) -> 1040 (75 s) -> 1020 (100 s). Volume 6000 lots: 3600 a minute, 360 a level, 750 or 1500 a segment. */
const RISING: Bar = [1000, 1040, 960, 1020, 6000];
const FALLING: Bar = [1000, 1040, 960, 980, 6000];
/** A bar that stands at 1000 on the same volume. */
const FLAT: Bar = [1000, 1000, 1000, 1000, 6000];

function run(bars: readonly (Bar | null)[], script: readonly Command[], rules = testRules()): string[] {
  const events = bars.flatMap((bar, at) => (bar === null ? [] : [candle(at, bar)]));
  return fills(play(testWorld(events, { rules }), script));
}

test('M12 M17 a market order trades half a spread from the path price of its moment', () => {
  // 12.5 s: halfway from 1000 to 960.
  assert.deepEqual(run([RISING], [{ afterUs: 12.5 * S, submit: order('a') }]), [
    '12500000 a buy 10@981 taker',
  ]);
  // 50 s: halfway from 960 to 1040.
  assert.deepEqual(run([RISING], [{ afterUs: 50 * S, submit: order('a', { side: 'sell' }) }]), [
    '50000000 a sell 10@999 taker',
  ]);
  // 87.5 s: halfway from 1040 to 1020.
  assert.deepEqual(run([RISING], [{ afterUs: 87.5 * S, submit: order('a') }]), [
    '87500000 a buy 10@1032 taker',
  ]);
});

test('M13 flat, a rising bar falls first and a falling bar rises first', () => {
  const script = [{ afterUs: 25 * S, submit: order('a') }];
  assert.deepEqual(run([RISING], script), ['25000000 a buy 10@961 taker']);
  assert.deepEqual(run([FALLING], script), ['25000000 a buy 10@1042 taker']);
});

test('M13 a bar that holds stop and target hits the stop of a long and of a short', () => {
  for (const bar of [RISING, FALLING]) {
    const long = [
      { afterUs: 0, submit: order('a') },
      { afterUs: 1, submit: stop('sl', 'sell', 970, { reduceOnly: true }) },
      { afterUs: 1, submit: target('tp', 'sell', 1030, { reduceOnly: true }) },
    ];
    assert.match(run([FLAT, bar], long).at(-1)!, / sl sell 10@969 taker/);
    const short = [
      { afterUs: 0, submit: order('a', { side: 'sell' }) },
      { afterUs: 1, submit: stop('sl', 'buy', 1030, { reduceOnly: true }) },
      { afterUs: 1, submit: target('tp', 'buy', 970, { reduceOnly: true }) },
    ];
    assert.match(run([FLAT, bar], short).at(-1)!, / sl buy 10@1032 taker/);
  }
});

test('M13 a position opened in the first segment turns the path to its adverse extreme', () => {
  // A falling bar would rise first; the long entry at the open makes it fall first, from where it is.
  const script = [
    { afterUs: 0, submit: order('a') },
    { afterUs: 0, submit: stop('sl', 'sell', 970, { reduceOnly: true }) },
    { afterUs: 0, submit: target('tp', 'sell', 1030, { reduceOnly: true }) },
  ];
  assert.deepEqual(run([FALLING], script), ['0 a buy 10@1001 taker', '18750000 sl sell 10@969 taker']);
});

test('M14 M16 a bend belongs to the segment that it begins', () => {
  // The low 960 is reached at 25 s: the resting buy at 961 fills there, out of the volume of the middle segment.
  const script = [{ afterUs: 1, submit: limit('a', 'buy', 961, { qtyLots: 2000 }) }];
  assert.deepEqual(run([RISING], script), ['25000000 a buy 1500@961 maker']);
});

test('M15 in a bar without volume nothing fills and nothing triggers', () => {
  const dead: Bar = [1000, 1100, 900, 1000, 0];
  const script = [
    { afterUs: 1, submit: limit('b', 'buy', 950) },
    { afterUs: 1, submit: stop('s', 'buy', 1050) },
    { afterUs: BAR_US + 1, submit: order('m') },
    { afterUs: BAR_US + 1, submit: limit('i', 'buy', 2000, { timeInForce: 'IOC' }) },
  ];
  const events = [FLAT, dead, FLAT].map((bar, at) => candle(at, bar));
  const seen = play(testWorld(events), script);
  assert.deepEqual(fills(seen), [`${2 * BAR_US} m buy 10@1001 taker`]);
  assert.ok(told(seen).includes('order-expired i no_liquidity'));
});

test('M15 orders that arrive in a gap meet the next open', () => {
  const script = [
    { afterUs: 1.5 * BAR_US, submit: order('m') },
    { afterUs: 1.5 * BAR_US, submit: limit('l', 'buy', 1010) },
    { afterUs: 1.5 * BAR_US, submit: limit('r', 'buy', 990) },
    { afterUs: 1.5 * BAR_US, submit: limit('p', 'buy', 1015, { timeInForce: 'GTX' }) },
  ];
  const events = [candle(0, FLAT), candle(2, FLAT)];
  const seen = play(testWorld(events), script);
  assert.deepEqual(fills(seen), [`${2 * BAR_US} m buy 10@1001 taker`, `${2 * BAR_US} l buy 10@1001 taker`]);
  assert.ok(told(seen).includes('order-expired p post_only_would_take'));
});

test('M16 own orders take at most their share of a segment, the rest goes on at the next', () => {
  // Half of 6000 lots by time: 750, 1500, 750; levels of 360 lots at 1001, 1002, 1003.
  const script = [{ afterUs: 0, submit: order('m', { qtyLots: 2400 }) }];
  assert.deepEqual(run([FLAT], script), [
    '0 m buy 360@1001 taker',
    '0 m buy 360@1002 taker',
    '0 m buy 30@1003 taker',
    '25000000 m buy 360@1001 taker',
    '25000000 m buy 360@1002 taker',
    '25000000 m buy 360@1003 taker',
    '25000000 m buy 360@1004 taker',
    '25000000 m buy 60@1005 taker',
    '75000000 m buy 150@1001 taker',
  ]);
});

test('M16 M24 two own orders never take the same lots', () => {
  const script = [
    { afterUs: 0, submit: order('a', { qtyLots: 300 }) },
    { afterUs: 1, submit: order('b', { qtyLots: 300 }) },
    { afterUs: 2, submit: order('c', { qtyLots: 300, side: 'sell' }) },
  ];
  assert.deepEqual(run([FLAT], script), [
    '0 a buy 300@1001 taker',
    '1 b buy 60@1001 taker',
    '1 b buy 240@1002 taker',
    '2 c sell 150@999 taker',
    '25000000 c sell 150@999 taker',
  ]);
});

test('M17 a marketable limit takes within its limit and goes on when new volume comes', () => {
  const script = [{ afterUs: 0, submit: limit('l', 'buy', 1002, { qtyLots: 1000 }) }];
  assert.deepEqual(run([FLAT], script), [
    '0 l buy 360@1001 taker',
    '0 l buy 360@1002 taker',
    '25000000 l buy 280@1001 taker',
  ]);
});

test('M18 touching a resting order is not enough, trading beyond it fills it at its price', () => {
  const at = (ticks: number): string[] => run([RISING], [{ afterUs: 1, submit: limit('l', 'buy', ticks) }]);
  assert.deepEqual(at(960), []);
  assert.deepEqual(at(961), ['25000000 l buy 10@961 maker']);
  // 979 is reached after 21 of 40 ticks of 25 s.
  assert.deepEqual(at(980), ['13125000 l buy 10@980 maker']);
});

test('M18 a resting order that a gap jumps over fills at its own price', () => {
  const script = [{ afterUs: 1, submit: limit('l', 'buy', 950) }];
  const lower: Bar = [900, 910, 890, 905, 6000];
  assert.deepEqual(run([FLAT, lower], script), [`${BAR_US} l buy 10@950 maker`]);
});

test('M19 an order inside the spread waits until the price has gone beyond where it was', () => {
  const rule = { ...TEST_RULE, halfSpreadPpm: 10_000 };
  const script = [{ afterUs: 0, submit: limit('l', 'buy', 1005) }];
  // At 0 s the price is 1000 and the ask 1010: the order rests, and fills when the price is 999.
  assert.deepEqual(run([RISING], script, testRules({ depthRule: rule })), ['625000 l buy 10@1005 maker']);
});

test('M19 M21 an own order never fills before one that stands before it', () => {
  const rule = { ...TEST_RULE, halfSpreadPpm: 10_000 };
  // "later" would need 994 only; "first" stands at a better price and needs 989, where the price was when it came.
  const script = [
    { afterUs: 6.25 * S, submit: limit('first', 'buy', 998) },
    { afterUs: 6.25 * S, submit: limit('later', 'buy', 985) },
    { afterUs: 6.25 * S, submit: limit('same', 'buy', 998) },
  ];
  const got = run([RISING], script, testRules({ depthRule: rule }));
  assert.deepEqual(got, [
    '6875000 first buy 10@998 maker',
    '6875000 same buy 10@998 maker',
    '10000000 later buy 10@985 maker',
  ]);
});

test('M20 a trigger acts at a touch and trades at the worse of trigger and price', () => {
  assert.deepEqual(run([FLAT, RISING], [{ afterUs: 1, submit: stop('s', 'sell', 960) }]), [
    `${BAR_US + 25 * S} s sell 10@959 taker`,
  ]);
  const lower: Bar = [900, 910, 890, 905, 6000];
  const gap = [
    { afterUs: 1, submit: stop('s', 'sell', 950) },
    { afterUs: 1, submit: target('t', 'buy', 960) },
  ];
  // The jump to 900 costs the stop the whole gap and gives the target nothing: it pays 960 and half of the spread.
  assert.deepEqual(run([FLAT, lower], gap), [
    `${BAR_US} t buy 10@961 taker`,
    `${BAR_US} s sell 10@899 taker`,
  ]);
});

test('M9 a reduce-only order is cut to the position and its rest expires', () => {
  const script = [
    { afterUs: 0, submit: order('a') },
    { afterUs: 1, submit: order('r', { side: 'sell', qtyLots: 30, reduceOnly: true }) },
    { afterUs: 2, submit: order('none', { side: 'sell', reduceOnly: true }) },
  ];
  const seen = play(testWorld([candle(0, FLAT)]), script);
  assert.deepEqual(told(seen).slice(2), [
    'order-accepted r',
    'fill r 10@999 taker',
    'order-expired r reduce_only',
    'order-rejected none reduce_only',
  ]);
});

test('M9 a waiting reduce-only order without a position expires when it would trade', () => {
  const script = [
    { afterUs: 0, submit: order('a') },
    { afterUs: 1, submit: stop('sl', 'sell', 970, { reduceOnly: true }) },
    { afterUs: 1, submit: limit('tp', 'sell', 1030, { reduceOnly: true }) },
    { afterUs: 2, submit: order('x', { side: 'sell', reduceOnly: true }) },
  ];
  const seen = told(play(testWorld([FLAT, RISING].map((bar, at) => candle(at, bar))), script));
  assert.deepEqual(seen.slice(-3), [
    'order-triggered sl',
    'order-expired sl reduce_only',
    'order-expired tp reduce_only',
  ]);
});

test('M10 immediate orders never wait', () => {
  const script = [
    { afterUs: 0, submit: limit('i', 'buy', 1001, { qtyLots: 400, timeInForce: 'IOC' }) },
    { afterUs: 30 * S, submit: limit('f', 'buy', 1001, { qtyLots: 400, timeInForce: 'FOK' }) },
    { afterUs: 31 * S, submit: limit('g', 'buy', 1001, { qtyLots: 300, timeInForce: 'FOK' }) },
    { afterUs: 32 * S, submit: limit('p', 'buy', 1001, { timeInForce: 'GTX' }) },
    { afterUs: 33 * S, submit: limit('q', 'buy', 1000, { timeInForce: 'GTX' }) },
    { afterUs: 34 * S, submit: limit('n', 'buy', 900, { timeInForce: 'IOC' }) },
  ];
  assert.deepEqual(told(play(testWorld([candle(0, FLAT)]), script)), [
    'order-accepted i',
    'fill i 360@1001 taker',
    'order-expired i not_filled_at_once',
    'order-rejected f fok_unfilled',
    'order-accepted g',
    'fill g 300@1001 taker',
    'order-rejected p post_only_would_take',
    'order-accepted q',
    'order-accepted n',
    'order-expired n not_filled_at_once',
  ]);
});

test('M25 without volume any size trades at the fixed slippage', () => {
  const rule = { ...TEST_RULE, kind: 'fixed', slippagePpm: 2000 } as const;
  const script = [
    { afterUs: 0, submit: order('m', { qtyLots: 100_000 }) },
    { afterUs: 1, submit: order('n', { qtyLots: 100_000, side: 'sell' }) },
  ];
  const bar: Bar = [1000, 1000, 1000, 1000, 0];
  const setup = { rules: testRules({ depthRule: rule }), cash: 10_000_000 };
  assert.deepEqual(fills(play(testWorld([candle(0, bar)], setup), script)), [
    '0 m buy 100000@1003 taker',
    '1 n sell 100000@997 taker',
  ]);
});
