/** Benchmark of world, source and venue: bars without orders, bars with an EMA cross, a protective stop and a target waiting. */
import { performance } from 'node:perf_hooks';
import { Prng, Sha256 } from '#core';
import { type CandleColumns, InstrumentTable, type OrderRequest } from '#domain';
import { simRules } from './options.ts';
import { SimulatedWorld } from './simulated-world.ts';
import { candleSource } from './sources/index.ts';
import { SYNTHETIC_SYMBOLS, syntheticMarket, takeCandles } from './synthetic/index.ts';

/** Figures of one run. */
export interface SimBenchFigures {
  readonly barsPerS: number;
  readonly fills: number;
  readonly resultHash: string;
}

/** Figures of the whole bench. */
export interface SimBench {
  readonly syntheticBarsPerS: number;
  readonly noOrders: SimBenchFigures;
  readonly emaCross: SimBenchFigures;
  /** The same with a stop and a target at the venue for every position. */
  readonly emaCrossProtected: SimBenchFigures;
}

const BAR_US = 60_000_000;

/** Runs `barCount` one-minute bars of one synthetic symbol through each case. */
export function benchSim(sizes: { readonly barCount: number; readonly seed: number }): SimBench {
  const symbols = SYNTHETIC_SYMBOLS.slice(0, 1);
  const market = syntheticMarket({
    symbols,
    startUs: 28_400_000 * BAR_US,
    endUs: null,
    barUs: BAR_US,
    seed: sizes.seed,
    feedLatencyUs: 0,
  });
  const startedMs = performance.now();
  const [columns] = takeCandles(market, 1, sizes.barCount);
  const syntheticBarsPerS = (sizes.barCount * 1000) / (performance.now() - startedMs);
  const instruments = new InstrumentTable(market.instrumentSpecs);
  const run = (trade: 'none' | 'cross' | 'protected'): SimBenchFigures =>
    runCase(columns!, instruments, sizes.seed, trade);
  return {
    syntheticBarsPerS,
    noOrders: run('none'),
    emaCross: run('cross'),
    emaCrossProtected: run('protected'),
  };
}

function runCase(
  columns: CandleColumns,
  instruments: InstrumentTable,
  seed: number,
  trade: 'none' | 'cross' | 'protected',
): SimBenchFigures {
  const world = new SimulatedWorld({
    source: candleSource({ instrumentIx: 0, timeframeUs: BAR_US, feedLatencyUs: 0, open: () => [columns] }),
    instruments,
    cashAtoms: 10n ** BigInt(instruments.atomDecimals) * 1_000_000n,
    rules: simRules(),
    prng: new Prng(seed),
  });
  const hash = new Sha256();
  const trader = new CrossTrader(world, trade === 'protected');
  let fills = 0;
  const startedMs = performance.now();
  for (;;) {
    const step = world.advance(Number.POSITIVE_INFINITY);
    if (typeof step === 'string' || step instanceof Promise) break;
    const { event } = step;
    if (event.kind === 'fill') {
      fills++;
      hash.update(`${event.clientOrderId}|${event.tsLocalUs}|${event.priceTicks}|${event.qtyLots}\n`);
    } else if (event.kind === 'candle' && trade !== 'none') trader.onClose(event.closeTicks, event.tsLocalUs);
  }
  const barsPerS = (columns.rowCount * 1000) / (performance.now() - startedMs);
  return { barsPerS, fills, resultHash: hash.update(`${world.worldSeq}`).hex().slice(0, 16) };
}

/** Long above, short below; turns at every cross of two averages. */
class CrossTrader {
  readonly #world: SimulatedWorld;
  readonly #isProtected: boolean;
  #fast = 0;
  #slow = 0;
  #position = 0;
  #count = 0;

  constructor(world: SimulatedWorld, isProtected: boolean) {
    this.#world = world;
    this.#isProtected = isProtected;
  }

  onClose(closeTicks: number, nowUs: number): void {
    this.#fast = this.#fast * 0.8 + closeTicks * 0.2;
    this.#slow = this.#slow * 0.96 + closeTicks * 0.04;
    const wanted = this.#fast > this.#slow ? 1 : -1;
    if (wanted === this.#position) return;
    const side = wanted > 0 ? 'buy' : 'sell';
    if (this.#isProtected && this.#count > 0) this.#cancelProtection(nowUs);
    this.#send(`m${this.#count}`, { side, qtyLots: this.#position === 0 ? 10 : 20 }, nowUs);
    if (this.#isProtected) this.#protect(wanted, closeTicks, nowUs);
    this.#position = wanted;
    this.#count++;
  }

  #protect(wanted: number, closeTicks: number, nowUs: number): void {
    const side = wanted > 0 ? 'sell' : 'buy';
    const of = { side, qtyLots: 10, reduceOnly: true } as const;
    const stopTicks = Math.round(closeTicks * (1 - wanted * 0.05));
    const targetTicks = Math.round(closeTicks * (1 + wanted * 0.1));
    this.#send(`s${this.#count}`, { ...of, type: 'stop_market', triggerTicks: stopTicks }, nowUs);
    this.#send(`t${this.#count}`, { ...of, type: 'take_profit_market', triggerTicks: targetTicks }, nowUs);
  }

  #cancelProtection(nowUs: number): void {
    for (const kind of ['s', 't']) {
      this.#world.cancel({ clientOrderId: `${kind}${this.#count - 1}`, instrumentIx: 0 }, nowUs);
    }
  }

  #send(clientOrderId: string, of: Partial<OrderRequest>, nowUs: number): void {
    this.#world.receiveOrder(
      {
        clientOrderId,
        instrumentIx: 0,
        side: 'buy',
        type: 'market',
        label: 'ENTRY',
        qtyLots: 10,
        priceTicks: null,
        triggerTicks: null,
        timeInForce: 'GTC',
        reduceOnly: false,
        ...of,
      },
      nowUs,
    );
  }
}
