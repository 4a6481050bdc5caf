import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntryInstrument, InstrumentTerms } from '../../entry/index.ts';
import { openBinanceUsdmEntry } from './adapter.ts';

const INSTRUMENT: EntryInstrument = {
  ...{ ix: 0, venue: 'binance-usdm', symbol: 'BTCUSDT', wireSymbol: 'BTCUSDT', restSymbol: 'BTCUSDT' },
  ...{ kind: 'perpetual', baseAsset: 'BTC', quoteAsset: 'USDT', priceDecimals: 1, qtyDecimals: 3 },
};
const STAMP = { venueUs: 1_700_000_000_000_000, nonce: 1n, random: new Uint8Array(16) };
const body = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

function adapterAt(keys: string | undefined) {
  return openBinanceUsdmEntry({
    hosts: { rest: 'https://futures.test', stream: 'wss://stream.test', keys },
    keys: { apiKey: 'key', secret: 'secret', passphrase: '' },
    instruments: [INSTRUMENT],
  });
}

test('the rights of a key are asked of the host of the wallet, signed', () => {
  const call = adapterAt('https://wallet.test').keyRights();
  assert.ok(call !== null);
  const { headers, method, url } = call.request(STAMP);
  assert.equal(method, 'GET');
  assert.match(
    url,
    /^https:\/\/wallet\.test\/sapi\/v1\/account\/apiRestrictions\?recvWindow=5000&timestamp=1700000000000&signature=[0-9a-f]{64}$/,
  );
  assert.deepEqual(headers, { 'X-MBX-APIKEY': 'key' });
  assert.equal(adapterAt(undefined).keyRights(), null, 'a test system has no such host');
});

test('whatever lets money out of the account is the right to withdraw', () => {
  const call = adapterAt('https://wallet.test').keyRights();
  const plain = { enableReading: true, enableFutures: true, enableWithdrawals: false };
  const rights = (changes: Readonly<Record<string, unknown>>) => call?.parse(body({ ...plain, ...changes }));
  assert.deepEqual(rights({}), { canRead: true, canTrade: true, canWithdraw: false });
  assert.deepEqual(rights({ permitsUniversalTransfer: true })?.canWithdraw, false);
  assert.equal(rights({ enableWithdrawals: true })?.canWithdraw, true);
  assert.equal(rights({ enableInternalTransfer: true })?.canWithdraw, true);
  assert.equal(rights({ enableFutures: false })?.canTrade, false);
  for (const wrong of [
    { enableWithdrawals: undefined },
    { enableWithdrawals: 'no' },
    { enableFutures: null },
  ])
    assert.throws(() => rights(wrong), /XylenError|expected/, 'what is not said is not taken for harmless');
});

test('terms are put together from several answers', () => {
  const calls = adapterAt(undefined).terms?.(INSTRUMENT) ?? [];
  const answers: Readonly<Record<string, unknown>> = {
    'position-mode': { dualSidePosition: false },
    'symbol-config': [
      { symbol: 'ETHUSDT', marginType: 'ISOLATED', leverage: 3 },
      { symbol: 'BTCUSDT', marginType: 'CROSSED', leverage: 20 },
    ],
    'fee-coin': { feeBurn: true },
    fees: { symbol: 'BTCUSDT', makerCommissionRate: '0.000200', takerCommissionRate: '0.000475' },
  };
  assert.deepEqual(calls.map(({ name }) => name).sort(), Object.keys(answers).sort());
  const terms: InstrumentTerms = Object.assign(
    {},
    ...calls.map((call) => call.parse(body(answers[call.name]))),
  );
  assert.deepEqual(terms, {
    ...{ positionMode: 'one-way', marginMode: 'cross', leverage: 20 },
    ...{ hasFeesInOwnCoin: true, makerPpm: 200, takerPpm: 475 },
  });
  for (const call of calls) assert.equal(call.effect, 'read', call.name);
  const config = calls.find(({ name }) => name === 'symbol-config');
  assert.throws(() => config?.parse(body([])), /expected the settings of BTCUSDT/);
});
