import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { XylenError } from '#core';
import { loadConfig } from '../config/load.ts';
import { replayRequest } from './replay-options.ts';

const { config } = loadConfig({ cwd: '/nowhere', environment: {} });
const request = (options: Readonly<Record<string, unknown>>) => replayRequest(['a.csv'], options, config);

test('what is not given comes from the configuration', () => {
  assert.deepEqual(request({}), {
    paths: [resolve('a.csv')],
    venue: 'binance-usdm',
    symbols: ['BTCUSDT'],
    fromUs: null,
    toUs: null,
    seed: 7,
    speed: null,
    strategy: { path: null, parameters: {} },
  });
});

test('options are parsed', () => {
  const parsed = request({
    venue: 'kraken-spot',
    symbol: ['BTC/USD', 'ETH/USD'],
    from: '2024-01-01',
    to: '1704153600000',
    seed: '7',
    speed: '60',
    strategy: './mine.ts',
    param: ['fast=10', 'mode=slow', 'on=true'],
  });
  assert.equal(parsed.venue, 'kraken-spot');
  assert.deepEqual(parsed.symbols, ['BTC/USD', 'ETH/USD']);
  assert.equal(parsed.fromUs, 1_704_067_200_000_000);
  assert.equal(parsed.toUs, 1_704_153_600_000_000);
  assert.deepEqual([parsed.seed, parsed.speed], [7, 60]);
  assert.deepEqual(parsed.strategy, {
    path: resolve('mine.ts'),
    parameters: { fast: 10, mode: 'slow', on: true },
  });
});

test('each bad option is refused with its name and value', () => {
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [{ venue: 'binanc' }, '--venue'],
    [{ symbol: ['A', 'A'] }, '--symbol'],
    [{ from: 'yesterday' }, '--from'],
    [{ to: '2024-02-30' }, '--to'],
    [{ seed: '-1' }, '--seed'],
    [{ seed: '1.5' }, '--seed'],
    [{ seed: '99999999999' }, '--seed'],
    [{ speed: '0' }, '--speed'],
    [{ speed: 'fast' }, '--speed'],
    [{ speed: '' }, '--speed'],
    [{ strategy: 'mine.ts', param: ['novalue'] }, '--param'],
    [{ param: ['a=1'] }, '--param'],
    [{ from: '2024-02-01', to: '2024-01-01' }, '--to'],
  ];
  for (const [options, name] of cases) {
    assert.throws(
      () => request(options),
      (error: unknown) =>
        error instanceof XylenError && error.code === 'XY_USAGE' && error.message.includes(name),
      JSON.stringify(options),
    );
  }
  assert.throws(() => replayRequest([], {}, config), XylenError);
});
