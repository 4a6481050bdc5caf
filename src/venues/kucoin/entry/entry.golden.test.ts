/** Documented requests, answers and private messages of KuCoin: signatures and bodies are equal, and what they say of an account is what is read. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sharedPath, skipWithoutShared } from '../../../../test/support/shared-data.ts';
import type { EntryAdapter, EntryCall } from '../../entry/index.ts';
import { answerOf, bytesOf } from '../../entry/test/samples.ts';
import { Told } from '../../entry/test/sinks.ts';
import { KucoinSigner, type PlainRequest } from './signature.ts';
import { contract, NOW_US, openFutures, openSpot, orderOf, pair, stampOf } from './test/parts.ts';

const skip = skipWithoutShared;
const PAIRS = [
  pair('BTC-USDT', 1, 5),
  pair('KCS-BTC', 5, 1),
  pair('BTC-ETC', 1, 3),
  pair('KCS-USDT', 5, 4),
  pair('ETH-USDT', 2, 5),
];
const CONTRACTS = [contract('XBTUSDTM', 2, 1), contract('XBTUSDM', 2, 1), contract('ETHUSDCM', 2, 10)];
const [BTC = pair('', 0, 0), , BTC_ETC = pair('', 0, 0)] = PAIRS;
const [XBT = contract('', 0, 1), XBT_INVERSE = XBT] = CONTRACTS;
const spot = openSpot(PAIRS);
const futures = openFutures(CONTRACTS);
const NAMED = { clientOrderId: '123', venueOrderId: null, isConditional: false };
const BY_ID = { clientOrderId: '', venueOrderId: '123', isConditional: false };
const RANGE = { fromUs: 0, toUs: NOW_US, afterExecId: null };

type Json = Readonly<Record<string, unknown>>;

function bytesIn(...path: readonly string[]): Buffer {
  return readFileSync(sharedPath('fixtures', ...path));
}

function fixture(...path: readonly string[]): unknown {
  return JSON.parse(bytesIn(...path).toString()) as unknown;
}

function sdk(folder: string, name: string): unknown {
  return fixture('kucoin', 'universal-sdk', folder, `${name}.json`);
}

/** What a call says: its body, or its query. */
function said(call: EntryCall<unknown> | null | undefined): unknown {
  assert.ok(call !== null && call !== undefined);
  const { body, url } = call.request(stampOf());
  if (body !== null) return JSON.parse(body) as unknown;
  return Object.fromEntries(new URL(url).searchParams);
}

/** A sample without what we never say. */
function without(sample: unknown, ...names: readonly string[]): unknown {
  return Object.fromEntries(Object.entries(sample as Json).filter(([name]) => !names.includes(name)));
}

test('signature and pass phrase equal the reference', { skip }, () => {
  const { cases, passphrase, secret, ...rest } = (fixture('signing.json') as Record<string, unknown>)
    .kucoin as {
    cases: readonly Record<'timestamp' | 'method' | 'endpoint' | 'body' | 'KC-API-SIGN', string>[];
    passphrase: string;
    secret: string;
  };
  const signer = new KucoinSigner({ apiKey: 'x', secret, passphrase });
  for (const { body, endpoint: path, method, timestamp, ...sample } of cases) {
    assert.ok(method === 'POST' || method === 'GET' || method === 'DELETE');
    const plain: PlainRequest = { method, path, body: JSON.parse(body) as unknown };
    const stamp = { ...stampOf(), venueUs: Number(timestamp) * 1_000 };
    const { headers } = signer.request('https://venue.test', plain, stamp);
    assert.equal(headers['KC-API-SIGN'], sample['KC-API-SIGN']);
    assert.equal(headers['KC-API-PASSPHRASE'], (rest as Json)['KC-API-PASSPHRASE']);
  }
});

test('requests of the spot market equal the samples', { skip }, () => {
  const clientOrderId = '5c52e11203aa677f33e493fb';
  const order = orderOf({ clientOrderId, instrument: BTC, priceTicks: 500_000, qtyLots: 1 });
  const folder = 'spot-order';
  assert.deepEqual(said(spot.place(order)), without(sdk(folder, 'addOrder_request'), 'remark'));
  const stop = { ...order, type: 'stop_limit', triggerTicks: 500_000 } as const;
  assert.deepEqual(
    without(said(spot.place(stop)), 'stop'),
    without(sdk(folder, 'addStopOrder_request'), 'remark'),
  );
  const ref = { ...NAMED, instrument: BTC, clientOrderId };
  assert.deepEqual(said(spot.cancelAll(BTC)[0]), sdk(folder, 'cancelAllOrdersBySymbol_request'));
  const change = { side: 'buy', qtyLots: 10, priceTicks: 300_000 } as const;
  const byId = { ...ref, clientOrderId: '', venueOrderId: '670fd33bf9406e0007ab3945' };
  assert.deepEqual(said(spot.amend({ order: byId, ...change })), sdk(folder, 'cancelAllOrders_request'));
  const stopRef = { ...ref, clientOrderId: '689ff597f4414061aa819cc414836abd', isConditional: true };
  assert.deepEqual(said(spot.cancel(stopRef)), sdk(folder, 'cancelStopOrderByClientOid_request'));
  assert.deepEqual(Object.keys(said(spot.order(stopRef)) as Json).toSorted(), ['clientOid', 'symbol']);
  // There our id stands in the path.
  const asked = new URL(spot.order(ref).request(stampOf()).url);
  const sample = sdk(folder, 'getOrderByClientOid_request') as Json;
  assert.ok(asked.pathname.endsWith(`/${String(sample.clientOid)}`));
  assert.equal(asked.searchParams.get('symbol'), sample.symbol);
});

test('requests of the futures market equal the samples', { skip }, () => {
  const own = openFutures(CONTRACTS);
  own.setLeverage(XBT, 3)?.parse(bytesOf({ code: '200000', data: true }));
  own.setMarginMode(XBT, 'isolated')?.parse(bytesOf({ code: '200000', data: {} }));
  const clientOrderId = '5c52e11203aa677f33e493fb';
  const order = orderOf({ clientOrderId, instrument: XBT, priceTicks: 10, qtyLots: 1 });
  const folder = 'futures-order';
  assert.deepEqual(said(own.place(order)), without(sdk(folder, 'addOrderTest_request'), 'remark'));
  const orders = [order, { ...order, clientOrderId: '5c52e11203aa677f33e493fc' }];
  const samples = sdk(folder, 'batchAddOrders_request') as readonly unknown[];
  assert.deepEqual(
    said(own.placeBatch(orders)),
    samples.map((sample) => without(sample, 'remark')),
  );
  const [plain, stops] = own.cancelAll(XBT);
  assert.deepEqual(said(plain), sdk(folder, 'cancelAllOrdersV3_request'));
  assert.deepEqual(said(stops), sdk(folder, 'cancelAllStopOrders_request'));
  assert.deepEqual(
    said(own.order({ ...NAMED, instrument: XBT, clientOrderId })),
    sdk(folder, 'getOrderByClientOid_request'),
  );
  assert.deepEqual(
    said(own.fills({ ...RANGE, instrument: XBT })),
    sdk(folder, 'getRecentTradeHistory_request'),
  );
  assert.deepEqual(said(own.setLeverage(XBT, 10)), sdk('futures-positions', 'modifyMarginLeverage_request'));
});

/** Reads every sample of a folder whose request is one of the calls; returns the paths that were read. */
function readAnswers(
  folder: string,
  entry: EntryAdapter,
  calls: readonly (EntryCall<unknown> | null)[],
): readonly string[] {
  const byName = new Map<string, EntryCall<unknown>>(
    calls.flatMap((call) => {
      if (call === null) return [];
      const { method, url } = call.request(stampOf());
      return [[`${method} ${new URL(url).pathname}`, call] as const];
    }),
  );
  return readdirSync(sharedPath('fixtures', 'kucoin', folder, 'jkorf')).flatMap((name) => {
    const { body, method, path } = fixture('kucoin', folder, 'jkorf', name) as Record<string, string>;
    const call = byName.get(`${method} ${path}`);
    if (call === undefined) return [];
    assert.deepEqual(entry.judge(call, answerOf(body), NOW_US), { kind: 'good' }, path);
    call.parse(bytesOf(body));
    return [`${method} ${path}`];
  });
}

test('every documented answer of the spot market to a call of ours is good and is read', { skip }, () => {
  const [KCS_BTC = BTC] = PAIRS.slice(1);
  const ref = { ...NAMED, instrument: KCS_BTC };
  const order = orderOf({ instrument: BTC });
  const batch = spot.placeBatch([order, { ...order, clientOrderId: 'xy-2' }]);
  const read = readAnswers('rest-hf', spot, [
    spot.place(order),
    batch,
    spot.amend({ order: ref, side: 'buy', qtyLots: 1, priceTicks: 1 }),
    spot.cancel(ref),
    spot.cancel({ ...ref, ...BY_ID }),
    ...spot.cancelAll(BTC),
    spot.order(ref),
    spot.order({ ...ref, ...BY_ID }),
    spot.fills({ ...RANGE, instrument: BTC_ETC }),
  ]);
  assert.deepEqual(read.toSorted(), [
    'DELETE /api/v1/hf/orders',
    'DELETE /api/v1/hf/orders/123',
    'DELETE /api/v1/hf/orders/client-order/123',
    'GET /api/v1/hf/fills',
    'GET /api/v1/hf/orders/123',
    'GET /api/v1/hf/orders/client-order/123',
    'POST /api/v1/hf/orders',
    'POST /api/v1/hf/orders/alter',
    'POST /api/v1/hf/orders/multi',
  ]);
  const { body } = fixture('kucoin', 'rest-hf', 'jkorf', 'GetUserTrades.json') as { body: object };
  const [fill] = spot.fills({ ...RANGE, instrument: BTC_ETC }).parse(bytesOf(body)).fills;
  assert.deepEqual(
    [fill?.execId, fill?.side, fill?.priceTicks, fill?.qtyLots, fill?.fee?.units],
    ['616179312641-6306cf6e27ecbe0001e1e03a', 'buy', 10, 1_000, 21n],
  );
});

test('every documented answer of the futures market to a call of ours is good and is read', { skip }, () => {
  const ref = { ...NAMED, instrument: XBT_INVERSE };
  const order = orderOf({ instrument: XBT });
  const recent = futures.fills({ ...RANGE, instrument: XBT_INVERSE });
  const ids = ['5c52e11203aa677f33e491', '5c52e11203aa677f33e492'];
  const read = readAnswers('rest-futures', futures, [
    futures.place(order),
    futures.placeBatch(ids.map((clientOrderId) => ({ ...order, clientOrderId }))),
    futures.cancel(ref),
    futures.cancel({ ...ref, ...BY_ID }),
    ...futures.cancelAll(XBT),
    futures.order(ref),
    futures.order({ ...ref, ...BY_ID }),
    recent,
    recent.parse(bytesOf({ code: '200000', data: [] })).next,
  ]);
  assert.deepEqual(read.toSorted(), [
    'DELETE /api/v1/orders/123',
    'DELETE /api/v1/orders/client-order/123',
    'DELETE /api/v1/stopOrders',
    'DELETE /api/v3/orders',
    'GET /api/v1/fills',
    'GET /api/v1/orders/123',
    'GET /api/v1/orders/byClientOid',
    'GET /api/v1/recentFills',
    'POST /api/v1/orders',
    'POST /api/v1/orders/multi',
  ]);
  const bodyOf = (name: string): Uint8Array =>
    bytesOf((fixture('kucoin', 'rest-futures', 'jkorf', `${name}.json`) as { body: object }).body);
  const known = futures.order(ref).parse(bodyOf('GetOrderByClientOrderId'));
  assert.deepEqual(
    [known?.status, known?.qtyLots, known?.priceTicks, known?.type],
    ['FILLED', 20_000, 360_000, 'limit'],
  );
  const [fill] = recent.parse(bodyOf('GetRecentUserTrades')).fills;
  assert.deepEqual(
    [fill?.execId, fill?.qtyLots, fill?.fee, fill?.tsVenueUs],
    [
      '5ce24c1f0c19fc3c58edc47c-5ce24c16b210233c36ee321d',
      10,
      { asset: 'BTC', units: 12_022n, decimals: 10 },
      1_558_334_496_000_000,
    ],
  );
});

/** Tells the sink what a sample says. */
function hear(entry: EntryAdapter, messages: readonly Uint8Array[]): Told {
  const told = new Told();
  const dialogue = entry.stream.open(entry === spot ? PAIRS : CONTRACTS);
  for (const message of messages) dialogue.onMessage(message, stampOf(), told);
  return told;
}

test('private messages of the official samples are what they say', { skip }, () => {
  const inFolder = (folder: string): readonly Buffer[] =>
    readdirSync(sharedPath('fixtures', 'kucoin', 'universal-sdk', folder))
      .toSorted()
      .map((name) => bytesIn('kucoin', 'universal-sdk', folder, name));
  const ofFutures = hear(futures, inFolder('futures-futuresprivate'));
  assert.deepEqual(ofFutures.words, [
    'order 247899236673269761 ACCEPTED 0/1',
    'balance USDT',
    'order 247899236673269761 ACCEPTED 0/1',
    'position XBTUSDTM 1',
    'order 240673378116083712 ACCEPTED 0/1',
  ]);
  assert.equal(ofFutures.orders[0]?.tsVenueUs, 1_731_916_985_789_000);
  assert.equal(ofFutures.positions[0]?.entryPrice, '91694.5');
  assert.deepEqual(ofFutures.balances[0]?.total, { asset: 'USDT', units: 81_072_921_258n, decimals: 9 });
  const ofSpot = hear(spot, inFolder('spot-spotprivate'));
  assert.deepEqual(ofSpot.words, [
    'balance USDT',
    'order 6720ecd9ec71f4000747731a ACCEPTED 0/1',
    'order 6720da3fa30a360007f5f832 ACCEPTED 0/1',
  ]);
  assert.deepEqual([ofSpot.orders[0]?.type, ofSpot.orders[1]?.type], ['limit', 'market']);
});

interface Conversation {
  readonly frames: readonly { readonly dir: string; readonly msg: Json }[];
}

/** Documented conversations over the topics of a market: what the server said, with our subscriptions checked against the sample's. */
function conversations(folder: string, entry: EntryAdapter): readonly (readonly [string, Told])[] {
  const dialogue = entry.stream.open([]);
  const { send } = dialogue.onMessage(bytesOf({ type: 'welcome' }), stampOf(), new Told());
  const ours = send.map((text) => without(JSON.parse(text), 'id'));
  const topics = ours.map((message) => String((message as Json).topic));
  return readdirSync(sharedPath('fixtures', 'kucoin', folder, 'jkorf')).flatMap((name) => {
    const { frames } = fixture('kucoin', folder, 'jkorf', name) as Conversation;
    const [first] = frames;
    const topic = String(first?.msg.topic);
    const known = topics.indexOf(topic.split(':')[0] ?? '');
    if (known < 0) return [];
    assert.deepEqual(without(first?.msg, 'id', 'topic'), without(ours[known], 'topic'), name);
    const server = frames.filter(({ dir }) => dir === 'server').map(({ msg }) => bytesOf(msg));
    return [[name, hear(entry, server)] as const];
  });
}

test('documented conversations over our topics are heard', { skip }, () => {
  const words = (folder: string, entry: EntryAdapter): unknown =>
    conversations(folder, entry).flatMap(([name, told]) => told.words.map((word) => `${name} ${word}`));
  assert.deepEqual(words('ws-spot', spot), [
    'Balance.json balance KCS',
    'NewOrder.json order 5efab07953bdea00089965d2 ACCEPTED 0/1000',
    'StopOrder.json order 5ec244f6a8a75e0009958237 TRIGGERED 0/10',
  ]);
  assert.deepEqual(words('ws-futures', futures), [
    'Order.json notice a match of order 5cdfc138b21023a909e5ad55 without its size or price',
    'Order.json order 5cdfc138b21023a909e5ad55 FILLED 20000/20000',
    'Position.json position XBTUSDM -20',
    'StopOrder.json order 5cdfc138b21023a909e5ad55 ACCEPTED 0/1000',
    'Wallet.json balance BTC',
  ]);
});

test('recorded private messages are read, market data beside them is not ours', { skip }, () => {
  const raws = bytesIn('kucoin', 'gocryptotrader', 'wsHandleData.ndjson')
    .toString()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { raw: string }).raw);
  const ofTopic = (pattern: RegExp): readonly Uint8Array[] =>
    raws.filter((raw) => pattern.test(String((JSON.parse(raw) as Json).topic))).map(bytesOf);
  assert.deepEqual(hear(spot, ofTopic(/^\/(spotMarket\/(tradeOrders|advancedOrders)|account\/)/)).words, [
    'order 5efab07953bdea00089965d2 ACCEPTED 0/1000',
    'fill 5efab07a4ee4c7000a82d6d9-5efab07953bdea00089965fa 1000',
    'order 5efab07953bdea00089965fa FILLED 1000/1000',
    'order 5efab07953bdea00089965fa FILLED 1000/1000',
    'order 5efab07953bdea00089965d2 CANCELED 0/1000',
    'order 5efab13f53bdea00089971df ACCEPTED 0/600',
    'balance KCS',
    'order 5ec244f6a8a75e0009958237 TRIGGERED 0/10',
  ]);
  assert.deepEqual(hear(futures, ofTopic(/^\/contract\/position/)).words, ['funding ETHUSDCM 296 BTC']);
});
