/** Faults on demand strike whom they are told to, when they are told to, and leave everybody else alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_MS, US_PER_SECOND } from '#core';
import { testSeed } from '../../../../test/support/property.ts';
import { type Answer, ExchangeClient, START_US } from '../test/exchange-client.ts';
import { FaultBoard } from './fault-board.ts';
import { readFaults } from './fault-form.ts';
import { FAULT_SCENARIOS, scenarioFaults } from './fault-scenarios.ts';

const SYMBOL = 'BTCUSDT';
const SEED = testSeed();

type Fields = Record<string, unknown>;

function tell(client: ExchangeClient, ...faults: readonly object[]): void {
  const answer = client.admin('POST', 'faults', faults.length === 1 ? faults[0] : faults);
  assert.equal(answer.status, 200, answer.text);
}

function place(client: ExchangeClient, name: string, side = 'BUY'): Answer {
  const price = Math.floor(lastPrice(client) * (side === 'BUY' ? 0.95 : 1.05));
  return client.signed('POST', '/fapi/v1/order', {
    symbol: SYMBOL,
    side,
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: '0.010',
    price,
    newClientOrderId: name,
  });
}

function lastPrice(client: ExchangeClient): number {
  return Number((client.exchange.answer(tickerRequest()).body.match(/"price":"([\d.]+)"/) ?? [])[1]);
}

function tickerRequest() {
  return { method: 'GET', path: '/fapi/v1/ticker/price', query: `symbol=${SYMBOL}`, headers: {}, body: '' };
}

/** Client ids of the open orders, seen behind the faults. */
function openIds(client: ExchangeClient): string[] {
  client.admin('DELETE', 'faults');
  const { body } = client.signed('GET', '/fapi/v1/openOrders', { symbol: SYMBOL });
  return (body as Fields[]).map(({ clientOrderId }) => String(clientOrderId));
}

test('without its token the admin desk answers nobody', () => {
  const client = new ExchangeClient();
  for (const token of ['', 'token-of-somebody'])
    assert.equal(client.admin('POST', 'faults', { kind: 'cut' }, token).status, 403);
  assert.deepEqual(client.admin('GET', 'faults').body, { faults: [] });
  const state = client.admin('GET', 'state').body as Fields;
  assert.deepEqual([state.isEnded, state.nowMs], [false, START_US / US_PER_MS]);
});

test('what is no fault is refused with the field and what was expected', () => {
  const client = new ExchangeClient();
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{}, /kind: expected latency, /],
    [{ kind: 'latency' }, /ms: expected a number/],
    [{ kind: 'latency', ms: '5' }, /ms: expected a number.*found "5"/],
    [{ kind: 'cut', sockets: 'some' }, /sockets: expected all, user, market/],
    [{ kind: 'ban', seconds: 5 }, /seconds: expected no such field/],
    [{ kind: 'drop', share: 2 }, /share: expected a number from 0 to 1/],
    [[{ kind: 'cut' }, 5], /fault 2: expected an object/],
    [[], /expected 1 to 100/],
    ['no-such-scenario', /expected cuts, /],
  ];
  for (const [body, words] of cases) {
    const answer = client.admin('POST', 'faults', body);
    assert.equal(answer.status, 400);
    assert.match((answer.body as Fields).message as string, words);
  }
  assert.deepEqual(client.admin('GET', 'faults').body, { faults: [] });
});

test('a 503 with effect places the order, one without does not, and both say the same', () => {
  const client = new ExchangeClient();
  tell(
    client,
    { kind: 'error', path: '/fapi/v1/order', method: 'POST', effect: true },
    { kind: 'error', path: '/fapi/v1/order', method: 'POST', after_s: 0 },
  );
  const [first, second, third] = [place(client, 'first'), place(client, 'second'), place(client, 'third')];
  assert.deepEqual([first.status, second.status, third.status], [503, 503, 200]);
  assert.deepEqual(first.body, second.body);
  assert.deepEqual(openIds(client), ['first', 'third']);
});

test('a timeout has the code of the venue; no answer is none, with or without effect', () => {
  const client = new ExchangeClient();
  tell(client, { kind: 'error', status: 408, effect: true, path: '/fapi/v1/order' });
  const late = place(client, 'late');
  assert.deepEqual([late.status, (late.body as Fields).code], [408, -1007]);
  tell(client, { kind: 'no-answer', effect: true, path: '/fapi/v1/order' });
  assert.equal(place(client, 'silent').status, 0);
  tell(client, { kind: 'no-answer', path: '/fapi/v1/order' });
  assert.equal(place(client, 'lost').status, 0);
  assert.deepEqual(openIds(client), ['late', 'silent']);
});

test('latency holds answers back, not what was asked for', () => {
  const client = new ExchangeClient();
  tell(client, { kind: 'latency', ms: 200, jitter_ms: 100, count: 1 });
  const query = tickerRequest();
  const slow = client.exchange.onRequest(query);
  assert.ok(slow !== 'no-answer' && slow.delayUs >= 200 * US_PER_MS && slow.delayUs <= 300 * US_PER_MS);
  const quick = client.exchange.onRequest(query);
  assert.ok(quick !== 'no-answer' && quick.delayUs === 0);
});

test('rejects strike orders alone and have no effect; an account that is not meant is left alone', () => {
  const client = new ExchangeClient();
  tell(client, { kind: 'reject', account: 2, code: -2019, msg: 'Margin is insufficient.', for_s: 60 });
  assert.equal(place(client, 'mine').status, 200);
  client.as(1);
  const refused = place(client, 'yours');
  assert.deepEqual([refused.status, refused.body], [400, { code: -2019, msg: 'Margin is insufficient.' }]);
  assert.equal(client.signed('GET', '/fapi/v3/balance').status, 200);
  assert.deepEqual(openIds(client), []);
});

test('bans and limits say for how long, last that long, and come again when they are told to', () => {
  const client = new ExchangeClient();
  tell(client, { kind: 'ban', for_s: 10, every_s: 60 });
  const ping = (): Answer => client.open('GET', '/fapi/v1/ping');
  const banned = ping();
  assert.deepEqual([banned.status, banned.headers['Retry-After']], [418, '10']);
  assert.match(banned.text, new RegExp(`banned until ${START_US / US_PER_MS + 10_000}`));
  client.pass(10 * US_PER_SECOND);
  assert.equal(ping().status, 200);
  client.pass(55 * US_PER_SECOND);
  assert.deepEqual([ping().status, ping().headers['Retry-After']], [418, '5']);
  client.admin('DELETE', 'faults');
  tell(client, { kind: 'too-many', for_s: 3 });
  assert.deepEqual([ping().status, ping().headers['Retry-After']], [429, '3']);
});

test('in maintenance nobody is answered, and sockets are closed and refused', () => {
  const client = new ExchangeClient();
  const { ear } = client.listen('/ws/btcusdt@aggTrade');
  tell(client, { kind: 'maintenance', for_s: 20 });
  client.pass(US_PER_SECOND);
  assert.equal(client.open('GET', '/fapi/v1/ping').status, 503);
  assert.equal(ear.closed, 1001);
  assert.deepEqual(client.exchange.onUpgrade('/ws', ''), { status: 503 });
  client.pass(20 * US_PER_SECOND);
  assert.equal(client.open('GET', '/fapi/v1/ping').status, 200);
  assert.equal(client.exchange.onUpgrade('/ws', ''), 'accept');
});

test('a skewed clock refuses who goes by another, and tells its own time', () => {
  const client = new ExchangeClient();
  tell(client, { kind: 'clock-skew', ms: 30_000, for_s: 60 });
  const { serverTime } = client.open('GET', '/fapi/v1/time').body as { serverTime: number };
  assert.equal(serverTime, START_US / US_PER_MS + 30_000);
  const refused = client.signed('GET', '/fapi/v3/balance');
  assert.equal((refused.body as Fields).code, -1021);
});

/** Events of the user stream that were heard, by name and client id. */
function heardOf(ear: { readonly heard: readonly Fields[] }): string[] {
  return ear.heard.map(({ e, o }) => `${e} ${String((o as Fields | undefined)?.c ?? '')}`);
}

function userEar(client: ExchangeClient): ReturnType<ExchangeClient['listen']> {
  const { listenKey } = client.signed('POST', '/fapi/v1/listenKey').body as { listenKey: string };
  return client.listen(`/private/ws/${listenKey}`);
}

test('messages of the user stream are lost, doubled and overtaken; the orders are as they are', () => {
  const client = new ExchangeClient();
  const { ear } = userEar(client);
  tell(client, { kind: 'drop', events: ['ORDER_TRADE_UPDATE'] });
  place(client, 'lost');
  place(client, 'told');
  tell(client, { kind: 'duplicate', events: ['ORDER_TRADE_UPDATE'] });
  place(client, 'twice');
  tell(client, { kind: 'delay', ms: 500, events: ['ORDER_TRADE_UPDATE'] });
  place(client, 'late');
  place(client, 'early');
  client.pass(US_PER_SECOND);
  const names = ['told', 'twice', 'twice', 'early', 'late'];
  assert.deepEqual(
    heardOf(ear),
    names.map((name) => `ORDER_TRADE_UPDATE ${name}`),
  );
  assert.deepEqual(openIds(client), ['lost', 'told', 'twice', 'late', 'early']);
});

test('a diff of a book can be lost, so that the chain of ids shows the gap', () => {
  const client = new ExchangeClient();
  const { ear } = client.listen('/public/ws/btcusdt@depth@100ms');
  client.pass(US_PER_SECOND);
  tell(client, { kind: 'drop', stream: 'btcusdt@depth' });
  client.pass(US_PER_SECOND);
  const gaps = ear.heard.filter(({ pu }, at) => at > 0 && pu !== ear.heard[at - 1]?.u);
  assert.equal(gaps.length, 1);
});

test('sockets are cut again and again, those of users or the others', () => {
  const client = new ExchangeClient();
  const [user, market] = [userEar(client).ear, client.listen('/market/ws/btcusdt@aggTrade').ear];
  tell(client, { kind: 'cut', sockets: 'user', account: 2 });
  client.pass(US_PER_SECOND);
  assert.equal(user.closed, null);
  tell(client, { kind: 'cut', sockets: 'user', every_s: 5 });
  client.pass(US_PER_SECOND);
  assert.deepEqual([user.closed, market.closed], [1006, null]);
  const again = userEar(client).ear;
  client.pass(5 * US_PER_SECOND);
  assert.equal(again.closed, 1006);
  tell(client, { kind: 'stall', sockets: 'market' });
  client.pass(US_PER_SECOND);
  assert.equal(market.closed, 1006);
});

test('a listen key ends before its time, and who listens is told', () => {
  const client = new ExchangeClient();
  const { ear } = userEar(client);
  tell(client, { kind: 'expire-listen-key', account: 1 });
  client.pass(US_PER_SECOND);
  assert.deepEqual(heardOf(ear), ['listenKeyExpired ']);
  assert.equal(client.signed('PUT', '/fapi/v1/listenKey').status, 400);
});

test('a liquidation cancels all orders and closes all positions of the account that is meant', () => {
  const client = new ExchangeClient();
  const { ear } = userEar(client);
  for (const account of [0, 1]) {
    client.as(account);
    client.signed('POST', '/fapi/v1/order', {
      symbol: SYMBOL,
      side: 'BUY',
      type: 'MARKET',
      quantity: '0.010',
    });
    place(client, `rests-${account}`);
  }
  tell(client, { kind: 'liquidate', account: 1 });
  client.pass(US_PER_SECOND);
  const amounts = (): string[] =>
    (client.signed('GET', '/fapi/v3/positionRisk').body as Fields[]).map(({ positionAmt }) =>
      String(positionAmt),
    );
  assert.deepEqual(amounts(), ['0.010']);
  client.as(0);
  assert.deepEqual([amounts(), openIds(client)], [[], []]);
  const closed = ear.heard.filter(
    ({ e, o }) => e === 'ORDER_TRADE_UPDATE' && (o as Fields).x === 'CALCULATED',
  );
  assert.match(String((closed[0]?.o as Fields).c), /^autoclose-/);
});

test('a countdown spares conditional orders, or strips them where it is told to', () => {
  for (const strips of [false, true]) {
    const client = new ExchangeClient();
    if (strips) tell(client, { kind: 'countdown-strips-algos' });
    place(client, 'entry');
    const stop = client.signed('POST', '/fapi/v1/algoOrder', {
      algoType: 'CONDITIONAL',
      symbol: SYMBOL,
      side: 'SELL',
      type: 'STOP_MARKET',
      quantity: '0.010',
      triggerPrice: Math.floor(lastPrice(client) * 0.9),
    });
    assert.equal(stop.status, 200, stop.text);
    client.signed('POST', '/fapi/v1/countdownCancelAll', { symbol: SYMBOL, countdownTime: 1_000 });
    client.pass(2 * US_PER_SECOND);
    const algos = client.signed('GET', '/fapi/v1/openAlgoOrders').body as Fields[];
    assert.deepEqual([openIds(client), algos.length], [[], strips ? 0 : 1]);
  }
});

test('every scenario can be read and told', () => {
  for (const name of FAULT_SCENARIOS) {
    assert.ok(scenarioFaults(name).length > 0, name);
    const client = new ExchangeClient();
    assert.equal(client.admin('POST', 'faults', name).status, 200, name);
  }
});

test(`a share of requests is struck, by the seed alone (seed ${SEED})`, () => {
  const strikes = (seed: number): boolean[] => {
    const board = new FaultBoard(new Prng(seed));
    board.add(readFaults({ kind: 'error', share: 0.3 }), START_US);
    return Array.from(
      { length: 2_000 },
      () => board.fateOf({ method: 'GET', path: '/', accountIx: -1 }, START_US) !== null,
    );
  };
  const first = strikes(SEED);
  assert.deepEqual(strikes(SEED), first);
  const share = first.filter(Boolean).length / first.length;
  // Six standard deviations of a binomial share of 0.3 in 2,000.
  assert.ok(Math.abs(share - 0.3) < 0.062, String(share));
});
