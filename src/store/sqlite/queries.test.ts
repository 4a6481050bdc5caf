import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { RecordRow, TradeRow } from '#store';
import {
  SAMPLE_FEATURE_SET,
  SAMPLE_FEATURES,
  sampleRows,
  sampleRun,
  sampleTimeUs,
} from '../../../test/support/sample-run.ts';
import { tempDir } from '../../../test/support/temp-dir.ts';
import {
  decisionsSummary,
  equityCurve,
  modelPerformance,
  overallPerformance,
  recentTrades,
  rowCounts,
  tradesAll,
} from './queries.ts';
import { openRecord, type RecordReader } from './record-reader.ts';
import { sqliteRecordSink } from './record-sink.ts';

async function recordWith(test: TestContext, rows: readonly RecordRow[]): Promise<RecordReader> {
  const path = join(tempDir(test), 'record.sqlite');
  const sink = sqliteRecordSink(path, { runId: 'run-1', durability: 'normal', wallNowUs: 1 });
  sink.registerFeatureSet(SAMPLE_FEATURE_SET, SAMPLE_FEATURES);
  for (const row of rows) sink.write(row);
  sink.checkpoint({ eventSeq: 1, tsUs: 1, state: new Uint8Array() });
  await sink.close();
  const record = openRecord(path);
  test.after(() => record.close());
  return record;
}

const sampleRecord = (test: TestContext, events: number): Promise<RecordReader> =>
  recordWith(test, [
    sampleRun('run-1'),
    ...Array.from({ length: events }, (_, i) => sampleRows(i + 1)).flat(),
  ]);

function trade(tradeId: number, status: TradeRow['status'], pnlAtoms: bigint): TradeRow {
  const row = sampleRows(8).find((candidate): candidate is TradeRow => candidate.table === 'trades');
  assert.ok(row !== undefined);
  return {
    ...row,
    tradeId,
    status,
    pnlAtoms,
    feesAtoms: 2n,
    fundingAtoms: -1n,
    entryOrderId: null,
    snapshotId: null,
    timestamp: tradeId * 1_000,
  };
}

describe('queries', () => {
  it('give the newest trades first', async (test) => {
    const record = await sampleRecord(test, 80);
    assert.deepEqual(
      recentTrades(record, 3).map(({ tradeId }) => tradeId),
      [10, 9, 8],
    );
    assert.deepEqual(recentTrades(record, 0), []);
    assert.equal([...tradesAll(record)].length, 10);
  });

  it('sum the overall performance exactly', async (test) => {
    const big = 2n ** 62n;
    const record = await recordWith(test, [
      sampleRun('run-1'),
      trade(1, 'CLOSED', big),
      trade(2, 'CLOSED', big),
      trade(3, 'CLOSED', big + 1n),
      trade(4, 'LIQUIDATED', -big - 7n),
      trade(5, 'CLOSED', 0n),
      trade(6, 'OPEN', 1_000n),
      trade(7, 'CANCELLED', 0n),
    ]);
    const overall = overallPerformance(record);
    assert.deepEqual(overall, {
      atomDecimals: 8,
      currency: 'USDT',
      closedTrades: 5,
      openTrades: 1,
      liquidatedTrades: 1,
      wins: 3,
      losses: 1,
      winRate: 0.6,
      netPnlAtoms: 2n * big - 6n,
      grossProfitAtoms: 3n * big + 1n,
      grossLossAtoms: -big - 7n,
      profitFactor: 3,
      feesAtoms: 14n,
      fundingAtoms: -7n,
      equityStartAtoms: 1_000_000_000_000n,
      equityEndAtoms: null,
      maxDrawdown: 0,
    });
  });

  it('say null where there is nothing to divide', async (test) => {
    const record = await recordWith(test, [sampleRun('run-1')]);
    const overall = overallPerformance(record);
    assert.equal(overall?.winRate, null);
    assert.equal(overall?.profitFactor, null);
    assert.equal(overall?.netPnlAtoms, 0n);
    assert.deepEqual(modelPerformance(record), []);
  });

  it('count votes and outcomes of each model', async (test) => {
    const record = await sampleRecord(test, 25);
    const [gbm, trend] = modelPerformance(record);
    assert.equal(gbm?.modelName, 'gbm');
    assert.equal(gbm?.scored, 0);
    assert.equal(gbm?.hitRate, null);
    assert.equal(trend?.predictions, 25);
    assert.equal(trend?.none, 5);
    assert.equal((trend?.long ?? 0) + (trend?.short ?? 0) + (trend?.hold ?? 0), 20);
    assert.deepEqual([trend?.scored, trend?.correct, trend?.hitRate], [20, 10, 0.5]);
    assert.equal(trend?.latencyMsMean, 1.5);
  });

  it('give the equity after each state in columns', async (test) => {
    const record = await sampleRecord(test, 30);
    const { tsUs, equityAtoms } = equityCurve(record);
    const states = [...record.rows('portfolio_state')];
    assert.deepEqual(
      [...tsUs],
      Array.from({ length: 30 }, (_, i) => sampleTimeUs(i + 1)),
    );
    assert.deepEqual(
      [...equityAtoms],
      states.map((state) => state.equityAtoms),
    );
    const overall = overallPerformance(record);
    assert.equal(overall?.equityEndAtoms, states.at(-1)?.equityAtoms);
    assert.equal(overall?.maxDrawdown, states.at(-1)?.maxDrawdown);
  });

  it('count decisions by action and reason', async (test) => {
    const record = await sampleRecord(test, 16);
    assert.deepEqual(decisionsSummary(record), [
      { finalAction: 'hold', reason: 'expected_value', count: 8 },
      { finalAction: 'hold', reason: 'uncertainty', count: 6 },
      { finalAction: 'long', reason: null, count: 2 },
    ]);
  });

  it('count the rows of every table', async (test) => {
    const counts = rowCounts(await sampleRecord(test, 16));
    assert.deepEqual(counts, {
      runs: 1,
      snapshots: 16,
      model_predictions: 32,
      ensemble_decisions: 16,
      trades: 2,
      orders: 2,
      fills: 2,
      funding_payments: 1,
      portfolio_state: 16,
      system_events: 0,
      checkpoints: 1,
      schema_migrations: 1,
    });
  });
});
