/** Requests as they are sent: stamped, escaped, signed over the very text, with the keys nowhere but in signature and header. */
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, verify } from 'node:crypto';
import { test } from 'node:test';
import {
  BTC,
  HOSTS,
  instrumentOf,
  KEYS,
  openStage,
  orderOf,
  readRequest,
  refOf,
  STAMP,
} from './test/entry-stage.ts';

const hexOf = (payload: string): string => createHmac('sha256', KEYS.secret).update(payload).digest('hex');

test('a change is sent as a form that is signed to the letter, with the signature last', () => {
  const request = openStage().place(orderOf()).request(STAMP);
  const { path, params, payload } = readRequest(request);
  assert.equal(request.method, 'POST');
  assert.equal(path, '/fapi/v1/order');
  assert.equal(request.url, `${HOSTS.rest}/fapi/v1/order`);
  assert.equal(request.headers['Content-Type'], 'application/x-www-form-urlencoded');
  assert.equal(request.headers['X-MBX-APIKEY'], KEYS.apiKey);
  assert.equal(params.timestamp, '1793390400123');
  assert.equal(params.recvWindow, '5000');
  assert.equal(request.body, `${payload}&signature=${hexOf(payload)}`);
});

test('a question has its parameters in the address; the secret is nowhere', () => {
  const request = openStage().order(refOf()).request(STAMP);
  const { payload } = readRequest(request);
  assert.equal(request.body, null);
  assert.equal(request.url, `${HOSTS.rest}/fapi/v1/order?${payload}&signature=${hexOf(payload)}`);
  assert.ok(!JSON.stringify(request).includes(KEYS.secret));
  assert.ok(!request.url.includes(KEYS.apiKey));
});

test('a call is signed anew for each try: another stamp, another signature, the same client order id', () => {
  const call = openStage().place(orderOf());
  const first = readRequest(call.request(STAMP)).params;
  const second = readRequest(call.request({ ...STAMP, venueUs: STAMP.venueUs + 2_000_000 })).params;
  assert.equal(first.newClientOrderId, second.newClientOrderId);
  assert.notEqual(first.timestamp, second.timestamp);
  assert.notEqual(first.signature, second.signature);
});

test('names of any script are escaped before they are signed', () => {
  const wide = instrumentOf('\uFF11\uFF12\uFF13USDT');
  const request = openStage([wide])
    .place(orderOf({ instrument: wide }))
    .request(STAMP);
  const { payload } = readRequest(request);
  assert.match(payload, /^symbol=%EF%BC%91%EF%BC%92%EF%BC%93USDT&/);
  assert.equal(request.body, `${payload}&signature=${hexOf(payload)}`);
});

test('private keys sign in base64 that is escaped in the request', () => {
  for (const type of ['ed25519', 'rsa'] as const) {
    const { privateKey, publicKey } =
      type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2_048 }) : generateKeyPairSync('ed25519');
    const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const request = openStage([BTC], { ...KEYS, secret })
      .order(refOf())
      .request(STAMP);
    const { params, payload } = readRequest(request);
    const signature = params.signature ?? assert.fail();
    assert.ok(request.url.endsWith(`&signature=${encodeURIComponent(signature)}`));
    const algorithm = type === 'rsa' ? 'sha256' : null;
    assert.ok(verify(algorithm, Buffer.from(payload), publicKey, Buffer.from(signature, 'base64')), type);
  }
});

test('a key that cannot be used is refused without a word of it', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const wrongKind = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const broken = '-----BEGIN PRIVATE KEY-----\nAAAAsecretAAAA\n-----END PRIVATE KEY-----';
  for (const secret of [wrongKind, broken]) {
    assert.throws(
      () => openStage([BTC], { ...KEYS, secret }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'XY_VENUE_FAILED');
        assert.equal(error.cause, undefined);
        for (const line of secret.split('\n').slice(1, -1))
          assert.ok(line === '' || !error.message.includes(line));
        return true;
      },
    );
  }
});

test('the listen key is had with the header alone, the time with nothing', () => {
  const { stream, serverTime } = openStage();
  const ticket = stream.ticket?.request(STAMP) ?? assert.fail();
  assert.deepEqual(ticket, {
    method: 'POST',
    url: `${HOSTS.rest}/fapi/v1/listenKey`,
    headers: { 'X-MBX-APIKEY': KEYS.apiKey },
    body: null,
  });
  const time = serverTime().request(STAMP);
  assert.deepEqual(time, { method: 'GET', url: `${HOSTS.rest}/fapi/v1/time`, headers: {}, body: null });
});
