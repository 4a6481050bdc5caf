/** The plan of sockets, what is offered and what is refused in words, and the survey of captures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_MINUTE } from '#core';
import type { StreamKind } from '#domain';
import type { Subscription } from '#venues/market';
import { KRAKEN_SPOT, krakenSpot } from './adapter.ts';
import { CaptureSurvey } from './capture-survey.ts';

function want(wireSymbol: string, stream: StreamKind, timeframeUs: number | null = null): Subscription {
  const instrument = {
    ix: 0,
    venue: 'kraken-spot',
    symbol: wireSymbol,
    wireSymbol,
    priceDecimals: 1,
    qtyDecimals: 8,
  } as const;
  return { instrument, stream, timeframeUs };
}

test('sockets hold what their limits allow, and the same wishes give the same plan', () => {
  const wishes = Array.from({ length: 450 }, (_, i) => want(`A${i}/USD`, 'book'));
  const plan = KRAKEN_SPOT.plan(wishes, KRAKEN_SPOT.hosts);
  assert.deepEqual(
    plan.map(({ name, subscriptions }) => [name, subscriptions.length]),
    [
      ['public-0', 200],
      ['public-1', 200],
      ['public-2', 50],
    ],
  );
  assert.deepEqual(plan[0]?.address('1'), { kind: 'url', url: 'wss://ws.kraken.com/v2' });
  assert.deepEqual(
    KRAKEN_SPOT.plan(wishes, KRAKEN_SPOT.hosts).map((socket) => socket.subscriptions),
    plan.map((socket) => socket.subscriptions),
  );
});

test('level 3 is refused without a token, and has sockets and a host of its own with one', () => {
  const wishes = [want('BTC/USD', 'orders'), want('BTC/USD', 'book')];
  assert.equal(KRAKEN_SPOT.streams.orders, 'none');
  assert.throws(
    () => KRAKEN_SPOT.plan(wishes, KRAKEN_SPOT.hosts),
    /level 3.*needs a token of GetWebSocketsToken/,
  );
  const adapter = krakenSpot({ ordersToken: () => 'secret' });
  assert.equal(adapter.streams.orders, 'stream');
  const plan = adapter.plan(wishes, adapter.hosts);
  assert.deepEqual(
    plan.map(({ name }) => name),
    ['public-0', 'orders-0'],
  );
  assert.deepEqual(plan[1]?.address('1'), { kind: 'url', url: 'wss://ws-l3.kraken.com/v2' });
  assert.match(plan[1]?.openDialogue().onOpen().send[0] ?? '', /"token":"secret"/);
});

test('what Kraken spot does not have is refused in words', () => {
  const plan = (wish: Subscription): unknown => KRAKEN_SPOT.plan([wish], KRAKEN_SPOT.hosts);
  assert.throws(() => plan(want('BTC/USD', 'mark-price')), /kraken-spot has no stream 'mark-price'/);
  assert.throws(() => plan(want('BTC/USD', 'candles', 3 * US_PER_MINUTE)), /no candles of 3 minutes/);
  assert.throws(() => krakenSpot({ bookDepth: 50 }), /one of 10, 25, 100, 500, 1000/);
});

test('books are cut to the depth subscribed and asked for anew at intervals, which bounds losses without a sign', () => {
  const { instrument } = want('BTC/USD', 'book');
  const rules = KRAKEN_SPOT.bookPolicy(instrument);
  assert.deepEqual([rules.depth, rules.resyncEveryUs], [100, 5 * US_PER_MINUTE]);
  assert.equal(krakenSpot({ bookDepth: 10 }).bookPolicy(instrument).depth, 10);
});

test('a capture tells the decimals and the depth of its pairs', () => {
  const survey = new CaptureSurvey();
  const frames = [
    '[464,{"as":[["56218.30000","0.15000000","1.0"]],"bs":[]},"book-1000","XBT/CHF"]',
    '{"method":"subscribe","result":{"channel":"book","depth":25,"symbol":"ETH/USD"},"success":true}',
    '{"channel":"book","type":"snapshot","data":[{"symbol":"ETH/USD","bids":[{"price":1.25,"qty":1e-08}],"asks":[],"checksum":1}]}',
    '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":62807.0,"qty":1.00000000},{"price":62806.0,"qty":1}],"asks":[],"checksum":1}]}',
    '{"channel":"book","type":"snapshot","data":[{"symbol":"LOST/USD","bids":[{"price"',
    '{"channel":"heartbeat"}',
    '7',
  ];
  for (const frame of frames) survey.add(Buffer.from(frame));
  assert.deepEqual(survey.pairs(), [
    { wireSymbol: 'BTC/USD', priceDecimals: 1, qtyDecimals: 8, bookDepth: 10 },
    { wireSymbol: 'ETH/USD', priceDecimals: 2, qtyDecimals: 8, bookDepth: 25 },
    { wireSymbol: 'XBT/CHF', priceDecimals: 5, qtyDecimals: 8, bookDepth: 1000 },
  ]);
});
