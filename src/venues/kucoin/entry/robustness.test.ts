import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '#core';
import { testSeed } from '../../../../test/support/property.ts';
import type { EntryAdapter, EntryCall } from '../../entry/index.ts';
import { changed, isRefused, strangeValues } from '../../entry/test/reply-damage.ts';
import { answerOf, bytesOf } from '../../entry/test/samples.ts';
import { Told } from '../../entry/test/sinks.ts';
import { BTC, KEYS, NOW_US, openFutures, openSpot, orderOf, stampOf, XBT } from './test/parts.ts';

const SEED = testSeed();
const ROUNDS = 400;
const spot = openSpot();
const futures = openFutures();
const SPOT_REF = { instrument: BTC, clientOrderId: 'xy-1', venueOrderId: 'v-1', isConditional: false };
const REF = { ...SPOT_REF, instrument: XBT };
const RANGE = { fromUs: 0, toUs: 2_000_000_000_000_000, afterExecId: null };
const MS = 1_700_000_000_000;

const SPOT_ORDER = {
  id: 'v-1',
  symbol: 'BTC-USDT',
  type: 'limit',
  side: 'buy',
  price: '70000.5',
  size: '0.00015',
  dealSize: '0.0001',
  clientOid: 'xy-1',
  cancelExist: false,
  active: true,
  lastUpdatedAt: MS,
};
const STOP_ORDER = {
  id: 's-1',
  symbol: 'BTC-USDT',
  status: 'NEW',
  type: 'market',
  side: 'sell',
  size: '0.00015',
  clientOid: 'xy-2',
  stop: 'loss',
  stopPrice: '65000',
  createdAt: MS,
};
const SPOT_FILL = {
  symbol: 'BTC-USDT',
  tradeId: '77',
  orderId: 'v-1',
  side: 'buy',
  liquidity: 'maker',
  price: '70000.5',
  size: '0.0001',
  fee: '0.1',
  feeCurrency: 'USDT',
  createdAt: MS,
};
const ORDER = {
  id: 'v-1',
  symbol: 'XBTUSDTM',
  type: 'limit',
  side: 'sell',
  price: '70000.5',
  size: 3,
  filledSize: 1,
  stop: 'up',
  stopTriggered: false,
  stopPrice: '71000',
  clientOid: 'xy-1',
  cancelExist: false,
  updatedAt: MS,
  status: 'open',
};
const FILL = { ...SPOT_FILL, symbol: 'XBTUSDTM', size: 2, tradeType: 'trade' };
const POSITION = { symbol: 'XBTUSDTM', currentQty: 2, avgEntryPrice: 70_000.5, currentTimestamp: MS };
const BULLET = { token: 'token', instanceServers: [{ endpoint: 'wss://push.test', pingInterval: 18_000 }] };

/** Calls with data of good answers. */
const ANSWERS: readonly (readonly [EntryAdapter, EntryCall<unknown> | null | undefined, unknown])[] = [
  [spot, spot.place(orderOf()), { orderId: 'v-1' }],
  [spot, spot.amend({ order: SPOT_REF, side: 'buy', qtyLots: 1, priceTicks: 1 }), { newOrderId: 'v-2' }],
  [spot, spot.placeBatch([orderOf()]), [{ orderId: 'v-1', success: true }]],
  [spot, spot.openOrders([BTC])[0], [SPOT_ORDER]],
  [spot, spot.openOrders([BTC])[1], { totalPage: 1, items: [STOP_ORDER] }],
  [spot, spot.order(SPOT_REF), SPOT_ORDER],
  [spot, spot.fills({ ...RANGE, instrument: BTC }), { items: [SPOT_FILL], lastId: 1 }],
  [spot, spot.balances(), [{ type: 'trade', currency: 'USDT', balance: '5', available: '4' }]],
  [spot, spot.keyRights(), { permission: 'General,Spot' }],
  [spot, spot.serverTime(), MS],
  [spot, spot.stream.ticket, BULLET],
  [
    futures,
    futures.placeBatch([orderOf({ instrument: XBT })]),
    [{ clientOid: 'xy-1', orderId: 'v-1', code: '200000' }],
  ],
  [futures, futures.openOrders([XBT])[1], { totalPage: 1, items: [ORDER] }],
  [futures, futures.order(REF), ORDER],
  [futures, futures.fills({ ...RANGE, instrument: XBT }), [FILL]],
  [futures, futures.positions([XBT]), [POSITION]],
  [futures, futures.balances(), { currency: 'USDT', marginBalance: 5.5, availableBalance: 4 }],
];

const ORDER_MESSAGE = {
  symbol: 'BTC-USDT',
  orderType: 'limit',
  side: 'buy',
  orderId: 'v-1',
  clientOid: 'xy-1',
  price: '70000.5',
  size: '0.0003',
  filledSize: '0.0001',
  type: 'match',
  status: 'match',
  liquidity: 'taker',
  tradeId: '77',
  matchSize: '0.0001',
  matchPrice: '70000.5',
  ts: '1700000000500000000',
};
const STOP_MESSAGE = {
  symbol: 'BTC-USDT',
  orderId: 's-1',
  side: 'sell',
  orderPrice: '0',
  size: '0.0001',
  stop: 'loss',
  stopPrice: '65000',
  type: 'open',
  ts: '1700000000500000000',
};
const CONTRACT = { symbol: 'XBTUSDTM', size: '4', filledSize: '3', matchSize: '2', tradeType: 'trade' };
const MESSAGES: readonly (readonly [EntryAdapter, string, string, object])[] = [
  [spot, '/spotMarket/tradeOrdersV2', 'orderChange', ORDER_MESSAGE],
  [spot, '/spotMarket/advancedOrders', 'stopOrder', STOP_MESSAGE],
  [
    spot,
    '/account/balance',
    'account.balance',
    { currency: 'USDT', total: '5', available: '4', relationEvent: 'trade.hold', time: '1700000000000' },
  ],
  [futures, '/contractMarket/tradeOrders', 'orderChange', { ...ORDER_MESSAGE, ...CONTRACT }],
  [
    futures,
    '/contractMarket/advancedOrders',
    'stopOrder',
    { ...STOP_MESSAGE, symbol: 'XBTUSDTM', size: 2, stop: 'up' },
  ],
  [
    futures,
    '/contractAccount/wallet',
    'walletBalance.change',
    { currency: 'USDT', walletBalance: '5', availableBalance: '4', timestamp: '1700000000000' },
  ],
  [futures, '/contract/positionAll', 'position.change', POSITION],
  [
    futures,
    '/contract/positionAll',
    'position.settlement',
    {
      symbol: 'XBTUSDTM',
      fundingTime: MS,
      qty: 2,
      fundingRate: 0.0001,
      fundingFee: 0.5,
      settleCurrency: 'USDT',
    },
  ],
];

const OWN_KEYS = Object.values(KEYS);
const STRANGE = strangeValues(OWN_KEYS);
const isRefusal = (run: () => unknown): boolean => isRefused(run, OWN_KEYS);

function hear(adapter: EntryAdapter, told: Told): (bytes: Uint8Array) => boolean {
  const dialogue = adapter.stream.open(adapter === spot ? [BTC] : [XBT]);
  return (bytes) => isRefusal(() => dialogue.onMessage(bytes, stampOf(), told));
}

test('answers and messages that are cut are refused as a whole, wherever they are cut', () => {
  for (const [, call, data] of ANSWERS) {
    assert.ok(call !== null && call !== undefined);
    const text = JSON.stringify({ code: '200000', data });
    assert.equal(
      isRefusal(() => call.parse(bytesOf(text))),
      false,
      text,
    );
    for (let end = 0; end < text.length; end++)
      assert.ok(isRefusal(() => call.parse(bytesOf(text.slice(0, end)))));
  }
  for (const [adapter, topic, subject, data] of MESSAGES) {
    const text = JSON.stringify({ type: 'message', topic, subject, data });
    const told = new Told();
    const isBad = hear(adapter, told);
    for (let end = 0; end < text.length; end++) assert.ok(isBad(bytesOf(text.slice(0, end))));
    assert.deepEqual(told.words, []);
    assert.equal(isBad(bytesOf(text)), false);
    assert.ok(told.words.length > 0, text);
  }
});

test(`a changed answer is read or refused, never anything else, and a verdict names no key (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  let refusals = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [adapter, call, data] of ANSWERS) {
      assert.ok(call !== null && call !== undefined);
      const answer = changed({ code: '200000', msg: 'well', data }, STRANGE, prng);
      if (isRefusal(() => call.parse(bytesOf(answer)))) refusals++;
      const verdict = JSON.stringify(adapter.judge(call, answerOf(answer), NOW_US));
      for (const key of Object.values(KEYS)) assert.ok(!verdict.includes(key), verdict);
    }
  }
  assert.ok(refusals > ROUNDS, `${refusals} of ${ROUNDS * ANSWERS.length} refused`);
});

test(`a changed message is told as a whole or not at all (SEED=${SEED})`, () => {
  const prng = new Prng(SEED + 1);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [adapter, topic, subject, data] of MESSAGES) {
      const told = new Told();
      const bytes = bytesOf(changed({ type: 'message', topic, subject, data }, STRANGE, prng));
      if (hear(adapter, told)(bytes)) assert.deepEqual(told.words, []);
      const notices = told.words.filter((word) => word.startsWith('notice')).join();
      for (const key of Object.values(KEYS)) assert.ok(!notices.includes(key), notices);
    }
  }
});
