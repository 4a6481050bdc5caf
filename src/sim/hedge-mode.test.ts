import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import type { OrderRequest } from '#domain';
import type { SimulatedWorld } from './simulated-world.ts';
import {
  assertResumable,
  type Bar,
  type Command,
  candle,
  funding,
  limit,
  mark,
  money,
  order,
  play,
  stop,
  TEST_RULE,
  target,
  testRules,
  testSpec,
  testWorld,
  told,
} from './test/market-builders.ts';

const S = US_PER_SECOND;
const FLAT: Bar = [1000, 1000, 1000, 1000, 60_000];
const NO_SPREAD = testRules({ depthRule: { ...TEST_RULE, halfSpreadPpm: 0 } });

const long = { positionSide: 'long' } as const;
const short = { positionSide: 'short' } as const;

function hedged(
  events: Parameters<typeof testWorld>[0],
  setup: Parameters<typeof testWorld>[1] = {},
): SimulatedWorld {
  const world = testWorld(events, { rules: NO_SPREAD, ...setup });
  assert.equal(world.controls.setPositionMode('hedge'), null);
  return world;
}

const sell = (id: string, changes: Partial<OrderRequest>): OrderRequest =>
  order(id, { side: 'sell', ...changes });

test('M66 an instrument has a long and a short position beside each other', async () => {
  const world = hedged([candle(0, FLAT)]);
  play(world, [
    { afterUs: 1, submit: order('a', { ...long, qtyLots: 30 }) },
    { afterUs: 2, submit: sell('b', { ...short, qtyLots: 50 }) },
    { afterUs: 3, submit: sell('c', { ...long, qtyLots: 10 }) },
  ]);
  assert.deepEqual((await world.account()).positions, [
    { instrumentIx: 0, qtyLots: 20, costTickLots: 20_000n, positionSide: 'long' },
    { instrumentIx: 0, qtyLots: -50, costTickLots: -50_000n, positionSide: 'short' },
  ]);
  assert.deepEqual(world.controls.positionsOf(0), (await world.account()).positions);
});

test('M66 an order names a side of the mode it is in, and says nothing that cannot be', () => {
  const cases: readonly (readonly [string, boolean, OrderRequest])[] = [
    ['position_side', true, order('x')],
    ['position_side', false, order('x', long)],
    ['reduce_only', true, order('x', { ...long, reduceOnly: true })],
    ['reduce_only', true, sell('x', { ...short, reduceOnly: true })],
    ['reduce_only', true, stop('x', 'buy', 1010, { ...long, qtyLots: 0, closePosition: true })],
    ['reduce_only', true, sell('x', long)],
    ['reduce_only', true, order('x', short)],
  ];
  for (const [code, isHedged, request] of cases) {
    const world = isHedged ? hedged([candle(0, FLAT)]) : testWorld([candle(0, FLAT)]);
    assert.deepEqual(told(play(world, [{ afterUs: 1, submit: request }])), [`order-rejected x ${code}`]);
  }
});

test('M66 M9 an order of the closing side never goes beyond its position', () => {
  const script = [
    { afterUs: 1, submit: order('a', { ...long, qtyLots: 10 }) },
    { afterUs: 2, submit: limit('tp', 'sell', 1005, { ...long, qtyLots: 8 }) },
    { afterUs: 3, submit: sell('b', { ...long, qtyLots: 99 }) },
  ];
  const up: Bar = [1000, 1020, 1000, 1010, 60_000];
  assert.deepEqual(told(play(hedged([candle(0, FLAT), candle(1, up)]), script)), [
    'order-accepted a',
    'fill a 10@1000 taker',
    'order-accepted tp',
    'order-accepted b',
    'fill b 10@1000 taker',
    'order-expired b reduce_only',
    'order-expired tp reduce_only',
  ]);
});

test('M66 the mode changes only without positions and open orders', () => {
  const busy = (world: SimulatedWorld): string | undefined =>
    world.controls.setPositionMode('one-way')?.message;
  const world = hedged([candle(0, FLAT)]);
  play(world, [{ afterUs: 1, submit: limit('l', 'buy', 900, long) }], false);
  play(world, [{ afterUs: 2, submit: order('a', short) }], false);
  assert.match(busy(world) ?? '', /were 0 and 1/);
  assert.equal(world.controls.setPositionMode('hedge'), null, 'no change is no refusal');
  play(world, [
    { afterUs: 3, cancel: 'l' },
    { afterUs: 4, submit: order('b', long) },
  ]);
  assert.match(busy(world) ?? '', /were 1 and 0/);
  assert.equal(world.controls.positionMode, 'hedge');
});

test('M66 the exposure of an instrument is both positions and all opening orders together', () => {
  // Leverage 10 on 100.00: 100 lots of 10.00 in all, less fees.
  const script = [
    { afterUs: 1, submit: order('a', { ...long, qtyLots: 40 }) },
    { afterUs: 2, submit: sell('b', { ...short, qtyLots: 40 }) },
    { afterUs: 3, submit: limit('c', 'buy', 990, { ...long, qtyLots: 15 }) },
    { afterUs: 4, submit: sell('d', { ...short, qtyLots: 10 }) },
    { afterUs: 5, submit: sell('e', { ...long, qtyLots: 40 }) },
    { afterUs: 6, submit: sell('f', { ...short, qtyLots: 10 }) },
  ];
  const seen = told(play(hedged([candle(0, FLAT)], { cash: 100 }), script));
  assert.deepEqual(
    seen.filter((line) => !line.startsWith('fill')),
    [
      'order-accepted a',
      'order-accepted b',
      'order-accepted c',
      'order-rejected d insufficient_margin',
      'order-accepted e',
      'order-accepted f',
    ],
  );
});

test('M36 M66 funding is paid for each position of a hedge', async () => {
  const world = hedged([candle(0, FLAT), funding(40 * S, 100_000_000)]);
  const events = play(world, [
    { afterUs: 1, submit: order('a', { ...long, qtyLots: 30 }) },
    { afterUs: 2, submit: sell('b', { ...short, qtyLots: 10 }) },
  ]);
  const payments = events.flatMap((event) =>
    event.kind === 'funding-payment' ? [[event.positionSide, event.positionLots, event.amountAtoms]] : [],
  );
  assert.deepEqual(payments, [
    ['long', 30, -money(300) / 10_000n],
    ['short', -10, money(100) / 10_000n],
  ]);
});

test('M38 M66 a hedge is liquidated on both sides, the largest loss first', async () => {
  // 60 long and 20 short on 99.60: each tick down costs 0.40, maintenance is 2 % of all 80 lots. 99.60 - 0.4 x < 16 - 0.016 x from x = 218 on.
  const crash: Bar = [1000, 1000, 700, 800, 60_000];
  const world = hedged([candle(0, FLAT), candle(1, crash)], { cash: 100 });
  const seen = told(
    play(world, [
      { afterUs: 1, submit: order('a', { ...long, qtyLots: 60 }) },
      { afterUs: 2, submit: sell('b', { ...short, qtyLots: 20 }) },
    ]),
  );
  const closes = seen.filter((line) => line.includes('autoclose'));
  assert.equal(closes.length, 2);
  assert.deepEqual(closes, ['fill autoclose-S3 60@782 taker', 'fill autoclose-S4 20@782 taker']);
  assert.deepEqual((await world.account()).positions, []);
  assert.ok((await world.account()).cashAtoms >= 0n);
});

test('M66 spot stays one-way in an account that hedges', () => {
  const world = hedged([candle(0, FLAT)], { specs: [testSpec({ kind: 'spot', leverageMax: 1 })] });
  const script = [
    { afterUs: 1, submit: order('a', long) },
    { afterUs: 2, submit: order('b') },
  ];
  assert.deepEqual(told(play(world, script)), [
    'order-rejected a position_side',
    'order-accepted b',
    'fill b 10@1000 taker',
  ]);
});

test('M40 a hedged account with waiting orders goes on from its saved state as though nothing had happened', () => {
  const events = [
    candle(0, FLAT),
    mark(30 * S, 1003),
    candle(1, [1000, 1060, 960, 1010, 6_000] as const),
    mark(120 * S, 990),
    candle(2, [1010, 1030, 900, 950, 6_000] as const),
  ].sort(
    (a, b) => ('openTsUs' in a ? a.openTsUs : a.tsVenueUs) - ('openTsUs' in b ? b.openTsUs : b.tsVenueUs),
  );
  const script: Command[] = [
    { afterUs: 1, submit: order('a', { ...long, qtyLots: 30 }) },
    { afterUs: 2, submit: order('b', { ...short, side: 'sell', qtyLots: 20 }) },
    {
      afterUs: 3,
      submit: stop('sl', 'sell', 995, { ...long, qtyLots: 0, closePosition: true, triggerBy: 'mark' }),
    },
    { afterUs: 4, submit: target('tp', 'buy', 970, { ...short, qtyLots: 5 }) },
    {
      afterUs: 5,
      submit: order('tr', { ...short, type: 'trailing_stop', callbackBps: 200, qtyLots: 9 }),
    },
    { afterUs: 40 * S, submit: limit('l', 'buy', 990, { ...long, selfTrade: 'expire_maker' }) },
    { afterUs: 50 * S, amend: { clientOrderId: 'l', qtyLots: 4 } },
    { afterUs: 60 * S, amend: { clientOrderId: 'l', priceTicks: 980 } },
    { afterUs: 150 * S, submit: sell('last', { ...short, qtyLots: 3 }) },
  ];
  assertResumable(() => hedged(events), script);
});

test('M41 the card says how the account holds its positions', () => {
  const specs = [testSpec(), testSpec({ symbol: 'BBBUSDT' })];
  const world = testWorld([candle(0, FLAT)], { specs, rules: NO_SPREAD });
  const card = (): string[] => {
    const { text = '', value = '' } = world.assumptions().find(({ key }) => key === 'margin') ?? {};
    return [value, text];
  };
  assert.deepEqual(card(), ['cross, leverage 10', 'One-way positions, cross margin over the whole account.']);
  world.controls.setPositionMode('hedge');
  world.controls.setMarginMode(1, 'isolated');
  assert.deepEqual(card(), [
    'mixed, hedge, leverage 10',
    'A long and a short position an instrument, isolated margin for BBBUSDT, cross for the rest.',
  ]);
});
