/** Hedge mode as clients see it: M66 and M68 to M71 of `docs/specs/matching.md` in the words of the venue. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MINUTE, US_PER_SECOND } from '#core';
import { testSeed } from '../../../test/support/property.ts';
import { type Answer, type Ear, ExchangeClient, fallingMarket } from './test/exchange-client.ts';

type Fields = Readonly<Record<string, unknown>>;
type Params = Readonly<Record<string, string | number | boolean>>;

const CASH_ATOMS = 10_000_00000000n;
const SEED = testSeed();
const BTC = { symbol: 'BTCUSDT' } as const;

function fields(answer: Answer): Fields {
  assert.equal(answer.status, 200, answer.text);
  return answer.body as Fields;
}

function rows(answer: Answer): readonly Fields[] {
  assert.equal(answer.status, 200, answer.text);
  return answer.body as Fields[];
}

function codeOf(answer: Answer): unknown {
  return (answer.body as Fields).code;
}

function post(client: ExchangeClient, path: string, params: Params): Answer {
  return client.signed('POST', `/fapi/v1/${path}`, params);
}

function chooseHedge(client: ExchangeClient, isOn = true): Answer {
  return post(client, 'positionSide/dual', { dualSidePosition: isOn });
}

/** A client in hedge mode on a market at 60,000 that falls by a share of it after five seconds. */
function hedged(share: number): ExchangeClient {
  const client = new ExchangeClient(7, 2, CASH_ATOMS, fallingMarket(share));
  fields(chooseHedge(client));
  return client;
}

function market(client: ExchangeClient, side: string, positionSide: string, quantity: string): Fields {
  const params = { ...BTC, side, positionSide, type: 'MARKET', quantity, newOrderRespType: 'RESULT' };
  return fields(post(client, 'order', params));
}

/** What a row of positions says of its side. */
function amounts(positions: readonly Fields[]): readonly unknown[] {
  return positions.map(({ positionAmt, positionSide }) => `${positionSide} ${positionAmt}`);
}

function risk(client: ExchangeClient, version: 2 | 3): readonly Fields[] {
  return rows(client.signed('GET', `/fapi/v${version}/positionRisk`, BTC));
}

function userEar(client: ExchangeClient): Ear {
  const { listenKey } = fields(client.signed('POST', '/fapi/v1/listenKey'));
  return client.listen(`/private/ws/${String(listenKey)}`).ear;
}

function positionsTold(ear: Ear): readonly unknown[] {
  return ear.heard
    .filter(({ e }) => e === 'ACCOUNT_UPDATE')
    .flatMap(({ a }) => (a as { P: Fields[] }).P.map(({ pa, ps }) => `${ps} ${pa}`));
}

test('the position mode changes without orders and positions alone, and is told', () => {
  const client = new ExchangeClient();
  const mode = (): readonly unknown[] =>
    ['positionSide/dual', 'accountConfig'].map(
      (path) => fields(client.signed('GET', `/fapi/v1/${path}`)).dualSidePosition,
    );
  assert.deepEqual(mode(), [false, false]);
  assert.equal(codeOf(chooseHedge(client, false)), -4059);
  assert.deepEqual(chooseHedge(client).body, { code: 200, msg: 'success' });
  assert.deepEqual(mode(), [true, true]);
  assert.equal(codeOf(chooseHedge(client)), -4059);
  assert.equal(codeOf(post(client, 'positionSide/dual', {})), -1102);
  const buy = { ...BTC, side: 'BUY', positionSide: 'LONG' };
  const limit = { ...buy, type: 'LIMIT', timeInForce: 'GTC', quantity: '0.1', price: '55000' };
  fields(post(client, 'order', limit));
  assert.equal(codeOf(chooseHedge(client, false)), -4067);
  fields(client.signed('DELETE', '/fapi/v1/allOpenOrders', BTC));
  const stop = { algoType: 'CONDITIONAL', ...buy, type: 'STOP_MARKET', quantity: '0.1' };
  fields(post(client, 'algoOrder', { ...stop, triggerPrice: '90000' }));
  assert.equal(codeOf(chooseHedge(client, false)), -4067);
  fields(client.signed('DELETE', '/fapi/v1/algoOpenOrders', BTC));
  market(client, 'BUY', 'LONG', '0.1');
  assert.equal(codeOf(chooseHedge(client, false)), -4068);
  market(client, 'SELL', 'LONG', '0.1');
  fields(chooseHedge(client, false));
  assert.deepEqual(mode(), [false, false]);
  assert.deepEqual(amounts(risk(client, 2)), ['BOTH 0.000']);
  client.as(1);
  assert.deepEqual(mode(), [false, false], 'accounts choose for themselves');
});

/** Sends an order in each form; returns the codes of the refusals. */
function codesOfForms(client: ExchangeClient, more: Params): readonly unknown[] {
  const plain = { ...BTC, side: 'BUY', type: 'MARKET', quantity: '0.100', ...more };
  const [ofBatch] = rows(post(client, 'batchOrders', { batchOrders: JSON.stringify([plain]) }));
  const conditional = { ...plain, algoType: 'CONDITIONAL', type: 'STOP_MARKET', triggerPrice: '90000' };
  return [
    codeOf(post(client, 'order', plain)),
    codeOf(post(client, 'order/test', plain)),
    ofBatch?.code,
    codeOf(post(client, 'algoOrder', conditional)),
  ];
}

test('a position side that the mode does not have is refused in every form of an order', () => {
  const all = (code: number): readonly number[] => Array.from({ length: 4 }, () => code);
  const oneWay = new ExchangeClient();
  assert.deepEqual(codesOfForms(oneWay, { positionSide: 'LONG' }), all(-4061));
  assert.deepEqual(codesOfForms(oneWay, { positionSide: 'UP' }), all(-4060));
  const client = hedged(0);
  assert.deepEqual(codesOfForms(client, {}), all(-4061));
  assert.deepEqual(codesOfForms(client, { positionSide: 'BOTH' }), all(-4061));
  assert.deepEqual(codesOfForms(client, { positionSide: 'UP' }), all(-4060));
  // The sides say what closes: reduceOnly has no place, whatever it says.
  assert.deepEqual(codesOfForms(client, { positionSide: 'LONG', reduceOnly: true }), all(-1106));
  assert.deepEqual(codesOfForms(client, { positionSide: 'SHORT', reduceOnly: false }), all(-1106));
  const margin = { ...BTC, amount: 1, type: 1 };
  assert.equal(codeOf(post(client, 'positionMargin', margin)), -4061);
  assert.deepEqual(rows(client.signed('GET', '/fapi/v1/allOrders', BTC)), []);
});

test('a long and a short position are held, told, funded and closed each for itself', () => {
  const client = new ExchangeClient();
  fields(chooseHedge(client));
  const ear = userEar(client);
  const opened = market(client, 'BUY', 'LONG', '0.300');
  assert.deepEqual([opened.status, opened.positionSide], ['FILLED', 'LONG']);
  market(client, 'SELL', 'SHORT', '0.100');
  assert.deepEqual(positionsTold(ear), ['LONG 0.300', 'SHORT -0.100']);
  for (const version of [2, 3] as const) {
    assert.deepEqual(amounts(risk(client, version)), ['LONG 0.300', 'SHORT -0.100']);
    const account = fields(client.signed('GET', `/fapi/v${version}/account`));
    const ofBtc = (account.positions as Fields[]).filter(({ symbol }) => symbol === 'BTCUSDT');
    assert.deepEqual(amounts(ofBtc), ['LONG 0.300', 'SHORT -0.100']);
  }
  client.pass(21 * US_PER_MINUTE);
  const income = rows(client.signed('GET', '/fapi/v1/income', { incomeType: 'FUNDING_FEE' }));
  const funding = income.map((row) => Number(row.income));
  assert.equal(funding.length, 2, 'each position pays or is paid');
  assert.ok(Math.abs(Number(funding[0]) + 3 * Number(funding[1])) < 1e-6, String(funding));

  assert.equal(market(client, 'BUY', 'SHORT', '0.050').status, 'FILLED');
  const over = market(client, 'SELL', 'LONG', '0.400');
  assert.deepEqual([over.status, over.executedQty], ['EXPIRED', '0.300'], 'it closes and never turns (M9)');
  const nothing = { ...BTC, side: 'SELL', positionSide: 'LONG', type: 'MARKET', quantity: '0.1' };
  assert.equal(codeOf(post(client, 'order', nothing)), -2022);
  assert.deepEqual(amounts(risk(client, 3)), ['SHORT -0.050']);
  const trades = rows(client.signed('GET', '/fapi/v1/userTrades', BTC));
  const sides = new Set(trades.map(({ positionSide, side }) => `${side} ${positionSide}`));
  assert.deepEqual([...sides].toSorted(), ['BUY LONG', 'BUY SHORT', 'SELL LONG', 'SELL SHORT']);
  const told = ear.heard.filter(({ e }) => e === 'ORDER_TRADE_UPDATE').map(({ o }) => (o as Fields).ps);
  assert.deepEqual([...new Set(told)], ['LONG', 'SHORT']);

  const booked = rows(client.signed('GET', '/fapi/v1/income'));
  const atoms = booked.reduce((sum, row) => sum + BigInt(String(row.income).replace('.', '')), CASH_ATOMS);
  const [balance] = rows(client.signed('GET', '/fapi/v3/balance'));
  assert.equal(BigInt(String(balance?.balance).replace('.', '')), atoms);
});

test('both positions and what opens them hold margin; what closes holds none', () => {
  const client = hedged(0);
  const limit = (side: string, positionSide: string, quantity: string, price: string): Answer =>
    post(client, 'order', { ...BTC, side, positionSide, quantity, price, type: 'LIMIT', timeInForce: 'GTC' });
  market(client, 'BUY', 'LONG', '1.000');
  market(client, 'SELL', 'SHORT', '1.000');
  // 60,000 x 1 / 20 a position and as much for an order that opens.
  fields(limit('SELL', 'LONG', '1.000', '61000'));
  fields(limit('BUY', 'SHORT', '1.000', '59000'));
  fields(limit('BUY', 'LONG', '1.000', '59000'));
  const account = fields(client.signed('GET', '/fapi/v3/account'));
  assert.deepEqual(
    [account.totalPositionInitialMargin, account.totalOpenOrderInitialMargin],
    ['6000.00000000', '3000.00000000'],
  );
  assert.equal(codeOf(limit('SELL', 'SHORT', '0.400', '61000')), -2019);
  const long = risk(client, 3).find(({ positionSide }) => positionSide === 'LONG');
  assert.deepEqual([long?.bidNotional, long?.askNotional], ['60000.00000000', '0.00000000']);
  const open = rows(client.signed('GET', '/fapi/v1/openOrders', BTC));
  assert.deepEqual(
    open.map(({ positionSide, reduceOnly, side }) => [side, positionSide, reduceOnly]),
    [
      ['SELL', 'LONG', false],
      ['BUY', 'SHORT', false],
      ['BUY', 'LONG', false],
    ],
  );
  fields(client.signed('DELETE', '/fapi/v1/allOpenOrders', BTC));
  assert.deepEqual(rows(client.signed('GET', '/fapi/v1/openOrders', BTC)), []);
  assert.equal(codeOf(post(client, 'leverage', { ...BTC, leverage: 10 })), -2028);
});

test('a stop that closes a position closes that of its side', () => {
  const client = hedged(0.01);
  market(client, 'BUY', 'LONG', '0.300');
  market(client, 'SELL', 'SHORT', '0.200');
  const close = { ...BTC, algoType: 'CONDITIONAL', type: 'STOP_MARKET', closePosition: true };
  const wrong = { ...close, side: 'BUY', positionSide: 'LONG', triggerPrice: '61000' };
  assert.equal(codeOf(post(client, 'algoOrder', wrong)), -1128);
  const ear = userEar(client);
  const right = { ...close, side: 'SELL', positionSide: 'LONG', triggerPrice: '59900' };
  assert.equal(fields(post(client, 'algoOrder', right)).positionSide, 'LONG');
  client.pass(10 * US_PER_SECOND);
  const [algo] = rows(client.signed('GET', '/fapi/v1/allAlgoOrders', BTC));
  assert.deepEqual([algo?.algoStatus, algo?.positionSide], ['FINISHED', 'LONG']);
  assert.deepEqual(amounts(risk(client, 2)), ['LONG 0.000', 'SHORT -0.200']);
  const told = ear.heard.filter(({ e }) => e === 'ALGO_UPDATE').map(({ o }) => (o as Fields).ps);
  assert.deepEqual([...new Set(told)], ['LONG']);
});

test('isolated positions have a wallet a side, and one is liquidated without the other', () => {
  const client = new ExchangeClient(7, 2, CASH_ATOMS, fallingMarket(0.1));
  fields(post(client, 'marginType', { ...BTC, marginType: 'ISOLATED' }));
  fields(chooseHedge(client));
  market(client, 'BUY', 'LONG', '0.500');
  market(client, 'SELL', 'SHORT', '0.300');
  assert.equal(codeOf(post(client, 'marginType', { ...BTC, marginType: 'CROSSED' })), -4048);
  const wallets = (): readonly number[] =>
    risk(client, 2).map(({ isolatedWallet }) => Number(isolatedWallet));
  // 0.5 x 60,000.1 / 20 and 0.3 x 59,999.9 / 20.
  assert.deepEqual(wallets(), [1_500.0025, 899.9985]);
  fields(post(client, 'positionMargin', { ...BTC, positionSide: 'SHORT', amount: 100, type: 1 }));
  assert.deepEqual(wallets(), [1_500.0025, 999.9985]);
  const [long, short] = risk(client, 2);
  assert.ok(Number(long?.liquidationPrice) < 60_000 && Number(short?.liquidationPrice) > 60_000);
  const ear = userEar(client);
  client.pass(6 * US_PER_SECOND);
  assert.deepEqual(amounts(risk(client, 2)), ['LONG 0.000', 'SHORT -0.300']);
  assert.deepEqual(wallets(), [0, 999.9985]);
  assert.deepEqual(positionsTold(ear), ['LONG 0.000']);
  const [forced] = rows(client.signed('GET', '/fapi/v1/forceOrders', BTC));
  assert.deepEqual([forced?.side, forced?.positionSide, forced?.status], ['SELL', 'LONG', 'FILLED']);
});

test('a cross account is liquidated where both of its positions say, and not before', () => {
  for (const share of [0.09, 0.12]) {
    const client = hedged(share);
    market(client, 'BUY', 'LONG', '2.000');
    market(client, 'SELL', 'SHORT', '0.500');
    const prices = risk(client, 2).map(({ liquidationPrice }) => liquidationPrice);
    assert.equal(prices[0], prices[1], 'the mark of both is one');
    // 10,000 less fees, less what 1.5 lose net, is 1 % of 2.5 held.
    const fees = 2 * 60_000.1 * 0.0005 + 0.5 * 59_999.9 * 0.0005;
    const costs = 2 * 60_000.1 - 0.5 * 59_999.9;
    assert.equal(Number(prices[0]).toFixed(2), ((costs + fees - 10_000) / (1.5 - 0.025)).toFixed(2));
    client.pass(6 * US_PER_SECOND);
    const isBelow = 60_000 * (1 - share) < Number(prices[0]);
    assert.deepEqual(
      amounts(risk(client, 3)),
      isBelow ? [] : ['LONG 2.000', 'SHORT -0.500'],
      `after a fall of ${share}`,
    );
    assert.equal(isBelow, share === 0.12, 'both cases are there');
  }
});

/** A random order of hedge mode; some are refused. */
function randomOrder(prng: Prng, bid: number): Params {
  const isLimit = prng.uniform() < 0.5;
  const price = (bid + prng.integer(-300, 300) / 10).toFixed(1);
  return {
    ...BTC,
    side: prng.uniform() < 0.5 ? 'BUY' : 'SELL',
    positionSide: prng.uniform() < 0.5 ? 'LONG' : 'SHORT',
    quantity: (prng.integer(1, 400) / 1_000).toFixed(3),
    ...(isLimit ? { type: 'LIMIT', timeInForce: 'GTC', price } : { type: 'MARKET' }),
  };
}

function units(text: unknown): bigint {
  return BigInt(String(text).replace('.', ''));
}

test(`whatever is traded, fills, events and income tell of the same positions and money (seed ${SEED})`, () => {
  const prng = new Prng(SEED);
  const client = new ExchangeClient(SEED);
  fields(chooseHedge(client));
  const ear = userEar(client);
  const held: Record<string, bigint> = { LONG: 0n, SHORT: 0n };
  for (let n = 0; n < 150; n++) {
    const { bidPrice } = fields(client.open('GET', '/fapi/v1/ticker/bookTicker', BTC));
    post(client, 'order', randomOrder(prng, Number(bidPrice)));
    if (n % 25 === 24) fields(client.signed('DELETE', '/fapi/v1/allOpenOrders', BTC));
    client.pass(US_PER_SECOND);
  }
  const trades = rows(client.signed('GET', '/fapi/v1/userTrades', { ...BTC, limit: 1_000 }));
  assert.ok(trades.length > 50, `only ${trades.length} fills`);
  for (const { positionSide, qty, side } of trades) {
    const of = String(positionSide);
    held[of] = (held[of] ?? 0n) + units(qty) * (side === 'BUY' ? 1n : -1n);
    assert.ok((held.LONG ?? 0n) >= 0n && (held.SHORT ?? 0n) <= 0n, 'a position never turns (M66)');
  }
  const positions = risk(client, 2);
  assert.deepEqual(
    positions.map(({ positionAmt }) => units(positionAmt)),
    [held.LONG, held.SHORT],
  );
  const told = new Map(positionsTold(ear).map((text) => String(text).split(' ') as [string, string]));
  assert.deepEqual(
    positions.map(({ positionSide }) => told.get(String(positionSide))),
    positions.map(({ positionAmt }) => positionAmt),
  );
  const income = rows(client.signed('GET', '/fapi/v1/income', { limit: 1_000 }));
  const account = fields(client.signed('GET', '/fapi/v3/account'));
  const wallet = income.reduce((sum, row) => sum + units(row.income), CASH_ATOMS);
  assert.equal(units(account.totalWalletBalance), wallet);
  const unrealised = positions.reduce((sum, row) => sum + units(row.unRealizedProfit), 0n);
  assert.equal(units(account.totalUnrealizedProfit), unrealised);
});
