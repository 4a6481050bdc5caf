/** What trades of one stretch of time add up to; stretches that follow each other add up to a longer one. */
import { ExactSum } from '../exact-sum.ts';
import type { StateTape, Taped } from '../state-tape.ts';
import type { TradeTick } from './trade-candle.ts';

/** Exact totals of a stretch; without trades all else than `tradeCount` (0) means nothing. */
export class BarTally implements Taped {
  tradeCount = 0;
  openTicks = 0;
  highTicks = 0;
  lowTicks = 0;
  closeTicks = 0;
  volumeLots = 0;
  takerBuyLots = 0;
  readonly quote = new ExactSum();
  readonly takerBuyQuote = new ExactSum();
  /** Time and id of the trade that gave the open, and of the one that gave the close. */
  #openUs = 0;
  #openId = -1;
  #closeUs = 0;
  #closeId = -1;

  /** Adds a trade; the earliest by (venue time, id, arrival) gives the open, the latest the close. */
  add({ priceTicks, qtyLots, takerSide, tradeId, tsVenueUs }: TradeTick): void {
    const isFirst = this.tradeCount++ === 0;
    if (isFirst || isBefore(tsVenueUs, tradeId, this.#openUs, this.#openId)) {
      this.openTicks = priceTicks;
      this.#openUs = tsVenueUs;
      this.#openId = tradeId;
    }
    if (isFirst || !isBefore(tsVenueUs, tradeId, this.#closeUs, this.#closeId)) {
      this.closeTicks = priceTicks;
      this.#closeUs = tsVenueUs;
      this.#closeId = tradeId;
    }
    if (isFirst || priceTicks > this.highTicks) this.highTicks = priceTicks;
    if (isFirst || priceTicks < this.lowTicks) this.lowTicks = priceTicks;
    this.volumeLots += qtyLots;
    this.quote.addProduct(priceTicks, qtyLots);
    if (takerSide === 'sell') return;
    this.takerBuyLots += qtyLots;
    this.takerBuyQuote.addProduct(priceTicks, qtyLots);
  }

  /** Adds a later stretch. */
  append(later: BarTally): void {
    if (later.tradeCount === 0) return;
    const isFirst = this.tradeCount === 0;
    if (isFirst) this.openTicks = later.openTicks;
    if (isFirst || later.highTicks > this.highTicks) this.highTicks = later.highTicks;
    if (isFirst || later.lowTicks < this.lowTicks) this.lowTicks = later.lowTicks;
    this.closeTicks = later.closeTicks;
    this.tradeCount += later.tradeCount;
    this.volumeLots += later.volumeLots;
    this.takerBuyLots += later.takerBuyLots;
    this.quote.addSum(later.quote);
    this.takerBuyQuote.addSum(later.takerBuyQuote);
  }

  clear(): void {
    this.tradeCount = 0;
    this.volumeLots = 0;
    this.takerBuyLots = 0;
    this.quote.clear();
    this.takerBuyQuote.clear();
  }

  tape(tape: StateTape): void {
    this.tradeCount = tape.number(this.tradeCount);
    this.openTicks = tape.number(this.openTicks);
    this.highTicks = tape.number(this.highTicks);
    this.lowTicks = tape.number(this.lowTicks);
    this.closeTicks = tape.number(this.closeTicks);
    this.volumeLots = tape.number(this.volumeLots);
    this.takerBuyLots = tape.number(this.takerBuyLots);
    this.quote.tape(tape);
    this.takerBuyQuote.tape(tape);
    this.#openUs = tape.number(this.#openUs);
    this.#openId = tape.number(this.#openId);
    this.#closeUs = tape.number(this.#closeUs);
    this.#closeId = tape.number(this.#closeId);
  }
}

/** True when (`us`, `id`) is earlier; ids decide only where both are known (not -1). */
function isBefore(us: number, id: number, otherUs: number, otherId: number): boolean {
  return us < otherUs || (us === otherUs && id >= 0 && otherId >= 0 && id < otherId);
}
