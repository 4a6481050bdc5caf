/** Orders as parameters: which family, which names, what is left out, and what the venue cannot do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instrumentOf, openStage, orderOf, paramsOf, readRequest, STAMP } from './test/entry-stage.ts';

const entry = openStage();
const stop = orderOf({
  clientOrderId: 'xy-stop',
  side: 'sell',
  type: 'stop_market',
  priceTicks: null,
  triggerTicks: 6_400_000,
  triggerBy: 'mark',
  reduceOnly: true,
});
const pathOf = (order: typeof stop): string => readRequest(entry.place(order).request(STAMP)).path;

test('limit and market orders go to the order book', () => {
  assert.deepEqual(paramsOf(entry.place(orderOf({ timeInForce: 'GTX' }))), {
    symbol: 'BTCUSDT',
    side: 'BUY',
    positionSide: 'BOTH',
    type: 'LIMIT',
    timeInForce: 'GTX',
    quantity: '1.5',
    price: '65000.5',
    newClientOrderId: 'xy-1',
    newOrderRespType: 'RESULT',
  });
  assert.deepEqual(paramsOf(entry.place(orderOf({ type: 'market', priceTicks: null, reduceOnly: true }))), {
    symbol: 'BTCUSDT',
    side: 'BUY',
    positionSide: 'BOTH',
    type: 'MARKET',
    quantity: '1.5',
    reduceOnly: 'true',
    newClientOrderId: 'xy-1',
    newOrderRespType: 'RESULT',
  });
});

test('everything with a trigger goes to the algo service under its own names (-4120 otherwise)', () => {
  assert.equal(pathOf(stop), '/fapi/v1/algoOrder');
  assert.deepEqual(paramsOf(entry.place(stop)), {
    algoType: 'CONDITIONAL',
    symbol: 'BTCUSDT',
    side: 'SELL',
    positionSide: 'BOTH',
    type: 'STOP_MARKET',
    timeInForce: 'GTC',
    quantity: '1.5',
    triggerPrice: '64000',
    workingType: 'MARK_PRICE',
    reduceOnly: 'true',
    clientAlgoId: 'xy-stop',
  });
  const words = {
    stop_limit: 'STOP',
    take_profit_limit: 'TAKE_PROFIT',
    take_profit_market: 'TAKE_PROFIT_MARKET',
  } as const;
  for (const type of ['stop_limit', 'take_profit_limit', 'take_profit_market'] as const) {
    const isLimit = type !== 'take_profit_market';
    const order = { ...stop, type, priceTicks: isLimit ? 6_390_000 : null, timeInForce: 'IOC' } as const;
    const params = paramsOf(entry.place(order));
    assert.equal(pathOf(order), '/fapi/v1/algoOrder');
    assert.deepEqual(
      [params.type, params.price, params.timeInForce],
      [words[type], isLimit ? '63900' : undefined, isLimit ? 'IOC' : 'GTC'],
    );
  }
});

test('a trailing stop has its activation under the name that the venue reads, and a rate in percent', () => {
  const trailing = orderOf({ ...stop, type: 'trailing_stop', callbackBps: 75, triggerBy: 'last' });
  const params = paramsOf(entry.place(trailing));
  assert.equal(params.activatePrice, '64000');
  assert.equal(params.callbackRate, '0.75');
  assert.equal(params.workingType, 'CONTRACT_PRICE');
  for (const name of ['activationPrice', 'triggerPrice', 'stopPrice', 'price'])
    assert.ok(!(name in params), name);
  assert.ok(!('activatePrice' in paramsOf(entry.place({ ...trailing, triggerTicks: null }))));
});

test('an order for the whole position has no quantity and no reduce-only', () => {
  const params = paramsOf(entry.place({ ...stop, qtyLots: null }));
  assert.equal(params.closePosition, 'true');
  assert.ok(!('quantity' in params) && !('reduceOnly' in params));
});

test('in hedge mode the side is told and reduce-only is not sent (-1106)', () => {
  const close = orderOf({ side: 'sell', positionSide: 'long', reduceOnly: true });
  assert.equal(entry.unsupported(close), null);
  const params = paramsOf(entry.place(close));
  assert.equal(params.positionSide, 'LONG');
  assert.ok(!('reduceOnly' in params));
  assert.match(
    entry.unsupported({ ...close, side: 'buy' }) ?? '',
    /buy of the long side cannot be reduce-only/,
  );
  assert.match(entry.unsupported({ ...close, positionSide: 'short' }) ?? '', /cannot be reduce-only/);
});

test('what the venue cannot do is told before it is tried', () => {
  assert.equal(entry.unsupported(orderOf()), null);
  assert.equal(entry.unsupported(stop), null);
  const cases = [
    [{ ...stop, triggerBy: 'index' }, /index prices/],
    [{ ...stop, type: 'stop_limit', priceTicks: 1, timeInForce: 'GTX' }, /post-only/],
    [{ ...stop, type: 'trailing_stop', callbackBps: null }, /10 to 2000 basis points, was null/],
    [{ ...stop, type: 'trailing_stop', callbackBps: 9 }, /was 9/],
    [{ ...stop, type: 'trailing_stop', callbackBps: 2_001 }, /was 2001/],
    [orderOf({ qtyLots: null }), /whole position, not limit/],
    [orderOf({ clientOrderId: 'x'.repeat(37) }), /client order id/],
    [orderOf({ clientOrderId: '' }), /client order id/],
    [orderOf({ clientOrderId: 'has blanks' }), /client order id/],
    [orderOf({ clientOrderId: 'autoclose-1' }), /keeps to itself/],
    [orderOf({ clientOrderId: 'adl_autoclose' }), /keeps to itself/],
    [orderOf({ instrument: { ...instrumentOf('BTCUSDT'), venue: 'kraken-spot' } }), /not an instrument of/],
  ] as const;
  for (const [order, reason] of cases) assert.match(entry.unsupported(order) ?? '', reason);
});

test('urgency: what can only shrink a position goes before what opens one, cancels before all', () => {
  assert.equal(entry.place(orderOf()).priority, 'order');
  assert.equal(entry.place(orderOf({ reduceOnly: true })).priority, 'protect');
  assert.equal(entry.place(stop).priority, 'protect');
  assert.equal(entry.placeBatch([orderOf(), orderOf({ reduceOnly: true })])?.priority, 'order');
  assert.ok(entry.cancelAll(orderOf().instrument).every(({ priority }) => priority === 'cancel'));
  assert.ok(entry.openOrders([]).every(({ priority, effect }) => priority === 'query' && effect === 'read'));
});
