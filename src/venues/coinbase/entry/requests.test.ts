import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { test } from 'node:test';
import { US_PER_DAY } from '#core';
import { type EntryCall, type EntryOrder, privateKey, uuidOfClientId } from '../../entry/index.ts';
import { openCoinbaseEntry } from './index.ts';
import {
  BTC_CDE,
  BTC_USD,
  HOSTS,
  KEY_NAME,
  NOW_US,
  OUR_ID,
  open,
  order,
  PUBLIC_KEY,
  SECRET,
  STAMP,
} from './test/account.ts';

const adapter = open();
const REF = { instrument: BTC_USD, clientOrderId: OUR_ID, venueOrderId: 'v-1', isConditional: false };

function partsOf(token: string): readonly [header: unknown, claims: unknown] {
  const [header = '', claims = ''] = token.split('.');
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  return [read(header), read(claims)];
}

function tokenOf(call: EntryCall<unknown>): string {
  const { Authorization: value = '' } = call.request(STAMP).headers;
  assert.match(value, /^Bearer /);
  return value.slice('Bearer '.length);
}

function askedOf(call: EntryCall<unknown> | null): readonly [string, string, unknown] {
  const { body, method = 'GET', url = '' } = call?.request(STAMP) ?? {};
  return [method, url.replace('https://api.coinbase.com/api/v3/brokerage', ''), JSON.parse(body ?? 'null')];
}

test('each request has a token over method, host and path without the query, signed with the key', () => {
  const range = { instrument: BTC_USD, fromUs: NOW_US - US_PER_DAY, toUs: NOW_US, afterExecId: null };
  const token = tokenOf(adapter.fills(range));
  const [header, claims] = partsOf(token);
  assert.deepEqual(header, {
    alg: 'ES256',
    kid: KEY_NAME,
    nonce: '000102030405060708090a0b0c0d0e0f',
    typ: 'JWT',
  });
  assert.deepEqual(claims, {
    sub: KEY_NAME,
    iss: 'cdp',
    nbf: 1_790_000_000,
    exp: 1_790_000_120,
    uri: 'GET api.coinbase.com/api/v3/brokerage/orders/historical/fills',
  });
  const [text = '', signature = ''] = [token.slice(0, token.lastIndexOf('.')), token.split('.')[2]];
  const key = { key: PUBLIC_KEY, dsaEncoding: 'ieee-p1363' } as const;
  assert.ok(verify('sha256', Buffer.from(text), key, Buffer.from(signature, 'base64url')));
});

test('Ed25519 keys sign too, as PEM and as the base64 that Coinbase hands out', () => {
  const { privateKey: key, publicKey } = generateKeyPairSync('ed25519');
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const seed = key.export({ type: 'pkcs8', format: 'der' }).subarray(-32);
  const both = Buffer.concat([seed, publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)]);
  const tokens = [pem, pem.replaceAll('\n', '\\n'), seed.toString('base64'), both.toString('base64')].map(
    (secret) => tokenOf(open([BTC_USD], secret).balances()),
  );
  assert.equal(new Set(tokens).size, 1);
  const [text, signature] = [tokens[0]?.slice(0, tokens[0].lastIndexOf('.')), tokens[0]?.split('.')[2]];
  assert.ok(verify(null, Buffer.from(text ?? ''), publicKey, Buffer.from(signature ?? '', 'base64url')));
  assert.equal((partsOf(tokens[0] ?? '')[0] as { alg: string }).alg, 'EdDSA');
});

test('keys that cannot be used are refused without a word of them', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const other = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
  for (const secret of [
    'secret-word',
    '-----BEGIN EC PRIVATE KEY-----\nsecret-word\n-----END EC PRIVATE KEY-----\n',
    rsa.export({ type: 'pkcs8', format: 'pem' }).toString(),
    other.export({ type: 'pkcs8', format: 'pem' }).toString(),
  ]) {
    const keys = { apiKey: KEY_NAME, secret, passphrase: '' };
    assert.throws(
      () => openCoinbaseEntry({ hosts: HOSTS, keys, instruments: [] }),
      (error: Error & { code?: string }) =>
        error.code === 'XY_VENUE_FAILED' &&
        !error.message.includes('secret-word') &&
        error.cause === undefined,
    );
  }
  assert.equal(createPublicKey(privateKey(SECRET)).asymmetricKeyType, 'ec');
});

const UUID = uuidOfClientId(OUR_ID);
const FORMS: readonly (readonly [string, Partial<EntryOrder>, object])[] = [
  ['limit', {}, { limit_limit_gtc: { base_size: '0.001', limit_price: '10000.5', post_only: false } }],
  [
    'post-only',
    { timeInForce: 'GTX' },
    { limit_limit_gtc: { base_size: '0.001', limit_price: '10000.5', post_only: true } },
  ],
  ['ioc', { timeInForce: 'IOC' }, { sor_limit_ioc: { base_size: '0.001', limit_price: '10000.5' } }],
  ['fok', { timeInForce: 'FOK' }, { limit_limit_fok: { base_size: '0.001', limit_price: '10000.5' } }],
  ['market', { type: 'market', priceTicks: null }, { market_market_ioc: { base_size: '0.001' } }],
  [
    'market fok',
    { type: 'market', priceTicks: null, timeInForce: 'FOK' },
    { market_market_fok: { base_size: '0.001' } },
  ],
  [
    'stop-limit purchase',
    { type: 'stop_limit', triggerTicks: 1_000_000 },
    {
      stop_limit_stop_limit_gtc: {
        base_size: '0.001',
        limit_price: '10000.5',
        stop_price: '10000',
        stop_direction: 'STOP_DIRECTION_STOP_UP',
      },
    },
  ],
];
for (const [name, changes, configuration] of FORMS) {
  test(`an order that Coinbase takes: ${name}`, () => {
    const asked = order(changes);
    assert.equal(adapter.unsupported(asked), null);
    assert.deepEqual(askedOf(adapter.place(asked)), [
      'POST',
      '/orders',
      { client_order_id: UUID, product_id: 'BTC-USD', side: 'BUY', order_configuration: configuration },
    ]);
  });
}

test('a protective sale looks down and is urgent; contracts are counted', () => {
  const stop = order({ type: 'stop_limit', side: 'sell', triggerTicks: 1_000_100, reduceOnly: true });
  assert.equal(adapter.unsupported(stop), null);
  assert.equal(adapter.place(stop).priority, 'protect');
  assert.match(adapter.place(stop).request(STAMP).body ?? '', /"side":"SELL".*STOP_DIRECTION_STOP_DOWN/);
  const cde = { ...BTC_CDE, lotsPerContract: 5 };
  const body =
    open([cde])
      .place(order({ instrument: cde, qtyLots: 15 }))
      .request(STAMP).body ?? '';
  assert.match(body, /"base_size":"3"/);
});

const UNSUPPORTED: readonly (readonly [RegExp, Partial<EntryOrder>])[] = [
  [/another form than ours/, { clientOrderId: 'mine' }],
  [/closes the whole position/, { qtyLots: null }],
  [/no hedge mode/, { positionSide: 'short' }],
  [/reduce-only purchase/, { reduceOnly: true }],
  [/no such mark/, { reduceOnly: true, side: 'sell', instrument: BTC_CDE }],
  [/INTX/, { instrument: { ...BTC_CDE, lotsPerContract: undefined } }],
  [
    /a stop_market order: it has market, limit and stop-limit/,
    { type: 'stop_market', priceTicks: null, triggerTicks: 1 },
  ],
  [/a take_profit_limit order/, { type: 'take_profit_limit', triggerTicks: 1 }],
  [/a trailing_stop order/, { type: 'trailing_stop', callbackBps: 5 }],
  [/without a limit price/, { priceTicks: null }],
  [/with a limit price/, { type: 'market' }],
  [/without a trigger/, { type: 'stop_limit' }],
  [/with a trigger/, { triggerTicks: 5 }],
  [/post-only market/, { type: 'market', priceTicks: null, timeInForce: 'GTX' }],
  [/time in force IOC/, { type: 'stop_limit', triggerTicks: 5, timeInForce: 'IOC' }],
  [/trigger by mark/, { type: 'stop_limit', triggerTicks: 5, triggerBy: 'mark' }],
];
for (const [expected, changes] of UNSUPPORTED) {
  test(`an order that Coinbase does not take is said to be so: ${expected.source}`, () => {
    assert.match(adapter.unsupported(order(changes)) ?? '', expected);
  });
}

test('edits and cancels go by the id of the venue; without it nothing is sent that could end another order', () => {
  const amend = { order: REF, side: 'buy', qtyLots: 200_000, priceTicks: 999_999 } as const;
  assert.deepEqual(askedOf(adapter.amend(amend)), [
    'POST',
    '/orders/edit',
    { order_id: 'v-1', price: '9999.99', size: '0.002' },
  ]);
  assert.equal(adapter.amend({ ...amend, order: { ...REF, venueOrderId: null } }), null);
  assert.deepEqual(askedOf(adapter.cancel(REF)), ['POST', '/orders/batch_cancel', { order_ids: ['v-1'] }]);
  const unnamed = adapter.cancel({ ...REF, venueOrderId: null });
  assert.deepEqual([askedOf(unnamed)[0], unnamed.effect, unnamed.priority], ['GET', 'read', 'cancel']);
  assert.deepEqual(
    [adapter.cancelAll(BTC_USD), adapter.deadMan(BTC_USD, 1), adapter.placeBatch([])],
    [[], null, null],
  );
});

test('questions go to their places', () => {
  const range = { instrument: BTC_USD, fromUs: NOW_US - US_PER_DAY, toUs: NOW_US, afterExecId: null };
  const asked = [
    ...adapter.openOrders([BTC_USD]),
    adapter.order(REF),
    adapter.order({ ...REF, venueOrderId: null }),
    adapter.fills(range),
    adapter.balances(),
    adapter.positions([BTC_CDE]),
    adapter.keyRights(),
    adapter.serverTime(),
  ].map((call) => askedOf(call)[1]);
  assert.deepEqual(asked, [
    '/orders/historical/batch?product_ids=BTC-USD&order_status=OPEN&limit=250',
    '/orders/historical/batch?product_ids=BTC-USD&order_status=PENDING&order_status=QUEUED&order_status=CANCEL_QUEUED&limit=250',
    '/orders/historical/v-1',
    '/orders/historical/batch?product_ids=BTC-USD&limit=250',
    '/orders/historical/fills?product_ids=BTC-USD&start_sequence_timestamp=2026-09-20T14%3A13%3A19.123456Z&end_sequence_timestamp=2026-09-21T14%3A13%3A21.123456Z&limit=100',
    '/accounts?limit=250',
    '/cfm/positions',
    '/key_permissions',
    '/time',
  ]);
  assert.equal(adapter.serverTime().request(STAMP).headers.Authorization, undefined);
  assert.equal(adapter.positions([BTC_USD]), null);
  assert.deepEqual(adapter.openOrders([]), []);
});
