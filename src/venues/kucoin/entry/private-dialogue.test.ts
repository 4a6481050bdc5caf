import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntryAdapter, PrivateStep } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { Told } from '../../entry/test/sinks.ts';
import { BTC, good, KEYS, openFutures, openSpot, stampOf, XBT } from './test/parts.ts';

const NS = 1_700_000_000_500_000_000;

function open(entry: EntryAdapter): { say: (message: unknown) => PrivateStep; told: Told } {
  const dialogue = entry.stream.open(entry.venue === 'kucoin-spot' ? [BTC] : [XBT]);
  const told = new Told();
  return { told, say: (message) => dialogue.onMessage(bytesOf(message), stampOf(), told) };
}

function topic(name: string, data: object, subject = ''): object {
  return { type: 'message', topic: name, subject, channelType: 'private', data };
}

test('a ticket has the address and the token of a connection', () => {
  const server = { endpoint: 'wss://push.test/', pingInterval: 18_000 };
  const answer = good({ token: 'a+b=', instanceServers: [server] });
  const { stream } = openSpot();
  const ticket = stream.ticket?.parse(answer) ?? '';
  assert.equal(stream.url(ticket, 'c 1'), 'wss://push.test/?token=a%2Bb%3D&connectId=c%201');
  const { stream: local } = openSpot([BTC], 'ws://127.0.0.1:1');
  assert.equal(local.url(ticket, 'c'), 'ws://127.0.0.1:1?token=a%2Bb%3D&connectId=c');
  for (const data of [
    { token: '', instanceServers: [server] },
    { token: 'x', instanceServers: [] },
    { token: 'x' },
  ]) {
    assert.throws(() => stream.ticket?.parse(good(data)), { code: 'XY_VENUE_REPLY' });
  }
});

test('nothing is said before the welcome, and all confirmed is ready', () => {
  const entry = openSpot();
  const dialogue = entry.stream.open([BTC]);
  const told = new Told();
  const say = (message: object): PrivateStep => dialogue.onMessage(bytesOf(message), stampOf(), told);
  assert.deepEqual(dialogue.onOpen(stampOf()), { send: [], isReady: false, refusal: null });
  assert.equal(dialogue.ping?.everyUs, 18_000_000);
  const { send } = say({ id: 'x', type: 'welcome', pingInterval: 9_000, pingTimeout: 10_000 });
  assert.deepEqual(
    send.map((text) => JSON.parse(text) as unknown),
    ['/spotMarket/tradeOrdersV2', '/spotMarket/advancedOrders', '/account/balance'].map((name, at) => ({
      id: String(at + 1),
      type: 'subscribe',
      topic: name,
      privateChannel: true,
      response: true,
    })),
  );
  assert.equal(dialogue.ping?.everyUs, 9_000_000);
  assert.equal(dialogue.ping?.text(stampOf()), '{"id":"1700000000000","type":"ping"}');
  const ready = ['1', '2', '3'].map((id) => say({ id, type: 'ack' }).isReady);
  assert.deepEqual(ready, [false, false, true]);
  assert.equal(say({ id: '9', type: 'pong' }).isReady, true);
});

test('an error before everything is confirmed is a refusal without our keys, later a notice', () => {
  const { say, told } = open(openSpot());
  say({ type: 'welcome' });
  const refused = say({ id: '1', type: 'error', code: 403, data: `token of ${KEYS.apiKey} is bad` });
  assert.equal(refused.refusal, '403 token of *** is bad');
  for (const id of ['1', '2', '3']) say({ id, type: 'ack' });
  assert.equal(say({ id: '4', type: 'error', code: 509, data: 'too many' }).refusal, null);
  assert.deepEqual(told.words, ['notice error: 509 too many']);
});

const SPOT_ORDER = {
  symbol: 'BTC-USDT',
  orderType: 'limit',
  side: 'buy',
  orderId: 'v-1',
  clientOid: 'xy-1',
  price: '70000.5',
  size: '0.0003',
  originSize: '0.0003',
  filledSize: '0',
  remainSize: '0.0003',
  canceledSize: '0',
  orderTime: 1_700_000_000_000,
  ts: NS,
};

test('the life of a spot order: arrival, book, match, end', () => {
  const { say, told } = open(openSpot());
  const tell = (changes: object): PrivateStep =>
    say(topic('/spotMarket/tradeOrdersV2', { ...SPOT_ORDER, ...changes }, 'orderChange'));
  tell({ type: 'received', status: 'new', size: undefined, filledSize: undefined });
  tell({ type: 'open', status: 'open' });
  const match = { type: 'match', status: 'open', liquidity: 'maker', tradeId: '77', matchPrice: '70000.5' };
  tell({ ...match, matchSize: '0.0001', filledSize: '0.0001', remainSize: '0.0002' });
  tell({ type: 'update', status: 'open', oldSize: '0.0003', size: '0.0002', filledSize: '0.0001' });
  tell({
    ...match,
    tradeId: '78',
    matchSize: '0.0001',
    size: '0.0002',
    filledSize: '0.0002',
    remainSize: '0',
  });
  tell({ type: 'filled', status: 'done', size: '0.0002', filledSize: '0.0002', remainSize: '0' });
  tell({ type: 'canceled', status: 'done', orderId: 'v-2' });
  tell({ type: 'open', status: 'open', symbol: 'XX-YY', price: 'nonsense' });
  assert.deepEqual(told.words, [
    'order v-1 ACCEPTED 0/30',
    'order v-1 ACCEPTED 0/30',
    'fill 77-v-1 10',
    'order v-1 PARTIALLY_FILLED 10/30',
    'order v-1 PARTIALLY_FILLED 10/20',
    'fill 78-v-1 10',
    'order v-1 FILLED 20/20',
    'order v-1 FILLED 20/20',
    'order v-2 CANCELED 0/30',
  ]);
  assert.deepEqual(
    [told.fills[0]?.filledLots, told.fills[0]?.liquidity, told.fills[0]?.fee],
    [10, 'maker', null],
  );
  assert.equal(told.orders[0]?.tsVenueUs, 1_700_000_000_500_000);
});

test('a fill by stream is the fill of a question', () => {
  const { say, told } = open(openSpot());
  const match = { type: 'match', status: 'match', liquidity: 'taker', tradeId: '77', matchPrice: '70000.5' };
  say(
    topic('/spotMarket/tradeOrdersV2', {
      ...SPOT_ORDER,
      ...match,
      matchSize: '0.0001',
      filledSize: '0.0001',
    }),
  );
  const item = {
    symbol: 'BTC-USDT',
    tradeId: 77,
    orderId: 'v-1',
    side: 'buy',
    liquidity: 'taker',
    price: '70000.5',
    size: '0.0001',
    fee: '0.007',
    feeCurrency: 'USDT',
    createdAt: 1_700_000_000_500,
  };
  const range = { instrument: BTC, fromUs: 0, toUs: 1_800_000_000_000_000, afterExecId: null };
  const [asked] = openSpot()
    .fills(range)
    .parse(good({ items: [item], lastId: 1 })).fills;
  const [streamed] = told.fills;
  assert.deepEqual({ ...streamed, clientOrderId: '', filledLots: null, fee: null }, { ...asked, fee: null });
});

test('stop orders of both markets: waiting, triggered, failed, ended', () => {
  const stop = {
    orderId: 's-1',
    orderType: 'stop',
    side: 'sell',
    orderPrice: '0',
    stopPrice: '65000',
    ts: NS,
  };
  const spot = open(openSpot());
  const tellSpot = (changes: object): PrivateStep =>
    spot.say(
      topic('/spotMarket/advancedOrders', {
        ...stop,
        symbol: 'BTC-USDT',
        size: '0.0001',
        stop: 'loss',
        ...changes,
      }),
    );
  tellSpot({ type: 'open' });
  tellSpot({ type: 'triggered', triggerSuccess: false, error: 'balance' });
  tellSpot({ type: 'cancel' });
  tellSpot({ type: 'open', stop: 'l_s_o' });
  assert.deepEqual(spot.told.words, [
    'order s-1 ACCEPTED 0/10',
    'order s-1 EXPIRED 0/10',
    'order s-1 CANCELED 0/10',
    'notice order s-1 of a linked pair is not read',
  ]);
  const futures = open(openFutures());
  const contractStop = { ...stop, symbol: 'XBTUSDTM', size: 2, stop: 'up', stopPriceType: 'MP' };
  futures.say(topic('/contractMarket/advancedOrders', { ...contractStop, type: 'open' }, 'stopOrder'));
  futures.say(
    topic('/contractMarket/advancedOrders', { ...contractStop, type: 'triggered', size: 0 }, 'stopOrder'),
  );
  assert.deepEqual(
    futures.told.orders.map(({ qtyLots, status, type }) => [type, status, qtyLots]),
    [
      ['take_profit_market', 'ACCEPTED', 10],
      ['take_profit_market', 'TRIGGERED', null],
    ],
  );
});

test('orders of the futures market are told in lots, and by whom they were forced', () => {
  const { say, told } = open(openFutures());
  const match = {
    symbol: 'XBTUSDTM',
    side: 'sell',
    orderType: 'market',
    orderId: 'v-1',
    clientOid: 'xy-1',
    type: 'match',
    status: 'match',
    price: '0',
    size: '4',
    filledSize: '3',
    remainSize: '1',
    canceledSize: '0',
    matchSize: '2',
    matchPrice: '70000.5',
    tradeId: 't-1',
    feeType: 'takerFee',
    tradeType: 'liquid',
    orderTime: NS,
    ts: NS,
  };
  say(topic('/contractMarket/tradeOrders', match, 'orderChange'));
  say(topic('/contractMarket/tradeOrders:XBTUSDTM', { ...match, matchSize: '', matchPrice: '' }));
  assert.deepEqual(told.words, [
    'fill t-1-v-1 10',
    'order v-1 PARTIALLY_FILLED 15/20',
    'notice a match of order v-1 without its size or price',
    'order v-1 PARTIALLY_FILLED 15/20',
  ]);
  assert.deepEqual([told.fills[0]?.forcedBy, told.fills[0]?.liquidity], ['liquidation', 'taker']);
});

test('wallet, positions and funding of the futures market', () => {
  const { say, told } = open(openFutures());
  const wallet = {
    currency: 'USDT',
    walletBalance: '81.07',
    availableBalance: '26.1',
    timestamp: '1700000000000',
  };
  say(topic('/contractAccount/wallet', wallet, 'walletBalance.change'));
  say(topic('/contractAccount/wallet', { orderMargin: 5, currency: 'USDT' }, 'orderMargin.change'));
  const position = {
    symbol: 'XBTUSDTM',
    currentQty: 2,
    avgEntryPrice: 70_000.5,
    currentTimestamp: 1_700_000_000_000,
  };
  say(topic('/contract/positionAll', { ...position, changeReason: 'positionChange' }, 'position.change'));
  say(topic('/contract/positionAll', { markPrice: 1, changeReason: 'markPriceChange' }, 'position.change'));
  const funding = {
    fundingTime: 1_700_000_000_000,
    fundingFee: '0.25',
    settleCurrency: 'USDT',
    symbol: 'XBTUSDTM',
  };
  const pay = (qty: number, fundingRate: string): PrivateStep =>
    say(topic('/contract/positionAll', { ...funding, qty, fundingRate }, 'position.settlement'));
  pay(2, '0.0001');
  pay(-2, '0.0001');
  pay(2, '-0.0001');
  assert.deepEqual(told.words, [
    'balance USDT',
    'position XBTUSDTM 10',
    'funding XBTUSDTM -25 USDT',
    'funding XBTUSDTM 25 USDT',
    'funding XBTUSDTM 25 USDT',
  ]);
  assert.throws(() => say(topic('/contract/positionAll', { changeReason: 'other' }, 'position.change')), {
    code: 'XY_VENUE_REPLY',
  });
});

test('the balance of an account that only stores money is passed over', () => {
  const { say, told } = open(openSpot());
  const balance = { currency: 'USDT', total: '5', available: '4', time: '1700000000000' };
  say(topic('/account/balance', { ...balance, relationEvent: 'main.deposit' }));
  say(topic('/account/balance', { ...balance, relationEvent: 'trade.hold' }));
  assert.deepEqual(told.words, ['balance USDT']);
});

test('a message that is not as documented tells nothing', () => {
  const { say, told } = open(openSpot());
  const bad = {
    ...SPOT_ORDER,
    type: 'match',
    status: 'match',
    matchSize: '0.0001',
    matchPrice: '70000.55',
    tradeId: '1',
  };
  const messages = [
    topic('/spotMarket/tradeOrdersV2', bad),
    topic('/spotMarket/tradeOrdersV2', { ...SPOT_ORDER, type: 'moved', status: 'open' }),
    topic('/spotMarket/tradeOrdersV2', { ...SPOT_ORDER, type: 'open', status: 'open', ts: 5 }),
    { id: '1', type: 'surprise' },
    '{"type":"message","topic":"/spot',
  ];
  for (const message of messages) assert.throws(() => say(message), { code: 'XY_VENUE_REPLY' });
  say(topic('/somewhere/else', {}));
  assert.deepEqual(told.words, ['notice topic /somewhere/else is not read']);
});
