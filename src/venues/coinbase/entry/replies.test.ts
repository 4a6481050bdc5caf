import assert from 'node:assert/strict';
import { test } from 'node:test';
import { uuidOfClientId } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { BTC_CDE, BTC_USD, BTC_USDC, NOW_US, OUR_ID, open, order, STAMP } from './test/account.ts';

const adapter = open([BTC_USD, BTC_USDC]);
const REF = { instrument: BTC_USD, clientOrderId: OUR_ID, venueOrderId: 'v-1', isConditional: false };
const RANGE = { instrument: BTC_USD, fromUs: 0, toUs: NOW_US, afterExecId: null };

function told(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    order_id: 'v-1',
    product_id: 'BTC-USD',
    client_order_id: uuidOfClientId(OUR_ID),
    side: 'BUY',
    status: 'OPEN',
    order_configuration: {
      limit_limit_gtc: { base_size: '0.001', limit_price: '10000.50', post_only: true },
    },
    filled_size: '0.0005',
    created_time: '2026-09-21T14:13:20.123456789Z',
    last_fill_time: '2026-09-21T14:13:21Z',
    pending_cancel: false,
    trigger_status: 'INVALID_ORDER_TYPE',
    reject_reason: 'REJECT_REASON_UNSPECIFIED',
    cancel_message: '',
    ...changes,
  };
}

const asked = (changes: Record<string, unknown> = {}) =>
  adapter.order(REF).parse(bytesOf({ order: told(changes) }));

test('an order is told whole, ours by our id', () => {
  assert.deepEqual(asked(), {
    instrument: BTC_USD,
    clientOrderId: OUR_ID,
    venueOrderId: 'v-1',
    side: 'buy',
    type: 'limit',
    qtyLots: 100_000,
    filledLots: 50_000,
    priceTicks: 1_000_050,
    triggerTicks: null,
    status: 'PARTIALLY_FILLED',
    reduceOnly: false,
    isConditional: false,
    triggeredOrderId: null,
    reason: '',
    tsVenueUs: Date.parse('2026-09-21T14:13:21Z') * 1000,
  });
  assert.equal(asked({ client_order_id: '6d1b345e-2821-40e2-ad83-4ecb18a06876' })?.clientOrderId.length, 36);
});

test('products are told apart by their ids', () => {
  assert.equal(asked({ product_id: 'BTC-USDC' })?.instrument, BTC_USDC);
  const [call] = adapter.openOrders([BTC_USD]);
  const list = { orders: [told(), told({ product_id: 'ETH-USD' })], has_next: false };
  assert.equal(call?.parse(bytesOf(list)).length, 1);
  assert.throws(() => asked({ product_id: 'ETH-USD' }), { code: 'XY_VENUE_REPLY' });
});

const FORMS: readonly (readonly [object, string, number | null, number | null, number])[] = [
  [{ market_market_ioc: { quote_size: '100' } }, 'market', null, null, 50_000],
  [{ market_market_ioc: { base_size: '0.002' } }, 'market', null, null, 200_000],
  [{ sor_limit_ioc: { base_size: '0.002', limit_price: '1' } }, 'limit', 100, null, 200_000],
  [
    {
      stop_limit_stop_limit_gtc: {
        base_size: '0.002',
        limit_price: '2',
        stop_price: '3',
        stop_direction: 'STOP_DIRECTION_STOP_UP',
      },
    },
    'stop_limit',
    200,
    300,
    200_000,
  ],
  [
    {
      stop_limit_stop_limit_gtd: {
        base_size: 0.002,
        limit_price: '2',
        stop_price: '1',
        stop_direction: 'STOP_DIRECTION_STOP_DOWN',
      },
    },
    'take_profit_limit',
    200,
    100,
    200_000,
  ],
  [
    { trigger_bracket_gtc: { base_size: '0.002', limit_price: '4', stop_trigger_price: '1' } },
    'limit',
    400,
    100,
    200_000,
  ],
  [{}, 'market', null, null, 50_000],
];
for (const [configuration, type, priceTicks, triggerTicks, qtyLots] of FORMS) {
  test(`a form that is read: ${JSON.stringify(configuration).slice(0, 40)}`, () => {
    const record = asked({ order_configuration: configuration });
    assert.deepEqual(
      [record?.type, record?.priceTicks, record?.triggerTicks, record?.qtyLots],
      [type, priceTicks, triggerTicks, qtyLots],
    );
  });
}

const STATES: readonly (readonly [Record<string, unknown>, string, string])[] = [
  [{ status: 'PENDING', filled_size: '0' }, 'ACCEPTED', ''],
  [{ status: 'QUEUED', filled_size: '0' }, 'ACCEPTED', ''],
  [{ status: 'OPEN', filled_size: '0', trigger_status: 'STOP_TRIGGERED' }, 'TRIGGERED', ''],
  [{ status: 'OPEN', pending_cancel: true }, 'PENDING_CANCEL', ''],
  [{ status: 'CANCEL_QUEUED' }, 'PENDING_CANCEL', ''],
  [{ status: 'FILLED', filled_size: '0.001' }, 'FILLED', ''],
  [{ status: 'CANCELLED', cancel_message: 'User requested cancel' }, 'CANCELED', ''],
  [{ status: 'CANCELLED', cancel_message: 'Out of funds' }, 'CANCELED', 'Out of funds'],
  [{ status: 'EXPIRED' }, 'EXPIRED', 'expired'],
  [{ status: 'FAILED', filled_size: '0', reject_message: 'no funds' }, 'REJECTED', 'no funds'],
  [{ status: 'FAILED', cancel_message: 'fault' }, 'CANCELED', 'fault'],
];
for (const [changes, status, reason] of STATES) {
  test(`a state: ${String(changes.status)} is ${status} '${reason}'`, () => {
    const record = asked(changes);
    assert.deepEqual([record?.status, record?.reason], [status, reason]);
  });
}

test('an order known by our id alone is looked for among the latest of its product', () => {
  const call = adapter.order({ ...REF, venueOrderId: null });
  const other = told({ client_order_id: 'x', order_id: 'v-2', created_time: '2026-09-21T15:00:00Z' });
  const list = (orders: readonly object[]) => bytesOf({ orders, has_next: true, cursor: 'c' });
  assert.equal(call.parse(list([other, told()]))?.venueOrderId, 'v-1');
  assert.equal(call.parse(list([other])), null);
  const older = told({ client_order_id: 'y', created_time: '2026-09-20T15:00:00Z' });
  assert.throws(() => call.parse(list([older, other])), {
    code: 'XY_VENUE_REPLY',
    message: /newest orders first/,
  });
});

test('a list of open orders that goes on is refused: what is missing from it would count as ended', () => {
  const [call] = adapter.openOrders([BTC_USD]);
  assert.throws(() => call?.parse(bytesOf({ orders: [told()], has_next: true, cursor: 'c' })), {
    code: 'XY_VENUE_REPLY',
  });
});

test('new orders, edits and cancels are confirmed', () => {
  const placed = { success: true, success_response: { order_id: 'v-9' } };
  assert.deepEqual(adapter.place(order()).parse(bytesOf(placed)), { venueOrderId: 'v-9', order: null });
  const amend = adapter.amend({ order: REF, side: 'buy', qtyLots: 1, priceTicks: 1 });
  assert.equal(amend?.parse(bytesOf({ success: true })).venueOrderId, 'v-1');
  const cancel = (results: readonly object[]) => adapter.cancel(REF).parse(bytesOf({ results }));
  assert.equal(cancel([{ success: true, order_id: 'v-1' }]), undefined);
  for (const results of [[], [{ success: true, order_id: 'v-2' }], [{ success: false, order_id: 'v-1' }]])
    assert.throws(() => cancel(results), { code: 'XY_VENUE_REPLY' });
});

const FILL = {
  entry_id: 'e-1',
  trade_id: 't-1',
  order_id: 'v-1',
  trade_time: '2026-01-21T14:13:20.5Z',
  trade_type: 'FILL',
  price: '10000.50',
  size: '0.001',
  commission: '0.0600030',
  product_id: 'BTC-USD',
  liquidity_indicator: 'MAKER',
  size_in_quote: false,
  side: 'SELL',
};

test('fills are told oldest first, with their own ids and their fee in the quote currency', () => {
  const later = {
    ...FILL,
    entry_id: 'e-2',
    trade_time: '2026-01-21T14:13:21Z',
    liquidity_indicator: 'TAKER',
  };
  const correction = { ...FILL, entry_id: 'e-3', trade_type: 'REVERSAL' };
  const foreign = { ...FILL, product_id: 'ETH-USD' };
  const page = adapter.fills(RANGE).parse(bytesOf({ fills: [later, FILL, correction, foreign], cursor: '' }));
  assert.deepEqual(page.fills[0], {
    instrument: BTC_USD,
    execId: 'e-1',
    clientOrderId: '',
    venueOrderId: 'v-1',
    side: 'sell',
    priceTicks: 1_000_050,
    qtyLots: 100_000,
    filledLots: null,
    fee: { asset: 'USD', units: 60_003n, decimals: 6 },
    liquidity: 'maker',
    forcedBy: null,
    tsVenueUs: Date.parse('2026-01-21T14:13:20.5Z') * 1000,
  });
  assert.deepEqual([page.fills.length, page.fills[1]?.liquidity, page.next], [2, 'taker', null]);
});

test('a fill that is stated in quote currency is the lots that it was made of', () => {
  const inQuote = { ...FILL, size_in_quote: true, size: '10.0005' };
  const [fill] = adapter.fills(RANGE).parse(bytesOf({ fills: [inQuote], cursor: '' })).fills;
  assert.equal(fill?.qtyLots, 100_000);
});

test('pages of fills follow each other by their cursor', () => {
  const first = adapter.fills(RANGE).parse(bytesOf({ fills: [FILL], cursor: 'c-2' }));
  assert.match(first.next?.request(STAMP).url ?? '', /&cursor=c-2$/);
  assert.equal(first.next?.parse(bytesOf({ fills: [], cursor: 'c-3' })).next, null);
  assert.equal(first.next?.parse(bytesOf({ fills: [FILL], cursor: 'c-2' })).next, null);
});

function account(currency: string, value: string, hold: string): object {
  return { currency, available_balance: { value, currency }, hold: { value: hold, currency } };
}

test('balances are exact; what is held belongs to the total, not to what is available', () => {
  const accounts = [
    account('USD', '100.25', '50'),
    account('BTC', '0.1', '0'),
    account('BTC', '0.02', '0.003'),
  ];
  const page = adapter.balances().parse(bytesOf({ accounts, has_next: false, cursor: '' }));
  assert.deepEqual(
    page.map(({ available, total }) => [total.asset, total.units, available?.units, total.decimals]),
    [
      ['USD', 15_025n, 10_025n, 2],
      ['BTC', 123n, 12n, 3],
    ],
  );
});

test('accounts are paged until all that is traded was told', () => {
  const fresh = open([BTC_USD]);
  const enough = {
    accounts: [account('USD', '1', '0'), account('BTC', '2', '0')],
    has_next: true,
    cursor: 'c',
  };
  assert.equal(fresh.balances().parse(bytesOf(enough)).length, 2);
  const first = { accounts: [account('USD', '1', '0')], has_next: true, cursor: 'c-2' };
  assert.throws(() => fresh.balances().parse(bytesOf(first)), {
    code: 'XY_VENUE_REPLY',
    message: /more accounts/,
  });
  const next = fresh.balances();
  assert.match(next.request(STAMP).url, /cursor=c-2$/);
  assert.deepEqual(
    next
      .parse(bytesOf({ accounts: [account('BTC', '2', '0')], has_next: false }))
      .map(({ total }) => total.asset),
    ['USD', 'BTC'],
  );
  assert.doesNotMatch(fresh.balances().request(STAMP).url, /cursor/);
});

test('positions are signed and as of the question; contracts that are not told are flat', () => {
  const cde = { ...BTC_CDE, lotsPerContract: 5 };
  const call = open([cde]).positions([cde]);
  call?.request(STAMP);
  const position = {
    product_id: cde.restSymbol,
    side: 'SHORT',
    number_of_contracts: '3',
    avg_entry_price: '60000.5',
  };
  assert.deepEqual(call?.parse(bytesOf({ positions: [position] })), [
    { instrument: cde, positionSide: 'both', qtyLots: -15, entryPrice: '60000.5', tsVenueUs: NOW_US },
  ]);
  assert.deepEqual(call?.parse(bytesOf({ positions: [] }))[0]?.qtyLots, 0);
});

test('a key tells its rights; the one to transfer is the one to withdraw', () => {
  const rights = { can_view: true, can_trade: true, can_transfer: true, portfolio_uuid: 'p' };
  assert.deepEqual(adapter.keyRights()?.parse(bytesOf(rights)), {
    canRead: true,
    canTrade: true,
    canWithdraw: true,
  });
});

test('the time is read in milliseconds', () => {
  const time = { iso: 'x', epochSeconds: '1790000000', epochMillis: '1790000000123' };
  assert.equal(adapter.serverTime().parse(bytesOf(time)), 1_790_000_000_123_000);
});

test('all orders of a product are ended by their ids, as they were listed last', () => {
  const fresh = open([BTC_USD, BTC_USDC]);
  const [listed, passing] = fresh.openOrders([BTC_USD]);
  const list = (...orders: readonly object[]) => bytesOf({ orders, has_next: false });
  listed?.parse(list(told(), told({ order_id: 'v-2' })));
  passing?.parse(
    list(told({ order_id: 'v-3', status: 'PENDING' }), told({ order_id: 'v-4', product_id: 'BTC-USDC' })),
  );
  const [call, ...others] = fresh.cancelAll(BTC_USD);
  assert.equal(others.length, 0);
  assert.equal(call?.request(STAMP).body, '{"order_ids":["v-1","v-2","v-3"]}');
  const results = (...failures: readonly string[]) =>
    bytesOf({
      results: failures.map((failure_reason) => ({ success: failure_reason === '', failure_reason })),
    });
  assert.equal(call?.parse(results('', 'UNKNOWN_CANCEL_ORDER', '')), undefined);
  assert.throws(() => call?.parse(results('', '', 'COMMANDER_REJECTED_CANCEL_ORDER')), {
    code: 'XY_VENUE_REPLY',
  });
  assert.throws(() => call?.parse(results('', '')), { code: 'XY_VENUE_REPLY' });
  listed?.parse(list());
  passing?.parse(list());
  assert.deepEqual(fresh.cancelAll(BTC_USD), []);
});
