/** Replies that were cut off or changed on their way are refused as a whole; nothing but XY_VENUE_REPLY is thrown for them, and no key is quoted. */
import { testSeed } from '../../../../test/support/property.ts';
import { uuidOfClientId } from '../../entry/index.ts';
import { testDamage } from '../../entry/test/reply-damage.ts';
import { Heard } from '../../entry/test/sinks.ts';
import { API_KEY, BTC_USD, NOW_US, OUR_ID, open, order, SECRET, STAMP } from './test/account.ts';

const REF = { instrument: BTC_USD, clientOrderId: OUR_ID, venueOrderId: 'O-1', isConditional: false };
const RANGE = { instrument: BTC_USD, fromUs: 0, toUs: NOW_US, afterExecId: null };
const adapter = open();

const ORDER = {
  status: 'canceled',
  reason: 'User requested',
  cl_ord_id: uuidOfClientId(OUR_ID),
  opentm: 1_789_999_000.5,
  closetm: 1_789_999_001.5,
  descr: { pair: 'XBTUSD', type: 'buy', ordertype: 'limit', price: '37500.0', price2: '0' },
  vol: '1.25',
  vol_exec: '0.25',
  misc: '',
  oflags: 'fciq',
};
const TRADE = {
  ordertxid: 'O-1',
  pair: 'XXBTZUSD',
  time: 1_789_999_000.5,
  type: 'buy',
  price: '37500.1',
  fee: '3.6',
  vol: '0.5',
  misc: '',
  maker: true,
};
const EXECUTION = {
  order_id: 'O-1',
  exec_id: 'T-1',
  exec_type: 'trade',
  order_status: 'filled',
  symbol: 'BTC/USD',
  side: 'buy',
  order_type: 'limit',
  order_qty: 1,
  last_qty: 0.5,
  last_price: 37_499.9,
  cum_qty: 1,
  timestamp: '2026-09-21T14:13:20Z',
};

/** Each kind of reply: how it is read, a good one, and the members without which it says nothing. */
const REPLIES: readonly (readonly [string, (body: Uint8Array) => unknown, object, readonly string[]])[] = [
  ['place', (body) => adapter.place(order()).parse(body), { txid: ['O-1'] }, ['txid']],
  ['cancel', (body) => adapter.cancel(REF).parse(body), { count: 1 }, ['count']],
  [
    'order',
    (body) => adapter.order(REF).parse(body),
    { 'O-1': ORDER },
    ['status', 'closetm', 'descr', 'pair', 'type', 'ordertype', 'vol', 'vol_exec'],
  ],
  [
    'open orders',
    (body) => adapter.openOrders([])[0]?.parse(body),
    { open: { 'O-1': ORDER } },
    ['open', 'pair'],
  ],
  [
    'fills',
    (body) => adapter.fills(RANGE).parse(body),
    { trades: { 'T-1': TRADE }, count: 1 },
    ['trades', 'ordertxid', 'pair', 'time', 'type', 'price', 'fee', 'vol'],
  ],
  [
    'balances',
    (body) => adapter.balances().parse(body),
    { ZUSD: { balance: '1.5', hold_trade: '0.5' } },
    ['balance'],
  ],
  [
    'key rights',
    (body) => adapter.keyRights()?.parse(body),
    { permissions: ['query-funds'] },
    ['permissions'],
  ],
  ['token', (body) => adapter.stream.ticket?.parse(body), { token: 't' }, ['token']],
];
const MESSAGES = [
  [
    { channel: 'executions', type: 'update', data: [EXECUTION] },
    [
      'type',
      'data',
      'order_id',
      'exec_type',
      'exec_id',
      'side',
      'order_type',
      'last_qty',
      'last_price',
      'timestamp',
    ],
  ],
] as const;

const readMessage = (body: Uint8Array): unknown => {
  const heard = new Heard();
  adapter.stream.open([BTC_USD]).onMessage(body, STAMP, heard);
  return heard;
};
const ALL = [
  ...REPLIES.map(([name, read, result, needed]) => ({ name, read, good: { error: [], result }, needed })),
  ...MESSAGES.map(([good, needed]) => ({ name: 'private message', read: readMessage, good, needed })),
];

for (const reply of ALL) testDamage(reply, { keys: [API_KEY, SECRET], rounds: 500, seed: testSeed() });
