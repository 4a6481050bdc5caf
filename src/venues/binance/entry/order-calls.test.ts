/** Calls about orders and what their replies must say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntryCall } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { algoBody, plainBody } from './test/bodies.ts';
import { BTC, ETH, openStage, orderOf, paramsOf, readRequest, refOf, STAMP } from './test/entry-stage.ts';

const entry = openStage();
const stopRef = refOf({ clientOrderId: 'xy-stop', isConditional: true });
const whereOf = (call: EntryCall<unknown> | null): string => {
  const request = (call ?? assert.fail()).request(STAMP);
  return `${request.method} ${readRequest(request).path}`;
};
const isRefused = { code: 'XY_VENUE_REPLY' };

test('a placed order comes back with its id and what the reply says; acks have no average price', () => {
  assert.deepEqual(entry.place(orderOf()).parse(bytesOf(plainBody())), {
    venueOrderId: '77001',
    order: {
      instrument: BTC,
      clientOrderId: 'xy-1',
      venueOrderId: '77001',
      side: 'buy',
      type: 'limit',
      qtyLots: 1_500,
      filledLots: 0,
      priceTicks: 6_500_050,
      triggerTicks: null,
      status: 'ACCEPTED',
      reduceOnly: false,
      isConditional: false,
      triggeredOrderId: null,
      reason: '',
      tsVenueUs: 1_793_390_400_500_000,
    },
  });
});

test('a placed conditional order keeps every digit of its id', () => {
  const order = orderOf({ clientOrderId: 'xy-stop', type: 'stop_market', priceTicks: null, triggerTicks: 1 });
  const body = JSON.stringify(algoBody()).replace('4000000000012345', '99999999999999999999');
  const placed = entry.place(order).parse(bytesOf(body));
  assert.equal(placed.venueOrderId, '99999999999999999999');
  assert.deepEqual(
    [placed.order?.isConditional, placed.order?.triggerTicks, placed.order?.priceTicks, placed.order?.type],
    [true, 6_400_000, null, 'stop_market'],
  );
});

test('a trailing stop that trails at once comes back with an empty activation price', () => {
  const trailing = orderOf({
    ...{ clientOrderId: 'xy-stop', type: 'trailing_stop', priceTicks: null, triggerTicks: null },
    callbackBps: 100,
  });
  const body = algoBody({ orderType: 'TRAILING_STOP_MARKET', activatePrice: '', callbackRate: '1.0' });
  const { order } = entry.place(trailing).parse(bytesOf(body));
  assert.deepEqual([order?.type, order?.triggerTicks], ['trailing_stop', null]);
});

test('statuses of the order book are read in words of ours; unknown ones are refused', () => {
  const call = entry.order(refOf());
  const statusOf = (changes: object): unknown[] => {
    const record = call.parse(bytesOf(plainBody({ ...changes })));
    return [record?.status, record?.reason];
  };
  assert.deepEqual(statusOf({ status: 'NEW', executedQty: '0.100' }), ['PARTIALLY_FILLED', '']);
  assert.deepEqual(statusOf({ status: 'FILLED', executedQty: '1.500' }), ['FILLED', '']);
  assert.deepEqual(statusOf({ status: 'CANCELED' }), ['CANCELED', '']);
  assert.deepEqual(statusOf({ status: 'EXPIRED' }), ['EXPIRED', 'EXPIRED']);
  assert.deepEqual(statusOf({ status: 'EXPIRED_IN_MATCH' }), ['EXPIRED', 'EXPIRED_IN_MATCH']);
  assert.deepEqual(statusOf({ status: 'REJECTED' }), ['REJECTED', 'REJECTED']);
  for (const status of ['', 'new', 'constructor', 'HALF', 7])
    assert.throws(() => statusOf({ status }), isRefused);
});

test('a conditional order is traced from its rest to the order it became and that one to its end', () => {
  const call = entry.order(stopRef);
  const traceOf = (changes: object): unknown[] => {
    const record = call.parse(bytesOf(algoBody({ ...changes })));
    return [record?.status, record?.triggeredOrderId, record?.filledLots, record?.reason];
  };
  assert.deepEqual(traceOf({}), ['ACCEPTED', null, 0, '']);
  assert.deepEqual(traceOf({ algoStatus: 'TRIGGERING' }), ['TRIGGERED', null, 0, '']);
  assert.deepEqual(traceOf({ algoStatus: 'TRIGGERED', actualOrderId: '88', actualQty: '0' }), [
    'TRIGGERED',
    '88',
    0,
    '',
  ]);
  const finished = { algoStatus: 'FINISHED', actualOrderId: '88' };
  assert.deepEqual(traceOf({ ...finished, actualQty: '1.500' }), ['FILLED', '88', 1_500, '']);
  assert.deepEqual(traceOf({ ...finished, actualQty: '0' }), ['CANCELED', '88', 0, 'FINISHED']);
  assert.deepEqual(traceOf({ ...finished, actualQty: '0.2' }), ['CANCELED', '88', 200, 'FINISHED']);
  // How it ended is not told: the order it became must be asked for.
  assert.deepEqual(traceOf(finished), ['TRIGGERED', '88', 0, '']);
  const whole = { ...finished, closePosition: true, quantity: '0' };
  assert.deepEqual(traceOf({ ...whole, actualQty: '0.2' }), ['FILLED', '88', 200, '']);
  assert.deepEqual(traceOf({ ...whole, actualQty: '0' }), ['CANCELED', '88', 0, 'FINISHED']);
  assert.deepEqual(traceOf({ algoStatus: 'REJECTED' }), ['REJECTED', null, 0, 'REJECTED']);
  assert.deepEqual(traceOf({ algoStatus: 'EXPIRED' }), ['EXPIRED', null, 0, 'EXPIRED']);
  assert.deepEqual(traceOf({ algoStatus: 'CANCELED' }), ['CANCELED', null, 0, '']);
  assert.throws(() => traceOf({ algoStatus: 'PAUSED' }), isRefused);
});

test('an order that the venue does not know is null, in both families', () => {
  const missing = bytesOf({ code: -2013, msg: 'Order does not exist.' });
  assert.equal(entry.order(refOf()).parse(missing), null);
  assert.equal(entry.order(stopRef).parse(missing), null);
});

test('a reply about another order, instrument or id is refused', () => {
  const order = orderOf();
  const known = refOf({ venueOrderId: '77001' });
  for (const changes of [{ clientOrderId: 'other' }, { symbol: 'ETHUSDT' }, { symbol: 'XRPUSDT' }]) {
    assert.throws(() => entry.place(order).parse(bytesOf(plainBody(changes))), isRefused);
    assert.throws(() => entry.order(known).parse(bytesOf(plainBody(changes))), isRefused);
  }
  assert.throws(() => entry.order(known).parse(bytesOf(plainBody({ orderId: 77_002 }))), isRefused);
});

test('orders are named by the id of the order book where it is known, by the client id else', () => {
  assert.deepEqual(paramsOf(entry.order(refOf())), { symbol: 'BTCUSDT', origClientOrderId: 'xy-1' });
  assert.deepEqual(paramsOf(entry.order(refOf({ venueOrderId: '9' }))), { symbol: 'BTCUSDT', orderId: '9' });
  assert.equal(whereOf(entry.order(stopRef)), 'GET /fapi/v1/algoOrder');
  assert.deepEqual(paramsOf(entry.order({ ...stopRef, venueOrderId: '9' })), { clientAlgoId: 'xy-stop' });
  assert.deepEqual(paramsOf(entry.cancel({ ...stopRef, clientOrderId: '', venueOrderId: '9' })), {
    algoId: '9',
  });
  assert.throws(() => entry.cancel(refOf({ clientOrderId: '' })), /at least one name/);
});

test('a cancel is believed when the order has ended; the algo service says so with a code that is a text', () => {
  const plain = entry.cancel(refOf());
  assert.equal(whereOf(plain), 'DELETE /fapi/v1/order');
  plain.parse(bytesOf(plainBody({ status: 'CANCELED' })));
  assert.throws(() => plain.parse(bytesOf(plainBody())), isRefused);
  const algo = entry.cancel(stopRef);
  assert.equal(whereOf(algo), 'DELETE /fapi/v1/algoOrder');
  const ids = { algoId: 4_000_000_000_012_345, clientAlgoId: 'xy-stop' };
  algo.parse(bytesOf({ ...ids, code: '200', msg: 'success' }));
  algo.parse(bytesOf({ ...ids, code: 200, msg: 'success' }));
  algo.parse(bytesOf(algoBody({ algoStatus: 'CANCELED' })));
  assert.throws(() => algo.parse(bytesOf({ ...ids, code: '500', msg: 'success' })), isRefused);
  assert.throws(() => algo.parse(bytesOf({ ...ids, clientAlgoId: 'other', code: '200' })), isRefused);
  assert.throws(() => algo.parse(bytesOf(algoBody())), isRefused);
});

test('cancelling everything takes both families', () => {
  const calls = entry.cancelAll(ETH);
  assert.deepEqual(calls.map(whereOf), ['DELETE /fapi/v1/allOpenOrders', 'DELETE /fapi/v1/algoOpenOrders']);
  for (const call of calls) {
    assert.deepEqual(paramsOf(call), { symbol: 'ETHUSDT' });
    call.parse(bytesOf({ code: 200, msg: 'The operation of cancel all open order is done.' }));
    assert.throws(() => call.parse(bytesOf({ code: -2011, msg: 'Unknown order sent.' })), isRefused);
    assert.throws(() => call.parse(bytesOf({})), isRefused);
  }
});

test('open orders take both families, of all instruments; those of others are passed over', () => {
  const [plain, algo] = entry.openOrders([BTC]);
  assert.equal(whereOf(plain ?? null), 'GET /fapi/v1/openOrders');
  assert.equal(whereOf(algo ?? null), 'GET /fapi/v1/openAlgoOrders');
  assert.deepEqual(plain?.costs, [{ limit: 'weight-1m', amount: 40 }]);
  const orders = plain?.parse(
    bytesOf([plainBody(), plainBody({ symbol: 'XRPUSDT' }), plainBody({ orderId: 2 })]),
  );
  assert.deepEqual(
    orders?.map(({ venueOrderId }) => venueOrderId),
    ['77001', '2'],
  );
  assert.equal(algo?.parse(bytesOf([algoBody()]))[0]?.clientOrderId, 'xy-stop');
  assert.deepEqual(plain?.parse(bytesOf([])), []);
  assert.throws(() => plain?.parse(bytesOf([plainBody(), plainBody({ side: 'UP' })])), isRefused);
});

test('a batch has an outcome for each order, in their order; refusals are told apart', () => {
  const orders = [
    orderOf(),
    orderOf({ clientOrderId: 'xy-2', side: 'sell' }),
    orderOf({ clientOrderId: 'xy-3' }),
  ];
  const call = entry.placeBatch(orders) ?? assert.fail();
  assert.equal(whereOf(call), 'POST /fapi/v1/batchOrders');
  const sent = JSON.parse(paramsOf(call).batchOrders ?? '');
  assert.deepEqual(
    sent,
    orders.map((order) => paramsOf(entry.place(order))),
  );
  const outcomes = call.parse(
    bytesOf([
      plainBody(),
      { code: -2019, msg: 'Margin is insufficient.' },
      plainBody({ clientOrderId: 'xy-3', orderId: 3 }),
    ]),
  );
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.kind === 'good' ? outcome.placed.venueOrderId : outcome)),
    [
      '77001',
      {
        kind: 'refused',
        code: 'insufficient_margin',
        venueCode: '-2019',
        message: '-2019 Margin is insufficient.',
      },
      '3',
    ],
  );
});

test('a batch reply that leaves an order in doubt says nothing at all', () => {
  const call = entry.placeBatch([orderOf(), orderOf({ clientOrderId: 'xy-2' })]) ?? assert.fail();
  const second = plainBody({ clientOrderId: 'xy-2', orderId: 2 });
  for (const body of [
    [plainBody()],
    [second, plainBody()],
    [plainBody(), second, second],
    [plainBody(), { code: -1007, msg: 'Timeout waiting for response from backend server.' }],
    [plainBody(), { code: -1000, msg: 'An unknown error occurred.' }],
    [plainBody(), {}],
    { code: 200 },
  ]) {
    assert.throws(() => call.parse(bytesOf(body)), isRefused, JSON.stringify(body));
  }
});

test('a batch takes one to five orders without trigger', () => {
  assert.equal(entry.placeBatchMax, 5);
  const order = orderOf();
  assert.equal(
    entry.placeBatch([order, orderOf({ type: 'stop_market', priceTicks: null, triggerTicks: 5 })]),
    null,
  );
  assert.throws(() => entry.placeBatch([]), /1 to 5/);
  assert.throws(() => entry.placeBatch(Array.from({ length: 6 }, () => order)), /1 to 5/);
});

test('limit orders are amended in place, conditional ones cannot be', () => {
  const amend = {
    order: refOf({ venueOrderId: '77001' }),
    side: 'buy',
    qtyLots: 2_000,
    priceTicks: 6_400_000,
  } as const;
  const call = entry.amend(amend) ?? assert.fail();
  assert.equal(whereOf(call), 'PUT /fapi/v1/order');
  assert.deepEqual(paramsOf(call), {
    symbol: 'BTCUSDT',
    orderId: '77001',
    side: 'BUY',
    quantity: '2',
    price: '64000',
  });
  // An amendment to no more than is filled cancels the order.
  assert.equal(call.parse(bytesOf(plainBody({ status: 'CANCELED' }))).order?.status, 'CANCELED');
  assert.equal(entry.amend({ ...amend, order: stopRef }), null);
});

test('the countdown is in milliseconds, never switched off by rounding, and confirmed', () => {
  const textOf = (forUs: number): unknown => paramsOf(entry.deadMan(BTC, forUs)).countdownTime;
  assert.equal(textOf(120_000_000), '120000');
  assert.equal(textOf(1_999), '1');
  assert.equal(textOf(1), '1');
  assert.equal(textOf(0), '0');
  const call = entry.deadMan(BTC, 120_000_000) ?? assert.fail();
  assert.equal(whereOf(call), 'POST /fapi/v1/countdownCancelAll');
  call.parse(bytesOf({ symbol: 'BTCUSDT', countdownTime: '120000' }));
  assert.throws(() => call.parse(bytesOf({ symbol: 'ETHUSDT', countdownTime: '120000' })), isRefused);
  assert.throws(() => call.parse(bytesOf({ symbol: 'BTCUSDT', countdownTime: '0' })), isRefused);
});
