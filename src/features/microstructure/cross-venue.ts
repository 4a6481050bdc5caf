/**
 * The same thing at two venues: how far their middles are apart and what crossing from one to the other would pay before fees. Prices come as ticks of
 * different size; they are brought to one unit exactly where that is possible. Both books must be open and usable at the same moment.
 * Makarov, Schoar, "Trading and arbitrage in cryptocurrency markets" (Journal of Financial Economics 135, 2020).
 */
import { assert, POW10 } from '#core';
import { type BookView, midSumTicks } from './book-view.ts';

const BPS = 10_000;

/** Compares an own book with that of another venue. */
export class CrossVenue {
  readonly #ownScale: number;
  readonly #otherScale: number;

  /** Decimals of the ticks of the two books. */
  constructor(ownPriceDecimals: number, otherPriceDecimals: number) {
    const decimals = Math.max(ownPriceDecimals, otherPriceDecimals);
    const ownScale = POW10[decimals - ownPriceDecimals];
    const otherScale = POW10[decimals - otherPriceDecimals];
    assert(ownScale !== undefined && otherScale !== undefined, 'decimals are integers in [0, 15]');
    this.#ownScale = ownScale;
    this.#otherScale = otherScale;
  }

  /** Returns 10^4 (m - m') / m', m the own middle and m' that of the other. */
  gapBps(own: BookView, other: BookView): number {
    const ownMid = midSumTicks(own) * this.#ownScale;
    const otherMid = midSumTicks(other) * this.#otherScale;
    return (BPS * (ownMid - otherMid)) / otherMid;
  }

  /** Returns 10^4 max(b - a', b' - a) / m': above 0 when buying at one venue and selling at the other pays, before fees. */
  edgeBps(own: BookView, other: BookView): number {
    const sellHere =
      own.priceTicksAt('buy', 0) * this.#ownScale - other.priceTicksAt('sell', 0) * this.#otherScale;
    const sellThere =
      other.priceTicksAt('buy', 0) * this.#otherScale - own.priceTicksAt('sell', 0) * this.#ownScale;
    return (2 * BPS * Math.max(sellHere, sellThere)) / (midSumTicks(other) * this.#otherScale);
  }
}
