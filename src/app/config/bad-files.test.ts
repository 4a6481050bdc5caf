/** Every way in which a configuration file can be wrong: what the message must say about it. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../../test/support/temp-dir.ts';
import { loadConfig } from './load.ts';
import { ConfigError } from './problems.ts';

interface BadFile {
  readonly name: string;
  readonly file: string | Uint8Array;
  /** Every part must stand in the message: place, key, value, what is allowed, hint. */
  readonly says: readonly string[];
}

/** Instruments whose rules do not fit each other. */
function instrumentCases(cases: readonly (readonly [rules: string, says: string])[]): BadFile[] {
  return cases.map(([rules, says]) => ({
    name: `an instrument with ${rules}`,
    file: `venues: {instruments: [{symbol: X, base_asset: X, ${rules}}]}\n`,
    says: [`venues.instruments[0].${says}`],
  }));
}

const BAD_FILES: readonly BadFile[] = [
  {
    name: 'an unknown key, with the nearest name',
    file: 'risk:\n  drawdwn_max: 0.2\n',
    says: ['xylen.yaml:2:3: risk.drawdwn_max: unknown key; did you mean drawdown_max?'],
  },
  {
    name: 'a key in the wrong section, with its path',
    file: 'heartbeat: 60s\n',
    says: ['xylen.yaml:1:1: heartbeat: unknown key here; did you mean engine.heartbeat?'],
  },
  {
    name: 'an unknown key without a near name, with the known ones',
    file: 'demo:\n  wibble: 1\n',
    says: ['xylen.yaml:2:3: demo.wibble: unknown key; known here are speed'],
  },
  {
    name: 'an unknown key in a record of a list',
    file: 'models:\n  list:\n    - name: gbm\n      wieght: 2\n',
    says: ['xylen.yaml:4:7: models.list[0].wieght: unknown key; did you mean weight?'],
  },
  {
    name: 'a required key of a record that is missing',
    file: 'models:\n  list:\n    - weight: 2\n',
    says: ['xylen.yaml:3:7: models.list[0].name: expected a name of lower-case letters', 'is missing'],
  },
  {
    name: 'a number above its range',
    file: 'risk: {exposure_max: 3}\n',
    says: ['xylen.yaml:1:22: risk.exposure_max: expected a fraction from 0 to 1, was 3'],
  },
  {
    name: 'a number below its range',
    file: 'simulation: {leverage: 0}\n',
    says: ['simulation.leverage: expected a whole number from 1 to 125, was 0'],
  },
  {
    name: 'a broken number where a whole one belongs',
    file: 'storage: {checkpoint_events: 2.5}\n',
    says: ['storage.checkpoint_events: expected a whole number from 1 to 1000000, was 2.5'],
  },
  {
    name: 'a number in quotes',
    file: 'monitoring: {metrics_port: "9464"}\n',
    says: [
      'monitoring.metrics_port: expected a whole number',
      'was "9464" (a number in quotes; remove the quotes)',
    ],
  },
  {
    name: 'NaN',
    file: 'simulation: {start_cash: .nan}\n',
    says: ['xylen.yaml:1:26: simulation.start_cash: expected a decimal', 'was NaN'],
  },
  {
    name: 'infinity',
    file: 'risk: {drawdown_max: .inf}\n',
    says: ['risk.drawdown_max: expected a fraction from 0 to 1, was Infinity'],
  },
  {
    name: 'money that a double cannot hold',
    file: 'simulation: {start_cash: 1234567.1234567891}\n',
    says: ['simulation.start_cash: expected a decimal', 'write it in quotes'],
  },
  {
    name: 'money with too many decimals',
    file: 'sizing: {fixed_amount: "0.123456789"}\n',
    says: [
      'sizing.fixed_amount: expected a decimal from 0 to 50000000 with at most 8 decimals, was "0.123456789"',
    ],
  },
  {
    name: 'a fee finer than one part per million',
    file: 'venues: {fees: {coinbase: {taker_bps: 1.234}}}\n',
    says: [
      'venues.fees.coinbase.taker_bps: expected a number of basis points',
      'at most 2 decimals, was 1.234',
    ],
  },
  {
    name: 'a duration without its unit',
    file: 'engine:\n  heartbeat: 60\n',
    says: [
      'xylen.yaml:2:14: engine.heartbeat: expected a duration with its unit',
      'was 60 (add the unit, such as 60s)',
    ],
  },
  {
    name: 'a unit that does not exist',
    file: 'risk: {cooldown: 1hour}\n',
    says: [
      'risk.cooldown: expected a duration with its unit (us, ms, s, m, h, d, w) from 1m to 30d, was "1hour"',
    ],
  },
  {
    name: 'a duration out of range',
    file: 'learning: {quarantine: 7d}\n',
    says: ['learning.quarantine: expected a duration', 'from 30d to 365d, was "7d"'],
  },
  {
    name: 'a word that is not in the list, with the nearest one',
    file: 'sizing: {method: keley}\n',
    says: [
      'sizing.method: expected one of fixed_fraction, kelly, fixed_amount, was "keley" (did you mean kelly?)',
    ],
  },
  {
    name: 'a truth value of YAML 1.1',
    file: 'models: {list: [{name: gbm, enabled: yes}]}\n',
    says: ['models.list[0].enabled: expected true or false, was "yes"'],
  },
  {
    name: 'one value where a list belongs',
    file: 'venues: {symbols: BTCUSDT}\n',
    says: ['venues.symbols: expected a list of 1 to 500 values', 'was "BTCUSDT" (write a list: [a, b])'],
  },
  {
    name: 'a list with an element of the wrong kind',
    file: 'engine:\n  triggers:\n    - bar_close\n    - 7\n',
    says: ['xylen.yaml:4:7: engine.triggers[1]: expected one of bar_close, heartbeat, book_signal, was 7'],
  },
  {
    name: 'an empty list',
    file: 'venues: {symbols: []}\n',
    says: ['venues.symbols: expected a list of 1 to 500 values', 'was a list'],
  },
  {
    name: 'a list with a repeat',
    file: 'venues: {symbols: [BTCUSDT, ETHUSDT, BTCUSDT]}\n',
    says: ['xylen.yaml:1:38: venues.symbols[2]: is listed twice, was "BTCUSDT"'],
  },
  {
    name: 'a value where a section belongs',
    file: 'models: 3\n',
    says: ['xylen.yaml:1:9: models: expected a section with keys of its own, was 3'],
  },
  {
    name: 'a section where a value belongs',
    file: 'demo: {speed: {x: 1}}\n',
    says: ['demo.speed: expected a number from 1 to 100000, was a section'],
  },
  {
    name: 'nothing where a value belongs',
    file: 'demo:\n  speed:\n',
    says: ['demo.speed: expected a number from 1 to 100000, was nothing'],
  },
  {
    name: 'an unknown venue',
    file: 'venues: {id: binance}\n',
    says: ['venues.id: expected a venue id (binance-usdm,', 'was "binance"'],
  },
  {
    name: 'timeframes that do not rise',
    file: 'timeframes: [15m, 5m]\n',
    says: ['xylen.yaml:1:19: timeframes[1]: expected timeframes in rising order, was "5m"'],
  },
  {
    name: 'a timeframe that is no multiple of the first',
    file: 'timeframes: [5m, 7m]\n',
    says: ['timeframes[1]: expected a multiple of the first timeframe, was "7m"'],
  },
  {
    name: 'a smallest reward above the largest',
    file: 'risk:\n  reward_risk_min: 3\n',
    says: ['xylen.yaml:2:20: risk.reward_risk_min: expected at most reward_risk_max, was 3'],
  },
  {
    name: 'a latency whose least is above its most',
    file: 'simulation: {latency: {coinbase: {min: 1s}}}\n',
    says: ['simulation.latency.coinbase.min: expected at most max, was "1s"'],
  },
  {
    name: 'a latency leg whose least is above its most',
    file: 'simulation: {latency_legs: [{venue: sim, leg: entry, model: uniform, min: 2ms, max: 1ms}]}\n',
    says: ['simulation.latency_legs[0].min: expected at most max, was "2ms"'],
  },
  {
    name: 'recorded latencies without a file',
    file: 'simulation: {latency_legs: [{venue: other, leg: response, model: recorded}]}\n',
    says: ['simulation.latency_legs[0].file: expected for the model recorded, and for no other'],
  },
  {
    name: 'recorded ways of orders for market data',
    file: 'simulation: {latency_legs: [{venue: sim, leg: feed, model: recorded, file: a.csv}]}\n',
    says: ['simulation.latency_legs[0].leg: expected entry or response for the model recorded'],
  },
  {
    name: 'a queue model that does not exist',
    file: 'simulation: {queue: power_prob_0}\n',
    says: ['simulation.queue: expected one of risk_adverse, power_prob_N'],
  },
  {
    name: 'an impact model that does not exist',
    file: 'simulation: {impact: {model: linear}}\n',
    says: ['simulation.impact.model: expected one of none, consume, square_root'],
  },
  {
    name: 'two servers on one port',
    file: 'monitoring:\n  metrics_port: 8765\n',
    says: ['monitoring.dashboard_port: expected another port than metrics_port'],
  },
  {
    name: 'a leverage above the limit of another section',
    file: 'simulation: {leverage: 20}\n',
    says: ['simulation.leverage: expected at most risk.leverage_max, was 20'],
  },
  {
    name: 'two models of one name',
    file: 'models: {list: [{name: gbm}, {name: gbm}]}\n',
    says: ['models.list: has two models named gbm'],
  },
  {
    name: 'an instrument whose lot is finer than its quantities',
    file: 'venues: {instruments: [{symbol: X, base_asset: X, tick_size: 0.1, lot_size: 0.001, qty_max: 10, qty_decimals: 2}]}\n',
    says: ['venues.instruments[0].lot_size: expected at most the 2 decimals of a quantity'],
  },
  ...instrumentCases([
    ['tick_size: 0, lot_size: 1, qty_max: 10', 'tick_size: expected more than 0'],
    ['tick_size: 1, lot_size: 0, qty_max: 10', 'lot_size: expected more than 0'],
    [
      'tick_size: 0.01, lot_size: 1, qty_max: 10, price_decimals: 1',
      'price_decimals: expected at least the 2 decimals',
    ],
    ['tick_size: 1, lot_size: 1, qty_max: 10, qty_min: 0', 'qty_min: expected more than 0'],
    ['tick_size: 1, lot_size: 1, qty_max: 10, qty_min: 11', 'qty_max: expected at least qty_min'],
    [
      'tick_size: 0.0000001, lot_size: 0.000001, qty_max: 10',
      'tick_size: expected price decimals + quantity decimals',
    ],
  ]),
  {
    name: 'two instruments of one name',
    file: 'venues: {instruments: [&x {symbol: X, base_asset: X, tick_size: 1, lot_size: 1, qty_max: 9}, *x]}\n',
    says: ['venues.instruments: has two records of binance-usdm X'],
  },
  {
    name: 'a cool-down above its longest',
    file: 'risk: {cooldown: 2d}\n',
    says: ['risk.cooldown: expected at most cooldown_max, was "2d"'],
  },
  {
    name: 'a daily loss above the emergency stop',
    file: 'risk: {daily_loss_max: 0.3}\n',
    says: ['risk.daily_loss_max: expected at most emergency_daily_loss, was 0.3'],
  },
  {
    name: 'a stop beyond the farthest',
    file: 'risk: {base_risk: 0.06}\n',
    says: ['risk.base_risk: expected at most stop_loss_max, was 0.06'],
  },
  {
    name: 'a broken minute',
    file: 'timeframes: [90s]\n',
    says: ['timeframes[0]: expected whole minutes, was "90s"'],
  },
  {
    name: 'no synthetic market',
    file: 'synthetic: {markets: []}\n',
    says: ['synthetic.markets: expected at least one market'],
  },
  {
    name: 'a synthetic market twice',
    file: 'synthetic: {markets: [{symbol: A, base_price: 1}, {symbol: A, base_price: 2}]}\n',
    says: ['synthetic.markets: has two markets of A'],
  },
  {
    name: 'a maintenance margin finer than one part per million',
    file: 'venues: {instruments: [{symbol: X, base_asset: X, tick_size: 1, lot_size: 1, qty_max: 9, maintenance_margin: 0.00000012}]}\n',
    says: ['maintenance_margin: expected a fraction from 0 to 0.5 with at most 6 decimals'],
  },
  {
    name: 'a key given twice',
    file: 'storage:\n  data_dir: a\n  data_dir: b\n',
    says: ['xylen.yaml:3:3: storage.data_dir: the key is given twice (first in line 2)'],
  },
  {
    name: 'a secret in a section',
    file: 'venues:\n  api_key: very-secret-value\n',
    says: ['xylen.yaml:2:3: venues.api_key: secrets never stand in this file', 'BINANCE_API_KEY'],
  },
  {
    name: 'a secret of a named venue below an unknown section',
    file: 'kraken:\n  futures: {apiSecret: very-secret-value}\n',
    says: ['kraken.futures.apiSecret: secrets never stand in this file', 'KRAKEN_FUTURES_API_SECRET'],
  },
  {
    name: 'a passphrase inside a list',
    file: 'accounts: [{kucoin: {passphrase: very-secret-value}}]\n',
    says: ['accounts[0].kucoin.passphrase: secrets never stand', 'KUCOIN_API_PASSPHRASE'],
  },
  {
    name: 'a token',
    file: 'monitoring:\n  token: very-secret-value\n',
    says: ['monitoring.token: secrets never stand in this file', 'XYLEN_API_TOKEN'],
  },
  {
    name: 'a server open to other machines without a token',
    file: 'monitoring:\n  host: 0.0.0.0\n',
    says: [
      'xylen.yaml:2:9: monitoring.host: expected a loopback address',
      'XYLEN_API_TOKEN',
      'was "0.0.0.0"',
    ],
  },
  {
    name: 'an empty file',
    file: '',
    says: ['xylen.yaml: the file is empty; write {} to run on the defaults'],
  },
  { name: 'a file of comments', file: '# nothing yet\n', says: ['xylen.yaml: the file is empty'] },
  { name: 'a file without keys', file: 'just some text\n', says: ['xylen.yaml: expected keys and values'] },
  { name: 'a list at the top', file: '- a\n- b\n', says: ['xylen.yaml: expected keys and values'] },
  {
    name: 'an open bracket',
    file: 'venues: {symbols: [BTCUSDT\n',
    says: [
      'xylen.yaml:2:1: not valid YAML: the indentation does not fit the lines above, or a bracket above is still open',
    ],
  },
  {
    name: 'a tab as indentation',
    file: 'risk:\n\tdrawdown_max: 0.2\n',
    says: ['xylen.yaml:2:1: not valid YAML: a tab cannot indent; use spaces'],
  },
  {
    name: 'indentation that does not fit',
    file: 'risk:\n   drawdown_max: 0.2\n  exposure_max: 0.1\n',
    says: ['xylen.yaml:3:', 'not valid YAML'],
  },
  {
    name: 'two documents',
    file: 'demo: {speed: 2}\n---\ndemo: {speed: 3}\n',
    says: ['one file holds one document'],
  },
  {
    name: 'a tag',
    file: 'demo: !python/object {speed: 2}\n',
    says: ['tags (`!...`) are not used in this file'],
  },
  { name: 'an alias without an anchor', file: 'demo: *missing\n', says: ['this alias has no anchor'] },
  {
    name: 'anchors that multiply',
    file: `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
    says: ['expected at most 100 repetitions of anchors'],
  },
  {
    name: 'an anchor inside itself',
    file: 'venues: &v {fees: *v}\n',
    says: ['venues.fees.fees: unknown key'],
  },
  {
    name: 'nesting without end',
    file: `a: ${'['.repeat(20_000)}\n`,
    says: ['expected at most 32 levels of nesting'],
  },
  { name: 'a key that is no text', file: '? [a, b]\n: 1\n', says: ['not valid YAML: a key is text'] },
  { name: 'binary data', file: new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 1]), says: ['found binary data'] },
  {
    name: 'bytes that are not UTF-8',
    file: new Uint8Array([0x61, 0x3a, 0x20, 0xff, 0xfe]),
    says: ['not UTF-8'],
  },
  {
    name: 'a file that is too large',
    file: `# ${'x'.repeat(1024 * 1024)}\n`,
    says: ['expected at most 1048576 bytes'],
  },
];

function messageFor(folder: string, file = 'xylen.yaml'): string {
  try {
    loadConfig({ cwd: folder, file, environment: {} });
  } catch (error) {
    assert.ok(error instanceof ConfigError, `a ConfigError, was ${String(error)}`);
    assert.equal(error.code, 'XY_CONFIG_INVALID');
    return error.message;
  }
  return assert.fail('the file was accepted');
}

for (const { name, file, says } of BAD_FILES) {
  test(`refuses ${name}`, (context) => {
    const folder = tempDir(context);
    writeFileSync(join(folder, 'xylen.yaml'), file);
    const message = messageFor(folder);
    for (const part of says) assert.ok(message.includes(part), `'${part}' stands in:\n${message}`);
    assert.ok(!message.includes('very-secret-value'), 'a secret is never echoed');
  });
}

test('refuses a file that does not exist', (context) => {
  assert.equal(messageFor(tempDir(context), 'other.yaml'), 'other.yaml: the file does not exist');
});

test('refuses a folder', (context) => {
  const folder = tempDir(context);
  mkdirSync(join(folder, 'xylen.yaml'));
  assert.equal(messageFor(folder), 'xylen.yaml: expected a file, found a folder');
});

test('reports all problems at once, in reading order, and keeps each as a value', (context) => {
  const folder = tempDir(context);
  writeFileSync(
    join(folder, 'xylen.yaml'),
    'demo: {speed: 0}\nrisk: {exposure_max: 3, token: abc}\nwhat: 1\n',
  );
  assert.throws(
    () => loadConfig({ cwd: folder, environment: {} }),
    (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      const found = error.problems.map(({ key, line, column }) => ({ key, line, column }));
      assert.deepEqual(found, [
        { key: 'demo.speed', line: 1, column: 15 },
        { key: 'risk.exposure_max', line: 2, column: 22 },
        { key: 'risk.token', line: 2, column: 25 },
        { key: 'what', line: 3, column: 1 },
      ]);
      assert.equal(error.message.split('\n')[0], 'the configuration has 4 problems');
      return true;
    },
  );
});

test('never echoes what stands in a file that is not YAML', (context) => {
  const folder = tempDir(context);
  writeFileSync(join(folder, 'xylen.yaml'), 'venues: "abc" very-secret-value\n  }: &x |very-secret-value\n');
  assert.ok(!messageFor(folder).includes('very-secret-value'));
});
