/** `xylen paper --replay` and `xylen backtest` as a user runs them: one JSON object, equal runs, a record that agrees with it, resumption. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { openRecord, type RecordReader } from '#store/sqlite';
import { FILES_START_MS, writeFunding, writeTrends } from '../support/candle-files.ts';
import { ROOT, RunningProgram, xylen, xylenJson } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

const DAYS = 30;
const BARS = DAYS * 288;
const EMA_CROSS = join(ROOT, 'examples/ema-cross.ts');
/** The contract of `--json`. */
const KEYS =
  'events snapshots predictions decisions orders trades rejected equityStart equityEnd openPnl feesPaid fundingPaid maxDrawdownPct sharpe buyAndHoldPct durationS eventsPerS rssMbMax runHash manifest';

interface Files {
  readonly dir: string;
  readonly candles: string;
  readonly funding: string;
}

function files(context: TestContext, bars = BARS): Files {
  return filesIn(tempDir(context), bars);
}

function filesIn(dir: string, bars: number): Files {
  return { dir, candles: writeTrends(dir, bars, 3), funding: writeFunding(dir, 'BTCUSDT', DAYS) };
}

function replayArgs({ candles, funding }: Files, ...more: readonly string[]): readonly string[] {
  const data = ['paper', '--replay', candles, funding, '--venue', 'binance-usdm', '--symbol', 'BTCUSDT'];
  return [...data, '--speed', 'max', '--data-dir', 'data', ...more];
}

function withRecord<T>(dir: string, runId: unknown, look: (record: RecordReader) => T): T {
  const record = openRecord(join(dir, 'data/runs', String(runId), 'record.sqlite'));
  try {
    return look(record);
  } finally {
    record.close();
  }
}

/** The number and order of everything that does not depend on the machine. */
function timeless(summary: Readonly<Record<string, unknown>>): unknown {
  const { durationS: _1, eventsPerS: _2, rssMbMax: _3, runId: _4, ...rest } = summary;
  return rest;
}

describe('a replay with the ensemble', () => {
  let market: Files;
  let summary: Record<string, unknown>;
  before(() => {
    market = filesIn(mkdtempSync(join(tmpdir(), 'xylen-test-')), BARS);
    summary = xylenJson(market.dir, replayArgs(market, '--seed', '7'));
  });

  after(() => rmSync(market.dir, { recursive: true, force: true }));

  test('prints one object with every figure of the contract', () => {
    assert.deepEqual(
      KEYS.split(' ').filter((key) => summary[key] === undefined),
      [],
    );
    assert.equal(summary.outcome, 'ended');
    assert.ok(Number(summary.trades) > 0, 'the data make it trade');
    assert.equal(typeof summary.fundingPaid, 'number');
  });

  test('gives the same object and hash again, and the hash is what `xylen db hash` prints', () => {
    const again = xylenJson(market.dir, replayArgs(market, '--seed', '7'));
    assert.deepEqual(timeless(again), timeless(summary));
    const hash = xylen(market.dir, ['db', 'hash', '--run', String(summary.runId), '--data-dir', 'data']);
    assert.equal(hash.stdout.trim().split(/\s+/)[0], summary.runHash);
  });

  test('another seed gives another hash', () => {
    const other = xylenJson(market.dir, replayArgs(market, '--seed', '8'));
    assert.notEqual(other.runHash, summary.runHash);
  });

  test('one changed candle gives another hash', (context) => {
    const changed = files(context);
    const lines = readFileSync(changed.candles, 'utf8').split('\n');
    const at = Math.floor(lines.length / 2);
    const [time, open, high, low, close, volume] = (lines[at] ?? '').split(',');
    lines[at] = [time, open, high, low, close, (Number(volume) + 0.001).toFixed(3)].join(',');
    writeFileSync(changed.candles, lines.join('\n'));
    const other = xylenJson(changed.dir, replayArgs(changed, '--seed', '7'));
    assert.notEqual(other.runHash, summary.runHash);
  });

  test('agrees with every table of its record, to the last unit', () => {
    withRecord(market.dir, summary.runId, (record) => {
      const run = record.run();
      assert.ok(run !== null);
      const unit = 10n ** BigInt(run.atomDecimals);
      const atoms = (text: unknown): bigint => {
        const [whole = '0', rest = ''] = String(text).replace('-', '').split('.');
        const size = BigInt(whole) * unit + BigInt(rest.padEnd(run.atomDecimals, '0') || '0');
        return String(text).startsWith('-') ? -size : size;
      };
      const exact = summary.exact as Record<string, unknown>;
      let closed = 0n;
      let fees = 0n;
      let fundings = 0n;
      let trades = 0;
      for (const trade of record.rows('trades')) {
        trades++;
        if (trade.status !== 'OPEN') closed += trade.pnlAtoms;
        fees += trade.feesAtoms;
        fundings += trade.fundingAtoms;
      }
      const change = atoms(exact.equityEnd) - atoms(exact.equityStart);
      assert.equal(closed, atoms(exact.closedPnl));
      assert.equal(closed + atoms(exact.openPnl), change, 'closed and open P&L are the change of equity');
      assert.equal(fees, atoms(exact.feesPaid));
      assert.equal(-fundings, atoms(exact.fundingPaid));
      assert.equal(trades, summary.trades);
      const count = (table: Parameters<RecordReader['rows']>[0]): number => [...record.rows(table)].length;
      assert.equal(count('snapshots'), summary.snapshots);
      assert.equal(count('model_predictions'), summary.predictions);
      assert.equal(count('ensemble_decisions'), summary.decisions);
      assert.equal(count('orders'), summary.orders);
      assert.equal(count('fills'), summary.fills);
      const last = [...record.rows('portfolio_state')].at(-1);
      assert.equal(last?.equityAtoms, atoms(exact.equityEnd));
    });
  });

  test('without funding data the funding is null and says why', () => {
    const { dir, candles } = market;
    const args = replayArgs({ dir, candles, funding: candles }, '--seed', '7').filter(
      (arg, at, all) => arg !== candles || all.indexOf(arg) === at,
    );
    const bare = xylenJson(dir, args);
    assert.equal(bare.fundingPaid, null);
    assert.match(String(bare.fundingNote), /no funding data/);
  });

  test('nothing before the end of shorter data is different: no decision looks ahead', (context) => {
    for (const share of [0.47, 0.83]) {
      const bars = Math.floor(BARS * share);
      const cut = files(context, bars);
      const short = xylenJson(cut.dir, replayArgs(cut, '--seed', '7'));
      const endUs = (FILES_START_MS + bars * 300_000) * 1_000;
      const decisionsOf = (dir: string, runId: unknown) =>
        withRecord(dir, runId, (record) =>
          [...record.rows('ensemble_decisions')]
            .filter(({ timestamp }) => timestamp < endUs)
            .map((row) => ({ ...row })),
        );
      const expected = decisionsOf(market.dir, summary.runId);
      const found = decisionsOf(cut.dir, short.runId);
      assert.ok(found.length > 1_000, `${found.length} decisions are enough to compare`);
      assert.deepEqual(found, expected.slice(0, found.length));
      assert.ok(expected.length - found.length <= 1, 'the last bar closes at the cut');
    }
  });
});

test('an interrupted run ends cleanly, says so, and goes on to the same record', async (context) => {
  const market = files(context);
  writeFileSync(join(market.dir, 'xylen.yaml'), 'monitoring: {dashboard_port: 0, metrics_port: 0}\n');
  const args = ['--strategy', EMA_CROSS, '--seed', '5'];
  const whole = xylenJson(market.dir, replayArgs(market, ...args));
  const paced = replayArgs(market, ...args, '--run-id', 'cut').map((arg) =>
    arg === 'max' ? '1000000' : arg,
  );
  const program = new RunningProgram(context, market.dir, [...paced, '--dashboard']);
  const web = await program.line(/^dashboard /);
  await waitForTrading(web);
  assert.equal(await program.end('SIGINT'), 0);
  assert.match(program.lines.join('\n'), /run +cut, interrupted/);
  const resumed = xylenJson(market.dir, ['paper', '--resume', 'cut', '--data-dir', 'data']);
  assert.equal(resumed.outcome, 'ended');
  assert.equal(resumed.runHash, whole.runHash, 'the record is that of a run that nobody interrupted');
});

/** Waits until the run that the dashboard shows has traded. */
async function waitForTrading(line: string): Promise<void> {
  const url = /https?:\/\/\S+/.exec(line)?.[0] ?? '';
  const metrics = /metrics +(\S+)/.exec(line)?.[1] ?? url;
  for (;;) {
    const text = await (await fetch(metrics)).text();
    const orders = [...text.matchAll(/^xylen_orders_placed_total\{[^}]*\} (\d+)/gm)];
    if (orders.reduce((sum, [, count]) => sum + Number(count), 0) > 20) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('a back-test writes its report as JSON, CSV and one self-contained page', (context) => {
  const { candles, dir, funding } = files(context);
  const args = ['backtest', candles, funding, '--venue', 'binance-usdm', '--symbol', 'BTCUSDT'];
  const summary = xylenJson(dir, [...args, '--strategy', EMA_CROSS, '--data-dir', 'data', '--out', 'report']);
  const reports = summary.reports as Record<string, string>;
  const json = JSON.parse(readFileSync(reports.json ?? '', 'utf8')) as Record<string, unknown>;
  assert.equal(json.runHash, summary.runHash);
  const equity = json.equity as readonly { equity: number }[];
  assert.ok(equity.length > DAYS * 280, `a point for every bar that was traded, were ${equity.length}`);
  assert.equal(equity.at(-1)?.equity, summary.equityEnd);
  const months = json.months as readonly { returnPct: number }[];
  const compounded = months.reduce((product, { returnPct }) => product * (1 + returnPct / 100), 1);
  assert.ok(
    Math.abs((compounded - 1) * 100 - Number(summary.totalReturnPct)) < 1e-9,
    'months make up the whole',
  );
  const csv = readFileSync(reports.csv ?? '', 'utf8')
    .trim()
    .split('\n');
  assert.equal(csv.length - 1, summary.trades);
  const html = readFileSync(reports.html ?? '', 'utf8');
  assert.doesNotMatch(html, /(?:src|href)\s*=\s*["']?(?:https?:)?\/\//, 'nothing is fetched from elsewhere');
  for (const part of ['Equity', 'Drawdown', 'Months', 'Costs', 'Assumptions']) {
    assert.match(html, new RegExp(part, 'i'));
  }
});
