import assert from 'node:assert/strict';
import { test } from 'node:test';
import { US_PER_MINUTE, US_PER_SECOND } from '#core';
import { type Answer, ExchangeClient, fallingMarket } from './test/exchange-client.ts';

type Fields = Readonly<Record<string, unknown>>;
type Params = Readonly<Record<string, string | number | boolean>>;

const ORDER = '/fapi/v1/order';

function fields(answer: Answer): Fields {
  assert.equal(answer.status, 200, answer.text);
  return answer.body as Fields;
}

function codeOf(answer: Answer): unknown {
  return (answer.body as Fields).code;
}

function touch(client: ExchangeClient): { bid: number; ask: number } {
  const { askPrice, bidPrice } = fields(
    client.open('GET', '/fapi/v1/ticker/bookTicker', { symbol: 'BTCUSDT' }),
  );
  return { bid: Number(bidPrice), ask: Number(askPrice) };
}

/** A limit order that rests far below the market. */
function deep(client: ExchangeClient, more: Params = {}): Params {
  const price = (touch(client).bid - 600).toFixed(1);
  return {
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: '0.100',
    price,
    ...more,
  };
}

function place(client: ExchangeClient, params: Params): Answer {
  return client.signed('POST', ORDER, { newOrderRespType: 'RESULT', ...params });
}

function market(client: ExchangeClient, side: 'BUY' | 'SELL', quantity: string, more: Params = {}): Fields {
  return fields(place(client, { symbol: 'BTCUSDT', side, type: 'MARKET', quantity, ...more }));
}

test('an order lives from place over amend to cancel under one id', () => {
  const client = new ExchangeClient();
  const placed = fields(place(client, deep(client, { newClientOrderId: 'mine-1' })));
  assert.deepEqual([placed.status, placed.executedQty, placed.clientOrderId], ['NEW', '0.000', 'mine-1']);
  for (const gone of ['avgPrice', 'cumQuote'])
    assert.equal(gone in placed, false, 'acks do not tell it any more');
  const price = (Number(placed.price) + 100).toFixed(1);
  const to = { symbol: 'BTCUSDT', side: 'BUY', quantity: '0.200', price };
  const amended = fields(client.signed('PUT', ORDER, { ...to, origClientOrderId: 'mine-1' }));
  assert.deepEqual([amended.orderId, amended.origQty, amended.price], [placed.orderId, '0.200', price]);
  assert.equal(codeOf(client.signed('PUT', ORDER, { ...to, orderId: Number(placed.orderId) })), -5027);
  const asked = fields(client.signed('GET', ORDER, { symbol: 'BTCUSDT', orderId: Number(placed.orderId) }));
  assert.deepEqual([asked.status, asked.origQty, asked.avgPrice], ['NEW', '0.200', '0.00000']);
  const gone = { symbol: 'BTCUSDT', origClientOrderId: 'mine-1' };
  assert.equal(fields(client.signed('DELETE', ORDER, gone)).status, 'CANCELED');
  assert.equal(codeOf(client.signed('DELETE', ORDER, gone)), -2011);
  assert.equal(fields(client.signed('GET', ORDER, gone)).status, 'CANCELED');
  assert.deepEqual(client.signed('GET', '/fapi/v1/openOrders').body, []);
});

test('an amendment that is refused leaves the order as it was, and a post-only one that would take ends it', () => {
  const client = new ExchangeClient();
  const stateOf = (order: Fields): Fields =>
    fields(client.signed('GET', ORDER, { symbol: 'BTCUSDT', orderId: Number(order.orderId) }));
  const amend = (order: Fields, quantity: string, price: string): Answer =>
    client.signed('PUT', ORDER, {
      symbol: 'BTCUSDT',
      side: 'BUY',
      orderId: Number(order.orderId),
      quantity,
      price,
    });
  const plain = fields(place(client, deep(client)));
  assert.equal(codeOf(amend(plain, '9.000', String(plain.price))), -2019);
  const after = stateOf(plain);
  assert.deepEqual([after.status, after.origQty, after.price], ['NEW', plain.origQty, plain.price]);
  const postOnly = fields(place(client, deep(client, { timeInForce: 'GTX' })));
  assert.equal(fields(amend(postOnly, '0.100', touch(client).ask.toFixed(1))).status, 'EXPIRED');
  const open = client.signed('GET', '/fapi/v1/openOrders').body as Fields[];
  assert.deepEqual(
    open.map(({ orderId }) => orderId),
    [plain.orderId],
  );
  const taken = fields(amend(plain, '0.100', (touch(client).ask + 12).toFixed(1)));
  assert.equal(taken.status, 'FILLED', 'an amendment that crosses trades');
});

test('a position is opened, told, funded and closed, and the wallet is the sum of its income', () => {
  const client = new ExchangeClient();
  assert.equal(market(client, 'BUY', '0.300').status, 'FILLED');
  const [risk] = client.signed('GET', '/fapi/v3/positionRisk').body as [Fields];
  assert.deepEqual([risk.positionAmt, risk.positionSide], ['0.300', 'BOTH']);
  client.pass(30 * US_PER_MINUTE);
  market(client, 'SELL', '0.300', { reduceOnly: true });
  assert.deepEqual(client.signed('GET', '/fapi/v3/positionRisk').body, []);
  const income = client.signed('GET', '/fapi/v1/income').body as { incomeType: string; income: string }[];
  const kinds = new Set(income.map(({ incomeType }) => incomeType));
  assert.deepEqual([...kinds].toSorted(), ['COMMISSION', 'FUNDING_FEE', 'REALIZED_PNL']);
  const atoms = income.reduce((sum, row) => sum + BigInt(row.income.replace('.', '')), 10_000_00000000n);
  const [balance] = client.signed('GET', '/fapi/v2/balance').body as [Fields];
  assert.equal(BigInt(String(balance.balance).replace('.', '')), atoms);
  assert.equal(balance.availableBalance, balance.balance);
  client.as(1);
  const [other] = client.signed('GET', '/fapi/v2/balance').body as [Fields];
  assert.equal(other.balance, '10000.00000000', 'accounts do not touch each other');
});

test('orders that the venue would refuse are refused with its code', () => {
  const client = new ExchangeClient();
  const { ask, bid } = touch(client);
  fields(place(client, deep(client, { newClientOrderId: 'twice' })));
  const wrong: readonly (readonly [Params, number])[] = [
    [{ symbol: 'NOPE' }, -1121],
    [{ side: 'UP' }, -1117],
    [{ type: 'ICEBERG' }, -1116],
    [{ type: 'STOP_MARKET', stopPrice: '50000' }, -4120],
    [{ timeInForce: 'NOW' }, -1115],
    [{ quantity: '0' }, -4003],
    [{ quantity: '0.0001' }, -1111],
    [{ quantity: '100000' }, -4005],
    [{ quantity: 'many' }, -1102],
    [{ price: '60000.05' }, -1111],
    [{ price: '0' }, -4013],
    [{ price: '80000' }, -4016],
    [{ side: 'SELL', price: '40000' }, -4024],
    [{ positionSide: 'LONG' }, -4061],
    [{ positionSide: 'UP' }, -4060],
    [{ newClientOrderId: 'a b' }, -1100],
    [{ newClientOrderId: 'x'.repeat(37) }, -4015],
    [{ newClientOrderId: 'twice' }, -4116],
    [{ newOrderRespType: 'FULL' }, -1136],
    [{ price: '1000', quantity: '0.001' }, -4164],
    [{ reduceOnly: true }, -2022],
    [{ quantity: '9.000' }, -2019],
    [{ timeInForce: 'GTX', price: ask.toFixed(1) }, -5022],
    [{ timeInForce: 'FOK', price: bid.toFixed(1) }, -5021],
    [{ timeInForce: 'GTD', goodTillDate: 1 }, -5040],
  ];
  for (const [changes, code] of wrong)
    assert.equal(codeOf(place(client, deep(client, changes))), code, JSON.stringify(changes));
  const { price, ...priceless } = deep(client);
  assert.equal(codeOf(place(client, priceless)), -1102);
  assert.equal(
    codeOf(
      place(client, {
        symbol: 'BTCUSDT',
        side: 'BUY',
        type: 'MARKET',
        quantity: '0.1',
        price: String(price),
      }),
    ),
    -1106,
  );
  assert.equal(
    (client.signed('GET', '/fapi/v1/openOrders').body as unknown[]).length,
    1,
    'what was refused is not there',
  );
});

test('own orders that would meet expire as their mode says, or trade; the market comes first', () => {
  const client = new ExchangeClient();
  market(client, 'BUY', '0.100');
  const price = (away: number): string => (touch(client).ask + away).toFixed(1);
  const rest = (away: number): Fields =>
    fields(place(client, deep(client, { side: 'SELL', price: price(away) })));
  const cross = (mode: string): Fields =>
    fields(
      place(client, deep(client, { price: price(60), quantity: '0.001', selfTradePreventionMode: mode })),
    );
  const stateOf = (order: Fields): unknown =>
    fields(client.signed('GET', ORDER, { symbol: 'BTCUSDT', orderId: Number(order.orderId) })).status;
  // Behind the market nothing is met.
  const behind = rest(30);
  assert.deepEqual([cross('EXPIRE_BOTH').status, stateOf(behind)], ['FILLED', 'NEW']);
  const first = rest(-0.1);
  assert.deepEqual([cross('EXPIRE_TAKER').status, stateOf(first)], ['EXPIRED_IN_MATCH', 'NEW']);
  assert.deepEqual([cross('EXPIRE_MAKER').status, stateOf(first)], ['FILLED', 'EXPIRED_IN_MATCH']);
  const second = rest(-0.1);
  assert.deepEqual([cross('EXPIRE_BOTH').status, stateOf(second)], ['EXPIRED_IN_MATCH', 'EXPIRED_IN_MATCH']);
  const third = rest(-0.1);
  assert.deepEqual([cross('NONE').status, stateOf(third)], ['FILLED', 'PARTIALLY_FILLED']);
  const fills = client.signed('GET', '/fapi/v1/userTrades', { symbol: 'BTCUSDT' }).body as Fields[];
  assert.deepEqual(
    fills
      .slice(-2)
      .map(({ maker, price: at, qty }) => [maker, at, qty])
      .sort(),
    [false, true].map((maker) => [maker, String(third.price), '0.001']),
  );
  const postOnly = deep(client, { price: price(-0.1), timeInForce: 'GTX' });
  assert.equal(codeOf(place(client, postOnly)), -5022);
});

test('only its wallet stands behind an isolated position', () => {
  const client = new ExchangeClient(7, 2, 10_000_00000000n, fallingMarket(0.1));
  const post = (path: string, params: Params): Answer => client.signed('POST', `/fapi/v1/${path}`, params);
  const { ear } = client.listen(
    `/private/ws/${String(fields(client.signed('POST', '/fapi/v1/listenKey')).listenKey)}`,
  );
  fields(post('marginType', { symbol: 'BTCUSDT', marginType: 'ISOLATED' }));
  assert.equal(codeOf(post('marginType', { symbol: 'BTCUSDT', marginType: 'ISOLATED' })), -4046);
  assert.equal(codeOf(post('positionMargin', { symbol: 'BTCUSDT', amount: 1, type: 1 })), -4054);
  market(client, 'BUY', '0.500');
  assert.equal(codeOf(post('marginType', { symbol: 'BTCUSDT', marginType: 'CROSSED' })), -4048);
  assert.equal(codeOf(post('leverage', { symbol: 'BTCUSDT', leverage: 5 })), -4161);
  const riskOf = (): Fields =>
    (client.signed('GET', '/fapi/v2/positionRisk', { symbol: 'BTCUSDT' }).body as Fields[])[0] ?? {};
  const wallet = Number(riskOf().isolatedWallet);
  // 0.5 x 60,000.1 / 20.
  assert.deepEqual([riskOf().marginType, wallet], ['isolated', 1_500.0025]);
  const moved = post('positionMargin', { symbol: 'BTCUSDT', amount: 100, type: 1 });
  assert.deepEqual(moved.body, {
    amount: 100,
    code: 200,
    msg: 'Successfully modify position margin.',
    type: 1,
  });
  assert.equal(Number(riskOf().isolatedWallet), wallet + 100);
  assert.equal(codeOf(post('positionMargin', { symbol: 'BTCUSDT', amount: 9_000, type: 1 })), -4050);
  assert.equal(codeOf(post('positionMargin', { symbol: 'BTCUSDT', amount: 1_000, type: 2 })), -4051);
  assert.equal(codeOf(post('positionMargin', { symbol: 'BTCUSDT', amount: 0, type: 1 })), -4055);
  // Entry - (wallet - maintenance) / quantity, at a maintenance margin of 1 %: (60,000.1 x 0.5 - 1,600.0025) / (0.5 x 0.99).
  assert.equal(Number(riskOf().liquidationPrice).toFixed(2), ((30_000.05 - 1_600.0025) / 0.495).toFixed(2));
  const updates = ear.heard.filter(({ e }) => e === 'ACCOUNT_UPDATE').map(({ a }) => a as Fields);
  assert.deepEqual(
    updates.map(({ m }) => m),
    ['ORDER', 'MARGIN_TRANSFER'],
  );
  const account = fields(client.signed('GET', '/fapi/v3/account'));
  assert.equal(
    Number(account.totalCrossWalletBalance).toFixed(4),
    (Number(account.totalWalletBalance) - wallet - 100).toFixed(4),
  );
  // 10 % down is more than the wallet and less than the account could bear.
  client.pass(6 * US_PER_SECOND);
  assert.equal(riskOf().positionAmt, '0.000');
  const left = Number(fields(client.signed('GET', '/fapi/v3/account')).totalWalletBalance);
  const fee = 0.5 * 60_000.1 * 0.0005;
  assert.ok(Math.abs(left - (10_000 - fee - wallet - 100)) < 0.1, String(left));
});

test('batches answer each order in its place', () => {
  const client = new ExchangeClient();
  const good = deep(client);
  const batchOrders = JSON.stringify([good, { ...good, type: 'STOP' }, { ...good, quantity: '0' }]);
  const placed = client.signed('POST', '/fapi/v1/batchOrders', { batchOrders }).body as Fields[];
  assert.deepEqual(
    placed.map(({ code, status }) => code ?? status),
    ['NEW', -4120, -4003],
  );
  const orderIdList = JSON.stringify([placed[0]?.orderId, 999]);
  const gone = client.signed('DELETE', '/fapi/v1/batchOrders', { symbol: 'BTCUSDT', orderIdList })
    .body as Fields[];
  assert.deepEqual(
    gone.map(({ code, status }) => code ?? status),
    ['CANCELED', -2011],
  );
  const six = JSON.stringify(Array.from({ length: 6 }, () => good));
  assert.equal(codeOf(client.signed('POST', '/fapi/v1/batchOrders', { batchOrders: six })), -4082);
  assert.equal(codeOf(client.signed('POST', '/fapi/v1/batchOrders', { batchOrders: '{' })), -1130);
});

test('a countdown that is not renewed cancels the orders of its symbol and no conditional ones', () => {
  const client = new ExchangeClient();
  const order = fields(place(client, deep(client)));
  const stop = {
    algoType: 'CONDITIONAL',
    symbol: 'BTCUSDT',
    side: 'SELL',
    type: 'STOP_MARKET',
    triggerPrice: '55000',
    quantity: '0.1',
  };
  fields(client.signed('POST', '/fapi/v1/algoOrder', stop));
  const countdown = (ms: number): void => {
    fields(client.signed('POST', '/fapi/v1/countdownCancelAll', { symbol: 'BTCUSDT', countdownTime: ms }));
  };
  const state = (): unknown =>
    fields(client.signed('GET', ORDER, { symbol: 'BTCUSDT', orderId: Number(order.orderId) })).status;
  countdown(2_000);
  client.pass(1_500_000);
  countdown(2_000);
  client.pass(1_500_000);
  assert.equal(state(), 'NEW');
  countdown(0);
  client.pass(5 * US_PER_SECOND);
  assert.equal(state(), 'NEW');
  countdown(2_000);
  client.pass(2_100_000);
  assert.equal(state(), 'CANCELED');
  assert.equal((client.signed('GET', '/fapi/v1/openAlgoOrders').body as unknown[]).length, 1);
});

test('an order that is good till a date expires then', () => {
  const client = new ExchangeClient();
  const goodTillDate = Math.floor(client.exchange.nowUs / 1_000) + 700_000;
  const order = fields(place(client, deep(client, { timeInForce: 'GTD', goodTillDate })));
  assert.equal(order.goodTillDate, goodTillDate);
  client.pass(701 * US_PER_SECOND);
  const [row] = client.signed('GET', '/fapi/v1/allOrders', { symbol: 'BTCUSDT' }).body as [Fields];
  assert.equal(row.status, 'EXPIRED');
});

test('conditional orders of each kind become orders at their price', () => {
  const client = new ExchangeClient();
  market(client, 'BUY', '0.400');
  const { ask, bid } = touch(client);
  const algo = (params: Params): Answer =>
    client.signed('POST', '/fapi/v1/algoOrder', {
      algoType: 'CONDITIONAL',
      symbol: 'BTCUSDT',
      side: 'SELL',
      ...params,
    });
  const quantity = '0.100';
  const near = { triggerPrice: (bid - 20).toFixed(1), quantity };
  fields(algo({ type: 'STOP_MARKET', ...near, clientAlgoId: 'stop' }));
  fields(
    algo({
      type: 'STOP',
      ...near,
      price: (bid - 500).toFixed(1),
      timeInForce: 'GTC',
      clientAlgoId: 'stop-limit',
    }),
  );
  fields(
    algo({
      type: 'TAKE_PROFIT_MARKET',
      triggerPrice: (ask + 20).toFixed(1),
      quantity,
      workingType: 'MARK_PRICE',
      clientAlgoId: 'target',
    }),
  );
  fields(algo({ type: 'TRAILING_STOP_MARKET', quantity, callbackRate: '0.1', clientAlgoId: 'trail' }));
  const wrong: readonly (readonly [Params, number])[] = [
    [{ type: 'STOP_MARKET', quantity, triggerPrice: (ask + 20).toFixed(1) }, -2021],
    [{ type: 'TAKE_PROFIT_MARKET', quantity, triggerPrice: (bid - 20).toFixed(1) }, -2021],
    [{ type: 'STOP_MARKET', ...near, closePosition: true }, -4137],
    [{ type: 'STOP_MARKET', ...near, clientAlgoId: 'stop' }, -4116],
    [{ type: 'TRAILING_STOP_MARKET', quantity, callbackRate: '0.1', activationPrice: '70000' }, -1130],
    [{ type: 'TRAILING_STOP_MARKET', quantity, callbackRate: '11' }, -1130],
    [{ type: 'STOP_MARKET', ...near, priceProtect: true }, -4084],
  ];
  for (const [params, code] of wrong) assert.equal(codeOf(algo(params)), code, JSON.stringify(params));
  client.pass(10 * US_PER_MINUTE);
  const all = client.signed('GET', '/fapi/v1/allAlgoOrders', { symbol: 'BTCUSDT' }).body as Fields[];
  assert.deepEqual(
    all.map(({ algoStatus, clientAlgoId }) => [clientAlgoId, algoStatus]),
    [
      ['stop', 'FINISHED'],
      ['stop-limit', 'FINISHED'],
      ['target', 'FINISHED'],
      ['trail', 'FINISHED'],
    ],
  );
  const [stop] = all;
  const order = fields(
    client.signed('GET', ORDER, { symbol: 'BTCUSDT', orderId: String(stop?.actualOrderId) }),
  );
  assert.deepEqual(
    [order.type, order.origType, order.status, order.clientOrderId],
    ['MARKET', 'STOP_MARKET', 'FILLED', 'stop'],
  );
  assert.ok(Number(order.avgPrice) <= bid - 20, 'a stop is not better than its price');
  assert.deepEqual(client.signed('GET', '/fapi/v3/positionRisk').body, []);
});

test('a stop that finds nothing to close is rejected when it triggers', () => {
  const client = new ExchangeClient(7, 1, 10_000_00000000n, fallingMarket(0.01));
  const near = (touch(client).bid - 10).toFixed(1);
  const stop = {
    algoType: 'CONDITIONAL',
    symbol: 'BTCUSDT',
    side: 'SELL',
    type: 'STOP_MARKET',
    triggerPrice: near,
    closePosition: true,
  };
  fields(client.signed('POST', '/fapi/v1/algoOrder', stop));
  client.pass(10 * US_PER_SECOND);
  const [row] = client.signed('GET', '/fapi/v1/allAlgoOrders', { symbol: 'BTCUSDT' }).body as [Fields];
  assert.equal(row.algoStatus, 'REJECTED');
});

test('a conditional order that is good until a moment ends then', () => {
  const client = new ExchangeClient();
  market(client, 'BUY', '0.100');
  const goodTillDate = Math.ceil(client.exchange.nowUs / 1_000_000) * 1_000 + 660_000;
  const { bid } = touch(client);
  const stop = { algoType: 'CONDITIONAL', symbol: 'BTCUSDT', side: 'SELL', type: 'STOP', quantity: '0.100' };
  const prices = { triggerPrice: (bid * 0.9).toFixed(1), price: (bid * 0.89).toFixed(1) };
  const send = (more: Params): Answer =>
    client.signed('POST', '/fapi/v1/algoOrder', { ...stop, ...prices, timeInForce: 'GTD', ...more });
  assert.equal(codeOf(send({})), -1102);
  assert.equal(codeOf(send({ goodTillDate: goodTillDate - 600_000 })), -5040);
  const { algoId, goodTillDate: told } = fields(send({ goodTillDate }));
  assert.equal(told, goodTillDate);
  client.pass(12 * US_PER_MINUTE);
  const ended = fields(client.signed('GET', '/fapi/v1/algoOrder', { algoId: Number(algoId) }));
  assert.equal(ended.algoStatus, 'EXPIRED');
});

test('leverage counts at once, and modes that are not offered are refused', () => {
  const client = new ExchangeClient();
  const leverage = (to: number): Answer =>
    client.signed('POST', '/fapi/v1/leverage', { symbol: 'BTCUSDT', leverage: to });
  assert.equal(fields(leverage(10)).leverage, 10);
  assert.equal(codeOf(leverage(21)), -4028);
  const { ask } = touch(client);
  const most = ((10_000 * 10) / ask) * 0.98;
  assert.equal(
    codeOf(
      place(client, { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: (most * 1.1).toFixed(3) }),
    ),
    -2019,
  );
  market(client, 'BUY', most.toFixed(3));
  assert.equal(codeOf(leverage(5)), -2028);
  assert.equal(fields(leverage(20)).leverage, 20);
  const [config] = client.signed('GET', '/fapi/v1/symbolConfig', { symbol: 'BTCUSDT' }).body as [Fields];
  assert.deepEqual([config.leverage, config.marginType], [20, 'CROSSED']);
  const post = (path: string, params: Params): unknown =>
    codeOf(client.signed('POST', `/fapi/v1/${path}`, params));
  assert.equal(post('marginType', { symbol: 'BTCUSDT', marginType: 'CROSSED' }), -4046);
  assert.equal(post('marginType', { symbol: 'BTCUSDT', marginType: 'ISOLATED' }), -4048);
  assert.equal(post('positionSide/dual', { dualSidePosition: false }), -4059);
  assert.equal(post('multiAssetsMargin', { multiAssetsMargin: 'false' }), -4171);
  assert.equal(post('multiAssetsMargin', { multiAssetsMargin: 'true' }), -4084);
});

test('equal seeds and requests give equal bytes', () => {
  const story = (): string[] => {
    const client = new ExchangeClient(11);
    const { listenKey } = fields(client.signed('POST', '/fapi/v1/listenKey'));
    const { ear } = client.listen('/stream', `streams=btcusdt@depth/btcusdt@aggTrade/${String(listenKey)}`);
    const said: string[] = [];
    for (let n = 0; n < 20; n++) {
      client.pass(3_300_000);
      said.push(
        place(client, {
          symbol: 'BTCUSDT',
          side: n % 3 === 0 ? 'SELL' : 'BUY',
          type: 'MARKET',
          quantity: '0.01',
        }).text,
      );
      said.push(place(client, deep(client)).text);
    }
    said.push(client.signed('GET', '/fapi/v2/account').text);
    return [...said, ...ear.texts];
  };
  const first = story();
  assert.ok(first.length > 500);
  assert.deepEqual(story(), first);
});
