/** Benchmark of the account: fills and marks on one of many instruments, with the trade book beside it. */
import { performance } from 'node:perf_hooks';
import { Prng, sha256Hex } from '#core';
import { type FillEvent, type InstrumentSpec, InstrumentTable } from '#domain';
import { Portfolio } from './portfolio.ts';
import { TradeBook } from './trade-book.ts';

/** Times `count` fills and `count` marks over `instrumentCount` instruments; the hash covers the account at the end. */
export function benchPortfolio(sizes: {
  readonly count: number;
  readonly instrumentCount: number;
  readonly seed: number;
}): { readonly fillsPerS: number; readonly marksPerS: number; readonly resultHash: string } {
  const instruments = new InstrumentTable(specs(sizes.instrumentCount));
  const account = new Portfolio({ instruments, startCashAtoms: 10n ** 12n, startUs: 0 });
  const trades = new TradeBook(instruments);
  const prng = new Prng(sizes.seed);
  const fills = Array.from({ length: sizes.count }, (_, i) => fillAt(prng, i, sizes.instrumentCount));
  const startedMs = performance.now();
  for (const fill of fills) {
    const equity = account.equityAtoms;
    trades.applyFill(fill, account.applyFill(fill), equity);
  }
  const filledMs = performance.now();
  for (const { instrumentIx, priceTicks, tsLocalUs } of fills) {
    account.mark(instrumentIx, priceTicks, tsLocalUs + sizes.count);
    trades.mark(instrumentIx, priceTicks);
  }
  const markedMs = performance.now();
  return {
    fillsPerS: (sizes.count / (filledMs - startedMs)) * 1_000,
    marksPerS: (sizes.count / (markedMs - filledMs)) * 1_000,
    resultHash: sha256Hex(`${account.equityAtoms}|${trades.closedNetAtoms}`).slice(0, 16),
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

function fillAt(prng: Prng, index: number, instrumentCount: number): FillEvent {
  return {
    kind: 'fill',
    tsVenueUs: index,
    tsLocalUs: index,
    instrumentIx: index % instrumentCount,
    clientOrderId: 'c',
    venueOrderId: 'v',
    execId: 'e',
    side: prng.uniform() < 0.5 ? 'buy' : 'sell',
    priceTicks: prng.integer(290_000, 310_000),
    qtyLots: prng.integer(1, 1_000),
    leavesLots: 0,
    feeAtoms: 12_345n,
    liquidity: 'taker',
    isLiquidation: false,
  };
}
