import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_DAY } from '#core';
import { type EntryCall, type EntryOrder, hmac, sha256, uuidOfClientId } from '../../entry/index.ts';
import { openKrakenSpotEntry } from './index.ts';
import { API_KEY, BTC_USD, NOW_US, OUR_ID, open, order, SECRET, STAMP } from './test/account.ts';

const adapter = open();
const REF = {
  instrument: BTC_USD,
  clientOrderId: OUR_ID,
  venueOrderId: 'OAAAAA-BBBBB-CCCCCC',
  isConditional: false,
};

/** The parameters of a request, its nonce checked and left out. */
function formOf(call: EntryCall<unknown> | null): readonly [path: string, form: Record<string, string>] {
  const { body, url } = call?.request(STAMP) ?? {};
  const { nonce, ...form } = Object.fromEntries(new URLSearchParams(body ?? ''));
  assert.equal(nonce, String(STAMP.nonce));
  return [new URL(url ?? '').pathname, form];
}

test('a limit order is a form with the nonce first, signed over path, nonce and body', () => {
  const call = adapter.place(order());
  const { body, headers, method, url } = call.request(STAMP);
  assert.deepEqual([method, url], ['POST', 'https://api.kraken.com/0/private/AddOrder']);
  assert.match(body ?? '', /^nonce=1790000000123456789&pair=XBTUSD&ordertype=limit&type=buy&volume=1\.25&/);
  const message = Buffer.concat([
    Buffer.from('/0/private/AddOrder'),
    sha256(String(STAMP.nonce), body ?? ''),
  ]);
  assert.equal(headers['API-Key'], API_KEY);
  assert.equal(
    headers['API-Sign'],
    hmac('sha512', Buffer.from(SECRET, 'base64'), message).toString('base64'),
  );
  assert.deepEqual(
    [call.name, call.priority, call.effect, call.costs],
    ['place', 'order', 'change', [{ limit: 'kraken-engine', amount: 1 }]],
  );
});

const COMMON = {
  pair: 'XBTUSD',
  type: 'buy',
  volume: '1.25',
  oflags: 'fciq',
  cl_ord_id: uuidOfClientId(OUR_ID) ?? '',
  deadline: '2026-09-21T14:13:30.123Z',
};
const FORMS: readonly (readonly [string, Partial<EntryOrder>, Record<string, string>])[] = [
  ['limit', {}, { ordertype: 'limit', price: '37500' }],
  ['post-only', { timeInForce: 'GTX' }, { ordertype: 'limit', price: '37500', oflags: 'fciq,post' }],
  ['ioc', { timeInForce: 'IOC' }, { ordertype: 'limit', price: '37500', timeinforce: 'IOC' }],
  ['market', { type: 'market', priceTicks: null }, { ordertype: 'market' }],
  [
    'stop sale, marked reduce-only',
    { type: 'stop_market', side: 'sell', priceTicks: null, triggerTicks: 360_005, reduceOnly: true },
    { ordertype: 'stop-loss', type: 'sell', price: '36000.5' },
  ],
  [
    'stop-limit by index',
    { type: 'stop_limit', triggerTicks: 380_000, triggerBy: 'index' },
    { ordertype: 'stop-loss-limit', price: '38000', price2: '37500', trigger: 'index' },
  ],
  [
    'target',
    { type: 'take_profit_market', priceTicks: null, triggerTicks: 350_000 },
    { ordertype: 'take-profit', price: '35000' },
  ],
  [
    'target-limit',
    { type: 'take_profit_limit', triggerTicks: 350_000 },
    { ordertype: 'take-profit-limit', price: '35000', price2: '37500' },
  ],
  [
    'trailing stop',
    { type: 'trailing_stop', priceTicks: null, callbackBps: 125 },
    { ordertype: 'trailing-stop', price: '+1.25%' },
  ],
];
for (const [name, changes, expected] of FORMS) {
  test(`an order that Kraken takes: ${name}`, () => {
    const asked = order(changes);
    assert.equal(adapter.unsupported(asked), null);
    assert.deepEqual(formOf(adapter.place(asked)), ['/0/private/AddOrder', { ...COMMON, ...expected }]);
  });
}

test('protective orders are more urgent than others', () => {
  assert.equal(adapter.place(order({ type: 'stop_limit', triggerTicks: 1 })).priority, 'protect');
  assert.equal(adapter.place(order({ side: 'sell', reduceOnly: true })).priority, 'protect');
});

const UNSUPPORTED: readonly (readonly [RegExp, Partial<EntryOrder>])[] = [
  [/another form than ours/, { clientOrderId: 'mine' }],
  [/closes the whole position/, { qtyLots: null }],
  [/side of the position/, { positionSide: 'long' }],
  [/reduce-only purchase/, { reduceOnly: true }],
  [/without a limit price/, { priceTicks: null }],
  [/with a limit price/, { type: 'market' }],
  [/with a trigger/, { triggerTicks: 1 }],
  [/mark price/, { type: 'stop_limit', triggerTicks: 1, triggerBy: 'mark' }],
  [/without a trigger/, { type: 'stop_limit' }],
  [/activation price/, { type: 'trailing_stop', priceTicks: null, triggerTicks: 1, callbackBps: 10 }],
  [/without a distance/, { type: 'trailing_stop', priceTicks: null }],
  [/fill or kill/, { timeInForce: 'FOK' }],
  [/post-only market/, { type: 'market', priceTicks: null, timeInForce: 'GTX' }],
  [/immediate-or-cancel stop_limit/, { type: 'stop_limit', triggerTicks: 1, timeInForce: 'IOC' }],
];
for (const [expected, changes] of UNSUPPORTED) {
  test(`an order that Kraken does not take is said to be so: ${expected.source}`, () => {
    assert.match(adapter.unsupported(order(changes)) ?? '', expected);
  });
}

test('two to fifteen orders of one pair go together as JSON', () => {
  const orders = [order(), order({ clientOrderId: 'xy-1a2b3c4d-7za-e', side: 'sell' })];
  const call = adapter.placeBatch(orders);
  const { body, headers, url } = call?.request(STAMP) ?? {};
  assert.equal(url, 'https://api.kraken.com/0/private/AddOrderBatch');
  assert.equal(headers?.['Content-Type'], 'application/json');
  const { nonce, orders: list, pair } = JSON.parse(body ?? '') as Record<string, unknown>;
  assert.deepEqual([nonce, pair], [String(STAMP.nonce), 'XBTUSD']);
  assert.deepEqual(
    (list as Record<string, unknown>[]).map(({ ordertype, price, type, volume }) => [
      ordertype,
      type,
      volume,
      price,
    ]),
    [
      ['limit', 'buy', '1.25', '37500'],
      ['limit', 'sell', '1.25', '37500'],
    ],
  );
  assert.deepEqual(call?.costs, [{ limit: 'kraken-engine', amount: 2 }]);
  const ether = { ...BTC_USD, ix: 1, symbol: 'ETH/USD', wireSymbol: 'ETH/USD', restSymbol: 'ETHUSD' };
  assert.equal(adapter.placeBatch([order()]), null);
  assert.equal(adapter.placeBatch([order(), order({ instrument: ether })]), null);
  assert.equal(adapter.placeBatch(Array.from({ length: 16 }, () => order())), null);
});

test('orders are amended by the id of the venue and ended by ours', () => {
  const amend = { order: REF, side: 'buy', qtyLots: 50_000_000, priceTicks: 375_005 } as const;
  assert.deepEqual(formOf(adapter.amend(amend)), [
    '/0/private/AmendOrder',
    { txid: REF.venueOrderId, order_qty: '0.5', limit_price: '37500.5', deadline: COMMON.deadline },
  ]);
  assert.equal(adapter.amend({ ...amend, order: { ...REF, venueOrderId: null } }), null);
  assert.deepEqual(formOf(adapter.cancel(REF)), ['/0/private/CancelOrder', { cl_ord_id: COMMON.cl_ord_id }]);
  const foreign = { ...REF, clientOrderId: '6d1b345e-2821-40e2-ad83-4ecb18a06876' };
  assert.deepEqual(formOf(adapter.cancel(foreign))[1], { txid: REF.venueOrderId });
  assert.deepEqual(formOf(adapter.cancel({ ...foreign, venueOrderId: null }))[1], {
    cl_ord_id: foreign.clientOrderId,
  });
  assert.throws(() => adapter.cancel({ ...REF, clientOrderId: '', venueOrderId: null }), {
    code: 'XY_VENUE_FAILED',
  });
  assert.equal(adapter.cancel(REF).priority, 'cancel');
});

test('what would end the orders of other pairs too is not offered', () => {
  assert.equal(adapter.deadMan(BTC_USD, 60_000_000), null);
  assert.deepEqual(
    [adapter.positions([BTC_USD]), adapter.setLeverage(BTC_USD, 2), adapter.setMarginMode(BTC_USD, 'cross')],
    [null, null, null],
  );
});

test('questions go to their places', () => {
  const paths = [
    ...adapter.openOrders([BTC_USD]),
    adapter.order(REF),
    adapter.order({ ...REF, venueOrderId: null }),
    adapter.balances(),
    adapter.keyRights(),
    adapter.stream.ticket,
  ].map((call) => formOf(call));
  assert.deepEqual(paths, [
    ['/0/private/OpenOrders', {}],
    ['/0/private/QueryOrders', { txid: REF.venueOrderId }],
    ['/0/private/OpenOrders', { cl_ord_id: COMMON.cl_ord_id }],
    ['/0/private/BalanceEx', {}],
    ['/0/private/GetApiKeyInfo', {}],
    ['/0/private/GetWebSocketsToken', {}],
  ]);
  const range = { instrument: BTC_USD, fromUs: NOW_US - US_PER_DAY, toUs: NOW_US, afterExecId: null };
  assert.deepEqual(formOf(adapter.fills(range)), [
    '/0/private/TradesHistory',
    { start: '1789913599', end: '1790000001', ofs: '0', consolidate_taker: 'false' },
  ]);
  const { headers, url } = adapter.serverTime().request(STAMP);
  assert.deepEqual([headers, url], [{}, 'https://api.kraken.com/0/public/Time']);
});

test('a secret that is none is refused without being quoted', () => {
  const hosts = { rest: 'https://api.kraken.com', stream: 'wss://ws-auth.kraken.com' };
  const keys = { apiKey: API_KEY, secret: 'not base64!', passphrase: '' };
  assert.throws(() => openKrakenSpotEntry({ hosts, keys, instruments: [] }), {
    code: 'XY_VENUE_FAILED',
    message: 'expected the secret of a Kraken key in base64, found other text',
  });
});
