import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoordinatorMetrics } from '#telemetry/prom';
import { ScriptedRun } from '../../../test/support/scripted-run.ts';
import type { FeedMessage } from './feed.ts';
import { MetricsFeed } from './metrics-feed.ts';

async function samplesOf(messages: readonly FeedMessage[]): Promise<ReadonlyMap<string, number>> {
  const metrics = new CoordinatorMetrics({ version: '', commit: '', node: '' });
  const feed = new MetricsFeed(metrics);
  for (const message of messages) feed.accept(message);
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

function sum(samples: ReadonlyMap<string, number>, prefix: string): number {
  return [...samples]
    .filter(([name]) => name.startsWith(prefix))
    .reduce((total, [, value]) => total + value, 0);
}

test('counters agree with the rows, gauges with the newest status', async () => {
  const run = new ScriptedRun();
  const messages = [...run.intro(), ...run.play(200)];
  const rows = messages.flatMap((message) => (message.kind === 'rows' ? message.rows : []));
  const count = (table: string): number => rows.filter((row) => row.table === table).length;
  const samples = await samplesOf(messages);
  assert.equal(samples.get('xylen_snapshots_collected_total'), count('snapshots'));
  assert.equal(sum(samples, 'xylen_model_predictions_total'), count('model_predictions'));
  assert.equal(sum(samples, 'xylen_ensemble_decisions_total'), count('ensemble_decisions'));
  assert.equal(samples.get('xylen_decision_latency_seconds_count'), 600);
  const closed = rows.filter((row) => row.table === 'trades' && row.status === 'CLOSED');
  assert.equal(samples.get('xylen_trade_pnl_count'), closed.length);
  const filled = new Set(
    rows.flatMap((row) => (row.table === 'orders' && row.status === 'FILLED' ? [row.orderId] : [])),
  );
  const counted = ['BUY', 'SELL'].map(
    (side) => samples.get(`xylen_orders_placed_total{side="${side}",status="FILLED"}`) ?? 0,
  );
  assert.equal((counted[0] ?? 0) + (counted[1] ?? 0), filled.size);
  const status = messages.findLast((message) => message.kind === 'status');
  assert.ok(status?.kind === 'status');
  assert.equal(samples.get('xylen_account_equity'), Number(status.account.equityAtoms) / 1e8);
  assert.equal(samples.get('xylen_risk_exposure'), status.risk.exposureFraction);
  assert.equal(samples.get('xylen_circuit_breaker_active'), 0);
  assert.equal(samples.get('xylen_event_loop_lag_p99_seconds'), 0.0018);
});

test('a row that is written again does not count again', async () => {
  const run = new ScriptedRun();
  const messages = [...run.intro(), ...run.play(60)];
  const orders = messages.flatMap((message) =>
    message.kind === 'rows'
      ? message.rows.filter((row) => row.table === 'orders' || row.table === 'trades')
      : [],
  );
  const last = new Map(
    orders.map((row) => [row.table === 'orders' ? `o${row.orderId}` : `t${row.tradeId}`, row]),
  );
  const once = await samplesOf(messages);
  const twice = await samplesOf([...messages, { kind: 'rows', rows: [...last.values()] }]);
  assert.equal(sum(twice, 'xylen_orders_placed_total'), sum(once, 'xylen_orders_placed_total'));
  assert.equal(twice.get('xylen_trade_pnl_count'), once.get('xylen_trade_pnl_count'));
});

test('a position that was closed is told as 0, not as its last size', async () => {
  const run = new ScriptedRun();
  const metrics = new CoordinatorMetrics({ version: '', commit: '', node: '' });
  const feed = new MetricsFeed(metrics);
  const sizes: number[] = [];
  for (const message of run.intro()) feed.accept(message);
  while (!(sizes.some((size) => size !== 0) && sizes.at(-1) === 0)) {
    for (const message of run.bar()) feed.accept(message);
    sizes.push(Number(/^xylen_position_size\{symbol="SOLUSDT"\} (\S+)$/m.exec(await metrics.text())?.[1]));
    assert.ok(sizes.length < 400, 'a position opens and closes');
  }
});
