import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import { InstrumentTable, type OrderRequest, VENUE_REJECT_CODES } from '#domain';
import { refusalOfForm } from './order-rules.ts';
import {
  type Bar,
  candle,
  limit,
  order,
  play,
  stop,
  target,
  testRules,
  testSpec,
  testWorld,
  told,
} from './test/market-builders.ts';

const FLAT: Bar = [1000, 1000, 1000, 1000, 6000];
const SPECS = [
  testSpec({ tickSize: '0.5', lotSize: '0.2', qtyMin: '0.4', qtyMax: '100', notionalMin: '50' }),
];

/** Sends one order into a market that stands at 100.0 and returns what the trader is told. */
function send(request: OrderRequest): string[] {
  return told(play(testWorld([candle(0, FLAT)], { specs: SPECS }), [{ afterUs: 1, submit: request }]));
}

test('M6 each rule of the instrument refuses with its own code', () => {
  const cases: readonly (readonly [string, OrderRequest])[] = [
    ['price_filter', limit('x', 'buy', 997)],
    ['price_filter', limit('x', 'buy', -5)],
    ['price_filter', limit('x', 'buy', Number.NaN)],
    ['price_filter', order('x', { type: 'limit' })],
    ['price_filter', order('x', { priceTicks: 1000 })],
    ['price_filter', order('x', { type: 'stop_market' })],
    ['price_filter', stop('x', 'buy', 1003)],
    ['quantity_filter', order('x', { qtyLots: 11 })],
    ['quantity_filter', order('x', { qtyLots: 2 })],
    ['quantity_filter', order('x', { qtyLots: 1002 })],
    ['quantity_filter', order('x', { qtyLots: 0 })],
    ['quantity_filter', order('x', { qtyLots: Number.NaN })],
    ['min_notional', order('x', { qtyLots: 4 })],
    ['min_notional', limit('x', 'buy', 500, { qtyLots: 8 })],
    ['reduce_only', order('x', { reduceOnly: true })],
    ['would_trigger_immediately', stop('x', 'buy', 1000)],
    ['would_trigger_immediately', stop('x', 'sell', 1000)],
    ['would_trigger_immediately', target('x', 'buy', 1000)],
    ['would_trigger_immediately', target('x', 'sell', 995)],
    ['post_only_would_take', limit('x', 'sell', 995, { timeInForce: 'GTX' })],
    ['fok_unfilled', limit('x', 'buy', 1000, { timeInForce: 'FOK' })],
    ['other', order('a name with blanks')],
  ];
  for (const [code, request] of cases) {
    assert.deepEqual(
      send(request),
      [`order-rejected ${request.clientOrderId} ${code}`],
      `${code} ${request.type}`,
    );
  }
});

test('M6 orders just inside the rules are taken', () => {
  for (const request of [
    order('x', { qtyLots: 6 }),
    limit('x', 'buy', 995, { qtyLots: 1000 }),
    stop('x', 'buy', 1005),
    target('x', 'buy', 995),
    stop('x', 'sell', 995, { reduceOnly: true, qtyLots: 4 }),
  ]) {
    assert.equal(send(request)[0], 'order-accepted x', `${request.type} ${request.side}`);
  }
});

test('M6 own resting orders are not traded with', () => {
  const script = [
    { afterUs: 1, submit: limit('ask', 'sell', 1010) },
    { afterUs: 2, submit: limit('bid', 'buy', 1010) },
    { afterUs: 3, submit: limit('low', 'buy', 1005, { timeInForce: 'GTX' }) },
  ];
  const seen = told(play(testWorld([candle(0, FLAT)]), script));
  assert.deepEqual(seen, [
    'order-accepted ask',
    'order-rejected bid self_trade',
    'order-rejected low post_only_would_take',
  ]);
});

test('M6 more than the allowed open orders are refused, and there is room again after a cancel', () => {
  const rules = testRules({ ordersOpenMax: 2 });
  const script = [
    { afterUs: 1, submit: limit('a', 'buy', 900) },
    { afterUs: 1, submit: stop('b', 'buy', 1100) },
    { afterUs: 1, submit: limit('c', 'buy', 901) },
    { afterUs: 2, cancel: 'a' },
    { afterUs: 3, submit: limit('d', 'buy', 902) },
  ];
  assert.deepEqual(told(play(testWorld([candle(0, FLAT)], { rules }), script)), [
    'order-accepted a',
    'order-accepted b',
    'order-rejected c too_many_orders',
    'order-canceled a requested',
    'order-accepted d',
  ]);
});

test('M7 a client order id names one order only, whatever became of it', () => {
  const script = [
    { afterUs: 1, submit: order('a') },
    { afterUs: 2, submit: order('a', { side: 'sell', qtyLots: 99 }) },
    { afterUs: 3, submit: limit('r', 'buy', 1000, { timeInForce: 'FOK' }) },
    { afterUs: 4, submit: limit('r', 'buy', 900) },
    { afterUs: 5, submit: limit('c', 'buy', 900) },
    { afterUs: 6, cancel: 'c' },
    { afterUs: 7, submit: limit('c', 'buy', 900) },
  ];
  const world = testWorld([candle(0, FLAT)]);
  assert.deepEqual(told(play(world, script)), [
    'order-accepted a',
    'fill a 10@1001 taker',
    'order-accepted a',
    'order-rejected r fok_unfilled',
    'order-rejected r fok_unfilled',
    'order-accepted c',
    'order-canceled c requested',
    'order-accepted c',
  ]);
});

test('M7 finished orders are remembered up to the bound, the oldest forgotten first', async () => {
  const world = testWorld([candle(0, FLAT)], { rules: testRules({ ordersKeptMax: 2 }) });
  const ids = ['a', 'b', 'c'];
  play(
    world,
    ids.map((id, at) => ({ afterUs: at + 1, submit: order(id) })),
  );
  assert.equal(await world.order('a', 0), null);
  assert.equal((await world.order('b', 0))?.status, 'FILLED');
  assert.equal(await world.order('c', 1), null);
});

test('M8 a cancel ends a live order and is refused for any other', () => {
  const script = [
    { afterUs: 1, submit: limit('l', 'buy', 900) },
    { afterUs: 2, cancel: 'l' },
    { afterUs: 3, cancel: 'l' },
    { afterUs: 4, cancel: 'nobody' },
  ];
  assert.deepEqual(told(play(testWorld([candle(0, FLAT)]), script)), [
    'order-accepted l',
    'order-canceled l requested',
    'cancel-rejected l unknown_order',
    'cancel-rejected nobody unknown_order',
  ]);
});

test('M6 an instrument without data refuses every order and says so on its card', () => {
  const specs = [testSpec(), testSpec({ symbol: 'BBBUSDT' })];
  const world = testWorld([candle(0, FLAT)], { specs });
  const script = [{ afterUs: 1, submit: order('x', { instrumentIx: 1 }) }];
  assert.deepEqual(told(play(world, script)), ['order-rejected x no_liquidity']);
  assert.equal(world.assumptions().find((one) => one.key === 'data.sim:BBBUSDT')?.value, 'none');
});

test('rules of the venue out of range are refused', () => {
  for (const change of [{ leverage: 0 }, { leverage: 1.5 }, { ordersOpenMax: 0 }, { markAgeUsMax: -1 }]) {
    assert.throws(
      () => testRules(change),
      (error: unknown) => error instanceof XylenError && error.code === 'XY_CONFIG_INVALID',
    );
  }
});

test('refusals of form carry codes of the registry and say what was expected', () => {
  const instrument = new InstrumentTable(SPECS).at(0);
  const refusal = refusalOfForm(order('x', { qtyLots: 11 }), instrument);
  assert.ok(refusal !== null && VENUE_REJECT_CODES.includes(refusal.code));
  assert.equal(refusal.message, 'a quantity is a multiple of 2 in [4, 1000] lots, was 11');
});
