/** Documented and published vectors of Kraken: signatures, replies of every kind, messages of the private connection. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sharedPath, skipWithoutShared } from '../../../../test/support/shared-data.ts';
import type { EntryInstrument } from '../../entry/index.ts';
import { bytesOf } from '../../entry/test/samples.ts';
import { Heard } from '../../entry/test/sinks.ts';
import { readTrades } from './account-records.ts';
import { openKrakenSpotEntry } from './index.ts';
import { KrakenPairs } from './names.ts';
import { readOrders } from './order-record.ts';
import { krakenSignature, resultOf, secretBytes } from './signed-calls.ts';
import { BTC_USD, NOW_US, open, order, STAMP } from './test/account.ts';

const skip = skipWithoutShared;
const adapter = open();
const REF = { instrument: BTC_USD, clientOrderId: 'foreign', venueOrderId: 'O-1', isConditional: false };
const RANGE = { instrument: BTC_USD, fromUs: 0, toUs: NOW_US, afterExecId: null };

function fixture(...parts: readonly string[]): Uint8Array {
  const text = readFileSync(sharedPath('fixtures', 'kraken-spot', ...parts), 'utf8');
  const { body } = JSON.parse(text) as { body?: unknown };
  return bytesOf(body === undefined ? text : body);
}

function pair(wireSymbol: string, restSymbol: string, priceDecimals: number): EntryInstrument {
  const [baseAsset = '', quoteAsset = ''] = wireSymbol.split('/');
  return { ...BTC_USD, symbol: wireSymbol, wireSymbol, restSymbol, baseAsset, quoteAsset, priceDecimals };
}

interface SigningCase {
  readonly path: string;
  readonly nonce: string;
  readonly postData: string;
  readonly 'API-Sign': string;
}

function signing(): { readonly secret: string; readonly cases: readonly SigningCase[] } {
  const text = readFileSync(sharedPath('fixtures', 'signing.json'), 'utf8');
  return (JSON.parse(text) as { kraken_spot: { secret: string; cases: SigningCase[] } }).kraken_spot;
}

test('signatures are those of the documentation', { skip }, () => {
  const { cases, secret } = signing();
  assert.ok(cases.length > 0);
  for (const { nonce, path, postData, 'API-Sign': expected } of cases)
    assert.equal(krakenSignature(path, nonce, postData, secretBytes(secret)), expected);
});

test('a cancel is the published request, byte for byte', { skip }, () => {
  const { cases, secret } = signing();
  const expected = cases.find(({ path }) => path.endsWith('/CancelOrder'));
  const signed = openKrakenSpotEntry({
    hosts: { rest: 'https://api.kraken.com', stream: '' },
    keys: { apiKey: 'k', secret, passphrase: '' },
    instruments: [BTC_USD],
  });
  const venueOrderId = new URLSearchParams(expected?.postData).get('txid');
  const stamp = { ...STAMP, nonce: BigInt(expected?.nonce ?? 0) };
  const request = signed.cancel({ ...REF, clientOrderId: '', venueOrderId }).request(stamp);
  assert.deepEqual(
    [request.url, request.body, request.headers['API-Sign']],
    [`https://api.kraken.com${expected?.path}`, expected?.postData, expected?.['API-Sign']],
  );
});

test('every documented reply is judged good', { skip }, () => {
  const call = adapter.place(order());
  for (const name of [
    'rest/jkorf/CancelAllOrders.json',
    'rest/jkorf/CancelMultipleOrders.json',
    'rest/jkorf/EditOrder.json',
    'rest/jkorf/GetClosedOrders.json',
    'rest/jkorf/GetOrders.json',
    'rest/jkorf/GetUserTradeDetails.json',
    'rest/jkorf/PlaceMultipleOrders.json',
    'rest/jkorf/PlaceOrder.json',
    'nautilus/http_add_order_spot.json',
    'nautilus/http_cancel_order_spot.json',
    'nautilus/http_spot_balance.json',
    'nautilus/http_trades_history.json',
  ]) {
    const answer = { kind: 'answer', status: 200, headers: {}, body: fixture(name) } as const;
    assert.equal(adapter.judge(call, answer, NOW_US).kind, 'good', name);
  }
});

test('documented new orders, alone and together, and cancels are read', { skip }, () => {
  for (const file of ['rest/jkorf/PlaceOrder.json', 'nautilus/http_add_order_spot.json'])
    assert.equal(adapter.place(order()).parse(fixture(file)).venueOrderId, 'OUF4EM-FRGI2-MQMWZD');
  const batch = adapter.placeBatch([order(), order({ clientOrderId: 'xy-1a2b3c4d-2-e' })]);
  assert.deepEqual(
    batch
      ?.parse(fixture('rest/jkorf/PlaceMultipleOrders.json'))
      .map((one) => one.kind === 'good' && one.placed.venueOrderId),
    ['O5OR23-ADFAD-Y2G61C', '9K6KFS-5H3PL-XBRC7A'],
  );
  assert.equal(adapter.cancel(REF).parse(fixture('nautilus/http_cancel_order_spot.json')), undefined);
});

test('documented orders are read, asked for by id or ended', { skip }, () => {
  const asked = (venueOrderId: string) =>
    adapter.order({ ...REF, venueOrderId }).parse(fixture('rest/jkorf/GetOrders.json'));
  const stop = asked('OBCMZD-JIEE7-77TH3F');
  assert.deepEqual(
    [stop?.type, stop?.side, stop?.status, stop?.filledLots, stop?.triggerTicks, stop?.tsVenueUs],
    ['stop_limit', 'buy', 'FILLED', 125_000_000, 275_000, 1_688_665_499_192_200],
  );
  const market = asked('OMMDB2-FSB6Z-7W3HPO');
  assert.deepEqual(
    [market?.type, market?.side, market?.status, market?.qtyLots, market?.priceTicks],
    ['market', 'sell', 'FILLED', 25_000_000, null],
  );
  assert.equal(asked('ONOT-THERE'), null);
  const closed = resultOf(fixture('rest/jkorf/GetClosedOrders.json'), 'test').at('closed');
  const pairs = new KrakenPairs([pair('BTC/GBP', 'XBTGBP', 1), pair('BTC/EUR', 'XBTEUR', 1)]);
  assert.deepEqual(
    readOrders(closed, pairs).map((told) => [
      told.instrument.symbol,
      told.type,
      told.triggerTicks,
      told.status,
      told.reason,
    ]),
    [
      ['BTC/GBP', 'stop_limit', 236_670, 'CANCELED', ''],
      ['BTC/EUR', 'take_profit_limit', 277_430, 'CANCELED', ''],
    ],
  );
});

test('documented trades are read by either name of a pair', { skip }, () => {
  const details = resultOf(fixture('rest/jkorf/GetUserTradeDetails.json'), 'test');
  const pairs = new KrakenPairs([BTC_USD, pair('BTC/EUR', 'XBTEUR', 1)]);
  assert.deepEqual(
    readTrades(details, pairs).map((told) => [
      told.execId,
      told.instrument.symbol,
      told.priceTicks,
      told.qtyLots,
      told.liquidity,
      told.tsVenueUs,
    ]),
    [
      ['TTEUX3-HDAAA-RC2RUO', 'BTC/EUR', 277_320, 20_000, 'maker', 1_688_082_549_313_800],
      ['THVRQM-33VKH-UCI7BS', 'BTC/USD', 300_100, 2_000_000, 'maker', 1_688_667_796_880_200],
    ],
  );
  const tether = { ...pair('BTC/USDT', 'XBTUSDT', 1), ix: 3 };
  const page = open([tether])
    .fills({ ...RANGE, instrument: tether })
    .parse(fixture('nautilus/http_trades_history.json'));
  assert.deepEqual(
    page.fills.map(({ execId, fee, priceTicks, qtyLots, side, venueOrderId }) => [
      execId,
      venueOrderId,
      side,
      priceTicks,
      qtyLots,
      fee,
    ]),
    [
      [
        'TCCCTY-WJ6EO-4FP4VZ',
        'O26VBY-ISGAE-JP5TLU',
        'buy',
        295_005,
        50_000_000,
        { asset: 'USDT', units: 236n, decimals: 1 },
      ],
    ],
  );
  assert.equal(page.next, null);
});

test('documented balances and the time are read', { skip }, () => {
  const balances = adapter.balances().parse(fixture('nautilus/http_spot_balance.json'));
  assert.deepEqual(
    balances.map(({ total }) => [total.asset, total.units, total.decimals]),
    [
      ['USD', 200_000n, 0],
      ['BTC', 5n, 1],
      ['ETH', 2n, 0],
    ],
  );
  assert.equal(adapter.serverTime().parse(fixture('nautilus/http_server_time.json')), 1_762_820_224_000_000);
});

test('recorded control frames and replies of the private connection do no harm', { skip }, () => {
  const dialogue = adapter.stream.open([BTC_USD]);
  const heard = new Heard();
  const say = (body: Uint8Array) => dialogue.onMessage(body, STAMP, heard);
  const control = fixture('ws', 'v2_control_frames_2026-08-16.json');
  const frames = JSON.parse(new TextDecoder().decode(control)) as Record<string, string>;
  assert.equal(say(bytesOf(frames.status ?? '')).refusal, null);
  assert.equal(say(bytesOf(frames.heartbeat ?? '')).refusal, null);
  assert.deepEqual(heard.told, []);
  assert.equal(
    say(bytesOf(frames.subscribe_depth_refused ?? '')).refusal,
    'Subscription depth not supported',
  );
  for (const name of [
    'ws_add_order_response_failure',
    'ws_add_order_response_success',
    'ws_batch_add_response_partial',
  ])
    assert.equal(say(fixture('nautilus', `${name}.json`)).refusal, null, name);
  assert.equal(heard.take('notice').length, 3);
});
