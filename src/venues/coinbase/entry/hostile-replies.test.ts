/** Replies that were cut off or changed on their way are refused as a whole; nothing but XY_VENUE_REPLY is thrown for them, and no key is quoted. */
import { testSeed } from '../../../../test/support/property.ts';
import { uuidOfClientId } from '../../entry/index.ts';
import { testDamage } from '../../entry/test/reply-damage.ts';
import { Heard } from '../../entry/test/sinks.ts';
import { BTC_CDE, BTC_USD, KEY_NAME, NOW_US, OUR_ID, open, order, SECRET, STAMP } from './test/account.ts';

const REF = { instrument: BTC_USD, clientOrderId: OUR_ID, venueOrderId: 'v-1', isConditional: false };
const RANGE = { instrument: BTC_USD, fromUs: 0, toUs: NOW_US, afterExecId: null };
const adapter = open([BTC_USD, BTC_CDE]);

const ORDER = {
  order_id: 'v-1',
  product_id: 'BTC-USD',
  client_order_id: uuidOfClientId(OUR_ID),
  side: 'BUY',
  status: 'CANCELLED',
  order_configuration: { limit_limit_gtc: { base_size: '0.001', limit_price: '10000.50', post_only: true } },
  filled_size: '0.0005',
  created_time: '2026-09-21T14:13:20.123456789Z',
  cancel_message: 'User requested',
};
const FILL = {
  entry_id: 'e-1',
  order_id: 'v-1',
  trade_time: '2026-01-21T14:13:20.5Z',
  trade_type: 'FILL',
  price: '10000.50',
  size: '0.001',
  commission: '0.06',
  product_id: 'BTC-USD',
  liquidity_indicator: 'MAKER',
  side: 'SELL',
};
const USER_ORDER = {
  order_id: 'v-1',
  client_order_id: 'c',
  cumulative_quantity: '0.0005',
  leaves_quantity: '0.0005',
  status: 'OPEN',
  product_id: 'BTC-USD',
  order_side: 'BUY',
  order_type: 'Limit',
  limit_price: '10000.50',
};
const POSITION = {
  product_id: BTC_CDE.restSymbol,
  side: 'LONG',
  number_of_contracts: '3',
  avg_entry_price: '6',
};
const ACCOUNT = {
  currency: 'USD',
  available_balance: { value: '1', currency: 'USD' },
  hold: { value: '0', currency: 'USD' },
};

const readMessage = (body: Uint8Array): unknown => {
  const heard = new Heard();
  open().stream.open([BTC_USD]).onMessage(body, STAMP, heard);
  return heard;
};
/** Each kind of reply: how it is read, a good one, and the members without which it says nothing. */
const REPLIES: readonly (readonly [string, (body: Uint8Array) => unknown, object, readonly string[]])[] = [
  [
    'place',
    (body) => adapter.place(order()).parse(body),
    { success: true, success_response: { order_id: 'v' } },
    ['success', 'success_response', 'order_id'],
  ],
  [
    'cancel',
    (body) => adapter.cancel(REF).parse(body),
    { results: [{ success: true, order_id: 'v-1' }] },
    ['results', 'success', 'order_id'],
  ],
  [
    'order',
    (body) => adapter.order(REF).parse(body),
    { order: ORDER },
    ['order', 'order_id', 'product_id', 'side', 'status', 'filled_size', 'created_time'],
  ],
  [
    'open orders',
    (body) => adapter.openOrders([BTC_USD])[0]?.parse(body),
    { orders: [ORDER], has_next: false },
    ['orders', 'has_next', 'product_id', 'side'],
  ],
  [
    'fills',
    (body) => adapter.fills(RANGE).parse(body),
    { fills: [FILL], cursor: '' },
    ['fills', 'entry_id', 'order_id', 'trade_time', 'price', 'size', 'commission', 'product_id', 'side'],
  ],
  [
    'balances',
    (body) => open([BTC_USD]).balances().parse(body),
    { accounts: [ACCOUNT], has_next: false },
    ['accounts', 'has_next', 'currency', 'value', 'available_balance'],
  ],
  [
    'positions',
    (body) => adapter.positions([BTC_CDE])?.parse(body),
    { positions: [POSITION] },
    ['positions', 'product_id', 'side', 'number_of_contracts', 'avg_entry_price'],
  ],
  [
    'key rights',
    (body) => adapter.keyRights()?.parse(body),
    { can_view: true, can_trade: true, can_transfer: false },
    ['can_view', 'can_trade', 'can_transfer'],
  ],
  [
    'private message',
    readMessage,
    {
      channel: 'user',
      timestamp: '2026-09-21T14:13:20Z',
      sequence_num: 0,
      events: [{ type: 'update', orders: [USER_ORDER] }],
    },
    [
      'channel',
      'timestamp',
      'sequence_num',
      'events',
      'type',
      'orders',
      'order_id',
      'cumulative_quantity',
      'leaves_quantity',
      'status',
      'product_id',
      'order_side',
    ],
  ],
];

for (const [name, read, good, needed] of REPLIES)
  testDamage({ name, read, good, needed }, { keys: [KEY_NAME, SECRET], rounds: 400, seed: testSeed() });
