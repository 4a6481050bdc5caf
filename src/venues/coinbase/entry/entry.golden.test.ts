/** Documented and published vectors of Coinbase: tokens, replies of every kind, messages of the private connection. */
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { US_PER_SECOND } from '#core';
import { sharedPath, skipWithoutShared } from '../../../../test/support/shared-data.ts';
import type { EntryInstrument } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { Heard } from '../../entry/test/sinks.ts';
import { TokenSigner } from './jwt.ts';
import { BTC_CDE, BTC_USD, NOW_US, open, order, STAMP } from './test/account.ts';

const skip = skipWithoutShared;
const ETH_USD: EntryInstrument = {
  ...BTC_USD,
  ix: 5,
  symbol: 'ETH-USD',
  wireSymbol: 'ETH-USD',
  restSymbol: 'ETH-USD',
  baseAsset: 'ETH',
};
const adapter = open([BTC_USD, ETH_USD]);
const REF = {
  instrument: BTC_USD,
  clientOrderId: 'foreign',
  venueOrderId: '0000-000000-000000',
  isConditional: false,
};
const RANGE = { instrument: BTC_USD, fromUs: 0, toUs: NOW_US, afterExecId: null };

function fixture(...parts: readonly string[]): Uint8Array {
  const text = readFileSync(sharedPath('fixtures', 'coinbase', ...parts), 'utf8');
  const { body } = JSON.parse(text) as { body?: unknown };
  return bytesOf(body === undefined ? text : body);
}

interface Token {
  readonly header: { readonly kid: string; readonly nonce: string };
  readonly payload: { readonly nbf: number; readonly uri?: string };
  readonly jwt: string;
}

test('tokens are the published ones up to their random signature, which the public key confirms', {
  skip,
}, () => {
  const vectors = JSON.parse(readFileSync(sharedPath('fixtures', 'coinbase', 'jwt_es256.json'), 'utf8')) as {
    privateKeyPemSEC1: string;
    publicKeyPem: string;
    rest: Token;
    websocket: Token;
  };
  for (const { header, jwt, payload } of [vectors.rest, vectors.websocket]) {
    const signer = new TokenSigner({ apiKey: header.kid, secret: vectors.privateKeyPemSEC1, passphrase: '' });
    const stamp = {
      venueUs: payload.nbf * US_PER_SECOND + 999,
      nonce: 1n,
      random: Buffer.from(header.nonce, 'hex'),
    };
    const made = signer.token(stamp, payload.uri ?? null);
    const text = made.slice(0, made.lastIndexOf('.'));
    assert.equal(text, jwt.slice(0, jwt.lastIndexOf('.')));
    const signature = Buffer.from(made.slice(text.length + 1), 'base64url');
    assert.equal(signature.length, 64);
    assert.ok(
      verify(
        'sha256',
        Buffer.from(text),
        { key: vectors.publicKeyPem, dsaEncoding: 'ieee-p1363' },
        signature,
      ),
    );
  }
});

test('documented new orders, edits and cancels are good and are read', { skip }, () => {
  const body = fixture('rest', 'jkorf', 'PlaceOrder.json');
  const place = adapter.place(order());
  assert.equal(adapter.judge(place, { kind: 'answer', status: 200, headers: {}, body }, NOW_US).kind, 'good');
  assert.equal(place.parse(body).venueOrderId, '11111-00000-000000');
  assert.equal(
    place.parse(fixture('rest', 'jkorf', 'ClosePosition.json')).venueOrderId,
    '11111-00000-000000',
  );
  const amend = adapter.amend({ order: REF, side: 'buy', qtyLots: 1, priceTicks: 1 });
  assert.equal(amend?.parse(fixture('rest', 'jkorf', 'EditOrder.json')).venueOrderId, REF.venueOrderId);
  const cancel = adapter.cancel({ ...REF, venueOrderId: '0000-00000' });
  const canceled = fixture('rest', 'jkorf', 'CancelOrders.json');
  assert.equal(
    adapter.judge(cancel, { kind: 'answer', status: 200, headers: {}, body: canceled }, NOW_US).kind,
    'good',
  );
  assert.equal(cancel.parse(canceled), undefined);
});

test('documented orders are read one by one and in lists', { skip }, () => {
  const one = adapter.order(REF).parse(fixture('rest', 'jkorf', 'GetOrder.json'));
  assert.deepEqual(
    [one?.status, one?.filledLots, one?.clientOrderId],
    ['PENDING_CANCEL', 100_000, '11111-000000-000000'],
  );
  const other = adapter.order(REF).parse(fixture('nautilus', 'http_order.json'));
  assert.deepEqual(
    [other?.type, other?.qtyLots, other?.filledLots, other?.priceTicks, other?.status],
    ['limit', 100_000, 100_000, 1_000_000, 'PARTIALLY_FILLED'],
  );
  const [list] = adapter.openOrders([BTC_USD]);
  const orders = list?.parse(fixture('nautilus', 'http_orders_list.json')) ?? [];
  assert.deepEqual(
    orders.map((told) => [
      told.instrument.symbol,
      told.type,
      told.side,
      told.qtyLots,
      told.filledLots,
      told.status,
    ]),
    [
      ['BTC-USD', 'limit', 'buy', 1_000_000, 0, 'ACCEPTED'],
      ['ETH-USD', 'market', 'sell', 3_250_000, 3_250_000, 'FILLED'],
    ],
  );
  // A sample without a side, and with more to come.
  assert.throws(() => list?.parse(fixture('rest', 'jkorf', 'GetOrders.json')), { code: 'XY_VENUE_REPLY' });
});

test('documented fills are read', { skip }, () => {
  const page = adapter.fills(RANGE).parse(fixture('nautilus', 'http_fills.json'));
  assert.deepEqual(
    page.fills.map(({ execId, fee, liquidity, priceTicks, qtyLots, venueOrderId }) => [
      execId,
      venueOrderId,
      priceTicks,
      qtyLots,
      liquidity,
      fee,
    ]),
    [
      [
        '22222-2222222-22222222',
        '0000-000000-000000',
        4_512_345,
        500_000,
        'maker',
        { asset: 'USD', units: 114n, decimals: 2 },
      ],
    ],
  );
  assert.equal(page.next, null);
  const first = adapter.fills(RANGE).parse(fixture('rest', 'jkorf', 'GetUserTrades.json'));
  assert.deepEqual([first.fills[0]?.priceTicks, first.fills[0]?.liquidity], [1_000_000, 'taker']);
  assert.match(first.next?.request(STAMP).url ?? '', /cursor=789100$/);
});

test('documented positions are read; products of others are left out', { skip }, () => {
  const body = fixture('rest', 'jkorf', 'GetFuturesPositions.json');
  const named = { ...BTC_CDE, restSymbol: 'string' };
  const [position] = open([named]).positions([named])?.parse(body) ?? [];
  assert.deepEqual([position?.qtyLots, position?.entryPrice], [123, '123']);
  assert.equal(open([BTC_CDE]).positions([BTC_CDE])?.parse(body)[0]?.qtyLots, 0);
});

test('documented and recorded frames of the private connection are read', { skip }, () => {
  const heard = new Heard();
  const dialogue = adapter.stream.open([BTC_USD, ETH_USD]);
  const say = (body: Uint8Array) => dialogue.onMessage(body, STAMP, heard);
  say(fixture('nautilus', 'ws_heartbeats.json'));
  say(fixture('nautilus', 'ws_user.json'));
  assert.deepEqual(
    heard
      .take('order')
      .map((told) => [told.venueOrderId, told.clientOrderId, told.qtyLots, told.filledLots, told.status]),
    [['a1b2c3d4-e5f6-7890-abcd-ef1234567890', '11111-000000-000001', 100_000, 0, 'ACCEPTED']],
  );
  assert.equal(say(fixture('ws', 'error_frame.json')).refusal, 'authentication failure');
  const { frames } = JSON.parse(
    readFileSync(sharedPath('fixtures', 'coinbase', 'ws', 'jkorf', 'Heartbeat.json'), 'utf8'),
  ) as {
    frames: readonly { readonly dir: string; readonly msg: object }[];
  };
  const fresh = adapter.stream.open([BTC_USD]);
  for (const { dir, msg } of frames) if (dir === 'server') fresh.onMessage(bytesOf(msg), STAMP, heard);
  const lines = readFileSync(
    sharedPath('fixtures', 'coinbase', 'ws', 'advanced_2026-09-07_seq0-3.ndjson'),
    'utf8',
  );
  const recorded = adapter.stream.open([BTC_USD]);
  for (const line of lines.trim().split('\n'))
    recorded.onMessage(bytesOf((JSON.parse(line) as { raw: string }).raw), STAMP, heard);
  assert.deepEqual(
    heard.told.map(({ what }) => what),
    ['notice'],
  );
});
