/** What one message of KuCoin says, put aside until its last byte was found good. One message has one event. */
import { BookUpdate } from '#book';
import {
  type ControlMessage,
  type FundingPrint,
  type MarkPrint,
  newVenueCandle,
  type QuotePrint,
  type TradePrint,
  type VenueCandle,
} from '../market/index.ts';

/** One message; the record named by `kind` is filled. */
export class MessageStage {
  kind: 'nothing' | 'book' | 'trade' | 'quote' | 'candle' | 'mark' | 'funding' = 'nothing';
  control: ControlMessage | null = null;
  readonly book = new BookUpdate();
  readonly trade: TradePrint = {
    instrumentIx: 0,
    tsVenueUs: 0,
    tradeId: 0,
    priceTicks: 0,
    qtyLots: 0,
    takerSide: 'buy',
  };
  readonly quote: QuotePrint = {
    instrumentIx: 0,
    tsVenueUs: 0,
    updateId: -1,
    bidTicks: 0,
    bidLots: 0,
    askTicks: 0,
    askLots: 0,
  };
  readonly candle: VenueCandle = newVenueCandle();
  readonly mark: MarkPrint = { instrumentIx: 0, tsVenueUs: 0, markE8: 0, indexE8: -1 };
  readonly funding: FundingPrint = {
    instrumentIx: 0,
    tsVenueUs: 0,
    rateE12: 0,
    nextFundingUs: -1,
    isSettled: false,
  };

  /** Forgets the message before. */
  clear(): void {
    this.kind = 'nothing';
    this.control = null;
  }
}
