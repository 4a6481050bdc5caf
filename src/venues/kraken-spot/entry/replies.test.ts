import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidOfClientId } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { BTC_USD, good, NOW_US, OUR_ID, open, order } from './test/account.ts';

const adapter = open();
const REF = {
  instrument: BTC_USD,
  clientOrderId: OUR_ID,
  venueOrderId: 'OAAAAA-BBBBB-CCCCCC',
  isConditional: false,
};
const RANGE = { instrument: BTC_USD, fromUs: 0, toUs: NOW_US, afterExecId: null };

function told(changes: Record<string, unknown> = {}, description: Record<string, unknown> = {}): object {
  return {
    refid: null,
    userref: 0,
    cl_ord_id: uuidOfClientId(OUR_ID),
    status: 'open',
    opentm: 1_789_999_000.1234567,
    descr: { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', price: '37500.0', price2: '0', ...description },
    vol: '1.25000000',
    vol_exec: '0.00000000',
    misc: '',
    oflags: 'fciq',
    ...changes,
  };
}

function openOrder(changes: Record<string, unknown>, description: Record<string, unknown> = {}) {
  const [call] = adapter.openOrders([BTC_USD]);
  const [record] = call?.parse(good({ open: { 'OX-1': told(changes, description) } })) ?? [];
  return record;
}

test('an open order is told whole, ours by our id', () => {
  assert.deepEqual(openOrder({ vol_exec: '0.5' }), {
    instrument: BTC_USD,
    clientOrderId: OUR_ID,
    venueOrderId: 'OX-1',
    side: 'buy',
    type: 'limit',
    qtyLots: 125_000_000,
    filledLots: 50_000_000,
    priceTicks: 375_000,
    triggerTicks: null,
    status: 'PARTIALLY_FILLED',
    reduceOnly: false,
    isConditional: false,
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: 1_789_999_000_123_456,
  });
});

test('orders of others keep their ids, orders of other pairs are left out', () => {
  assert.equal(openOrder({ cl_ord_id: '6d1b345e-2821-40e2-ad83-4ecb18a06876' })?.clientOrderId.length, 36);
  assert.equal(openOrder({ cl_ord_id: null })?.clientOrderId, '');
  assert.equal(openOrder({}, { pair: 'ETHUSD' }), undefined);
  assert.equal(openOrder({}, { pair: 'XXBTZUSD' })?.instrument, BTC_USD);
});

test('stops wait, are triggered, and keep both prices', () => {
  const stop = openOrder({ misc: 'stopped' }, { ordertype: 'stop-loss-limit', price2: '37400.5' });
  assert.deepEqual(
    [stop?.type, stop?.status, stop?.triggerTicks, stop?.priceTicks, stop?.isConditional],
    ['stop_limit', 'TRIGGERED', 375_000, 374_005, true],
  );
  const trailing = openOrder({ stopprice: '36000.1' }, { ordertype: 'trailing-stop', price: '+1.2500%' });
  assert.deepEqual(
    [trailing?.type, trailing?.status, trailing?.triggerTicks, trailing?.priceTicks],
    ['trailing_stop', 'ACCEPTED', 360_001, null],
  );
});

test('an order sized in quote currency has the quantity that is filled', () => {
  const record = openOrder(
    { oflags: 'fciq,viqc', vol: '100.00', vol_exec: '0.002' },
    { ordertype: 'market' },
  );
  assert.deepEqual([record?.qtyLots, record?.filledLots, record?.priceTicks], [200_000, 200_000, null]);
});

const ENDS: readonly (readonly [Record<string, unknown>, string, string])[] = [
  [{ status: 'closed', vol_exec: '1.25' }, 'FILLED', ''],
  [{ status: 'closed', vol_exec: '1' }, 'CANCELED', 'closed with a rest'],
  [{ status: 'canceled', reason: 'User requested' }, 'CANCELED', ''],
  [{ status: 'canceled', reason: 'Post only order' }, 'CANCELED', 'Post only order'],
  [{ status: 'expired', reason: null }, 'EXPIRED', 'expired'],
];
for (const [changes, status, reason] of ENDS) {
  test(`an ended order: ${String(changes.status)} is ${status} '${reason}'`, () => {
    const parse = (body: Uint8Array) => adapter.order(REF).parse(body);
    const record = parse(good({ [REF.venueOrderId]: told({ closetm: 1_789_999_001, ...changes }) }));
    assert.deepEqual(
      [record?.status, record?.reason, record?.tsVenueUs],
      [status, reason, 1_789_999_001_000_000],
    );
  });
}

test('an order that the venue does not know is none', () => {
  assert.equal(adapter.order(REF).parse(good({})), null);
  assert.equal(adapter.order(REF).parse(bytesOf({ error: ['EOrder:Unknown order'] })), null);
  assert.throws(() => adapter.order(REF).parse(bytesOf({ error: ['EGeneral:Permission denied'] })), {
    code: 'XY_VENUE_REPLY',
  });
});

test('an order known by our id alone is looked for among the open ones, then among the ended ones', () => {
  const fresh = open();
  const ref = { ...REF, venueOrderId: null };
  const endpoint = () => fresh.order(ref).request({ venueUs: 1, nonce: 1n, random: new Uint8Array(16) }).url;
  assert.match(endpoint(), /OpenOrders$/);
  assert.equal(fresh.order(ref).parse(good({ open: { 'OX-1': told() } }))?.venueOrderId, 'OX-1');
  assert.match(endpoint(), /OpenOrders$/);
  assert.throws(() => fresh.order(ref).parse(good({ open: {} })), {
    code: 'XY_VENUE_REPLY',
    message: /not among the open orders/,
  });
  assert.match(endpoint(), /ClosedOrders$/);
  const ended = told({ status: 'canceled', closetm: 1_789_999_001, reason: 'User requested' });
  const later = told({ status: 'closed', vol_exec: '1.25', closetm: 1_789_999_002 });
  const other = told({
    cl_ord_id: uuidOfClientId('xy-1a2b3c4d-1-e'),
    status: 'expired',
    closetm: 1_789_999_009,
  });
  const found = fresh
    .order(ref)
    .parse(good({ closed: { 'OX-1': ended, 'OX-2': later, 'OX-3': other }, count: 3 }));
  assert.equal(found?.venueOrderId, 'OX-2');
  assert.match(endpoint(), /OpenOrders$/);
  assert.throws(() => fresh.order(ref).parse(good({ open: {} })), { code: 'XY_VENUE_REPLY' });
  assert.equal(fresh.order(ref).parse(good({ closed: {}, count: 0 })), null);
});

test('new orders, amends and cancels are confirmed', () => {
  const placed = adapter.place(order()).parse(good({ descr: { order: '' }, txid: ['OUF4EM-AAAAA-BBBBBB'] }));
  assert.deepEqual(placed, { venueOrderId: 'OUF4EM-AAAAA-BBBBBB', order: null });
  const amend = adapter.amend({ order: REF, side: 'buy', qtyLots: 1, priceTicks: 1 });
  assert.equal(amend?.parse(good({ amend_id: 'TA' })).venueOrderId, REF.venueOrderId);
  assert.equal(adapter.cancel(REF).parse(good({ count: 1 })), undefined);
  assert.equal(adapter.cancel(REF).parse(good({ pending: true })), undefined);
  for (const txid of [[], ['A', 'B'], '', [''], null])
    assert.throws(() => adapter.place(order()).parse(good({ txid })), { code: 'XY_VENUE_REPLY' });
});

test('of a batch each order is taken or refused; where that is not said of one, all are in doubt', () => {
  const batch = () => adapter.placeBatch([order(), order({ clientOrderId: 'xy-1a2b3c4d-7za-e' })]);
  const outcomes = batch()?.parse(
    good({ orders: [{ txid: 'O-1' }, { error: 'EOrder:Insufficient funds' }] }),
  );
  assert.deepEqual(outcomes, [
    { kind: 'good', placed: { venueOrderId: 'O-1', order: null } },
    {
      kind: 'refused',
      code: 'insufficient_margin',
      venueCode: 'EOrder:Insufficient funds',
      message: 'EOrder:Insufficient funds',
    },
  ]);
  for (const orders of [
    [{ txid: 'O-1' }],
    [{ txid: 'O-1' }, { error: 'EService:Unavailable' }],
    [{ txid: 'O-1' }, {}],
  ])
    assert.throws(() => batch()?.parse(good({ orders })), { code: 'XY_VENUE_REPLY' });
});

const TRADE = {
  ordertxid: 'OX-1',
  pair: 'XXBTZUSD',
  time: 1_789_999_000.5,
  type: 'sell',
  ordertype: 'market',
  price: '37500.10000',
  cost: '0',
  fee: '3.60',
  vol: '0.50000000',
  misc: '',
  maker: false,
};

test('trades are fills, oldest first, by the ids of the stream, with their fee in the quote currency', () => {
  const page = adapter.fills(RANGE).parse(
    good({
      trades: {
        'T-2': { ...TRADE, time: 1_789_999_002, maker: true },
        'T-1': TRADE,
        'T-0': { ...TRADE, pair: 'XETHZUSD' },
      },
      count: 3,
    }),
  );
  assert.deepEqual(page.fills[0], {
    instrument: BTC_USD,
    execId: 'T-1',
    clientOrderId: '',
    venueOrderId: 'OX-1',
    side: 'sell',
    priceTicks: 375_001,
    qtyLots: 50_000_000,
    filledLots: null,
    fee: { asset: 'USD', units: 36n, decimals: 1 },
    liquidity: 'taker',
    forcedBy: null,
    tsVenueUs: 1_789_999_000_500_000,
  });
  assert.deepEqual(
    page.fills.map(({ execId, liquidity }) => [execId, liquidity]),
    [
      ['T-1', 'taker'],
      ['T-2', 'maker'],
    ],
  );
  assert.equal(page.next, null);
});

test('pages of trades follow each other until all were told', () => {
  const stamp = { venueUs: NOW_US, nonce: 1n, random: new Uint8Array(16) };
  const first = adapter.fills(RANGE).parse(good({ trades: { 'T-3': TRADE, 'T-2': TRADE }, count: 3 }));
  assert.match(first.next?.request(stamp).body ?? '', /&ofs=2&/);
  const last = first.next?.parse(good({ trades: { 'T-1': TRADE }, count: 3 }));
  assert.deepEqual([last?.fills.length, last?.next], [1, null]);
  const full = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`T-${at}`, TRADE]));
  assert.notEqual(adapter.fills(RANGE).parse(good({ trades: full })).next, null);
  assert.equal(adapter.fills(RANGE).parse(good({ trades: {}, count: 9 })).next, null);
});

test('balances are exact, what orders hold is not available, assets have their current names', () => {
  const balances = adapter.balances().parse(
    good({
      ZUSD: { balance: '100.5000', hold_trade: '40.25' },
      XXBT: { balance: '0.1234567890', hold_trade: '0', credit: '1', credit_used: '0.5' },
      'XBT.F': { balance: '2' },
      USDT: '7',
    }),
  );
  assert.deepEqual(
    balances.map(({ available, total }) => [total, available]),
    [
      [
        { asset: 'USD', units: 1005n, decimals: 1 },
        { asset: 'USD', units: 6025n, decimals: 2 },
      ],
      [
        { asset: 'BTC', units: 123456789n, decimals: 9 },
        { asset: 'BTC', units: 623456789n, decimals: 9 },
      ],
      [
        { asset: 'BTC.F', units: 2n, decimals: 0 },
        { asset: 'BTC.F', units: 2n, decimals: 0 },
      ],
      [{ asset: 'USDT', units: 7n, decimals: 0 }, null],
    ],
  );
});

test('a key tells its rights, the one to withdraw above all', () => {
  const rights = (permissions: readonly string[]) => adapter.keyRights()?.parse(good({ permissions }));
  assert.deepEqual(rights(['query-funds', 'query-open-trades', 'modify-trades']), {
    canRead: true,
    canTrade: true,
    canWithdraw: false,
  });
  assert.equal(rights(['withdraw-funds'])?.canWithdraw, true);
});

test('the ticket of the stream is the token, the time has whole seconds', () => {
  assert.equal(adapter.stream.ticket?.parse(good({ token: 'abc', expires: 900 })), 'abc');
  assert.equal(adapter.serverTime().parse(good({ unixtime: 1_790_000_000 })), 1_790_000_000_000_000);
});

test('all orders of a pair are ended one by one, as they were listed last', () => {
  const fresh = open();
  const ended = () =>
    fresh.cancelAll(BTC_USD).map((call) => {
      const { body, url } = call.request({ venueUs: 1, nonce: 1n, random: new Uint8Array(16) });
      return [url.split('/').at(-1), body, call.priority];
    });
  assert.deepEqual(ended(), []);
  const [list] = fresh.openOrders([BTC_USD]);
  const foreign = told({ cl_ord_id: null });
  list?.parse(good({ open: { 'OX-1': told(), 'OX-2': foreign, 'OX-3': told({}, { pair: 'ETHUSD' }) } }));
  assert.deepEqual(ended(), [
    ['CancelOrder', `nonce=1&cl_ord_id=${uuidOfClientId(OUR_ID)}`, 'cancel'],
    ['CancelOrder', 'nonce=1&txid=OX-2', 'cancel'],
  ]);
  list?.parse(good({ open: {} }));
  assert.deepEqual(ended(), []);
});
