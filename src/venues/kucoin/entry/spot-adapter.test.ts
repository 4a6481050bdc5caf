import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { EntryCall } from '../../entry/index.ts';
import { answerOf, bytesOf } from '../../entry/test/samples.ts';
import { BTC, good, KEYS, NOW_US, openSpot, orderOf, pair, stampOf } from './test/parts.ts';

const entry = openSpot();
const REF = { instrument: BTC, clientOrderId: 'xy-1', venueOrderId: null, isConditional: false };
const STOP_REF = { ...REF, isConditional: true };

function sent(call: EntryCall<unknown> | null): readonly [string, string, unknown] {
  assert.ok(call !== null);
  const { body, method, url } = call.request(stampOf());
  return [
    method,
    url.replace('https://venue.test', ''),
    body === null ? null : (JSON.parse(body) as unknown),
  ];
}

function hash(text: string): string {
  return createHmac('sha256', KEYS.secret).update(text).digest('base64');
}

test('the signature covers moment, method, path with query and body', () => {
  const { body, headers } = entry.place(orderOf()).request(stampOf());
  assert.equal(headers['KC-API-SIGN'], hash(`1700000000000POST/api/v1/hf/orders${body}`));
  assert.equal(headers['KC-API-PASSPHRASE'], hash(KEYS.passphrase));
  assert.equal(headers['KC-API-KEY'], KEYS.apiKey);
  assert.equal(headers['KC-API-TIMESTAMP'], '1700000000000');
  const cancel = entry.cancel(REF).request(stampOf());
  const target = '/api/v1/hf/orders/client-order/xy-1?symbol=BTC-USDT';
  assert.equal(cancel.headers['KC-API-SIGN'], hash(`1700000000000DELETE${target}`));
});

test('plain orders go to the high-frequency interface, conditional ones to that of stop orders', () => {
  const base = {
    type: 'limit',
    symbol: 'BTC-USDT',
    side: 'buy',
    price: '70000.5',
    size: '0.00015',
    clientOid: 'xy-1',
  };
  const path = '/api/v1/hf/orders';
  assert.deepEqual(sent(entry.place(orderOf())), ['POST', path, base]);
  assert.deepEqual(sent(entry.place(orderOf({ timeInForce: 'GTX' })))[2], { ...base, postOnly: true });
  assert.deepEqual(sent(entry.place(orderOf({ timeInForce: 'FOK' })))[2], { ...base, timeInForce: 'FOK' });
  const market = { type: 'market', symbol: 'BTC-USDT', side: 'sell', size: '0.00015', clientOid: 'xy-1' };
  const sale = orderOf({ type: 'market', priceTicks: null, side: 'sell', reduceOnly: true });
  assert.deepEqual(sent(entry.place(sale)), ['POST', path, market]);
  const stop = orderOf({ type: 'stop_market', priceTicks: null, side: 'sell', triggerTicks: 650_000 });
  const stopBody = { ...market, stop: 'loss', stopPrice: '65000' };
  assert.deepEqual(sent(entry.place(stop)), ['POST', '/api/v1/stop-order', stopBody]);
  const target = orderOf({ type: 'take_profit_limit', side: 'sell', triggerTicks: 800_000 });
  const targetBody = { ...base, side: 'sell', stop: 'entry', stopPrice: '80000' };
  assert.deepEqual(sent(entry.place(target))[2], targetBody);
});

test('what the market has not is said before it is sent', () => {
  assert.equal(entry.unsupported(orderOf()), null);
  assert.match(entry.unsupported(orderOf({ qtyLots: null })) ?? '', /quantity/);
  assert.match(entry.unsupported(orderOf({ reduceOnly: true })) ?? '', /reduce-only/);
  assert.match(entry.unsupported(orderOf({ type: 'trailing_stop' })) ?? '', /trailing/);
  assert.match(entry.unsupported(orderOf({ type: 'stop_limit', triggerBy: 'mark' })) ?? '', /last price/);
  assert.match(entry.unsupported(orderOf({ clientOrderId: 'a b' })) ?? '', /letters/);
  assert.match(entry.unsupported(orderOf({ type: 'market', timeInForce: 'GTX' })) ?? '', /GTX/);
});

test('each family is cancelled, asked for and listed in its own way', () => {
  const stop = '/api/v1/stop-order';
  assert.deepEqual(
    sent(entry.cancel(STOP_REF))[1],
    `${stop}/cancelOrderByClientOid?symbol=BTC-USDT&clientOid=xy-1`,
  );
  assert.deepEqual(
    sent(entry.order(STOP_REF))[1],
    `${stop}/queryOrderByClientOid?symbol=BTC-USDT&clientOid=xy-1`,
  );
  assert.deepEqual(
    sent(entry.cancel({ ...REF, clientOrderId: '', venueOrderId: 'v-1' }))[1],
    '/api/v1/hf/orders/v-1?symbol=BTC-USDT',
  );
  assert.deepEqual(
    entry.cancelAll(BTC).map((call) => sent(call)[1]),
    ['/api/v1/hf/orders?symbol=BTC-USDT', `${stop}/cancel?symbol=BTC-USDT`],
  );
  assert.deepEqual(
    entry.openOrders([BTC]).map((call) => sent(call)[1]),
    ['/api/v1/hf/orders/active?symbol=BTC-USDT', `${stop}?currentPage=1&pageSize=500`],
  );
  assert.equal(entry.deadMan(BTC, 60_000_000), null);
  assert.equal(entry.positions([BTC]), null);
});

const ORDER = {
  id: 'v-1',
  symbol: 'BTC-USDT',
  type: 'limit',
  side: 'buy',
  price: '70000.5',
  size: '0.00015',
  dealSize: '0',
  clientOid: 'xy-1',
  cancelExist: false,
  active: true,
  createdAt: 1_700_000_000_000,
  lastUpdatedAt: 1_700_000_000_500,
};

test('an order is resting, partly filled, filled or cancelled', () => {
  const read = (changes: object): string | undefined =>
    entry.order(REF).parse(good({ ...ORDER, ...changes }))?.status;
  assert.equal(read({}), 'ACCEPTED');
  assert.equal(read({ dealSize: '0.00005' }), 'PARTIALLY_FILLED');
  assert.equal(read({ active: false, dealSize: '0.00015' }), 'FILLED');
  assert.equal(read({ active: false, dealSize: '0.00005', cancelExist: true }), 'CANCELED');
  assert.equal(entry.order(REF).parse(good(ORDER))?.tsVenueUs, 1_700_000_000_500_000);
  assert.equal(entry.order(REF).parse(good(null)), null);
});

test('an order that the venue never saw is no order, not a refusal', () => {
  const body = { code: '400100', msg: 'order_not_exist_or_not_allow_to_be_cancelled' };
  const call = entry.order(REF);
  assert.deepEqual(entry.judge(call, answerOf(body), NOW_US), { kind: 'good' });
  assert.equal(call.parse(bytesOf(body)), null);
  const cancel = entry.judge(entry.cancel(REF), answerOf(body), NOW_US);
  assert.ok(cancel.kind === 'refused' && cancel.code === 'unknown_order');
  assert.throws(() => call.parse(bytesOf({ code: '400007', msg: 'access denied' })), {
    code: 'XY_VENUE_REPLY',
  });
});

test('stop orders are listed as a family of their own, whole or not at all', () => {
  const stop = {
    id: 's-1',
    symbol: 'BTC-USDT',
    status: 'NEW',
    type: 'market',
    side: 'sell',
    price: null,
    size: '0.00015000000000000000',
    clientOid: 'xy-2',
    stop: 'loss',
    stopPrice: '65000.00000000000000000000',
    stopTriggerTime: null,
    createdAt: 1_700_000_000_000,
  };
  const [, list] = entry.openOrders([BTC]);
  const other = { ...stop, symbol: 'XX-YY' };
  const linked = { ...stop, stop: 'l_s_o' };
  const [record, ...more] = list?.parse(good({ totalPage: 1, items: [stop, other, linked] })) ?? [];
  assert.ok(record !== undefined && more.length === 0);
  assert.deepEqual(
    [record.type, record.status, record.qtyLots, record.triggerTicks, record.isConditional],
    ['stop_market', 'ACCEPTED', 15, 650_000, true],
  );
  assert.throws(() => list?.parse(good({ totalPage: 2, items: [stop] })), { code: 'XY_VENUE_REPLY' });
  assert.equal(entry.order(STOP_REF).parse(good([stop]))?.venueOrderId, 's-1');
  assert.equal(entry.order(STOP_REF).parse(good([])), null);
});

test('sizes finer than a lot are cut, and less than a lot is no fill', () => {
  const fill = {
    symbol: 'BTC-USDT',
    tradeId: 77,
    orderId: 'v-1',
    side: 'buy',
    liquidity: 'maker',
    price: '70000.5',
    size: '0.000019',
    fee: '0.0001',
    feeCurrency: 'USDT',
    createdAt: 1_700_000_000_000,
  };
  const range = { instrument: BTC, fromUs: NOW_US, toUs: NOW_US + 1_000_000, afterExecId: null };
  const dust = { ...fill, tradeId: 78, size: '0.000009' };
  const { fills, next } = entry.fills(range).parse(good({ items: [fill, dust], lastId: 5 }));
  assert.equal(next, null);
  assert.deepEqual(
    fills.map(({ execId, fee, qtyLots }) => [execId, qtyLots, fee]),
    [['77-v-1', 1, { asset: 'USDT', units: 1n, decimals: 4 }]],
  );
});

test('fills come in windows of seven days, each with its pages', () => {
  const items = Array.from({ length: 100 }, (_, at) => ({
    symbol: 'XX-YY',
    tradeId: at,
  }));
  const dayUs = 86_400_000_000;
  const range = { instrument: BTC, fromUs: NOW_US, toUs: NOW_US + 10 * dayUs, afterExecId: null };
  const first = entry.fills(range);
  const second = first.parse(good({ items, lastId: 9 })).next;
  const third = second?.parse(good({ items: [], lastId: 9 })).next;
  assert.match(sent(first)[1], /startAt=1700000000000&endAt=1700604800000&limit=100$/);
  assert.match(sent(second ?? null)[1], /startAt=1700000000000&endAt=1700604800000&limit=100&lastId=9$/);
  assert.match(sent(third ?? null)[1], /startAt=1700604800000&endAt=1700864000000&limit=100$/);
  assert.equal(third?.parse(good({ items: [], lastId: 0 })).next, null);
});

test('a batch is limit orders of one pair, and has an outcome for each', () => {
  const call = entry.placeBatch([orderOf(), orderOf({ clientOrderId: 'xy-2' })]);
  const [, path, body] = sent(call);
  assert.equal(path, '/api/v1/hf/orders/multi');
  assert.equal((body as { orderList: unknown[] }).orderList.length, 2);
  const outcome = { success: false, failMsg: 'The quantity is below the minimum requirement.' };
  const answer = { success: true, code: '200', data: [{ orderId: 'v-1', success: true }, outcome] };
  assert.deepEqual(call?.parse(bytesOf(answer)), [
    { kind: 'good', placed: { venueOrderId: 'v-1', order: null } },
    { kind: 'refused', code: 'quantity_filter', venueCode: '', message: outcome.failMsg },
  ]);
  assert.equal(entry.placeBatch([orderOf({ type: 'market', priceTicks: null })]), null);
  assert.equal(entry.placeBatch([orderOf(), orderOf({ instrument: pair('A-B', 1, 1) })]), null);
  assert.throws(() => call?.parse(good([{ orderId: 'v-1', success: true }])), { code: 'XY_VENUE_REPLY' });
});

test('an amendment gives the order another id of the venue', () => {
  const call = entry.amend({ order: REF, side: 'buy', qtyLots: 20, priceTicks: 710_000 });
  const body = { symbol: 'BTC-USDT', clientOid: 'xy-1', newPrice: '71000', newSize: '0.0002' };
  assert.deepEqual(sent(call), ['POST', '/api/v1/hf/orders/alter', body]);
  assert.equal(call?.parse(good({ newOrderId: 'v-2' })).venueOrderId, 'v-2');
  assert.equal(entry.amend({ order: STOP_REF, side: 'buy', qtyLots: 20, priceTicks: 1 }), null);
});

test('balances are those of the wallet that orders trade on', () => {
  const wallet = { currency: 'USDT', balance: '10.5', available: '4' };
  const main = { ...wallet, type: 'main' };
  const read = (items: readonly object[]): string =>
    entry
      .balances()
      .parse(good(items))
      .map(({ available, total }) => `${total.units}e-${total.decimals} ${available?.units}`)
      .join(',');
  assert.equal(read([main, { ...wallet, type: 'trade' }]), '105e-1 4');
  const newer = { ...wallet, type: 'trade_hf', balance: '7' };
  assert.equal(read([main, { ...wallet, type: 'trade' }, newer]), '7e-0 4');
  assert.equal(read([main]), '');
});

test('a key that lets money out is told', () => {
  const call = entry.keyRights();
  const read = (permission: string): unknown => call?.parse(good({ permission }));
  assert.deepEqual(read('General,Spot'), { canRead: true, canTrade: true, canWithdraw: false });
  assert.deepEqual(read('General,Futures,InnerTransfer'), {
    canRead: true,
    canTrade: false,
    canWithdraw: false,
  });
  assert.deepEqual(read('General, Spot, Transfer'), { canRead: true, canTrade: true, canWithdraw: true });
  assert.deepEqual(read('General,Spot,Withdrawal'), { canRead: true, canTrade: true, canWithdraw: true });
});

test('headers tell how much of the pool is used', () => {
  const used = (limit: string, remaining: string): unknown =>
    entry.usage(answerOf({}, 200, { 'gw-ratelimit-limit': limit, 'gw-ratelimit-remaining': remaining }));
  assert.deepEqual(used('4000', '3990'), [{ name: 'orders', used: 10 }]);
  assert.deepEqual(used('8000', '6000'), [{ name: 'orders', used: 1_000 }]);
  assert.deepEqual(used('2000', '1990'), []);
  assert.deepEqual(used('x', '1'), []);
  assert.deepEqual(
    entry.limits.map(({ amount, name }) => `${name} ${amount}`),
    ['orders 4000', 'management 2000', 'public 2000'],
  );
});
