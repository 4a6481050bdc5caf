/**
 * The ticker: best bid and ask, mark and index price, open interest and funding in one message, at most one a second.
 *
 * Funding: `relative_funding_rate` is what is recorded, the fraction of the notional that longs pay shorts for the hour that ends at
 * `next_funding_rate_time`. `funding_rate` is the same as an amount of money for each contract, which compares with nothing;
 * `relative_funding_rate_prediction` is the hour after. Rates have more digits than 10^-12 keeps and are rounded to the nearest.
 */
import type { EpochUs } from '#core';
import { FUNDING_RATE_DECIMALS } from '#domain';
import {
  type DecodedSink,
  type FeedInstrument,
  type FundingPrint,
  type MarkPrint,
  type OpenInterestPrint,
  type QuotePrint,
  readQty,
  readRounded,
} from '#venues/market';
import type { FieldName, FrameFields } from './frame-fields.ts';
import { readMoment } from './numbers.ts';

const E8 = 8;

/** Reads tickers. */
export class TickerRecords {
  readonly #fields: FrameFields;
  readonly #quote: QuotePrint = {
    instrumentIx: 0,
    tsVenueUs: 0,
    updateId: -1,
    bidTicks: 0,
    bidLots: 0,
    askTicks: 0,
    askLots: 0,
  };
  readonly #mark: MarkPrint = { instrumentIx: 0, tsVenueUs: 0, markE8: 0, indexE8: -1 };
  readonly #funding: FundingPrint = {
    instrumentIx: 0,
    tsVenueUs: 0,
    rateE12: 0,
    nextFundingUs: -1,
    isSettled: false,
  };
  readonly #interest: OpenInterestPrint = { instrumentIx: 0, tsVenueUs: 0, openInterestLots: 0 };

  constructor(fields: FrameFields) {
    this.#fields = fields;
  }

  /** Reads all of it, then delivers what it states; false when that is nothing. */
  read(instrument: FeedInstrument, tsLocalUs: EpochUs, sink: DecodedSink): boolean {
    const fields = this.#fields;
    const tsVenueUs = fields.has('time') ? readMoment(fields.seek('time')) : tsLocalUs;
    for (const print of [this.#quote, this.#mark, this.#funding, this.#interest]) {
      print.instrumentIx = instrument.ix;
      print.tsVenueUs = tsVenueUs;
    }
    const hasQuote = this.#readQuote(instrument);
    const hasMark = this.#readMark();
    const hasFunding = this.#readFunding();
    const hasInterest = this.#readInterest(instrument);
    if (hasQuote) sink.onQuote(this.#quote);
    if (hasMark) sink.onMark(this.#mark);
    if (hasFunding) sink.onFunding(this.#funding);
    if (hasInterest) sink.onOpenInterest(this.#interest);
    return hasQuote || hasMark || hasFunding || hasInterest;
  }

  /** An empty side has no best price, which is no quote. */
  #readQuote(instrument: FeedInstrument): boolean {
    const quote = this.#quote;
    quote.bidTicks = this.#numberOr0('bid', instrument.priceDecimals);
    quote.askTicks = this.#numberOr0('ask', instrument.priceDecimals);
    quote.bidLots = this.#numberOr0('bid_size', instrument.qtyDecimals);
    quote.askLots = this.#numberOr0('ask_size', instrument.qtyDecimals);
    return (
      quote.bidTicks > 0 && quote.askTicks > 0 && this.#fields.has('bid_size') && this.#fields.has('ask_size')
    );
  }

  #readMark(): boolean {
    const fields = this.#fields;
    this.#mark.indexE8 = fields.has('index') ? readRounded(fields.seek('index'), E8) : -1;
    this.#mark.markE8 = fields.has('markPrice') ? readRounded(fields.seek('markPrice'), E8) : -1;
    return this.#mark.markE8 > 0;
  }

  #readFunding(): boolean {
    const fields = this.#fields;
    if (!fields.has('relative_funding_rate')) return false;
    this.#funding.rateE12 = readRounded(fields.seek('relative_funding_rate'), FUNDING_RATE_DECIMALS);
    const hasNext = fields.has('next_funding_rate_time');
    this.#funding.nextFundingUs = hasNext ? readMoment(fields.seek('next_funding_rate_time')) : -1;
    return true;
  }

  /** A sum over all positions, rounded to the nearest lot. */
  #readInterest(instrument: FeedInstrument): boolean {
    if (!this.#fields.has('openInterest')) return false;
    this.#interest.openInterestLots = readRounded(this.#fields.seek('openInterest'), instrument.qtyDecimals);
    return this.#interest.openInterestLots >= 0;
  }

  #numberOr0(name: FieldName, decimals: number): number {
    return this.#fields.has(name) ? readQty(this.#fields.seek(name), decimals) : 0;
  }
}
