import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntryCall, EntryOrder } from '../../entry/index.ts';
import { answerOf, bytesOf } from '../../entry/test/samples.ts';
import { good, NOW_US, openFutures, orderOf, stampOf, XBT } from './test/parts.ts';

const entry = openFutures();
const REF = { instrument: XBT, clientOrderId: 'xy-1', venueOrderId: 'v-1', isConditional: false };

function sent(call: EntryCall<unknown> | null): readonly [string, string, unknown] {
  assert.ok(call !== null);
  const { body, method, url } = call.request(stampOf());
  const path = url.replace('https://api-futures.venue.test', '');
  return [method, path, body === null ? null : (JSON.parse(body) as unknown)];
}

/** Three contracts of five lots. */
function contractOrder(changes: Partial<EntryOrder> = {}): EntryOrder {
  return orderOf({ instrument: XBT, ...changes });
}

test('quantities are whole contracts on the wire', () => {
  const body = {
    clientOid: 'xy-1',
    side: 'buy',
    symbol: 'XBTUSDTM',
    type: 'limit',
    reduceOnly: false,
    marginMode: 'CROSS',
    size: 3,
    price: '70000.5',
    timeInForce: 'GTC',
  };
  assert.equal(entry.unsupported(contractOrder()), null);
  assert.deepEqual(sent(entry.place(contractOrder())), ['POST', '/api/v1/orders', body]);
  const post = sent(entry.place(contractOrder({ timeInForce: 'GTX' })))[2];
  assert.deepEqual(post, { ...body, postOnly: true });
  assert.match(entry.unsupported(contractOrder({ qtyLots: 14 })) ?? '', /14 lots are no whole number/);
  const unsized = { ...XBT, lotsPerContract: undefined };
  assert.match(entry.unsupported(contractOrder({ instrument: unsized })) ?? '', /not known/);
});

test('stops and targets trigger on their side of the market, by the price that is wanted', () => {
  const forms = [
    ['stop_market', 'sell', 'mark', 'down', 'MP'],
    ['stop_market', 'buy', 'last', 'up', 'TP'],
    ['take_profit_market', 'sell', 'index', 'up', 'IP'],
    ['take_profit_market', 'buy', 'last', 'down', 'TP'],
  ] as const;
  for (const [type, side, triggerBy, stop, stopPriceType] of forms) {
    const order = contractOrder({
      type,
      side,
      triggerBy,
      triggerTicks: 650_000,
      priceTicks: null,
      qtyLots: null,
    });
    assert.equal(entry.unsupported(order), null);
    assert.deepEqual(sent(entry.place(order))[2], {
      clientOid: 'xy-1',
      side,
      symbol: 'XBTUSDTM',
      type: 'market',
      closeOrder: true,
      marginMode: 'CROSS',
      stop,
      stopPrice: '65000',
      stopPriceType,
    });
    assert.equal(entry.place(order).priority, 'protect');
  }
});

test('margin mode and leverage that were confirmed stand in the orders that follow', () => {
  const own = openFutures();
  const settings = (): unknown => {
    const { leverage, marginMode } = sent(own.place(contractOrder()))[2] as Record<string, unknown>;
    return [marginMode, leverage];
  };
  const leverage = own.setLeverage(XBT, 10);
  assert.deepEqual(sent(leverage)[2], { symbol: 'XBTUSDTM', leverage: '10' });
  leverage?.parse(good(true));
  assert.deepEqual(settings(), ['CROSS', undefined]);
  const isolated = own.setMarginMode(XBT, 'isolated');
  assert.deepEqual(sent(isolated)[2], { symbol: 'XBTUSDTM', marginMode: 'ISOLATED' });
  assert.deepEqual(settings(), ['CROSS', undefined]);
  isolated?.parse(good({ symbol: 'XBTUSDTM', marginMode: 'ISOLATED' }));
  assert.deepEqual(settings(), ['ISOLATED', 10]);
  const cross = own.setMarginMode(XBT, 'cross');
  assert.ok(cross !== null);
  const same = answerOf({ code: '300000', msg: 'margin mode is already set' });
  assert.equal(own.judge(cross, same, NOW_US).kind, 'nothing-to-do');
  assert.deepEqual(settings(), ['CROSS', undefined]);
  assert.deepEqual(sent(own.setPositionMode('hedge'))[2], { positionMode: '1' });
});

test('orders are cancelled by our id, those that wait for a trigger by that of the venue', () => {
  const byOurs = '/api/v1/orders/client-order/xy-1?symbol=XBTUSDTM';
  assert.deepEqual(sent(entry.cancel(REF)), ['DELETE', byOurs, null]);
  assert.deepEqual(sent(entry.cancel({ ...REF, isConditional: true }))[1], '/api/v1/orders/v-1');
  assert.deepEqual(sent(entry.cancel({ ...REF, isConditional: true, venueOrderId: null }))[1], byOurs);
  assert.deepEqual(
    entry.cancelAll(XBT).map((call) => [sent(call)[1], call.costs[0]?.amount]),
    [
      ['/api/v3/orders?symbol=XBTUSDTM', 10],
      ['/api/v1/stopOrders?symbol=XBTUSDTM', 15],
    ],
  );
  const nothing = answerOf({ code: '200000', data: { cancelledOrderIds: [] } });
  const late = entry.judge(entry.cancel(REF), nothing, NOW_US);
  assert.ok(late.kind === 'refused' && late.code === 'unknown_order');
  assert.equal(entry.amend({ order: REF, side: 'buy', qtyLots: 5, priceTicks: 1 }), null);
  assert.equal(entry.deadMan(XBT, 1), null);
});

const ORDER = {
  id: 'v-1',
  symbol: 'XBTUSDTM',
  type: 'limit',
  side: 'sell',
  price: '70000.5',
  size: 3,
  dealSize: 1,
  filledSize: 1,
  stop: '',
  stopTriggered: false,
  stopPrice: null,
  closeOrder: false,
  clientOid: 'xy-1',
  cancelExist: false,
  createdAt: 1_700_000_000_000,
  updatedAt: 1_700_000_000_500,
  status: 'open',
  reduceOnly: true,
};

test('orders are read in lots, with and without a trigger', () => {
  const read = (changes: object): ReturnType<ReturnType<typeof entry.order>['parse']> =>
    entry.order(REF).parse(good({ ...ORDER, ...changes }));
  const live = read({});
  assert.deepEqual(
    [live?.status, live?.qtyLots, live?.filledLots, live?.reduceOnly],
    ['PARTIALLY_FILLED', 15, 5, true],
  );
  assert.equal(read({ status: 'done', filledSize: 3 })?.status, 'FILLED');
  assert.equal(read({ status: 'done', cancelExist: true })?.status, 'CANCELED');
  const stop = {
    type: 'market',
    price: '0',
    stop: 'down',
    stopPrice: '65000',
    closeOrder: true,
    filledSize: 0,
  };
  const waiting = read(stop);
  assert.deepEqual(
    [waiting?.type, waiting?.qtyLots, waiting?.status, waiting?.isConditional, waiting?.triggerTicks],
    ['stop_market', null, 'ACCEPTED', true, 650_000],
  );
  const triggered = read({ ...stop, stopTriggered: true });
  assert.deepEqual([triggered?.status, triggered?.isConditional], ['TRIGGERED', false]);
  assert.equal(read({ ...stop, stopTriggered: true, status: 'done', filledSize: 3 })?.status, 'FILLED');
});

test('a list of open orders that goes on is refused, not cut', () => {
  const [orders, stops] = entry.openOrders([XBT]);
  assert.equal(sent(orders ?? null)[1], '/api/v1/orders?currentPage=1&pageSize=1000&status=active');
  assert.equal(sent(stops ?? null)[1], '/api/v1/stopOrders?currentPage=1&pageSize=1000');
  assert.equal(orders?.parse(good({ totalPage: 0, items: [] })).length, 0);
  assert.equal(orders?.parse(good({ totalPage: 1, items: [ORDER] })).length, 1);
  assert.throws(() => orders?.parse(good({ totalPage: 2, items: [ORDER] })), { code: 'XY_VENUE_REPLY' });
});

const FILL = {
  symbol: 'XBTUSDTM',
  tradeId: 't-1',
  orderId: 'v-1',
  side: 'buy',
  liquidity: 'taker',
  price: '70000.5',
  size: 2,
  fee: '0.042',
  feeCurrency: 'USDT',
  tradeType: 'trade',
  createdAt: 1_700_000_000_100,
  tradeTime: 1_700_000_000_123_456_000,
};

test('the fills of the last day come first; the list of all follows where they do not reach back', () => {
  const range = { instrument: XBT, fromUs: NOW_US, toUs: NOW_US + 1_000_000, afterExecId: null };
  const call = entry.fills(range);
  assert.equal(sent(call)[1], '/api/v1/recentFills?symbol=XBTUSDTM');
  const body = (fills: readonly string[]): Uint8Array =>
    bytesOf(`{"code":"200000","data":[${fills.join(',')}]}`);
  const text = JSON.stringify(FILL).replace('1700000000123456000', '1700000000123456789');
  const { fills, next } = call.parse(body([text]));
  const [fill] = fills;
  assert.deepEqual([fill?.execId, fill?.qtyLots, fill?.tsVenueUs], ['t-1-v-1', 10, 1_700_000_000_123_456]);
  const path =
    '/api/v1/fills?symbol=XBTUSDTM&startAt=1700000000000&endAt=1700000001000&currentPage=1&pageSize=1000';
  assert.equal(sent(next)[1], path);
  const more = next?.parse(good({ totalPage: 2, items: [] })).next ?? null;
  assert.match(sent(more)[1], /currentPage=2/);
  assert.equal(more?.parse(good({ totalPage: 2, items: [] })).next, null);
  const older = { ...FILL, tradeTime: undefined, createdAt: 1_699_999_999_999, tradeType: 'liquid' };
  assert.equal(call.parse(body([text, JSON.stringify(older)])).next, null);
});

test('what closed a position by force is told', () => {
  const range = { instrument: XBT, fromUs: 0, toUs: NOW_US + 1_000_000, afterExecId: null };
  const forced = ['liquid', 'adl', 'settlement', 'trade'].map((tradeType) => {
    const fill = { ...FILL, tradeTime: undefined, tradeType };
    return entry.fills(range).parse(good([fill])).fills[0]?.forcedBy;
  });
  assert.deepEqual(forced, ['liquidation', 'adl', 'settlement', null]);
  const unknown = { ...FILL, tradeTime: undefined, tradeType: 'gift' };
  assert.throws(() => entry.fills(range).parse(good([unknown])), { code: 'XY_VENUE_REPLY' });
});

test('positions are signed lots; the wallet is counted without unrealised profit', () => {
  const position = {
    symbol: 'XBTUSDTM',
    currentQty: -4,
    avgEntryPrice: 69_999.123,
    positionSide: 'BOTH',
    currentTimestamp: 1_700_000_000_000,
  };
  const read = (changes: object): unknown => {
    const [record] = entry.positions([XBT])?.parse(good([{ ...position, ...changes }])) ?? [];
    return [record?.positionSide, record?.qtyLots, record?.entryPrice];
  };
  assert.deepEqual(read({}), ['both', -20, '69999.123']);
  assert.deepEqual(read({ currentQty: 4, positionSide: 'SHORT' }), ['short', -20, '69999.123']);
  assert.deepEqual(read({ currentQty: 0 }), ['both', 0, null]);
  const overview = {
    accountEquity: 394.4,
    unrealisedPNL: 20.1,
    marginBalance: 374.3,
    availableBalance: 290.25,
    currency: 'USDT',
  };
  assert.deepEqual(entry.balances().parse(good(overview)), [
    {
      total: { asset: 'USDT', units: 3743n, decimals: 1 },
      available: { asset: 'USDT', units: 29025n, decimals: 2 },
    },
  ]);
});

test('outcomes of a batch are found by our ids', () => {
  const call = entry.placeBatch([contractOrder(), contractOrder({ clientOrderId: 'xy-2' })]);
  const outcomes = [
    { clientOid: 'xy-2', code: '300003', msg: 'Balance insufficient' },
    { clientOid: 'xy-1', orderId: 'v-1', code: '200000', msg: 'success' },
  ];
  assert.deepEqual(call?.parse(good(outcomes)), [
    { kind: 'good', placed: { venueOrderId: 'v-1', order: null } },
    { kind: 'refused', code: 'insufficient_margin', venueCode: '300003', message: 'Balance insufficient' },
  ]);
  assert.throws(() => call?.parse(good(outcomes.slice(1))), { code: 'XY_VENUE_REPLY' });
});

test('the rights of a key are asked where the spot market lives', () => {
  const { url } = entry.keyRights()?.request(stampOf()) ?? { url: '' };
  assert.equal(url, 'https://api.venue.test/api/v1/user/api-key');
});
