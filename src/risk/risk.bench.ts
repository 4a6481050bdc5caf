/** Benchmark of the whole risk check with positions open in many instruments. */
import { performance } from 'node:perf_hooks';
import { Prng, sha256Hex, US_PER_MINUTE } from '#core';
import { type InstrumentSpec, InstrumentTable } from '#domain';
import { Portfolio } from '#portfolio';
import { RiskEngine } from './engine.ts';
import type { OrderIntent, RiskContext } from './intent.ts';
import { defaultRiskOptions } from './options.ts';

/** Times `count` checks, each after a mark, with a position open in every instrument; the hash covers the verdicts. */
export function benchRisk(sizes: {
  readonly count: number;
  readonly instrumentCount: number;
  readonly seed: number;
}): {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly approved: number;
  readonly resultHash: string;
} {
  const instruments = new InstrumentTable(specs(sizes.instrumentCount));
  const portfolio = new Portfolio({ instruments, startCashAtoms: 10n ** 15n, startUs: 0, leverage: 3 });
  for (const { ix } of instruments.all) openPosition(portfolio, ix);
  const engine = new RiskEngine(defaultRiskOptions(instruments.atomDecimals));
  const prng = new Prng(sizes.seed);
  const timesUs = new Float64Array(sizes.count);
  const verdicts: string[] = [];
  for (let i = 0; i < sizes.count; i++) {
    const ix = i % sizes.instrumentCount;
    const nowUs = i * US_PER_MINUTE;
    const priceTicks = prng.integer(295_000, 305_000);
    const intent = intentAt(i, ix, prng.uniform());
    const context = contextAt(instruments, portfolio, ix, priceTicks, nowUs);
    const startedMs = performance.now();
    portfolio.mark(ix, priceTicks, nowUs);
    engine.onEquity(nowUs, portfolio);
    const verdict = engine.check(intent, context);
    timesUs[i] = (performance.now() - startedMs) * 1_000;
    verdicts.push(verdict.kind === 'approved' ? String(verdict.qtyLots) : verdict.code);
  }
  timesUs.sort();
  return {
    p50Us: timesUs[Math.floor(sizes.count * 0.5)]!,
    p99Us: timesUs[Math.floor(sizes.count * 0.99)]!,
    approved: verdicts.filter((verdict) => /^\d/.test(verdict)).length,
    resultHash: sha256Hex(verdicts.join('|')).slice(0, 16),
  };
}

function specs(count: number): readonly InstrumentSpec[] {
  return Array.from({ length: count }, (_, i) => ({
    venue: 'sim',
    symbol: `S${i}USDT`,
    baseAsset: `S${i}`,
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
    maintenanceMarginPpm: 4_000,
    rulesFrom: 'synthetic',
  }));
}

function openPosition(portfolio: Portfolio, instrumentIx: number): void {
  portfolio.applyFill({
    kind: 'fill',
    tsVenueUs: 0,
    tsLocalUs: 0,
    instrumentIx,
    clientOrderId: 'c',
    venueOrderId: 'v',
    execId: 'e',
    side: 'buy',
    priceTicks: 300_000,
    qtyLots: 100,
    leavesLots: 0,
    feeAtoms: 0n,
    liquidity: 'taker',
    isLiquidation: false,
  });
}

function intentAt(index: number, instrumentIx: number, strength: number): OrderIntent {
  return {
    clientOrderId: `o${index}`,
    instrumentIx,
    side: index % 2 === 0 ? 'buy' : 'sell',
    label: 'ENTRY',
    type: 'market',
    timeInForce: 'IOC',
    reduceOnly: false,
    priceTicks: null,
    triggerTicks: null,
    size: {
      kind: 'signal',
      strength,
      probability: 0.6,
      expectedReturn: 0.01,
      rewardRisk: 1,
      stopFraction: 0.02,
    },
    protection: null,
    strategy: 'bench',
  };
}

function contextAt(
  instruments: InstrumentTable,
  portfolio: Portfolio,
  instrumentIx: number,
  lastPriceTicks: number,
  nowUs: number,
): RiskContext {
  return {
    nowUs,
    instrument: instruments.at(instrumentIx),
    portfolio,
    pendingSideLots: 0,
    reducingSideLots: 0,
    pendingOthersAtoms: 0n,
    lastPriceTicks,
    lastPriceTsUs: nowUs,
    volatility: 0.001,
    isReduceOnlyMode: false,
    openOrderCount: 3,
  };
}
