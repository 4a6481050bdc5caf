import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import type { FillEvent } from '#domain';
import {
  BAR_US,
  type Bar,
  candle,
  fills,
  funding,
  limit,
  mark,
  money,
  order,
  play,
  START_US,
  stop,
  TEST_RULE,
  testRules,
  testSpec,
  testWorld,
  told,
} from './test/market-builders.ts';

const S = US_PER_SECOND;
const FLAT: Bar = [1000, 1000, 1000, 1000, 60_000];
const NO_SPREAD = testRules({ depthRule: { ...TEST_RULE, halfSpreadPpm: 0 } });
/** 1 lot at 1000 ticks is 10.00 of money (0.1 x 100.0); leverage 10, maintenance 2 %. */
const LOT_MONEY = 10;

test('M37 an order needs equity for its initial margin and its fee', () => {
  // 100 lots: 1000 notional, 100 margin, 0.50 fee.
  const at = (cash: number): string =>
    told(
      play(testWorld([candle(0, FLAT)], { cash, rules: NO_SPREAD }), [
        { afterUs: 1, submit: order('m', { qtyLots: 100 }) },
      ]),
    )[0]!;
  assert.equal(at(100.5), 'order-accepted m');
  assert.equal(at(100.49), 'order-rejected m insufficient_margin');
});

test('M37 waiting orders hold margin, the larger side counts', () => {
  const script = [
    { afterUs: 1, submit: limit('b1', 'buy', 990, { qtyLots: 60 }) },
    { afterUs: 2, submit: limit('s1', 'sell', 1010, { qtyLots: 90 }) },
    { afterUs: 3, submit: limit('b2', 'buy', 989, { qtyLots: 30 }) },
    { afterUs: 4, submit: limit('b3', 'buy', 988, { qtyLots: 20 }) },
    { afterUs: 5, submit: order('r', { side: 'sell', qtyLots: 90, reduceOnly: true }) },
  ];
  const seen = told(play(testWorld([candle(0, FLAT)], { cash: 100, rules: NO_SPREAD }), script));
  assert.deepEqual(seen, [
    'order-accepted b1',
    'order-accepted s1',
    'order-accepted b2',
    'order-rejected b3 insufficient_margin',
    'order-rejected r reduce_only',
  ]);
});

test('M37 turning a position round needs no more than holding it', () => {
  const script = [
    { afterUs: 1, submit: order('a', { qtyLots: 95 }) },
    { afterUs: 2, submit: order('b', { side: 'sell', qtyLots: 190 }) },
    { afterUs: 3, submit: order('c', { side: 'sell', qtyLots: 10 }) },
  ];
  const seen = told(play(testWorld([candle(0, FLAT)], { cash: 100, rules: NO_SPREAD }), script));
  assert.deepEqual(
    seen.filter((line) => line.startsWith('order-')),
    ['order-accepted a', 'order-accepted b', 'order-rejected c insufficient_margin'],
  );
});

test('M37 a conditional order holds no margin and is asked when it triggers', () => {
  const up: Bar = [1000, 1020, 1000, 1020, 60_000];
  const script = [
    { afterUs: 1, submit: stop('s', 'buy', 1010, { qtyLots: 500 }) },
    { afterUs: 2, submit: order('m', { qtyLots: 50 }) },
  ];
  const seen = told(
    play(testWorld([candle(0, FLAT), candle(1, up)], { cash: 100, rules: NO_SPREAD }), script),
  );
  assert.deepEqual(seen.slice(-2), ['order-triggered s', 'order-expired s insufficient_margin']);
});

test('M37 spot has no leverage and is never sold short', () => {
  const specs = [testSpec({ kind: 'spot', leverageMax: 1 })];
  const script = [
    { afterUs: 1, submit: order('big', { qtyLots: 11 }) },
    { afterUs: 2, submit: order('a', { qtyLots: 9 }) },
    { afterUs: 3, submit: order('short', { side: 'sell', qtyLots: 10 }) },
    { afterUs: 4, submit: order('sell', { side: 'sell', qtyLots: 9 }) },
  ];
  const seen = told(play(testWorld([candle(0, FLAT)], { cash: 100, specs, rules: NO_SPREAD }), script));
  assert.deepEqual(
    seen.filter((line) => line.startsWith('order-')),
    [
      'order-rejected big insufficient_margin',
      'order-accepted a',
      'order-rejected short insufficient_margin',
      'order-accepted sell',
    ],
  );
});

test('M36 funding is paid for the position held at that moment, at mark', async () => {
  const events = [
    candle(0, FLAT),
    funding(10 * S, 100_000_000),
    mark(30 * S, 1100),
    funding(40 * S, 100_000_000),
    funding(50 * S, -200_000_000),
  ].sort(
    (a, b) =>
      (a.kind === 'candle' ? a.openTsUs : a.tsVenueUs) - (b.kind === 'candle' ? b.openTsUs : b.tsVenueUs),
  );
  const script = [
    { afterUs: 20 * S, submit: order('a', { qtyLots: 10 }) },
    { afterUs: 45 * S, submit: order('b', { side: 'sell', qtyLots: 20 }) },
  ];
  const world = testWorld(events, { rules: NO_SPREAD });
  const seen = told(play(world, script));
  // 10 lots at 1100 = 110.00 x 0.01 % long pays; short at -0.02 % pays too: 110.00 x 0.02 %.
  assert.deepEqual(
    seen.filter((line) => line.startsWith('funding')),
    [`funding ${-money(110) / 10_000n}`, `funding ${(-money(110) * 2n) / 10_000n}`],
  );
  const account = await world.account();
  const fees = money(10 * LOT_MONEY + 20 * LOT_MONEY) / 2000n;
  assert.equal(account.cashAtoms, money(100_000) - fees - (money(110) * 3n) / 10_000n);
});

/** A bar that falls from 1000 to 900 in the first quarter and recovers. */
const CRASH: Bar = [1000, 1000, 900, 990, 60_000];

test('M38 M39 an account is liquidated where its path crosses maintenance, all orders are cancelled', async () => {
  // 200 lots = 2000.00 of notional on 201 of cash less 1 of fee; each tick costs 2.
  const rules = testRules({
    depthRule: { ...TEST_RULE, halfSpreadPpm: 0 },
    leverage: 20,
    liquidationFeePpm: 10_000,
  });
  const specs = [testSpec({ leverageMax: 20 })];
  const world = testWorld([candle(0, FLAT), candle(1, CRASH)], { cash: 201, rules, specs });
  const script = [
    { afterUs: 1, submit: order('a', { qtyLots: 200 }) },
    { afterUs: 2, submit: stop('late', 'sell', 905, { qtyLots: 200, reduceOnly: true }) },
    { afterUs: 2, submit: limit('tp', 'sell', 1500, { qtyLots: 200, reduceOnly: true }) },
  ];
  const events = play(world, script);
  const seen = told(events);
  // Equity 200 - 2x is below maintenance 40 - 0.04x from x = 82 ticks on; the path is there after 82 % of the first quarter.
  assert.deepEqual(seen.slice(-3), [
    'order-canceled late liquidation',
    'order-canceled tp liquidation',
    'fill autoclose-S4 200@918 taker',
  ]);
  const fill = events.at(-2) as FillEvent;
  assert.ok(fill.isLiquidation);
  assert.equal(fill.tsVenueUs - START_US, BAR_US + 20.5 * S);
  // Fee: 1836 x (0.05 % + 1 %) = 19.278; 36 were left.
  assert.equal(fill.feeAtoms, (money(1836) * 105n) / 10_000n);
  const account = await world.account();
  assert.deepEqual(account.positions, []);
  assert.equal(account.cashAtoms, money(36) - fill.feeAtoms);
});

test('M39 a gap beyond bankruptcy leaves nothing and owes nothing', async () => {
  const gap: Bar = [500, 520, 480, 500, 60_000];
  const script = [{ afterUs: 1, submit: order('a', { qtyLots: 200 }) }];
  const world = testWorld([candle(0, FLAT), candle(1, gap)], { cash: 300, rules: NO_SPREAD });
  const seen = fills(play(world, script));
  // 299 of equity after the fee pay for 149 whole ticks: taken over at 851, and the 1 that is left is the fee.
  assert.deepEqual(seen, ['1 a buy 200@1000 taker', `${BAR_US} autoclose-S2 sell 200@851 taker`]);
  assert.equal((await world.account()).cashAtoms, 0n);
});

test('M39 a short is taken over below the mark, the largest loss first', async () => {
  const specs = [testSpec(), testSpec({ symbol: 'BBBUSDT' })];
  const gap: Bar = [2000, 2000, 2000, 2000, 60_000];
  const up: Bar = [1010, 1010, 1010, 1010, 60_000];
  const events = [candle(0, FLAT), candle(0, FLAT, 1), candle(1, gap), candle(1, up, 1)];
  const script = [
    { afterUs: 1, submit: order('a', { side: 'sell', qtyLots: 100 }) },
    { afterUs: 2, submit: order('b', { instrumentIx: 1, qtyLots: 100 }) },
  ];
  const world = testWorld(events, { cash: 301, rules: NO_SPREAD, specs });
  const seen = fills(play(world, script));
  // 300 of cash: the short is taken over 300 ticks above its price, where nothing is left; the long is closed at the last price it had.
  assert.deepEqual(seen.slice(2), [
    `${BAR_US} autoclose-S3 buy 100@1300 taker`,
    `${BAR_US} autoclose-S4 sell 100@1000 taker`,
  ]);
  assert.equal((await world.account()).cashAtoms, 0n);
});

test('M35 a fresh mark protects from a wick of the last price, a stale one does not', () => {
  const rules = testRules({ depthRule: { ...TEST_RULE, halfSpreadPpm: 0 }, markAgeUsMax: 30 * S });
  const script = [{ afterUs: 1, submit: order('a', { qtyLots: 200 }) }];
  const at = (markAfterUs: number): string[] =>
    fills(
      play(
        testWorld([candle(0, FLAT), mark(markAfterUs, 1000), candle(1, CRASH)], { cash: 201, rules }),
        script,
      ),
    );
  assert.equal(at(BAR_US - 1).length, 1);
  assert.equal(at(BAR_US - 20 * S).length, 2);
});

test('M38 a mark price alone can break an account', () => {
  const script = [{ afterUs: 1, submit: order('a', { qtyLots: 200 }) }];
  const world = testWorld([candle(0, FLAT), mark(50 * S, 915)], { cash: 201, rules: NO_SPREAD });
  assert.deepEqual(fills(play(world, script)).slice(1), ['50000000 autoclose-S2 sell 200@915 taker']);
});
