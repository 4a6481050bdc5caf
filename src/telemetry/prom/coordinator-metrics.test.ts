import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoordinatorMetrics } from './index.ts';
import { assertPromtool, checkExposition, WITHOUT_PROMTOOL } from './test/exposition.ts';

const BUILD = { version: '0.1.0', commit: 'abc "1"\\n', node: 'v24' };

/** The ten of the coordinator; a contract. */
const COORDINATOR = [
  'xylen_snapshots_collected_total',
  'xylen_model_predictions_total',
  'xylen_ensemble_decisions_total',
  'xylen_orders_placed_total',
  'xylen_trade_pnl',
  'xylen_decision_latency_seconds',
  'xylen_account_equity',
  'xylen_position_size',
  'xylen_risk_exposure',
  'xylen_circuit_breaker_active',
];

function sampled(): CoordinatorMetrics {
  const metrics = new CoordinatorMetrics(BUILD);
  metrics.addSnapshot();
  metrics.addPrediction('trend-rule', 'long');
  metrics.addDecision('long', 'ordered');
  metrics.addOrderStatus('BUY', 'FILLED');
  metrics.observeTrade(-12.5);
  metrics.observeTrade(3);
  metrics.observeLatency(0.0021);
  metrics.setAccount({
    equity: 10_012.25,
    exposure: 0.21,
    isBreakerActive: true,
    positions: [{ symbol: 'BTCUSDT', quantity: -0.02 }],
  });
  metrics.setProcess({ rssBytes: 1e8, heapUsedBytes: 5e7, loopLagSeconds: Number.NaN });
  return metrics;
}

test('the text has exactly the ten metrics of the coordinator, those of the process and the build', async () => {
  const types = checkExposition(await sampled().text());
  const others = [
    'xylen_process_resident_memory_bytes',
    'xylen_process_heap_used_bytes',
    'xylen_event_loop_lag_p99_seconds',
    'xylen_build_info',
  ];
  assert.deepEqual([...types.keys()], [...COORDINATOR, ...others]);
});

test('labels and values are as they were told', async () => {
  const text = await sampled().text();
  for (const line of [
    'xylen_snapshots_collected_total 1',
    'xylen_model_predictions_total{model="trend-rule",action="long"} 1',
    'xylen_ensemble_decisions_total{action="long",result="ordered"} 1',
    'xylen_orders_placed_total{side="BUY",status="FILLED"} 1',
    'xylen_trade_pnl_bucket{le="-10"} 1',
    'xylen_trade_pnl_bucket{le="5"} 2',
    'xylen_trade_pnl_sum -9.5',
    'xylen_decision_latency_seconds_bucket{le="0.0025"} 1',
    'xylen_account_equity 10012.25',
    'xylen_position_size{symbol="BTCUSDT"} -0.02',
    'xylen_risk_exposure 0.21',
    'xylen_circuit_breaker_active 1',
    'xylen_build_info{version="0.1.0",commit="abc \\"1\\"\\\\n",node="v24"} 1',
  ]) {
    assert.ok(text.split('\n').includes(line), line);
  }
});

test('before the first figures equity is not told as 0', async () => {
  const text = await new CoordinatorMetrics(BUILD).text();
  assert.match(text, /^xylen_account_equity Nan$/im);
  assert.match(text, /^xylen_snapshots_collected_total 0$/m);
});

test('two programs in one process do not share their counts', async () => {
  const [first, second] = [new CoordinatorMetrics(BUILD), new CoordinatorMetrics(BUILD)];
  first.addSnapshot();
  assert.match(await second.text(), /^xylen_snapshots_collected_total 0$/m);
  assert.match(first.contentType, /^text\/plain; version=0\.0\.4/);
});

test('promtool has nothing to say', { skip: WITHOUT_PROMTOOL }, async () => {
  assertPromtool(await sampled().text());
});
