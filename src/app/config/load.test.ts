import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { effectiveYaml } from './effective-yaml.ts';
import { type LoadedConfig, loadConfig } from './load.ts';
import { entryOfVenue } from './schema.ts';

const HOUR_US = 3_600_000_000;

function load(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): LoadedConfig {
  const folder = tempDir(context);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return loadConfig({ cwd: folder, environment });
}

test('runs on defaults without any file', (context) => {
  const { config, file, keys } = load(context, {});
  assert.equal(file, null);
  assert.deepEqual(config.venues.symbols, ['BTCUSDT']);
  assert.deepEqual(config.timeframesUs, [HOUR_US / 12, HOUR_US / 4, HOUR_US]);
  assert.equal(config.risk.drawdownMax, 0.25);
  assert.equal(config.risk.dailyLossMaxAmount, null);
  assert.equal(config.simulation.startCash, '10000');
  assert.deepEqual(config.venues.fees['binance-usdm'], { makerPpm: 200, takerPpm: 500 });
  assert.equal(config.learning.horizonBars, config.ensemble.horizonBars);
  assert.ok(keys.every(({ source, where }) => source === 'default' && where === ''));
});

test('reads values in the units that people write and hands them over in those of the house', (context) => {
  const { config } = load(context, {
    'xylen.yaml': `
engine: {heartbeat: 1.5m}
venues: {fees: {kraken-spot: {maker_bps: -0.25}}}
simulation: {start_cash: "12345678.12345678", latency: {sim: {min: 250us}}}
sizing: {fixed_amount: 0.00000001}
learning: {horizon_bars: 12}
`,
  });
  assert.equal(config.engine.heartbeatUs, 90_000_000);
  assert.deepEqual(config.venues.fees['kraken-spot'], { makerPpm: -25, takerPpm: 4000 });
  assert.equal(config.simulation.startCash, '12345678.12345678');
  assert.equal(config.simulation.latency.sim.minUs, 250);
  assert.equal(config.sizing.fixedAmount, '0.00000001');
  assert.equal(config.learning.horizonBars, 12);
  assert.equal(config.ensemble.horizonBars, 48);
});

test('completes the rules of an instrument from its tick and lot', (context) => {
  const { config } = load(context, {
    'xylen.yaml':
      'venues: {id: kucoin-futures, instruments: [{symbol: XBTUSDTM, base_asset: XBT, tick_size: 0.1, lot_size: "0.001", qty_max: 1000}]}\n',
  });
  assert.deepEqual(config.venues.instruments, [
    {
      venue: 'kucoin-futures',
      symbol: 'XBTUSDTM',
      baseAsset: 'XBT',
      quoteAsset: 'USDT',
      kind: 'perpetual',
      priceDecimals: 1,
      qtyDecimals: 3,
      tickSize: '0.1',
      lotSize: '0.001',
      qtyMin: '0.001',
      qtyMax: '1000',
      notionalMin: '10',
      leverageMax: 20,
      maintenanceMarginPpm: 25_000,
      rulesFrom: 'config',
    },
  ]);
});

test('takes {} and a section without keys as all defaults', (context) => {
  const defaults = load(context, {}).config;
  assert.deepEqual(load(context, { 'xylen.yaml': '{}\n' }).config, defaults);
  assert.deepEqual(
    load(context, { 'xylen.yaml': 'risk:\nvenues:\n  fees:\n    coinbase:\n' }).config,
    defaults,
  );
});

test('takes anchors within their limit and a byte order mark', (context) => {
  const text = '\uFEFFvenues: {fees: {coinbase: &fee {maker_bps: 1, taker_bps: 2}, kraken-spot: *fee}}\n';
  const { config } = load(context, { 'xylen.yaml': text });
  assert.deepEqual(config.venues.fees['kraken-spot'], { makerPpm: 100, takerPpm: 200 });
});

test('says of each key where its value comes from', (context) => {
  const { keys } = load(
    context,
    { 'xylen.yaml': 'risk:\n  exposure_max: 0.2\n  drawdown_max: 0.2\n' },
    { MAX_DRAWDOWN: '0.1' },
  );
  const from = (name: string) => {
    const key = keys.find((at) => at.name === name);
    return { value: key?.value, source: key?.source, where: key?.where };
  };
  assert.deepEqual(from('risk.exposure_max'), { value: 0.2, source: 'file', where: 'xylen.yaml:2' });
  assert.deepEqual(from('risk.drawdown_max'), { value: 0.1, source: 'environment', where: 'MAX_DRAWDOWN' });
  assert.deepEqual(from('risk.leverage_max'), { value: 3, source: 'default', where: '' });
});

test('lets MAX_POSITION_SIZE and MAX_DRAWDOWN tighten a limit', (context) => {
  const { config } = load(context, {}, { MAX_POSITION_SIZE: '0.1', MAX_DRAWDOWN: '0.25' });
  assert.equal(config.sizing.positionFractionMax, 0.1);
  assert.equal(config.risk.drawdownMax, 0.25);
});

test('refuses a looser MAX_POSITION_SIZE and MAX_DRAWDOWN, naming both values', (context) => {
  assert.throws(
    () =>
      load(
        context,
        { 'xylen.yaml': 'risk:\n  drawdown_max: 0.2\n' },
        { MAX_POSITION_SIZE: '0.5', MAX_DRAWDOWN: '0.21' },
      ),
    (error: Error) => {
      assert.match(
        error.message,
        /MAX_POSITION_SIZE: may only tighten sizing\.position_fraction_max, which is 0\.25 \(the default\), was 0\.5/,
      );
      assert.match(
        error.message,
        /MAX_DRAWDOWN: may only tighten risk\.drawdown_max, which is 0\.2 \(xylen\.yaml:2\), was 0\.21/,
      );
      return true;
    },
  );
});

for (const value of ['x', '-1', '1e-3', 'NaN', '2']) {
  test(`refuses MAX_DRAWDOWN=${value}`, (context) => {
    assert.throws(
      () => load(context, {}, { MAX_DRAWDOWN: value }),
      /MAX_DRAWDOWN: expected a fraction from 0 to 1/,
    );
  });
}

test('takes the data directory from the environment before the file', (context) => {
  const files = { 'xylen.yaml': 'storage: {data_dir: of-file}\n' };
  assert.equal(load(context, files).config.storage.dataDir, 'of-file');
  assert.equal(load(context, files, { XYLEN_DATA_DIR: '/of/env' }).config.storage.dataDir, '/of/env');
});

test('adds .env to the environment, which wins', (context) => {
  const files = { '.env': 'XYLEN_DATA_DIR=of-dot-env\nBINANCE_SECRET=abc\n' };
  const loaded = load(context, files);
  assert.equal(loaded.config.storage.dataDir, 'of-dot-env');
  assert.equal(loaded.secrets.get('BINANCE_API_SECRET'), 'abc');
  assert.equal(load(context, files, { XYLEN_DATA_DIR: 'of-env' }).config.storage.dataDir, 'of-env');
});

test('opens the servers to other machines once there is a token', (context) => {
  const files = { 'xylen.yaml': 'monitoring: {host: 0.0.0.0}\n' };
  assert.equal(load(context, files, { XYLEN_API_TOKEN: 'a-long-token' }).config.monitoring.host, '0.0.0.0');
  assert.throws(() => load(context, files), /monitoring\.host/);
});

test('prints a configuration that gives the same one when it is read again', (context) => {
  const first = load(context, {
    'xylen.yaml':
      'venues: {symbols: [ETHUSDT, "1000PEPEUSDT"]}\nmodels: {list: [{name: gbm, weight: 2}]}\nrisk: {daily_loss_max_amount: 12.5}\n',
  });
  const again = load(context, { 'xylen.yaml': effectiveYaml(first.keys) });
  assert.deepEqual(again.config, first.config);
});

test('finds the entry of a venue, and that of all others', (context) => {
  const { fees } = load(context, {}).config.venues;
  assert.equal(entryOfVenue(fees, 'kraken-spot'), fees['kraken-spot']);
  assert.equal(entryOfVenue(fees, 'ccxt:bybit'), fees.other);
});

test('refuses a .env that cannot be read or is too large', (context) => {
  assert.throws(
    () => load(context, { '.env': `A=${'x'.repeat(70_000)}\n` }),
    /\.env: expected at most 65536/,
  );
  const folder = tempDir(context);
  mkdirSync(join(folder, '.env'));
  assert.throws(() => loadConfig({ cwd: folder, environment: {} }), /\.env: cannot be read: EISDIR/);
});
