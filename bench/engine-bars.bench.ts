/** Benchmark: engine and simulated venue with an EMA cross over one-minute bars in memory; fees, latency, positions, risk, no record. */
import { join } from 'node:path';
import { Prng, sha256Hex, US_PER_MINUTE } from '#core';
import { type CandleColumns, type InstrumentSpec, InstrumentTable } from '#domain';
import type { Strategy } from '#engine';
import { candleSource } from '#sim';
import type { XylenConfig } from '../src/app/config/schema.ts';
import type { PreparedMarket } from '../src/app/host/history-market.ts';
import { maxSpeedPacer } from '../src/app/host/pacer.ts';
import { PROGRAM_ROOT } from '../src/app/host/program.ts';
import { realTime } from '../src/app/host/real-time.ts';
import { loadStrategy } from '../src/app/host/strategy-loader.ts';
import { simulatedWorld, TradingRun } from '../src/app/host/trading-run.ts';

/** What one run of the benchmark came to. */
export interface EngineBarsFigures {
  readonly barsPerS: number;
  readonly orders: number;
  readonly fills: number;
  readonly resultHash: string;
}

const SPEC: InstrumentSpec = {
  venue: 'sim',
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  kind: 'perpetual',
  priceDecimals: 1,
  qtyDecimals: 3,
  tickSize: '0.1',
  lotSize: '0.001',
  qtyMin: '0.001',
  qtyMax: '1000',
  notionalMin: '5',
  leverageMax: 20,
  maintenanceMarginPpm: 5_000,
  rulesFrom: 'synthetic',
};
const START_US = 1_704_067_200_000_000;

/** Runs the best of `rounds` over `barCount` bars of a seeded random walk. */
export async function benchEngineBars(
  config: XylenConfig,
  sizes: { readonly barCount: number; readonly rounds: number; readonly seed: number },
): Promise<EngineBarsFigures> {
  const columns = randomWalk(sizes.barCount, sizes.seed);
  let best: EngineBarsFigures | null = null;
  for (let round = 0; round < sizes.rounds; round++) {
    const figures = await oneRound(withoutLossLimits(config), columns, sizes.seed);
    if (best === null || figures.barsPerS > best.barsPerS) best = figures;
  }
  if (best === null) throw new RangeError('a benchmark has at least one round');
  return best;
}

async function oneRound(
  config: XylenConfig,
  columns: CandleColumns,
  seed: number,
): Promise<EngineBarsFigures> {
  const instruments = new InstrumentTable([SPEC]);
  const { rowCount, timeframeUs } = columns;
  const market: PreparedMarket = {
    instruments,
    source: candleSource({ instrumentIx: 0, timeframeUs, feedLatencyUs: 0, open: () => [columns] }),
    sourceTimeframeUs: timeframeUs,
    timeframesUs: [timeframeUs],
    startUs: START_US,
    endUs: START_US + rowCount * timeframeUs,
    tradeFromUs: START_US,
    dataHash: '',
    hasFunding: false,
    fundingMissing: [],
    dataSets: [],
  };
  const run = new TradingRun({
    config,
    mode: 'replay',
    runId: 'bench',
    seed,
    manifest: {},
    market,
    world: simulatedWorld(market, config, seed),
    strategies: [await emaCross()],
    models: null,
    record: null,
    intents: null,
    checkpointEvents: Number.MAX_SAFE_INTEGER,
    pacer: maxSpeedPacer(realTime),
    observe: null,
    wallStartedAt: 0,
    commitId: '',
  });
  const startedUs = realTime.nowUs();
  const { summary } = await run.run(new AbortController().signal, null);
  const seconds = (realTime.nowUs() - startedUs) / 1e6;
  const result = [summary.equityEndAtoms, summary.feesAtoms, summary.orders, summary.fills, summary.events];
  return {
    barsPerS: rowCount / seconds,
    orders: summary.orders,
    fills: summary.fills,
    resultHash: sha256Hex(result.join('|')).slice(0, 16),
  };
}

/** The documented example, as a user runs it. */
function emaCross(): Promise<Strategy> {
  const path = join(PROGRAM_ROOT, 'examples', 'ema-cross.ts');
  return loadStrategy(path, { fastBars: 10, slowBars: 20, qtyLots: 10 }, (url) => import(url));
}

/** A strategy that is always in the market loses on a random walk; the peers' version of this work knows no breaker either. */
function withoutLossLimits(config: XylenConfig): XylenConfig {
  const risk = {
    ...config.risk,
    consecutiveLossesMax: 1_000,
    dailyLossMax: 1,
    emergencyDailyLoss: 1,
    drawdownMax: 1,
  };
  return { ...config, risk, simulation: { ...config.simulation, startCash: '10000000' } };
}

function randomWalk(rowCount: number, seed: number): CandleColumns {
  const prng = new Prng(seed).split('bench-walk');
  const columns = Array.from({ length: 6 }, () => new Float64Array(rowCount));
  const [openTsUs, openTicks, highTicks, lowTicks, closeTicks, volumeLots] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let price = 600_000;
  for (let i = 0; i < rowCount; i++) {
    openTsUs[i] = START_US + i * US_PER_MINUTE;
    openTicks[i] = price;
    price = Math.max(1_000, price + Math.round(prng.normal() * 300));
    closeTicks[i] = price;
    highTicks[i] = Math.max(openTicks[i]!, price) + prng.integer(0, 150);
    lowTicks[i] = Math.min(openTicks[i]!, price) - prng.integer(0, 150);
    volumeLots[i] = prng.integer(1_000, 50_000);
  }
  return {
    timeframeUs: US_PER_MINUTE,
    rowCount,
    openTsUs,
    openTicks,
    highTicks,
    lowTicks,
    closeTicks,
    volumeLots,
  };
}
