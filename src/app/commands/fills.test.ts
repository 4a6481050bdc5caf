/** `xylen fills` plays a schedule, writes what became of it, and compares. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CommandOptions, type CommandResult, runCommand } from '../../../test/support/command-run.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import type { FillsReport } from '../host/fills/run-fills.ts';
import type { FitReport } from '../host/fills/run-fit.ts';
import type { StudyReport } from '../host/fills/run-study.ts';
import { command } from './fills.ts';

const EVENTS = [
  'ev,exch_ts,local_ts,side,price_ticks,qty_lots',
  'D,1000000,1002000,B,100,10',
  'D,1000000,1002000,S,101,10',
  'T,1030000,1031000,S,100,12',
  'D,1031000,1033000,B,100,4',
  'T,1040000,1044000,S,100,2',
];
const ORDERS = [
  'order_id,submit_local_ts,side,price_ticks,qty_lots,cancel_local_ts',
  '1,1010000,1,100,5,1039000',
  '2,1010000,1,101,15,1043000',
  '3,1012000,-1,104,5,1020000',
];
const FILLS = [
  'order_id,status,last_exec_qty_lots,leaves_lots,last_exec_price_ticks,exch_ts,local_ts',
  '1,3,5,0,100,1030000,1010000',
  '2,3,15,0,101,1012000,1010000',
  '3,4,0,5,0,1022000,1020000',
];

/** Runs the command as the shell would. */
const runFills = (options: CommandOptions, ...args: readonly string[]): Promise<CommandResult> =>
  runCommand(command, '', args, options);

/** Writes the files of a run and returns the options that name them. */
function filesIn(context: TestContext) {
  const folder = tempDir(context);
  const write = (name: string, rows: readonly string[]): string => {
    const path = join(folder, name);
    writeFileSync(path, `${rows.join('\n')}\n`);
    return path;
  };
  return {
    folder,
    write,
    options: {
      events: write('events.csv', EVENTS),
      orders: write('orders.csv', ORDERS),
      queue: 'risk_adverse',
      latency: '2us,1us',
      exchange: 'no-partial',
      out: join(folder, 'fills.csv'),
    },
  };
}

test('writes what became of each order, and tells what it rests on', async (context) => {
  const { options } = filesIn(context);
  const { exitCode, lines, shares } = await runFills(options);
  assert.equal(exitCode, 0);
  assert.equal(readFileSync(options.out, 'utf8'), `${FILLS.join('\n')}\n`);
  const text = lines.join('\n');
  assert.match(text, /^3 orders against 3 depth events and 2 trades$/m);
  assert.match(text, /^2 filled, 1 cancelled, 0 expired, 0 open, 0 filled in part and open, 0 not given$/m);
  assert.match(text, /^2 fills \(1 maker, 1 taker\), 20 lots, position 20 lots$/m);
  assert.match(text, /^queue: risk_adverse\. /m);
  assert.match(text, /^latency: 2us to the exchange, 1us back\. /m);
  assert.equal(shares.at(-1), 1);
});

test('fills by what is there when it is told to', async (context) => {
  const { options } = filesIn(context);
  await runFills({ ...options, exchange: 'partial' });
  const rows = readFileSync(options.out, 'utf8').split('\n');
  assert.equal(rows[1], '1,4,2,1,100,1041000,1039000');
  assert.equal(rows[2], '2,3,5,0,101,1030000,1010000');
});

test('compares without a difference', async (context) => {
  const { options, write } = filesIn(context);
  const compare = write('reference.csv', FILLS);
  const { exitCode, lines } = await runFills({ ...options, compare });
  assert.deepEqual([exitCode, lines.at(-1)], [0, 'no differences']);
});

test('ends with 1 and lists every difference, to people and as a document', async (context) => {
  const { options, write } = filesIn(context);
  const wrong = [...FILLS.slice(0, 2), '2,3,15,0,102,1013000,1010000', '4,1,0,5,0,1022000,1020000'];
  const compare = write('reference.csv', wrong);
  const { exitCode, lines } = await runFills({ ...options, compare });
  assert.equal(exitCode, 1);
  assert.deepEqual(lines.slice(-5), [
    '4 differences in 3 orders',
    '  order 2: last_exec_price_ticks: expected 102, found 101',
    '  order 2: exch_ts: expected 1013000, found 1012000',
    '  order 4: not in the schedule',
    '  order 3: not in the file compared with',
  ]);
  const json = await runFills({ ...options, out: undefined, compare, json: true });
  assert.deepEqual([json.exitCode, json.lines], [1, []]);
  const [report] = json.documents as readonly FillsReport[];
  assert.ok(report !== undefined);
  assert.deepEqual(
    report.differences?.map(({ orderId }) => orderId),
    ['2', '2', '4', '3'],
  );
  assert.deepEqual(report.events, { depth: 3, trades: 2 });
  assert.deepEqual(report.statuses, {
    none: 0,
    open: 0,
    expired: 0,
    filled: 2,
    cancelled: 1,
    partlyFilled: 0,
  });
  assert.equal(report.totals.cashValue, -2015n);
  assert.deepEqual(
    [report.queue, report.exchange, report.entryLatency],
    ['risk_adverse', 'no-partial', '2us'],
  );
});

test('takes one duration for both ways', async (context) => {
  const { options } = filesIn(context);
  const { documents } = await runFills({ ...options, latency: '3ms', json: true });
  const [report] = documents as readonly FillsReport[];
  assert.deepEqual([report?.entryLatency, report?.responseLatency], ['3ms', '3ms']);
});

test('says what is wrong with its options', async (context) => {
  const { options } = filesIn(context);
  const refused = (wrong: Readonly<Record<string, unknown>>, message: RegExp) =>
    assert.rejects(runFills({ ...options, ...wrong }), { code: 'XY_USAGE', message });
  await refused({ queue: 'power_prob' }, /--queue: expected one of risk_adverse, .*found 'power_prob'/);
  await refused({ exchange: 'full' }, /--exchange: expected one of no-partial, partial, found 'full'/);
  for (const latency of ['', '5', '5ms,', '-5ms,5ms', '5ms,5ms,5ms', '0.5us,0'])
    await refused({ latency }, /--latency/);
  for (const lot of ['0', '-1', '1e-3', 'x'])
    await refused({ lot }, /--lot: expected a decimal number above 0/);
  await refused({ out: undefined }, /expected --out FILE, --compare FILE, or both/);
  for (const path of [options.events, options.orders])
    await refused({ out: path }, /--out: expected a file of its own/);
  await refused({ compare: options.out }, /--out: expected a file of its own/);
  await refused({ events: undefined }, /expected --events/);
});

test('writes nothing when the data are wrong', async (context) => {
  const { options, write } = filesIn(context);
  const events = write('events.csv', [...EVENTS, 'D,1000,1002000,B,100,10']);
  await assert.rejects(runFills({ ...options, events }), {
    code: 'XY_ROW_INVALID',
    message: /events\.csv:7: exch_ts/,
  });
  assert.ok(!existsSync(options.out));
});

test('estimates latency and queue from own fills', async (context) => {
  const { options, write } = filesIn(context);
  const { events, orders } = options;
  const wish = { events, orders, fills: write('own.csv', FILLS) };
  const { exitCode, lines } = await runFills(wish, 'fit');
  assert.equal(exitCode, 0);
  const text = lines.join('\n');
  assert.match(text, /^3 of 3 orders have an outcome$/m);
  assert.match(text, /^requests to the exchange: 2us \(median of 1, /m);
  assert.match(text, /^answers: at most 9us$/m);
  assert.match(text, /^risk_adverse +no-partial +0 +0\.000 +0\.000 to 0\.000 /m);
  const { documents } = await runFills({ ...wish, exchange: 'partial', json: true }, 'fit');
  const [report] = documents as readonly FitReport[];
  assert.deepEqual([report?.known, report?.response], [3, { aboveUs: null, atMostUs: 9 }]);
  assert.ok(report?.candidates.every(({ exchange }) => exchange === 'partial'));
});

test('says why a fit is not possible', async (context) => {
  const { options, write } = filesIn(context);
  const { events, orders } = options;
  const wish = { events, orders };
  const rejects = (more: Readonly<Record<string, unknown>>, code: string, message: RegExp) =>
    assert.rejects(runFills({ ...wish, ...more }, 'fit'), { code, message });
  await rejects({}, 'XY_USAGE', /expected --fills/);
  await rejects({ fills: 'x', queue: 'log_prob' }, 'XY_USAGE', /--queue: expected nothing/);
  await rejects({ fills: 'x', seed: '-1' }, 'XY_USAGE', /--seed: expected a whole number/);
  const header = FILLS[0] ?? '';
  const none = write('none.csv', [header, '77,3,5,0,100,1030000,1010000']);
  await rejects({ fills: none }, 'XY_DATA_INSUFFICIENT', /found none/);
  const silent = write('silent.csv', FILLS.slice(0, 3));
  await rejects({ fills: silent }, 'XY_DATA_INSUFFICIENT', /which tell the latency/);
  const early = write('early.csv', [header, '3,4,0,5,0,1010000,1020000']);
  await rejects({ fills: early }, 'XY_DATA_INSUFFICIENT', /the clocks disagree/);
  const odd = write('odd.csv', [header, '3,9,0,5,0,1010000,1020000']);
  await rejects(
    { fills: odd },
    'XY_ROW_INVALID',
    /odd\.csv:2: status: expected one of 0, 1, 2, 3, 4, 5, found '9'/,
  );
  await assert.rejects(runFills(options, 'fti'), { code: 'XY_USAGE', message: /expected nothing or 'fit'/ });
});

test('study: shows what partial fills, own use, impact and latency change, each with its assumptions', async (context) => {
  const { options } = filesIn(context);
  const { events, latency, orders } = options;
  const { exitCode, lines } = await runFills({ events, orders, latency }, 'study');
  assert.equal(exitCode, 0);
  const text = lines.join('\n');
  assert.match(text, /^3 orders against 3 depth events and 2 trades, under 7 sets of assumptions$/m);
  // By parts: 10 lots at the touch, the rest before the other order, which gets 2 of 12 and 2 of 2. Shared: 5 of the 12 are used up before it.
  assert.match(text, /^whole fills +2 +2 +20 +1 +1 +0\.000 /m);
  assert.match(text, /^partial fills +4 +2 +19 +3 +1 +0\.000 /m);
  assert.match(text, /^own use until updates +2 +1 +15 +1 +1 +0\.000 /m);
  assert.match(text, /^square-root impact /m);
  assert.match(text, /^ {2}impact: own orders share, consume, half-life 10s\. /m);
  assert.match(text, /^ {2}queue: risk_adverse\. /m);
  assert.match(text, /^ {2}data: 3 depth events and 2 trades in 40us\. /m);
  assert.match(text, /^ {2}gaps: longest silence 30us\. /m);
  const json = await runFills({ events, orders, latency, scale: '3', json: true }, 'study');
  const [report] = json.documents as readonly StudyReport[];
  assert.equal(report?.scale, 3);
  assert.equal(report.rows[0]?.totals.volumeLots, 60);
  assert.deepEqual(
    report.rows.map((row) => row.assumptions.length),
    report.rows.map(() => 8),
  );
  for (const wrong of [{ scale: '0' }, { exchange: 'partial' }, { queue: 'fifo' }])
    await assert.rejects(runFills({ events, orders, ...wrong }, 'study'), { code: 'XY_USAGE' });
});
