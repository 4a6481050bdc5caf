/**
 * The venue's own samples of account traffic: signatures, requests, replies, errors, private messages. What a record says is compared with what stands in the
 * sample, read here by other means; all files of the account family in the folder are taken, whatever their names.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatDecimal } from '#core';
import { sharedPath, skipWithoutShared } from '../../../../test/support/shared-data.ts';
import type {
  BalanceRecord,
  EntryCall,
  EntryInstrument,
  FillRecord,
  OrderRecord,
  PositionRecord,
} from '../../entry/index.ts';
import { answerOf, bytesOf } from '../../entry/test/samples.ts';
import { signerOf } from './signed-calls.ts';
import { ETH, instrumentOf, KeepingSink, openStage, STAMP } from './test/entry-stage.ts';
import { requestOf } from './test/golden-requests.ts';

const skip = { skip: skipWithoutShared };
const FOLDER = ['fixtures', 'binance-usdm'] as const;
/** Finer than any sample. */
const DECIMALS = 8;

type Doc = Readonly<Record<string, unknown>>;
const isDoc = (value: unknown): value is Doc =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const docOf = (value: unknown): Doc => (isDoc(value) ? value : assert.fail(`an object: ${String(value)}`));
const listOf = (value: unknown): readonly Doc[] => (Array.isArray(value) ? value.map(docOf) : [docOf(value)]);

function filesIn(...parts: readonly string[]): readonly { readonly name: string; readonly text: string }[] {
  const folder = sharedPath(...FOLDER, ...parts);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('json'))
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
}

/** Every symbol that a sample speaks of, as an instrument. */
function instrumentsIn(text: string): readonly EntryInstrument[] {
  const symbols = new Set(
    [...text.matchAll(/\\?"(?:s|symbol)\\?":\s*\\?"([^"\\]+)/g)].map(([, symbol]) => symbol),
  );
  return [...symbols].map((symbol = '', ix) => instrumentOf(symbol, ix, DECIMALS, DECIMALS));
}

const same = (units: number | null, text: unknown, what: string): void =>
  assert.equal(units === null ? null : Number(formatDecimal(units, DECIMALS)), Number(text), what);

function checkOrder(record: OrderRecord, doc: Doc, names: Readonly<Record<string, string>>): void {
  const of = (name: string): unknown => doc[names[name] ?? name];
  assert.equal(record.instrument.symbol, of('symbol'));
  assert.equal(record.clientOrderId, of('clientId'));
  assert.equal(record.venueOrderId, String(of('id')));
  assert.equal(record.side.toUpperCase(), of('side'));
  assert.equal(record.reduceOnly, of('reduceOnly'));
  if (of('closePosition') !== true) same(record.qtyLots, of('qty'), 'quantity');
  same(record.priceTicks ?? 0, of('price') ?? 0, 'price');
  same(record.filledLots, of('filled') ?? 0, 'filled');
  if (record.type === 'trailing_stop') same(record.triggerTicks ?? 0, of('activation') ?? 0, 'activation');
  else if (record.type.startsWith('stop') || record.type.startsWith('take'))
    same(record.triggerTicks, of('trigger'), 'trigger');
  else assert.equal(record.triggerTicks, null);
  const status = String(of('status'));
  const isLive = ['NEW', 'TRIGGERING', 'TRIGGERED', 'PARTIALLY_FILLED'].includes(status);
  assert.equal(isLive, ['ACCEPTED', 'TRIGGERED', 'PARTIALLY_FILLED'].includes(record.status), status);
}

const PLAIN = {
  clientId: 'clientOrderId',
  id: 'orderId',
  qty: 'origQty',
  filled: 'executedQty',
  trigger: 'stopPrice',
  activation: 'activatePrice',
};
const ALGO = {
  clientId: 'clientAlgoId',
  id: 'algoId',
  qty: 'quantity',
  filled: 'actualQty',
  trigger: 'triggerPrice',
  activation: 'activatePrice',
  status: 'algoStatus',
};
const PLAIN_EVENT = {
  symbol: 's',
  clientId: 'c',
  id: 'i',
  side: 'S',
  qty: 'q',
  filled: 'z',
  price: 'p',
  trigger: 'sp',
  activation: 'AP',
  status: 'X',
  reduceOnly: 'R',
  closePosition: 'cp',
};
const ALGO_EVENT = { ...PLAIN_EVENT, clientId: 'caid', id: 'aid', filled: 'aq', trigger: 'tp' };

/** Parses a reply by the call of its method and path and checks it; false when the adapter has no such call. */
function checkReply(where: string, body: unknown): boolean {
  const entry = openStage(instrumentsIn(JSON.stringify(body)));
  const parse = <T>(call: EntryCall<T> | null | undefined): T =>
    (call ?? assert.fail(where)).parse(bytesOf(body));
  const first = [body].flat().find(isDoc) ?? {};
  const own = instrumentsIn(JSON.stringify(body))[0] ?? instrumentOf('BTCUSDT', 0, DECIMALS, DECIMALS);
  const isConditional = where.includes('algo') || where.includes('Algo');
  const names = isConditional ? ALGO : PLAIN;
  const ref = {
    instrument: own,
    clientOrderId: String(first[names.clientId] ?? ''),
    venueOrderId: String(first[names.id] ?? '1'),
    isConditional,
  };
  const [openPlain, openAlgo] = entry.openOrders([]);
  switch (where) {
    case 'GET /fapi/v1/order':
    case 'GET /fapi/v1/openOrder':
    case 'GET /fapi/v1/algoOrder':
    case 'POST /fapi/v1/order':
    case 'POST /fapi/v1/algoOrder':
      checkOrder(parse(entry.order(ref)) ?? assert.fail(), docOf(body), names);
      return true;
    case 'PUT /fapi/v1/order': {
      const placed = parse(entry.amend({ order: ref, side: 'buy', qtyLots: 1, priceTicks: 1 }));
      checkOrder(placed.order ?? assert.fail(), docOf(body), names);
      return true;
    }
    case 'DELETE /fapi/v1/order':
    case 'DELETE /fapi/v1/algoOrder':
      parse(entry.cancel(ref));
      return true;
    case 'GET /fapi/v1/openOrders':
    case 'GET /fapi/v1/allOrders':
    case 'GET /fapi/v1/forceOrders':
    case 'GET /fapi/v1/openAlgoOrders':
    case 'GET /fapi/v1/allAlgoOrders': {
      const records = parse(isConditional ? openAlgo : openPlain);
      const docs = listOf(body);
      assert.equal(records.length, docs.length);
      for (const [at, record] of records.entries()) checkOrder(record, docs[at] ?? {}, names);
      return true;
    }
    case 'DELETE /fapi/v1/allOpenOrders':
    case 'DELETE /fapi/v1/algoOpenOrders':
      for (const call of entry.cancelAll(own)) parse(call);
      return true;
    case 'POST /fapi/v1/marginType':
    case 'POST /fapi/v1/positionSide/dual':
      parse(entry.setMarginMode(own, 'cross'));
      parse(entry.setPositionMode('hedge'));
      return true;
    case 'POST /fapi/v1/countdownCancelAll':
      parse(entry.deadMan(own, Number(first.countdownTime) * 1_000));
      return true;
    case 'POST /fapi/v1/leverage':
      parse(entry.setLeverage(own, Number(first.leverage)));
      return true;
    case 'GET /fapi/v1/userTrades':
      checkFills(
        parse(entry.fills({ instrument: own, fromUs: 0, toUs: 9e15, afterExecId: null })).fills,
        listOf(body),
      );
      return true;
    case 'GET /fapi/v2/balance':
    case 'GET /fapi/v3/balance':
      checkBalances(parse(entry.balances()), listOf(body));
      return true;
    case 'GET /fapi/v2/positionRisk':
    case 'GET /fapi/v3/positionRisk':
      checkPositions(parse(entry.positions([])), listOf(body));
      return true;
    case 'POST /fapi/v1/listenKey':
    case 'PUT /fapi/v1/listenKey':
      if (first.listenKey !== undefined) assert.equal(parse(entry.stream.ticket), first.listenKey);
      parse(entry.stream.keepAlive?.call(String(first.listenKey ?? '')));
      return true;
    case 'POST /fapi/v1/batchOrders':
      checkBatch(body, own);
      return true;
    default:
      return false;
  }
}

function checkFills(fills: readonly FillRecord[], docs: readonly Doc[]): void {
  assert.equal(fills.length, docs.length);
  for (const [at, fill] of fills.entries()) {
    const doc = docs[at] ?? {};
    assert.equal(fill.execId, `${doc.symbol}:${doc.id}`);
    assert.equal(fill.venueOrderId, String(doc.orderId));
    same(fill.priceTicks, doc.price, 'price');
    same(fill.qtyLots, doc.qty, 'quantity');
    assert.equal(
      Number(formatDecimal(fill.fee?.units ?? 0n, fill.fee?.decimals ?? 0)),
      Number(doc.commission),
    );
    assert.equal(fill.fee?.asset, doc.commissionAsset);
    assert.equal(fill.liquidity === 'maker', doc.maker);
    assert.equal(fill.tsVenueUs, Number(doc.time) * 1_000);
  }
}

function checkBalances(records: readonly BalanceRecord[], docs: readonly Doc[]): void {
  assert.equal(records.length, docs.length);
  for (const [at, { total, available }] of records.entries()) {
    const doc = docs[at] ?? {};
    assert.equal(total.asset, doc.asset);
    assert.equal(Number(formatDecimal(total.units, total.decimals)), Number(doc.balance));
    assert.equal(
      Number(formatDecimal(available?.units ?? 0n, available?.decimals ?? 0)),
      Number(doc.availableBalance),
    );
  }
}

function checkPositions(records: readonly PositionRecord[], docs: readonly Doc[]): void {
  assert.equal(records.length, docs.length);
  for (const [at, record] of records.entries()) {
    const doc = docs[at] ?? {};
    assert.equal(record.positionSide.toUpperCase(), doc.positionSide);
    same(record.qtyLots, doc.positionAmt, 'position');
    assert.equal(Number(record.entryPrice ?? 0), Number(doc.positionAmt) === 0 ? 0 : Number(doc.entryPrice));
  }
}

/** Samples of batches mix trailing stops from before the algo service; each item is read like a placed order. */
function checkBatch(body: unknown, own: EntryInstrument): void {
  const entry = openStage([own]);
  const items = listOf(body);
  const orders = items.map((item, at) => ({
    clientOrderId: String(item.clientOrderId ?? `none-${at}`),
    instrument: own,
    side: 'buy' as const,
    type: 'market' as const,
    qtyLots: 1,
    priceTicks: null,
    triggerTicks: null,
    triggerBy: 'last' as const,
    callbackBps: null,
    timeInForce: 'GTC' as const,
    reduceOnly: false,
    positionSide: 'both' as const,
  }));
  const outcomes = (entry.placeBatch(orders) ?? assert.fail()).parse(bytesOf(body));
  for (const [at, outcome] of outcomes.entries()) {
    const item = items[at] ?? {};
    if (outcome.kind === 'good') checkOrder(outcome.placed.order ?? assert.fail(), item, PLAIN);
    else assert.equal(outcome.venueCode, String(item.code));
  }
}

test('signatures equal the published ones, HMAC and Ed25519', skip, () => {
  const { binance } = JSON.parse(readFileSync(sharedPath('fixtures', 'signing.json'), 'utf8'));
  for (const { secret, payload, signature } of binance.cases)
    assert.equal(signerOf(secret)(payload), signature);
  const { pem, cases } = binance.ed25519;
  for (const key of [pem, pem.replaceAll('\n', '\\n')]) {
    for (const { payload, signatureBase64, signatureInQuery } of cases) {
      assert.equal(signerOf(key)(payload), signatureBase64);
      assert.equal(encodeURIComponent(signerOf(key)(payload)), signatureInQuery);
    }
  }
});

test('requests are those that another client sends for the same intents', skip, () => {
  for (const { text } of filesIn('requests')) {
    for (const expected of JSON.parse(text).cases) {
      const { method, path, params } = requestOf(openStage([ETH]), expected.intent);
      const label = `${expected.name}: ${JSON.stringify(params)}`;
      assert.equal(`${method} ${path}`, `${expected.method} ${expected.path}`, label);
      for (const [name, value] of Object.entries<string>(expected.params)) {
        const found = params[name] ?? assert.fail(`${label} lacks ${name}`);
        const isNumber = /^[\d.]+$/.test(value);
        if (isNumber) assert.equal(Number(found), Number(value), label);
        else assert.equal(found.toLowerCase(), value.toLowerCase(), label);
      }
      for (const name of expected.mustBeAbsent) assert.ok(!(name in params), `${label} has ${name}`);
      for (const name of expected.mustBePresent) assert.ok(name in params, `${label} lacks ${name}`);
    }
  }
});

const OFFICIAL: Readonly<Record<string, string>> = {
  newOrder: 'POST /fapi/v1/order',
  testOrder: 'POST /fapi/v1/order',
  newAlgoOrder: 'POST /fapi/v1/algoOrder',
  modifyOrder: 'PUT /fapi/v1/order',
  cancelOrder: 'DELETE /fapi/v1/order',
  cancelAlgoOrder: 'DELETE /fapi/v1/algoOrder',
  queryOrder: 'GET /fapi/v1/order',
  queryCurrentOpenOrder: 'GET /fapi/v1/openOrder',
  queryAlgoOrder: 'GET /fapi/v1/algoOrder',
  allOrders: 'GET /fapi/v1/allOrders',
  usersForceOrders: 'GET /fapi/v1/forceOrders',
  queryAllAlgoOrders: 'GET /fapi/v1/allAlgoOrders',
  currentAllOpenOrders: 'GET /fapi/v1/openOrders',
  currentAllAlgoOpenOrders: 'GET /fapi/v1/openAlgoOrders',
  cancelAllOpenOrders: 'DELETE /fapi/v1/allOpenOrders',
  cancelAllAlgoOpenOrders: 'DELETE /fapi/v1/algoOpenOrders',
  autoCancelAllOpenOrders: 'POST /fapi/v1/countdownCancelAll',
  placeMultipleOrders: 'POST /fapi/v1/batchOrders',
  accountTradeList: 'GET /fapi/v1/userTrades',
  changeInitialLeverage: 'POST /fapi/v1/leverage',
  changeMarginType: 'POST /fapi/v1/marginType',
  changePositionMode: 'POST /fapi/v1/positionSide/dual',
  futuresAccountBalance: 'GET /fapi/v3/balance',
  futuresAccountBalanceV2: 'GET /fapi/v2/balance',
  futuresAccountBalanceV3: 'GET /fapi/v3/balance',
  positionInformation: 'GET /fapi/v2/positionRisk',
  positionInformationV2: 'GET /fapi/v2/positionRisk',
  positionInformationV3: 'GET /fapi/v3/positionRisk',
  startUserDataStream: 'POST /fapi/v1/listenKey',
  keepaliveUserDataStream: 'PUT /fapi/v1/listenKey',
};

test('replies of the official connector are read to what they say', skip, () => {
  let read = 0;
  for (const folder of ['rest-api', 'websocket-api']) {
    for (const { name, text } of filesIn('official-js-v37', folder)) {
      const where = OFFICIAL[/^(?:Trade|Account|UserDataStreams)Api_(\w+)\.json$/.exec(name)?.[1] ?? ''];
      if (where === undefined) continue;
      const body = JSON.parse(text);
      assert.ok(checkReply(where, folder === 'rest-api' ? body : body.result), name);
      read++;
    }
  }
  assert.ok(read >= 20, `${read} samples`);
});

test('replies kept by other clients are read to what they say', skip, () => {
  let read = 0;
  for (const { text } of filesIn('rest', 'jkorf')) {
    const { method, path, body } = JSON.parse(text);
    if (method !== undefined && checkReply(`${method} ${path}`, body)) read++;
  }
  assert.ok(read >= 15, `${read} samples`);
  const named: Readonly<Record<string, string>> = {
    'open_algo_orders.json': 'GET /fapi/v1/openAlgoOrders',
    'order_response.json': 'POST /fapi/v1/order',
    'position_risk.json': 'GET /fapi/v3/positionRisk',
  };
  for (const { name, text } of filesIn('nautilus', 'http_json')) {
    const where = named[name];
    if (where !== undefined) assert.ok(checkReply(where, JSON.parse(text)), name);
  }
});

test('errors are judged as their notes say', skip, () => {
  const text = readFileSync(sharedPath(...FOLDER, 'errors.json'), 'utf8');
  const entry = openStage([ETH]);
  const ref = { instrument: ETH, clientOrderId: 'a', venueOrderId: null, isConditional: false };
  for (const { http, body, note } of JSON.parse(text)) {
    const verdict = entry.judge(entry.cancel(ref), answerOf(body, http), STAMP.venueUs);
    const label = `${http} ${body.code}`;
    if (http === 429 || http === 418) assert.equal(verdict.kind, 'limited', label);
    else if (http === 408 || http >= 500) assert.equal(verdict.kind, 'unknown', label);
    else if (/success/.test(note)) assert.equal(verdict.kind, 'nothing-to-do', label);
    else if (body.code === -1021) assert.equal(verdict.kind, 'clock', label);
    else {
      assert.equal(verdict.kind, 'refused', label);
      assert.equal(verdict.kind === 'refused' && verdict.venueCode, String(body.code));
    }
  }
});

/** All private messages of the samples. */
function privateMessages(): readonly { readonly name: string; readonly text: string; readonly data: Doc }[] {
  const found: { name: string; text: string; data: Doc }[] = [];
  const add = (name: string, value: unknown): void => {
    const outer = docOf(value);
    const data = isDoc(outer.data) ? outer.data : outer;
    if (/^[A-Z_]+$|^listenKeyExpired$/.test(String(data.e ?? '')))
      found.push({ name, text: JSON.stringify(value), data });
  };
  for (const folder of ['user_data_json', 'integration_ws']) {
    for (const { name, text } of filesIn('nautilus', folder)) {
      const lines = name.endsWith('.ndjson') ? text.split('\n').filter((line) => line !== '') : [text];
      for (const line of lines) {
        const value = JSON.parse(line);
        add(name, typeof value.raw === 'string' ? JSON.parse(value.raw) : value);
      }
    }
  }
  for (const { name, text } of filesIn('ws', 'jkorf')) {
    for (const { dir, msg } of JSON.parse(text).frames) if (dir === 'server' && isDoc(msg)) add(name, msg);
  }
  return found;
}

test('private messages are read to what they say', skip, () => {
  const kinds = new Set<string>();
  for (const { name, text, data } of privateMessages()) {
    const instruments = instrumentsIn(text);
    const sink = new KeepingSink();
    openStage(instruments).stream.open(instruments).onMessage(bytesOf(text), STAMP, sink);
    assert.ok(sink.told.length > 0, name);
    kinds.add(String(data.e));
    const orders = sink.told.filter(([kind]) => kind === 'order').map(([, record]) => record as OrderRecord);
    const fills = sink.told.filter(([kind]) => kind === 'fill').map(([, record]) => record as FillRecord);
    if (data.e === 'ORDER_TRADE_UPDATE') checkTradeUpdate(docOf(data.o), orders, fills, name);
    else assert.equal(fills.length, 0, name);
    if (data.e === 'ALGO_UPDATE') {
      assert.equal(orders.length, 1, name);
      for (const order of orders) {
        checkOrder(order, docOf(data.o), ALGO_EVENT);
        assert.equal(order.triggeredOrderId ?? '', docOf(data.o).ai, name);
      }
    }
    if (data.e === 'ACCOUNT_UPDATE') checkAccountUpdate(docOf(data.a), sink, name);
  }
  for (const kind of ['ORDER_TRADE_UPDATE', 'ALGO_UPDATE', 'ACCOUNT_UPDATE', 'TRADE_LITE', 'MARGIN_CALL'])
    assert.ok(kinds.has(kind), `a sample of ${kind}`);
});

function checkTradeUpdate(
  doc: Doc,
  orders: readonly OrderRecord[],
  fills: readonly FillRecord[],
  name: string,
): void {
  assert.equal(orders.length, 1, name);
  for (const order of orders) checkOrder(order, doc, PLAIN_EVENT);
  assert.equal(fills.length, Number(doc.l) > 0 ? 1 : 0, name);
  for (const fill of fills) {
    assert.equal(fill.execId, `${doc.s}:${doc.t}`);
    same(fill.priceTicks, doc.L, 'price');
    same(fill.qtyLots, doc.l, 'quantity');
    same(fill.filledLots, doc.z, 'filled');
    assert.equal(fill.liquidity === 'maker', doc.m);
    assert.equal(Number(formatDecimal(fill.fee?.units ?? 0n, fill.fee?.decimals ?? 0)), Number(doc.n ?? 0));
    const isForced = doc.x === 'CALCULATED' || /autoclose/.test(String(doc.c));
    assert.equal(fill.forcedBy !== null, isForced, name);
    if (String(doc.c).startsWith('adl')) assert.equal(fill.forcedBy, 'adl');
  }
}

function checkAccountUpdate(account: Doc, sink: KeepingSink, name: string): void {
  const balances = sink.told
    .filter(([kind]) => kind === 'balance')
    .map(([, record]) => record as BalanceRecord);
  const positions = sink.told
    .filter(([kind]) => kind === 'position')
    .map(([, record]) => record as PositionRecord);
  const [wantedBalances, wantedPositions] = [account.B, account.P].map((list) =>
    list === undefined ? [] : listOf(list),
  );
  assert.equal(balances.length, wantedBalances?.length, name);
  assert.equal(positions.length, wantedPositions?.length, name);
  for (const [at, { total }] of balances.entries()) {
    const doc = wantedBalances?.[at] ?? {};
    assert.equal(total.asset, doc.a);
    assert.equal(Number(formatDecimal(total.units, total.decimals)), Number(doc.wb));
  }
  for (const [at, record] of positions.entries()) {
    const doc = wantedPositions?.[at] ?? {};
    assert.equal(record.positionSide.toUpperCase(), doc.ps);
    same(record.qtyLots, doc.pa, 'position');
    assert.equal(Number(record.entryPrice ?? 0), Number(doc.pa) === 0 ? 0 : Number(doc.ep));
  }
}
