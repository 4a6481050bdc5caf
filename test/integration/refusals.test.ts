/** What would mislead is refused with a word, and what failed leaves nothing behind. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { writeTrends } from '../support/candle-files.ts';
import { ROOT, xylen, xylenJson } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

const EMA_CROSS = join(ROOT, 'examples/ema-cross.ts');
const MARKET = ['--venue', 'binance-usdm', '--symbol', 'BTCUSDT', '--data-dir', 'data'];

function candles(context: TestContext): { readonly dir: string; readonly file: string } {
  const dir = tempDir(context);
  return { dir, file: writeTrends(dir, 600, 3) };
}

test('a file whose name speaks of another market is refused, unless it is said to be meant', (context) => {
  const { dir, file } = candles(context);
  const other = join(dir, 'ETHUSDT_5m.csv');
  copyFileSync(file, other);
  const wrong = xylen(dir, ['backtest', other, ...MARKET, '--strategy', EMA_CROSS]);
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /its name speaks of ETHUSDT, asked for is BTCUSDT; write BTCUSDT=/);
  const meant = ['backtest', `BTCUSDT=${other}`, ...MARKET, '--strategy', EMA_CROSS];
  assert.equal(xylenJson(dir, meant).outcome, 'ended');
  const plain = join(dir, 'candles.csv');
  copyFileSync(file, plain);
  assert.equal(xylenJson(dir, ['backtest', plain, ...MARKET, '--strategy', EMA_CROSS]).outcome, 'ended');
});

test('options that another one makes meaningless are refused, not ignored', (context) => {
  const { dir, file } = candles(context);
  const run = ['backtest', file, ...MARKET, '--strategy', EMA_CROSS, '--run-id', 'a'];
  xylenJson(dir, run);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['paper', '--resume', 'a', '--seed', '9'], /--seed does not go with --resume/],
    [['backtest', '--resume', 'a', '--strategy', EMA_CROSS], /--strategy does not go with --resume/],
    [['paper', '--connect', '127.0.0.1:1', '--symbol', 'ETHUSDT'], /--symbol does not go with --connect/],
    [['backtest', file, '--param', 'fastBars=30'], /--param belongs to a strategy/],
    [
      ['backtest', file, '--from', '2024-03-01', '--to', '2024-01-01'],
      /--to: expected a moment after --from/,
    ],
    [['quality', '--venue', 'nope'], /--venue is one of binance-usdm, .* or ccxt:NAME, was 'nope'/],
  ];
  for (const [args, expected] of cases) {
    const { status, stderr } = xylen(dir, [...args, '--data-dir', 'data']);
    assert.equal(status, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, expected);
  }
});

test('venues and symbols that nobody can record or trade are refused before anything is written', (context) => {
  const dir = tempDir(context);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [
      ['record', '--venue', 'ccxt:foo', '--symbol', 'BTC/USDT'],
      /expected an exchange that ccxt has streams of, found 'foo'/,
    ],
    [
      ['record', '--venue', 'ccxt:bybit', '--symbol', 'all'],
      /expected symbols of ccxt:bybit by their names, found 'all'/,
    ],
    [['paper', '--feed', 'ccxt:foo', '--symbol', 'BTC/USDT'], /exchange that ccxt has streams of/],
    [['record', '--venue', 'nope', '--symbol', 'A'], /--venue/],
    [['record', '--venue', 'coinbase', '--symbol', 'BTC-USD', '--kinds', 'candels'], /candels/],
  ];
  for (const [args, expected] of cases) {
    const { status, stderr } = xylen(dir, [...args, '--data-dir', 'data']);
    assert.equal(status, 2, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, expected);
  }
  assert.ok(!existsSync(join(dir, 'data/archive')), 'nothing was recorded');
});

test('parameters that the example does not know or cannot use are refused by it', (context) => {
  const { dir, file } = candles(context);
  for (const [param, expected] of [
    ['bogus=1', /XY_STRATEGY_FAILED .* expected fastBars, slowBars or qtyLots, found bogus/],
    ['fastBars=abc', /fastBars: expected a whole number above 0, found abc/],
  ] as const) {
    const { status, stderr } = xylen(dir, [
      'backtest',
      file,
      ...MARKET,
      '--strategy',
      EMA_CROSS,
      '--param',
      param,
    ]);
    assert.equal(status, 1);
    assert.match(stderr, expected);
  }
  assert.ok(!existsSync(join(dir, 'data/runs')), 'no run was made');
});

test('an error of a strategy names file, handler, place and moment', (context) => {
  const { dir, file } = candles(context);
  const strategy = join(dir, 'mine.ts');
  writeFileSync(
    strategy,
    "export class Mine {\n  readonly name = 'mine';\n  onCandle(): void {\n    throw new Error('boom');\n  }\n}\n",
  );
  const { status, stderr } = xylen(dir, ['backtest', file, ...MARKET, '--strategy', strategy]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /XY_STRATEGY_FAILED strategy .*mine\.ts failed in onCandle at 2024-01-01T.*: boom \(.*mine\.ts:4:\d+\)/,
  );
  assert.doesNotMatch(stderr, /BUG|fault of the program/);
});

test('who cannot connect leaves nothing behind and can try again', (context) => {
  const dir = tempDir(context);
  for (let attempt = 0; attempt < 2; attempt++) {
    const args = ['paper', '--connect', '127.0.0.1:1', '--run-id', 'z', '--data-dir', 'data'];
    const { status, stderr } = xylen(dir, args);
    assert.equal(status, 1);
    assert.match(stderr, /XY_LINK_FAILED/);
  }
  const runs = join(dir, 'data/runs');
  assert.deepEqual(existsSync(runs) ? readdirSync(runs) : [], []);
});

test('a run is continued from any folder, and holes in its data are counted', (context) => {
  const { dir, file } = candles(context);
  const [header = '', ...rows] = readLines(file);
  const holes = rows.filter((_row, i) => i < 300 || i >= 350);
  writeFileSync(join(dir, 'BTCUSDT_5m.csv'), `${[header, ...holes].join('\n')}\n`);
  const args = ['backtest', 'BTCUSDT_5m.csv', ...MARKET, '--strategy', EMA_CROSS, '--run-id', 'holes'];
  const summary = xylenJson(dir, args);
  assert.equal(summary.barsMissing, 50);
  const elsewhere = join(dir, 'elsewhere');
  mkdirSync(elsewhere);
  const again = xylenJson(elsewhere, ['paper', '--resume', 'holes', '--data-dir', join(dir, 'data')]);
  assert.equal(again.runHash, summary.runHash);
});

function readLines(file: string): readonly string[] {
  return readFileSync(file, 'utf8').trim().split('\n');
}
