import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { type EpochUs, US_PER_SECOND } from '#core';
import type { ServedAnswer, ServedRequest } from '#net';
import type { ApiEndpoint } from './front-desk.ts';
import { FrontDesk } from './front-desk.ts';
import { KeyRing } from './key-ring.ts';
import { REQUEST_LIMITS } from './request-limits.ts';

const NOW_US = 1_700_000_000_000_000;
const NOW_MS = NOW_US / 1_000;
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

const ENDPOINTS: readonly ApiEndpoint[] = [
  endpoint('GET /open', 'none'),
  endpoint('POST /key', 'key'),
  endpoint('GET /signed', 'signed'),
  { ...endpoint('POST /order', 'signed'), orders: { in10s: 1, inMinute: 1 } },
  { ...endpoint('GET /heavy', 'none'), weight: () => 1_000 },
];

function endpoint(at: string, security: ApiEndpoint['security']): ApiEndpoint {
  const answer: ApiEndpoint['answer'] = ({ accountIx, params }) => ({ accountIx, a: params.text('a') });
  return { at, security, weight: () => 1, orders: null, answer };
}

function desk(): FrontDesk {
  const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keys = new KeyRing([
    [{ kind: 'hmac', apiKey: 'demo-key-1', secret: 'secret-1' }],
    [{ kind: 'ed25519', apiKey: 'demo-key-2', publicKeyPem }],
  ]);
  return new FrontDesk({ endpoints: ENDPOINTS, keys, accountCount: 2, limits: REQUEST_LIMITS });
}

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly query?: string;
  readonly body?: string;
  readonly key?: string;
  readonly nowUs?: EpochUs;
}

function ask(front: FrontDesk, asked: Asked): ServedAnswer {
  const { body = '', key, method = 'GET', nowUs = NOW_US, path, query = '' } = asked;
  const headers: Record<string, string> = key === undefined ? {} : { 'x-mbx-apikey': key };
  const request: ServedRequest = { method, path, query, headers, body };
  return front.onRequest(request, { nowUs, clientNowUs: nowUs });
}

function codeOf(answer: ServedAnswer): [status: number, code: unknown] {
  return [answer.status, (JSON.parse(answer.body) as { code?: unknown }).code];
}

function hmacOf(text: string): string {
  return createHmac('sha256', 'secret-1').update(text).digest('hex');
}

const key = 'demo-key-1';

test('a signature covers query and body one after the other, exactly as sent', () => {
  const front = desk();
  const query = `a=%E5%B8%81&recvWindow=100`;
  const body = `timestamp=${NOW_MS}`;
  const signature = hmacOf(query + body);
  const good = [
    {
      method: 'GET',
      path: '/signed',
      query: `a=1&timestamp=${NOW_MS}&signature=${hmacOf(`a=1&timestamp=${NOW_MS}`)}`,
    },
    { method: 'POST', path: '/order', query, body: `${body}&signature=${signature}` },
    { method: 'POST', path: '/order', query: `${query}&signature=${signature.toUpperCase()}`, body },
    { method: 'POST', path: '/order', query: `signature=${signature}&${query}`, body },
  ];
  for (const one of good) assert.equal(ask(front, { ...one, key }).status, 200, JSON.stringify(one));
  const answer = ask(front, {
    method: 'POST',
    path: '/order',
    query,
    body: `${body}&signature=${signature}`,
    key,
  });
  assert.deepEqual(JSON.parse(answer.body), { accountIx: 0, a: '币' });
  const reordered = {
    method: 'POST',
    path: '/order',
    query: body,
    body: `${query}&signature=${signature}`,
    key,
  };
  assert.deepEqual(codeOf(ask(front, reordered)), [400, -1022]);
});

test('Ed25519 signatures are checked with the public key of the account', () => {
  const text = `timestamp=${NOW_MS}`;
  const signature = encodeURIComponent(sign(null, Buffer.from(text), privateKey).toString('base64'));
  const asked = { path: '/signed', query: `${text}&signature=${signature}` };
  assert.deepEqual(JSON.parse(ask(desk(), { ...asked, key: 'demo-key-2' }).body).accountIx, 1);
  assert.deepEqual(codeOf(ask(desk(), { ...asked, key })), [400, -1022]);
});

test('what is wrong with a request is said with the code of the venue', () => {
  const front = desk();
  const signed = (text: string): string => `${text}&signature=${hmacOf(text)}`;
  const wrong: readonly (readonly [Asked, number, number])[] = [
    [{ path: '/signed' }, 401, -2014],
    [{ path: '/signed', key: 'a b' }, 401, -2014],
    [{ path: '/signed', key: 'nobody-has-this' }, 401, -2015],
    [{ path: '/key', method: 'POST', key: 'nobody-has-this' }, 401, -2015],
    [{ path: '/signed', key }, 400, -1102],
    [{ path: '/signed', key, query: `timestamp=${NOW_MS}` }, 400, -1102],
    [{ path: '/signed', key, query: 'timestamp=now&signature=00' }, 400, -1102],
    [{ path: '/signed', key, query: `timestamp=${NOW_MS}&signature=00` }, 400, -1022],
    [{ path: '/signed', key, query: signed(`timestamp=${NOW_MS - 5_001}`) }, 400, -1021],
    [{ path: '/signed', key, query: signed(`timestamp=${NOW_MS + 1_000}`) }, 400, -1021],
    [{ path: '/signed', key, query: signed(`timestamp=${NOW_MS}&recvWindow=60001`) }, 400, -1130],
    [{ path: '/open', query: 'a=%zz' }, 400, -1100],
    [{ path: '/open', query: 'a=1&a=2' }, 400, -1101],
    [{ path: '/open', query: `a=${'1'.repeat(20_000)}` }, 413, -1130],
    [{ path: '/open', method: 'DELETE' }, 405, -1020],
    [{ path: '/nowhere' }, 404, -1020],
  ];
  for (const [asked, status, code] of wrong)
    assert.deepEqual(codeOf(ask(front, asked)), [status, code], JSON.stringify(asked));
  for (const ms of [NOW_MS - 5_000, NOW_MS + 999])
    assert.equal(ask(front, { path: '/signed', key, query: signed(`timestamp=${ms}`) }).status, 200);
});

test('where time runs fast, a timestamp of the clock of the clients counts too', () => {
  const text = `timestamp=${NOW_MS}`;
  const request = {
    method: 'GET',
    path: '/signed',
    query: `${text}&signature=${hmacOf(text)}`,
    headers: { 'x-mbx-apikey': key },
    body: '',
  };
  const laterUs = NOW_US + 3_600 * US_PER_SECOND;
  assert.equal(desk().onRequest(request, { nowUs: laterUs, clientNowUs: NOW_US }).status, 200);
  assert.equal(desk().onRequest(request, { nowUs: laterUs, clientNowUs: laterUs }).status, 400);
});

test('weight is counted a minute, refused with 429 and Retry-After, and who goes on is banned', () => {
  const front = desk();
  const heavy = { path: '/heavy' };
  assert.equal(ask(front, heavy).headers['X-MBX-USED-WEIGHT-1M'], '1000');
  assert.equal(ask(front, heavy).status, 200);
  const third = ask(front, heavy);
  assert.deepEqual(codeOf(third), [429, -1003]);
  // 20 s of the minute of NOW_US have passed.
  assert.equal(third.headers['Retry-After'], '40');
  assert.equal(ask(front, { ...heavy, nowUs: NOW_US + 40 * US_PER_SECOND }).status, 200);
  const again = desk();
  for (let n = 0; n < 102; n++) ask(again, heavy);
  const banned = ask(again, { path: '/open' });
  assert.deepEqual(codeOf(banned), [418, -1003]);
  assert.equal(banned.headers['Retry-After'], '120');
  assert.equal(ask(again, { path: '/open', nowUs: NOW_US + 121 * US_PER_SECOND }).status, 200);
});

test('orders are counted for each account and refused beyond 300 in ten seconds', () => {
  const front = desk();
  const text = `timestamp=${NOW_MS}`;
  const order = { method: 'POST', path: '/order', body: `${text}&signature=${hmacOf(text)}`, key };
  for (let n = 0; n < 300; n++) assert.equal(ask(front, order).status, 200);
  const tooMany = ask(front, order);
  assert.deepEqual(codeOf(tooMany), [429, -1015]);
  assert.equal(tooMany.headers['X-MBX-ORDER-COUNT-10S'], '301');
  assert.equal(tooMany.headers['Retry-After'], '10');
});
