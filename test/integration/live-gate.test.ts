/** What does not get past the gate of `xylen live`, and what gets there without trading: refusals by safety rules, the dry run, the doctor, the kill switch. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openRecord } from '#store/sqlite';
import { BUSY_CONFIG, LiveExchange } from '../support/live-exchange.ts';
import { MaskedExchange } from '../support/masked-exchange.ts';
import { RunningProgram } from '../support/program.ts';

const SEED = 11;
const WORDS = 'trade 10000 USDT on binance-usdm';

interface Called {
  readonly code: number | null;
  readonly log: string;
  readonly document: Readonly<Record<string, unknown>>;
}

/** Calls `xylen ... --json` while servers of this process go on. */
async function call(
  context: TestContext,
  { folder }: LiveExchange,
  args: readonly string[],
): Promise<Called> {
  const program = new RunningProgram(context, folder, [...args, '--json']);
  const code = await program.ended();
  const document = JSON.parse(program.lines.at(-1) ?? '{}') as Readonly<Record<string, unknown>>;
  return { code, log: program.log, document };
}

/** A call that a safety rule refuses: exit code 3, no run, nothing at the exchange. */
async function refused(
  context: TestContext,
  exchange: LiveExchange,
  args: readonly string[],
  why: RegExp,
): Promise<void> {
  const { code, document, log } = await call(context, exchange, args);
  assert.equal(code, 3, log);
  const { code: name, message } = document.error as { readonly code: string; readonly message: string };
  assert.equal(name, 'XY_LIVE_REFUSED');
  assert.match(message, why);
  assert.deepEqual(runsIn(exchange), []);
  assert.deepEqual(await exchange.word(), { wallet: '10000.00000000', positions: {}, orders: [] });
}

function runsIn({ folder }: LiveExchange): readonly string[] {
  const runs = join(folder, 'data/runs');
  return existsSync(runs) ? readdirSync(runs) : [];
}

/** The exchange as one that says nothing of being simulated. */
async function masked(
  context: TestContext,
  rights: Readonly<Record<string, unknown>> = {},
): Promise<LiveExchange> {
  const exchange = await LiveExchange.start(context, SEED);
  const mask = await MaskedExchange.start({ host: '127.0.0.1', port: exchange.port }, { rights });
  context.after(() => mask.close());
  exchange.configure(`http://127.0.0.1:${mask.port}`, `ws://127.0.0.1:${mask.port}`);
  return exchange;
}

test('nothing is traded without keys, with half of an address, or over an open wire', async (context) => {
  const exchange = await LiveExchange.start(context, SEED);
  const rest = `http://127.0.0.1:${exchange.port}`;
  exchange.configure(rest, 'wss://fstream.binance.com');
  await refused(
    context,
    exchange,
    exchange.busyArgs,
    /market data and orders must belong to the same system/,
  );
  exchange.configure('http://192.0.2.1', 'wss://192.0.2.1');
  await refused(context, exchange, exchange.busyArgs, /keys are sent encrypted alone/);
  exchange.configure(rest, `ws://127.0.0.1:${exchange.port}`);
  await refused(context, exchange, [...exchange.busyArgs, '--testnet'], /set BINANCE_TESTNET_API_KEY and/);
  exchange.setKeys(null);
  await refused(context, exchange, exchange.busyArgs, /set BINANCE_API_KEY and BINANCE_API_SECRET/);
});

test('a key that can withdraw, or move money to another account, is refused', async (context) => {
  for (const right of ['enableWithdrawals', 'enableInternalTransfer']) {
    const exchange = await masked(context, { [right]: true });
    const args = [...exchange.busyArgs, '--confirm', WORDS];
    await refused(context, exchange, args, /this key can move money out of the account/);
  }
});

test('real money wants the exact words, and nothing else will do', async (context) => {
  const exchange = await masked(context);
  await refused(
    context,
    exchange,
    exchange.busyArgs,
    /expected the words 'trade 10000 USDT on binance-usdm'/,
  );
  for (const words of ['yes', 'trade 10001 USDT on binance-usdm', `${WORDS} `])
    await refused(context, exchange, [...exchange.busyArgs, '--confirm', words], /expected the words/);
  const { code, document, log } = await call(context, exchange, [
    ...[...exchange.busyArgs, '--confirm', WORDS, '--run-id', 'agreed', '--for', '6s'],
  ]);
  assert.equal(code, 0, log);
  assert.deepEqual(document.differences, []);
  assert.equal(document.simulated, false, 'a masked exchange is taken for a venue');
  const record = openRecord(join(exchange.folder, 'data/runs/agreed/record.sqlite'));
  context.after(() => record.close());
  assert.equal(record.run()?.mode, 'live');
  // What began at one exchange does not go on at another.
  exchange.configure(`http://127.0.0.1:${exchange.port}`, `ws://127.0.0.1:${exchange.port}`);
  const elsewhere = await call(context, exchange, ['live', '--resume', 'agreed']);
  assert.ok(elsewhere.code !== 0, elsewhere.log);
});

test('wrong use is told before anything is asked', async (context) => {
  const exchange = await LiveExchange.start(context, SEED);
  const usage = async (args: readonly string[], why: RegExp): Promise<void> => {
    const { code, document, log } = await call(context, exchange, args);
    assert.equal(code, 2, log);
    assert.match((document.error as { readonly message: string }).message, why);
  };
  await usage([...exchange.busyArgs, '--testnet', '--dry-run'], /--dry-run does not go with --testnet/);
  await usage(['live', '--testnet', '--venue', 'kucoin-futures'], /KuCoin has no test system/);
  await usage(['live', '--testnet', '--venue', 'coinbase'], /canned answers/);
  await usage(['live', '--venue', 'binance-spot'], /expected one that can be traded/);
  await usage([...exchange.busyArgs, '--resume', 'x'], /does not go with --resume/);
  await usage([...exchange.busyArgs, '--for', 'soon'], /expected a duration/);
  const unknown = await call(context, exchange, ['live', '--venue', 'binance-usdm', '--symbol', 'NOPEUSDT']);
  assert.equal(unknown.code, 1, unknown.log);
  assert.equal((unknown.document.error as { readonly code: string }).code, 'XY_INSTRUMENT_UNKNOWN');
  assert.deepEqual(runsIn(exchange), []);
});

test('a dry run decides on the live market, needs no keys and sends nothing', async (context) => {
  const exchange = await LiveExchange.start(context, SEED);
  exchange.setKeys(null);
  const { code, document, log } = await call(context, exchange, [
    ...[...exchange.busyArgs, '--dry-run', '--for', '8s', '--run-id', 'dry'],
  ]);
  assert.equal(code, 0, log);
  assert.match(log, /would send: (buy|sell) 0\.01 BTC of BTCUSDT/);
  assert.ok(Number(document.wouldSend) > 0 && document.fills === 0);
  assert.equal(document.left, null, 'it has no account');
  assert.deepEqual(await exchange.word(), { wallet: '10000.00000000', positions: {}, orders: [] });
  const record = openRecord(join(exchange.folder, 'data/runs/dry/record.sqlite'));
  context.after(() => record.close());
  assert.equal(record.run()?.mode, 'dry-run');
});

test('the kill switch makes the account flat and says how long it took', async (context) => {
  const exchange = await LiveExchange.start(context, SEED);
  const program = new RunningProgram(context, exchange.folder, [...exchange.busyArgs, '--json']);
  await program.logged(/(private_stream)/);
  while (Object.keys((await exchange.word()).positions).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 400));
  const ended = program.ended();
  program.child.kill('SIGUSR2');
  assert.equal(await ended, 0, program.log);
  const { killed, left } = JSON.parse(program.lines.at(-1) ?? '{}') as {
    readonly killed: { readonly flat: boolean; readonly msToFlat: number };
    readonly left: readonly string[];
  };
  assert.ok(killed.flat && killed.msToFlat > 0, JSON.stringify(killed));
  assert.deepEqual(left, []);
  const { orders, positions } = await exchange.word();
  assert.deepEqual({ orders, positions }, { orders: [], positions: {} });
  context.diagnostic(`flat after ${killed.msToFlat} ms`);
});

for (const [outcome, faults] of [
  ['spares', []],
  ['ends', [{ kind: 'countdown-strips-algos' }]],
] as const) {
  test(`a countdown that ${outcome} stops is found out by trying, and nothing of it is left`, async (context) => {
    const exchange = await LiveExchange.start(context, SEED, faults);
    const address = `127.0.0.1:${exchange.port}`;
    exchange.configure(`http://${address}`, `ws://${address}`, [...BUSY_CONFIG, 'live: { dead_man: probe }']);
    const { code, document, log } = await call(context, exchange, [...exchange.busyArgs, '--for', '6s']);
    assert.equal(code, 0, log);
    assert.match(log, new RegExp(`dead_man .*outcome=${outcome}`));
    if (outcome === 'ends') assert.match(log, /not used: the countdown of binance-usdm might end protective/);
    assert.deepEqual(document.differences, []);
    const { orders } = await exchange.word();
    assert.ok(
      orders.every((id) => !id.endsWith('-e')),
      'no entry order is left',
    );
  });
}

test('the doctor looks at machine, market and account, and says what to do', async (context) => {
  const exchange = await LiveExchange.start(context, SEED);
  type Check = { readonly check: string; readonly state: string; readonly todo: string };
  const look = async (args: readonly string[], expected: number): Promise<readonly Check[]> => {
    const { code, document, log } = await call(context, exchange, ['doctor', ...args]);
    assert.equal(code, expected, log);
    assert.equal(document.ok, expected === 0);
    const checks = document.checks as readonly Check[];
    for (const { state, todo } of checks) assert.equal(todo === '', state === 'ok');
    return checks;
  };
  const venue = ['--venue', 'binance-usdm', '--symbol', 'BTCUSDT'];
  const names = (checks: readonly Check[]): string => checks.map(({ check }) => check).join(', ');
  const state = (checks: readonly Check[], name: string) => checks.find(({ check }) => check === name)?.state;
  assert.match(names(await look([], 0)), /configuration, node, system clock, data directory, disk/);
  const all = await look(venue, 0);
  for (const name of ['market', 'stream', 'order entry', 'clock', 'key rights', 'balance', 'positions'])
    assert.equal(state(all, name), 'ok', names(all));
  assert.equal(state(await look(['--venue', 'binance-usdm', '--symbol', 'NOPE'], 1), 'symbols'), 'failed');
  exchange.setKeys(null);
  assert.equal(state(await look(venue, 0), 'account'), 'warning');
  exchange.configure('http://127.0.0.1:9', 'ws://127.0.0.1:9');
  assert.equal(state(await look(venue, 1), 'market'), 'failed');
  exchange.configure('nowhere', 'nowhere');
  assert.equal(state(await look([], 1), 'configuration'), 'failed');
});
