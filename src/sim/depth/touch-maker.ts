/**
 * The simplest market maker: one post-only order a side at the touch, as long as its position allows. It is the trader of the benchmarks and an
 * example of one; nobody earns with it.
 */
import type { DepthTrader } from './depth-backtest.ts';
import type { DepthDesk } from './depth-desk.ts';

/** How a touch maker quotes. */
export interface TouchMakerOptions {
  /** Quantity of each order. */
  readonly qtyLots: number;
  /** It buys while its position is below that, and sells while it is above minus that. */
  readonly positionLotsMax: number;
}

/** Quotes at the best bid and the best ask that it sees; what rests elsewhere it cancels. */
export class TouchMaker implements DepthTrader {
  readonly #qtyLots: number;
  readonly #positionLotsMax: number;

  constructor({ positionLotsMax, qtyLots }: TouchMakerOptions) {
    this.#qtyLots = qtyLots;
    this.#positionLotsMax = positionLotsMax;
  }

  onStep(desk: DepthDesk): void {
    const { bestAskTicks, bestBidTicks } = desk.book;
    if (!Number.isFinite(bestBidTicks) || !Number.isFinite(bestAskTicks)) return;
    const { positionLots } = desk.account;
    this.#quote(desk, 1, positionLots < this.#positionLotsMax ? bestBidTicks : Number.NaN);
    this.#quote(desk, -1, positionLots > -this.#positionLotsMax ? bestAskTicks : Number.NaN);
  }

  /** Keeps one order at `priceTicks`, none where that is `NaN`. */
  #quote(desk: DepthDesk, side: 1 | -1, priceTicks: number): void {
    let isThere = false;
    for (const order of desk.orders) {
      if (order.side !== side) continue;
      if (order.priceTicks === priceTicks) isThere = true;
      else desk.cancel(order);
    }
    if (isThere || Number.isNaN(priceTicks)) return;
    desk.submit({ side, priceTicks, qtyLots: this.#qtyLots, timeInForce: 'GTX' });
  }
}
