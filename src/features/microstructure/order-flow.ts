/**
 * Order-flow imbalance: what was added to the bids and taken from the asks, less the opposite, from one state of the book to the next. Cont,
 * Kukanov, Stoikov, "The price impact of order book events" (Journal of Financial Econometrics 12, 2014) for the best level;
 * the same for deeper levels: Xu, Gould, Howison, "Multi-level order-flow imbalance in a limit order book" (Market Microstructure and
 * Liquidity 4, 2018). For level k with price Pb, Pa and quantity qb, qa, before with a dash:
 *   e = [Pb >= Pb'] qb - [Pb <= Pb'] qb' - [Pa <= Pa'] qa + [Pa >= Pa'] qa'
 * A level that is not there has quantity 0 at the worst price there is.
 */
import type { StateTape, Taped } from '../state-tape.ts';
import type { BookView } from './book-view.ts';

/** Order flow per level between successive states of a book, in lots, exact. */
export class OrderFlow implements Taped {
  readonly levels: number;
  /** e of the last push, by level; all 0 after the first one. */
  readonly flowLots: Float64Array;
  readonly #bidTicks: Float64Array;
  readonly #bidLots: Float64Array;
  readonly #askTicks: Float64Array;
  readonly #askLots: Float64Array;
  #hasBefore = false;

  constructor(levels: number) {
    this.levels = levels;
    this.flowLots = new Float64Array(levels);
    this.#bidTicks = new Float64Array(levels);
    this.#bidLots = new Float64Array(levels);
    this.#askTicks = new Float64Array(levels);
    this.#askLots = new Float64Array(levels);
  }

  /** Takes the next state; returns false for the first one, to which there is no flow. */
  push(book: BookView): boolean {
    const isFirst = !this.#hasBefore;
    for (let i = 0; i < this.levels; i++) {
      const bidLots = book.qtyLotsAt('buy', i);
      const askLots = book.qtyLotsAt('sell', i);
      const bidTicks = bidLots > 0 ? book.priceTicksAt('buy', i) : Number.NEGATIVE_INFINITY;
      const askTicks = askLots > 0 ? book.priceTicksAt('sell', i) : Number.POSITIVE_INFINITY;
      this.flowLots[i] = isFirst ? 0 : this.#flowAt(i, bidTicks, bidLots, askTicks, askLots);
      this.#bidTicks[i] = bidTicks;
      this.#bidLots[i] = bidLots;
      this.#askTicks[i] = askTicks;
      this.#askLots[i] = askLots;
    }
    this.#hasBefore = true;
    return !isFirst;
  }

  /** Forgets the state before: nothing is known of what happened since. */
  reset(): void {
    this.#hasBefore = false;
  }

  tape(tape: StateTape): void {
    this.#hasBefore = tape.number(this.#hasBefore ? 1 : 0) === 1;
    tape.numbers(this.flowLots);
    tape.numbers(this.#bidTicks);
    tape.numbers(this.#bidLots);
    tape.numbers(this.#askTicks);
    tape.numbers(this.#askLots);
  }

  #flowAt(i: number, bidTicks: number, bidLots: number, askTicks: number, askLots: number): number {
    const bidBefore = this.#bidTicks[i]!;
    const askBefore = this.#askTicks[i]!;
    let flow = 0;
    if (bidTicks >= bidBefore) flow += bidLots;
    if (bidTicks <= bidBefore) flow -= this.#bidLots[i]!;
    if (askTicks <= askBefore) flow -= askLots;
    if (askTicks >= askBefore) flow += this.#askLots[i]!;
    return flow;
  }
}
