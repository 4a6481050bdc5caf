/** Documented and recorded answers of Kraken's REST interface are read. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { US_PER_MINUTE, US_PER_SECOND } from '#core';
import { sharedPath, skipWithoutShared } from '../../../test/support/shared-data.ts';
import { KRAKEN_SPOT } from './adapter.ts';

const skip = skipWithoutShared;
const rest = KRAKEN_SPOT.rest(KRAKEN_SPOT.hosts);

function fixture(...parts: readonly string[]): Buffer {
  const text = readFileSync(sharedPath('fixtures', 'kraken-spot', ...parts), 'utf8');
  const { body } = JSON.parse(text) as { body?: unknown };
  return Buffer.from(body === undefined ? text : JSON.stringify(body));
}

test('a recorded list of all pairs is read, each by the names of the new stream', { skip }, () => {
  const text = gunzipSync(
    readFileSync(sharedPath('data', 'raw-captures', 'KRAKEN', 'KRAKEN.0.txt.gz')),
  ).toString();
  const body = Buffer.from(/^.*?AssetPairs -> \d+\.\d+: (.*)$/m.exec(text)?.[1] ?? '');
  assert.equal(rest.judge({ kind: 'answer', status: 200, headers: {}, body }, 1).kind, 'good');
  const listed = rest.instruments().parse(body);
  assert.equal(listed.length, 293);
  const byName = new Map(listed.map((instrument) => [instrument.wireSymbol, instrument]));
  assert.equal(byName.size, listed.length);
  assert.equal(byName.get('BTC/USD')?.restSymbol, 'XBTUSD');
  assert.equal(byName.get('DOGE/BTC')?.restSymbol, 'XDGXBT');
  assert.deepEqual(
    [byName.get('BTC/CHF')?.spec.priceDecimals, byName.get('ADA/BTC')?.spec.tickSize],
    [1, '0.00000001'],
  );
});

test('documented pairs, candles and time are read', { skip }, () => {
  const [stock] = rest.instruments().parse(fixture('nautilus', 'http_asset_pairs_tokenized.json'));
  assert.deepEqual(
    [stock?.wireSymbol, stock?.spec.tickSize, stock?.spec.notionalMin],
    ['AAPLx/USD', '0.01', '0.5'],
  );
  const pairs = rest.instruments().parse(fixture('rest-data', 'jkorf', 'GetSymbols.json'));
  assert.deepEqual(
    pairs.map(({ wireSymbol, restSymbol }) => [wireSymbol, restSymbol]),
    [
      ['ETH/BTC', 'ETHXBT'],
      ['BTC/USD', 'XBTUSD'],
    ],
  );
  const range = {
    instrument: {
      ix: 0,
      venue: 'kraken-spot',
      symbol: 'BTC/USD',
      wireSymbol: 'BTC/USD',
      priceDecimals: 1,
      qtyDecimals: 8,
    },
    restSymbol: 'XBTUSD',
    fromUs: 0,
    toUs: Date.UTC(2027, 0, 1) * 1000,
  } as const;
  const candles = rest.candles(range, US_PER_MINUTE)?.parse(fixture('rest-data', 'jkorf', 'GetKlines.json'));
  assert.equal(candles?.length, 4);
  assert.deepEqual(candles?.[0], {
    openTsUs: 1_688_671_200 * US_PER_SECOND,
    openTicks: 303_061,
    highTicks: 303_062,
    lowTicks: 303_057,
    closeTicks: 303_057,
    volumeLots: 339_243_896,
  });
  assert.equal(rest.serverTime()?.parse(fixture('nautilus', 'http_server_time.json')), 1_762_820_224_000_000);
});
