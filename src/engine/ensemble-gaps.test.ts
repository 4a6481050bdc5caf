/** The ensemble when data stop, come late, or come again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng, US_PER_DAY, US_PER_MINUTE } from '#core';
import { CostModel, DEPTH_RULE_DEFAULT, FeeSchedule } from '#costs';
import type { PredictionReply } from '#domain';
import { ENSEMBLE_OPTIONS_DEFAULT } from '#ensemble';
import { defaultRiskOptions } from '#risk';
import { EnsembleStrategy } from './ensemble-strategy.ts';
import { BAR_US, EngineProbe } from './test/fixture.ts';

const FEES = { name: 'test', makerPpm: 200, takerPpm: 500 };
const HORIZON_BARS = 48;
const WARM_BARS = 288 * 11;

interface Scene {
  readonly strategy: EnsembleStrategy;
  readonly probe: EngineProbe;
  /** Answers every question that is open; returns how many there were. */
  answer(): number;
}

function scene(): Scene {
  const strategy = new EnsembleStrategy({
    ensemble: ENSEMBLE_OPTIONS_DEFAULT,
    halfLifeCount: 10,
    horizonBars: HORIZON_BARS,
    timeframeUs: BAR_US,
    costs: new CostModel(new FeeSchedule({ sim: FEES }), DEPTH_RULE_DEFAULT),
    levels: defaultRiskOptions(8),
  });
  const info = { name: 'm', version: '1', endpoint: 'test', isTrained: true, votesFromUs: 0 };
  const probe = new EngineProbe([strategy], { triggers: ['bar_close', 'heartbeat'], models: [info] });
  const vote: PredictionReply = {
    kind: 'prediction',
    prediction: {
      ...{ modelName: 'm', action: 'long', confidence: 0.4, probability: 0.7, expectedReturn: 0.3 },
      ...{ stopLoss: null, takeProfit: null, rawScore: 0, variance: 0.002, latencyMs: 1 },
    },
  };
  const answer = (): number => {
    const asked = probe.other
      .splice(0)
      .flatMap((effect) => (effect.kind === 'predict' ? [effect.request] : []));
    for (const { requestId } of asked) {
      probe.step({
        kind: 'prediction',
        snapshotId: requestId,
        tsLocalUs: probe.engine.nowUs,
        replies: [vote],
      });
    }
    return asked.length;
  };
  return { strategy, probe, answer };
}

/** Runs until the features are warm and predictions have outcomes; returns the last close. */
function warmUp({ answer, probe }: Scene): number {
  const prng = new Prng(1);
  let close = 400_000;
  for (let i = 0; i < WARM_BARS; i++) {
    close = Math.round(close * Math.exp(0.0005 * prng.normal()));
    probe.candle(close);
    answer();
  }
  assert.equal(probe.engine.states[0]?.pipeline?.isWarm, true);
  return close;
}

function candleAt(probe: EngineProbe, openTsUs: number, ticks: number): void {
  const prices = { openTicks: ticks, highTicks: ticks, lowTicks: ticks, closeTicks: ticks, volumeLots: 10 };
  const closeUs = openTsUs + BAR_US;
  const tsLocalUs = Math.max(closeUs, probe.engine.nowUs);
  const at = { timeframeUs: BAR_US, openTsUs, tsVenueUs: closeUs, tsLocalUs };
  probe.step({ kind: 'candle', instrumentIx: 0, ...at, ...prices });
}

test('features that are overdue are stale data, however lively the book', () => {
  const s = scene();
  const close = warmUp(s);
  const fromUs = s.probe.engine.nowUs;
  const count = s.probe.table('ensemble_decisions').length;
  const orders = s.probe.submitted.length;
  for (let minute = 1; minute <= 60; minute++) {
    const tsLocalUs = fromUs + minute * US_PER_MINUTE;
    const mid = Math.round(close * (1 - minute / 600));
    const levels = { bids: Float64Array.of(mid - 1, 1_000), asks: Float64Array.of(mid + 1, 1_000) };
    const book = { tsVenueUs: tsLocalUs - 1_000, tsLocalUs: tsLocalUs - 1_000, isSnapshot: true, ...levels };
    const ids = { firstUpdateId: minute, lastUpdateId: minute, previousUpdateId: minute - 1 };
    s.probe.step({ kind: 'book', instrumentIx: 0, ...book, ...ids });
    s.probe.step({ kind: 'timer', tsLocalUs, owner: 'engine', key: 'heartbeat' });
    s.answer();
  }
  const late = s.probe.table('ensemble_decisions').slice(count + 20);
  assert.ok(late.length > 30);
  assert.deepEqual([...new Set(late.map(({ rejectionReason }) => rejectionReason))], ['stale_data']);
  assert.deepEqual(
    s.probe.submitted.slice(orders).filter(({ label }) => label === 'ENTRY'),
    [],
  );
});

test('predictions whose horizon ended in a gap have no outcome', () => {
  const s = scene();
  const close = warmUp(s);
  const before = s.strategy.tracker.performance('m').outcomeCount;
  const rows = s.probe.table('prediction_outcomes').length;
  assert.ok(before > 0);
  candleAt(s.probe, s.probe.engine.nowUs + 2 * US_PER_DAY, Math.round(close * 0.9));
  assert.equal(s.strategy.tracker.performance('m').outcomeCount, before);
  assert.equal(s.probe.table('prediction_outcomes').length, rows);
  // A gap is told, and part of the result.
  const [gap] = s.probe.table('system_events').filter(({ eventType }) => eventType === 'data_gap');
  assert.match(gap?.message ?? '', /^576 bars of BTCUSDT are missing before /);
  assert.equal(s.probe.engine.summary().barsMissing, 576);
});

test('a candle that comes again moves neither price nor clock nor account', () => {
  const s = scene();
  warmUp(s);
  const state = s.probe.engine.states[0]!;
  const { lastTicks, lastTsUs } = state;
  const { equityAtoms } = s.probe.engine.portfolio;
  candleAt(s.probe, lastTsUs - 100 * BAR_US, 123_456);
  assert.deepEqual([state.lastTicks, state.lastTsUs], [lastTicks, lastTsUs]);
  assert.equal(s.probe.engine.portfolio.equityAtoms, equityAtoms);
});
