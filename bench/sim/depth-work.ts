/** The work of the depth benchmarks: the touch maker on depth and trades, with latency, queue and fees, and what it came to, for a peer to meet. */
import { constantLatency, DepthBacktest, type DepthChunk, queueModelOf, TouchMaker } from '#sim';

/** What a run came to; quantities in lots, money in units of 1e-10 of the quote currency as text. */
export interface DepthResult {
  readonly events: number;
  readonly steps: number;
  readonly orders: number;
  readonly fills: number;
  readonly volumeLots: number;
  readonly positionLots: number;
  readonly cash: string;
  readonly fees: string;
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

/** Runs the work over chunks. */
export function runDepth(chunks: Iterable<DepthChunk>): DepthResult {
  const queue = queueModelOf(DEPTH_WORK.queue);
  if (queue === undefined) throw new RangeError(`no queue model is named ${DEPTH_WORK.queue}`);
  const { entryUs, makerPpm, responseUs, stepUs, takerPpm } = DEPTH_WORK;
  const backtest = new DepthBacktest({
    trader: new TouchMaker(DEPTH_WORK),
    stepUs,
    queue,
    exchange: 'no-partial',
    latency: constantLatency(entryUs, responseUs),
    fees: { makerPpm, takerPpm },
    atomsPerTickLot: ATOMS_PER_TICK_LOT,
  });
  for (const chunk of chunks) backtest.play(chunk);
  backtest.finish();
  const { account, orderCount } = backtest.desk;
  return {
    events: backtest.eventCount,
    steps: backtest.stepCount,
    orders: orderCount,
    fills: account.fillCount,
    volumeLots: account.volumeLots,
    positionLots: account.positionLots,
    cash: String(account.cashAtoms),
    fees: String(account.feesAtoms),
  };
}
