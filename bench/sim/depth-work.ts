/** The work of the depth benchmarks: the touch maker on depth and trades, with latency, queue and fees, and what it came to, for a peer to meet. */
import {
  constantLatency,
  DepthBacktest,
  type DepthChunk,
  IMPACT_DEFAULT,
  queueModelOf,
  TouchMaker,
} from '#sim';

/** What a run came to. */
export interface DepthResult {
  readonly events: number;
  readonly steps: number;
  readonly orders: number;
  readonly fills: number;
  readonly volumeLots: number;
  readonly positionLots: number;
  /** Quote currency. */
  readonly cash: number;
  readonly fees: number;
}

/** The models and numbers of the work; a peer gets the same. */
export const DEPTH_WORK = {
  queue: 'power_prob_2',
  stepUs: 100_000,
  entryUs: 5_000,
  responseUs: 5_000,
  makerPpm: 200,
  takerPpm: 700,
  qtyLots: 10,
  positionLotsMax: 100,
} as const;
/** One lot of 0.001 at one tick of 0.1, in units of 1e-10. */
const ATOMS_PER_TICK_LOT = 1_000_000;

/** The impact models of the work; `off` = own orders leave nothing behind and fill whole, as the peer has it. */
export type DepthImpact = 'off' | 'consume' | 'square_root';

/** One run of the work. */
export class DepthWork {
  readonly #backtest: DepthBacktest;

  constructor(impact: DepthImpact) {
    const queue = queueModelOf(DEPTH_WORK.queue);
    if (queue === undefined) throw new RangeError(`no queue model is named ${DEPTH_WORK.queue}`);
    const { entryUs, makerPpm, responseUs, stepUs, takerPpm } = DEPTH_WORK;
    this.#backtest = new DepthBacktest({
      trader: new TouchMaker(DEPTH_WORK),
      stepUs,
      queue,
      latency: constantLatency(entryUs, responseUs),
      fees: { makerPpm, takerPpm },
      atomsPerTickLot: ATOMS_PER_TICK_LOT,
      ...(impact === 'off'
        ? { exchange: 'no-partial' }
        : { exchange: 'partial', impact: { ...IMPACT_DEFAULT, model: impact } }),
    });
  }

  play(chunk: DepthChunk): void {
    this.#backtest.play(chunk);
  }

  /** Ends the run. */
  finish(): DepthResult {
    this.#backtest.finish();
    const { desk, eventCount, stepCount } = this.#backtest;
    const { account, orderCount } = desk;
    return {
      events: eventCount,
      steps: stepCount,
      orders: orderCount,
      fills: account.fillCount,
      volumeLots: account.volumeLots,
      positionLots: account.positionLots,
      cash: quoteOf(account.cashAtoms, 4),
      fees: quoteOf(account.feesAtoms, 5),
    };
  }
}

/** Atoms in quote currency, rounded to as many decimals as a sum of doubles is good for. */
function quoteOf(atoms: bigint, decimals: number): number {
  return Number((Number(atoms) / 1e10).toFixed(decimals));
}
