/**
 * Where an order would stand in the queue of the best price, estimated from what everybody sees (level 2). The rules:
 *  Q1  The order joins behind all that is displayed when its price becomes the best, and again whenever the best price changes.
 *  Q2  A print at its price by a taker of the other side takes from the front.
 *  Q3  What the level loses beyond the prints went away unseen. It is believed to have stood behind the order as long as the level can hold that:
 *      ahead = min(ahead, displayed). So the estimate is never too good. (The rule of `sim` for resting orders; Moallemi, Yuan, "A model for
 *      queue position valuation in a limit order book", 2016, value such positions.)
 *  Q4  A print that takes more than what is ahead fills the order; so does a print at a worse price. The next one joins at the back.
 */
import { oppositeSide, type Side } from '#domain';
import type { StateTape, Taped } from '../state-tape.ts';
import type { BookView } from './book-view.ts';

/** An imagined order at the best price of one side, renewed when it fills or the price moves on. */
export class QueuePosition implements Taped {
  readonly #side: Side;
  /** NaN = no order stands. */
  #priceTicks = Number.NaN;
  #aheadLots = 0;
  #levelLots = 0;

  constructor(side: Side) {
    this.#side = side;
  }

  /** Lots ahead of the order; `NaN` when none stands. */
  get aheadLots(): number {
    return Number.isNaN(this.#priceTicks) ? Number.NaN : this.#aheadLots;
  }

  /** Part of the displayed quantity that is ahead, in [0, 1]; 1 = it has just joined. `NaN` when no order stands. */
  get aheadShare(): number {
    return this.#levelLots > 0 ? this.aheadLots / this.#levelLots : Number.NaN;
  }

  /** Takes the next state of the book. */
  onBook(book: BookView): void {
    const priceTicks = book.priceTicksAt(this.#side, 0);
    this.#levelLots = book.qtyLotsAt(this.#side, 0);
    if (priceTicks !== this.#priceTicks) this.#aheadLots = this.#levelLots;
    else this.#aheadLots = Math.min(this.#aheadLots, this.#levelLots);
    this.#priceTicks = priceTicks;
  }

  /** Takes a print. */
  onTrade(priceTicks: number, qtyLots: number, takerSide: Side): void {
    if (takerSide !== oppositeSide(this.#side) || Number.isNaN(this.#priceTicks)) return;
    const worseBy = (this.#priceTicks - priceTicks) * (this.#side === 'buy' ? 1 : -1);
    if (worseBy < 0) return;
    if (worseBy > 0 || qtyLots > this.#aheadLots) this.leave();
    else this.#aheadLots -= qtyLots;
  }

  /** No order stands until the next state of the book. */
  leave(): void {
    this.#priceTicks = Number.NaN;
    this.#levelLots = 0;
  }

  tape(tape: StateTape): void {
    this.#priceTicks = tape.number(this.#priceTicks);
    this.#aheadLots = tape.number(this.#aheadLots);
    this.#levelLots = tape.number(this.#levelLots);
  }
}
