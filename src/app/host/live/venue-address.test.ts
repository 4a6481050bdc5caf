import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XylenError } from '#core';
import { loadConfig } from '../../config/load.ts';
import { Secrets } from '../../config/secrets.ts';
import { keysOf, loadEntryVenue, systemOf, TRADED_VENUES } from './entry-venues.ts';
import { addressOf } from './venue-address.ts';

type Endpoint = Readonly<Record<string, string>>;

function configWith(endpoint: Endpoint | null) {
  const { config } = loadConfig({ cwd: '/nowhere', environment: {} });
  if (endpoint === null) return config;
  const none = { rest: null, stream: null, streamOrders: null, entryRest: null, entryStream: null };
  const endpoints = [{ ...none, venue: 'binance-usdm' as const, ...endpoint }];
  return { ...config, feeds: { ...config.feeds, endpoints } };
}

async function addressWith(endpoint: Endpoint | null, isTestnet = false) {
  const venue = await loadEntryVenue('binance-usdm');
  return addressOf('binance-usdm', systemOf(venue, isTestnet), configWith(endpoint));
}

const LOCAL = { rest: 'http://127.0.0.1:8770', stream: 'ws://127.0.0.1:8770' };

test('without addresses of its own a run trades at the public ones, and asks the wallet for the rights of a key', async () => {
  const { config, entry, isLoopback } = await addressWith(null);
  assert.deepEqual(entry, {
    rest: 'https://fapi.binance.com',
    stream: 'wss://fstream.binance.com',
    keys: 'https://api.binance.com',
  });
  assert.equal(isLoopback, false);
  assert.deepEqual(config.feeds.endpoints, []);
});

test('a test system brings its market with it', async () => {
  const { config, entry } = await addressWith(null, true);
  assert.equal(entry.rest, 'https://demo-fapi.binance.com');
  assert.equal(entry.keys, undefined);
  assert.equal(config.feeds.endpoints[0]?.rest, 'https://demo-fapi.binance.com');
  assert.equal(config.feeds.endpoints[0]?.stream, 'wss://demo-fstream.binance.com');
});

test('addresses of this machine are those of orders too', async () => {
  for (const isTestnet of [false, true]) {
    const { entry, isLoopback } = await addressWith(LOCAL, isTestnet);
    assert.deepEqual([entry.rest, entry.stream, entry.keys], [LOCAL.rest, LOCAL.stream, LOCAL.rest]);
    assert.equal(isLoopback, true);
  }
});

const REFUSED: readonly (readonly [string, Endpoint])[] = [
  ['the market here, orders there', { ...LOCAL, entryRest: 'https://fapi.binance.com' }],
  ['orders here, the market there', { entryRest: LOCAL.rest, entryStream: LOCAL.stream }],
  ['requests here, streams there', { rest: LOCAL.rest }],
  ['streams here, requests there', { stream: LOCAL.stream }],
  ['a private stream elsewhere', { ...LOCAL, entryStream: 'wss://fstream.binance.com' }],
  ['keys over an open wire', { rest: 'http://10.0.0.1', stream: 'ws://10.0.0.1' }],
  ['a private stream over an open wire', { entryStream: 'ws://10.0.0.1' }],
  [
    'a name that begins like this machine',
    { rest: 'http://127.0.0.1.example.com', stream: 'ws://localhost.example.com' },
  ],
];
for (const [name, endpoint] of REFUSED) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(addressWith(endpoint), (error: unknown) => {
      assert.ok(error instanceof XylenError && error.code === 'XY_LIVE_REFUSED', String(error));
      return true;
    });
  });
}

test('production and test systems take keys of different names, and a missing one is named', async () => {
  for (const id of TRADED_VENUES) {
    const venue = await loadEntryVenue(id as Parameters<typeof loadEntryVenue>[0]);
    const { production, testnet } = venue;
    const found = keysOf(production, Secrets.fromEnvironment({}));
    assert.ok('missing' in found && found.missing.includes(production.keys.apiKey), id);
    if (typeof testnet === 'string') {
      assert.throws(() => systemOf(venue, true), /--testnet/);
      continue;
    }
    const names = new Set<string>([production.keys.apiKey, production.keys.secret]);
    assert.ok(!names.has(testnet.keys.apiKey) && !names.has(testnet.keys.secret), id);
    assert.ok(testnet.entry.rest !== production.entry.rest, id);
  }
});

test('keys come whole', async () => {
  const venue = await loadEntryVenue('kucoin-spot');
  const environment = { KUCOIN_API_KEY: 'k', KUCOIN_API_SECRET: 's' };
  assert.deepEqual(keysOf(venue.production, Secrets.fromEnvironment(environment)), {
    missing: ['KUCOIN_API_PASSPHRASE'],
  });
  const whole = { ...environment, KUCOIN_API_PASSPHRASE: 'p' };
  assert.deepEqual(keysOf(venue.production, Secrets.fromEnvironment(whole)), {
    keys: { apiKey: 'k', secret: 's', passphrase: 'p' },
  });
});
