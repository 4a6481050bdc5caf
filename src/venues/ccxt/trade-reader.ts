/** Trades of ccxt as prints, each once. */
import type { EpochUs } from '#core';
import type { FeedInstrument, TradePrint } from '../market/index.ts';
import { CcxtFault } from './ccxt-fault.ts';
import type { CcxtTrade } from './exchange.ts';
import { epochUsOf, priceTicksOf, qtyLotsOf } from './numbers.ts';

/** Reads the trades of one instrument. */
export class TradeReader {
  /** Trades that came again. */
  duplicateCount = 0;
  readonly #instrument: FeedInstrument;
  readonly #recentMax: number;
  /** Ids in the order in which they came. */
  readonly #recent = new Set<string>();
  #lastOwnId = 0;
  readonly #print: TradePrint;

  constructor(instrument: FeedInstrument, recentMax: number) {
    this.#instrument = instrument;
    this.#recentMax = recentMax;
    this.#print = {
      instrumentIx: instrument.ix,
      tsVenueUs: 0,
      tradeId: 0,
      priceTicks: 0,
      qtyLots: 0,
      takerSide: 'buy',
    };
  }

  /**
   * Returns a trade as a print, a record that is filled again with the next one; `null` when it was told before. @throws CcxtFault when it has no side, no
   * price or no quantity
   */
  read(trade: CcxtTrade, tsLocalUs: EpochUs): TradePrint | null {
    const { priceDecimals, qtyDecimals, symbol } = this.#instrument;
    const { amount, id, price, side } = trade;
    if (id !== undefined && this.#recent.has(id)) {
      this.duplicateCount++;
      return null;
    }
    const priceTicks = priceTicksOf(price, priceDecimals);
    const qtyLots = qtyLotsOf(amount, qtyDecimals);
    if ((side !== 'buy' && side !== 'sell') || Number.isNaN(priceTicks) || !(qtyLots > 0)) {
      throw new CcxtFault(`expected a trade of ${symbol}, found ${side} ${amount} at ${price}`);
    }
    const print = this.#print;
    print.tsVenueUs = epochUsOf(trade.timestamp) ?? tsLocalUs;
    print.tradeId = this.#idOf(id, print.tsVenueUs);
    print.priceTicks = priceTicks;
    print.qtyLots = qtyLots;
    print.takerSide = side;
    if (id !== undefined) this.#remember(id);
    return print;
  }

  #remember(id: string): void {
    this.#recent.add(id);
    if (this.#recent.size <= this.#recentMax) return;
    const [oldest] = this.#recent;
    if (oldest !== undefined) this.#recent.delete(oldest);
  }

  /** The venue's number; where it has none, the moment of the trade, and one more for each further trade of that moment. */
  #idOf(id: string | undefined, tsVenueUs: EpochUs): number {
    const number = id !== undefined && /^\d{1,16}$/.test(id) ? Number(id) : Number.NaN;
    if (Number.isSafeInteger(number)) return number;
    this.#lastOwnId = Math.max(this.#lastOwnId + 1, tsVenueUs);
    return this.#lastOwnId;
  }
}
