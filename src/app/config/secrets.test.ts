import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { KEYS } from './load.ts';
import { looksSecret, secretNameFor } from './secret-names.ts';
import { Secrets } from './secrets.ts';

test('hands a secret out by name and prints nothing of it', () => {
  const secrets = Secrets.fromEnvironment({ BINANCE_API_KEY: 'k-123456', HOME: '/x', XYLEN_API_TOKEN: '' });
  assert.equal(secrets.get('BINANCE_API_KEY'), 'k-123456');
  assert.equal(secrets.has('XYLEN_API_TOKEN'), false);
  assert.deepEqual(secrets.names, ['BINANCE_API_KEY']);
  for (const text of [
    String(secrets),
    `${secrets}`,
    JSON.stringify({ secrets }),
    inspect({ secrets }, { depth: 9 }),
  ]) {
    assert.ok(text.includes('[redacted]') && !text.includes('k-123456'), text);
  }
});

test('reads the older names, and refuses two names with different values', () => {
  const secrets = Secrets.fromEnvironment({
    KRAKEN_SECRET: 'old',
    COINBASE_SECRET: 'x',
    COINBASE_API_SECRET: 'x',
  });
  assert.equal(secrets.get('KRAKEN_API_SECRET'), 'old');
  assert.equal(secrets.get('COINBASE_API_SECRET'), 'x');
  assert.throws(
    () => Secrets.fromEnvironment({ BINANCE_SECRET: 'aaa', BINANCE_API_SECRET: 'bbb' }),
    (error: Error) =>
      /BINANCE_SECRET: is also set as BINANCE_API_SECRET/.test(error.message) &&
      !/aaa|bbb/.test(error.message),
  );
});

test('takes secret values out of any text, but not addresses', () => {
  const secrets = Secrets.fromEnvironment({ KUCOIN_API_SECRET: 'abcdef123', TIMESCALE_HOST: 'db.example' });
  assert.equal(secrets.redact('sign abcdef123 at db.example'), 'sign [redacted] at db.example');
});

test('no key of the definition looks like a secret', () => {
  assert.deepEqual(
    KEYS.filter(({ path }) => path.some(looksSecret)).map(({ name }) => name),
    [],
  );
});

test('recognises secrets by name and names the variable they belong into', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [['venues', 'api_key'], 'BINANCE_API_KEY'],
    [['binance', 'apiSecret'], 'BINANCE_API_SECRET'],
    [['coinbase', 'private_key'], 'COINBASE_API_SECRET'],
    [['kraken', 'SECRET'], 'KRAKEN_API_SECRET'],
    [['kucoin', 'api-passphrase'], 'KUCOIN_API_PASSPHRASE'],
    [['storage', 'timescale', 'password'], 'TIMESCALE_PASSWORD'],
    [['monitoring', 'api_token'], 'XYLEN_API_TOKEN'],
    [['news', 'newsapi', 'apikey'], 'NEWSAPI_KEY'],
  ];
  for (const [path, name] of cases) {
    assert.ok(looksSecret(path.at(-1) ?? ''), path.join('.'));
    assert.equal(secretNameFor(path), name, path.join('.'));
  }
});
