/** The WebSocket API answers what requests answer, signed each or logged on once. */
import assert from 'node:assert/strict';
import { createHmac, sign } from 'node:crypto';
import { test } from 'node:test';
import { ExchangeClient, PAIRS } from './test/exchange-client.ts';

type Params = Readonly<Record<string, string | number | boolean>>;

interface Reply {
  readonly id: unknown;
  readonly status: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly msg: string };
  readonly rateLimits?: readonly Readonly<Record<string, unknown>>[];
}

/** A socket that calls. */
class Caller {
  readonly client: ExchangeClient;
  readonly #ear;
  readonly #receiver;
  #id = 0;

  constructor(client: ExchangeClient) {
    const { ear, receiver } = client.listen('/ws-fapi/v1');
    this.client = client;
    this.#ear = ear;
    this.#receiver = receiver;
  }

  call(method: string, params: Params = {}): Reply {
    return this.send(JSON.stringify({ id: `call-${++this.#id}`, method, params }));
  }

  send(text: string): Reply {
    const before = this.#ear.heard.length;
    this.#receiver.onMessage(text);
    assert.equal(this.#ear.heard.length, before + 1);
    return JSON.parse(this.#ear.texts.at(-1) ?? '') as Reply;
  }

  get stamp(): number {
    return Math.floor(this.client.exchange.nowUs / 1_000);
  }

  get heardCount(): number {
    return this.#ear.heard.length;
  }
}

/** What a signature covers: everything by name. */
function textOf(params: Params): string {
  return Object.entries(params)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function withHmac(params: Params): Params {
  const signature = createHmac('sha256', 'demo-secret-0').update(textOf(params)).digest('hex');
  return { ...params, signature };
}

function withPair(kind: 'ed25519' | 'rsa', params: Params): Params {
  const { privateKey } = PAIRS[kind];
  const algorithm = kind === 'rsa' ? 'sha256' : null;
  return {
    ...params,
    signature: sign(algorithm, Buffer.from(textOf(params)), privateKey).toString('base64'),
  };
}

const ORDER = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'MARKET',
  quantity: '0.010',
  newOrderRespType: 'RESULT',
};

test('a call that is signed with a secret is carried out, and tells what it has used', () => {
  const caller = new Caller(new ExchangeClient());
  const { stamp: timestamp } = caller;
  const placed = caller.call('order.place', withHmac({ ...ORDER, apiKey: 'demo-key-0', timestamp }));
  assert.deepEqual([placed.id, placed.status, placed.result?.status], ['call-1', 200, 'FILLED']);
  assert.deepEqual(
    placed.rateLimits?.map(({ count, rateLimitType }) => [rateLimitType, count]),
    [
      ['REQUEST_WEIGHT', 0],
      ['ORDERS', 1],
      ['ORDERS', 1],
    ],
  );
  const orderId = Number(placed.result?.orderId);
  const asked = { symbol: 'BTCUSDT', orderId, apiKey: 'demo-key-0', timestamp };
  assert.equal(caller.call('order.status', withHmac(asked)).result?.executedQty, '0.010');
  const wrong = caller.call('order.status', { ...asked, signature: 'ab'.repeat(32) });
  assert.deepEqual([wrong.status, wrong.error?.code], [400, -1022]);
});

test('in hedge mode a call names the side of its position', () => {
  const caller = new Caller(new ExchangeClient());
  caller.client.signed('POST', '/fapi/v1/positionSide/dual', { dualSidePosition: true });
  const call = (method: string, params: Params): Reply =>
    caller.call(method, withHmac({ ...params, apiKey: 'demo-key-0', timestamp: caller.stamp }));
  assert.equal(call('order.place', ORDER).error?.code, -4061);
  const placed = call('order.place', { ...ORDER, positionSide: 'LONG' });
  assert.deepEqual([placed.result?.status, placed.result?.positionSide], ['FILLED', 'LONG']);
  const stop = { algoType: 'CONDITIONAL', symbol: 'BTCUSDT', side: 'SELL', type: 'STOP_MARKET' };
  const algo = { ...stop, triggerPrice: '50000', closePosition: true, positionSide: 'LONG' };
  assert.equal(call('algoOrder.place', algo).result?.positionSide, 'LONG');
  const positions = call('v2/account.position', { symbol: 'BTCUSDT' });
  assert.match(
    JSON.stringify(positions.result),
    /^\[{[^{]*"positionSide":"LONG","positionAmt":"0.010"[^{]*}]$/,
  );
});

test('a socket logs on with a pair of keys once, and with no secret', () => {
  for (const kind of ['ed25519', 'rsa'] as const) {
    const caller = new Caller(new ExchangeClient());
    const { stamp: timestamp } = caller;
    const { apiKey } = PAIRS[kind];
    const early = caller.call('account.balance', { timestamp });
    assert.equal(early.error?.code, -2014);
    const secret = caller.call('session.logon', withHmac({ apiKey: 'demo-key-0', timestamp }));
    assert.equal(secret.error?.code, -4056);
    const logon = caller.call('session.logon', withPair(kind, { apiKey, timestamp }));
    assert.deepEqual([logon.status, logon.result?.apiKey], [200, apiKey]);
    assert.equal(caller.call('order.place', { ...ORDER, timestamp }).result?.status, 'FILLED');
    assert.equal(caller.call('account.balance', { timestamp: timestamp - 60_000 }).error?.code, -1021);
    caller.call('session.logout');
    assert.equal(caller.call('session.status').result?.apiKey, null);
    assert.equal(caller.call('account.balance', { timestamp }).error?.code, -2014);
  }
});

test('what is no call is answered in words of the venue', () => {
  const caller = new Caller(new ExchangeClient());
  assert.equal(caller.send('{').error?.code, -1135);
  assert.equal(caller.send('[1]').error?.code, -1135);
  assert.equal(caller.call('order.guess').error?.code, -1020);
  assert.equal(caller.send('{"id":1,"method":"ping","params":{"a":{}}}').error?.code, -1102);
  assert.deepEqual(caller.send('{"id":7,"method":"ping"}').result, {});
  assert.ok(Number(caller.call('time').result?.serverTime) > 0);
});

test('faults strike calls as they strike requests', () => {
  const client = new ExchangeClient();
  const caller = new Caller(client);
  client.admin('POST', 'faults', { kind: 'error', status: 503, method: 'GET', path: '/fapi/v1/time' });
  assert.deepEqual([caller.call('time').status, caller.call('time').status], [503, 200]);
});
