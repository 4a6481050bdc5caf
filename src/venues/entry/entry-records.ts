/** What venues say about an account, in our units: replies to questions and private messages alike, so that both paths are compared field by field. */
import type { EpochUs } from '#core';
import type { OrderStatus, Side, VenueRejectCode } from '#domain';
import type { EntryInstrument } from './entry-instrument.ts';
import type { EntryOrderType } from './entry-order.ts';

/** An amount exactly as the venue wrote it: `units` x 10^-`decimals` of `asset`. */
export interface ExactAmount {
  readonly asset: string;
  readonly units: bigint;
  readonly decimals: number;
}

/** An order as the venue sees it at a moment. */
export interface OrderRecord {
  readonly instrument: EntryInstrument;
  /** Empty where the venue does not say it: a foreign order, or one whose id it keeps to itself. */
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly side: Side;
  readonly type: EntryOrderType;
  /** `null` = the whole position. */
  readonly qtyLots: number | null;
  readonly filledLots: number;
  readonly priceTicks: number | null;
  readonly triggerTicks: number | null;
  /** `ACCEPTED`, `TRIGGERED`, `PARTIALLY_FILLED`, `PENDING_CANCEL`, or final. */
  readonly status: OrderStatus;
  readonly reduceOnly: boolean;
  readonly isConditional: boolean;
  /** The order that a triggered conditional order became; `null` before, and where it keeps its id. */
  readonly triggeredOrderId: string | null;
  /** Why it ended, in the venue's words; empty = by request, or it lives. */
  readonly reason: string;
  readonly tsVenueUs: EpochUs;
}

/** A fill. The same fill, by stream or by question, has the same `execId`. */
export interface FillRecord {
  readonly instrument: EntryInstrument;
  readonly execId: string;
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly side: Side;
  readonly priceTicks: number;
  readonly qtyLots: number;
  /** Lots of the order filled so far, this fill included; `null` where the venue does not say. */
  readonly filledLots: number | null;
  /** Positive = paid, negative = rebate; `null` where the venue tells it later. */
  readonly fee: ExactAmount | null;
  readonly liquidity: 'maker' | 'taker';
  /** The venue closed the position by force (liquidation, auto-deleveraging, settlement). */
  readonly forcedBy: 'liquidation' | 'adl' | 'settlement' | null;
  readonly tsVenueUs: EpochUs;
}

/** Money of one currency. */
export interface BalanceRecord {
  /** All of it, without unrealised profit. */
  readonly total: ExactAmount;
  /** What orders can use; `null` where the venue does not say. */
  readonly available: ExactAmount | null;
}

/** An open position, or its end (`qtyLots` 0). */
export interface PositionRecord {
  readonly instrument: EntryInstrument;
  readonly positionSide: 'both' | 'long' | 'short';
  /** Signed: positive long, negative short. */
  readonly qtyLots: number;
  /** Average entry price as the venue writes it, `null` when flat. */
  readonly entryPrice: string | null;
  readonly tsVenueUs: EpochUs;
}

/** What came of a new order that the venue took. */
export interface PlacedRecord {
  readonly venueOrderId: string;
  /** What the reply says beyond its id; `null` where that is nothing. */
  readonly order: OrderRecord | null;
}

/** One of a batch: taken or refused. */
export type BatchOutcome =
  | { readonly kind: 'good'; readonly placed: PlacedRecord }
  | {
      readonly kind: 'refused';
      readonly code: VenueRejectCode;
      readonly venueCode: string;
      readonly message: string;
    };

/** What a key may do. */
export interface KeyRights {
  readonly canRead: boolean;
  readonly canTrade: boolean;
  /** A key that can withdraw is refused by live trading. `null` = the venue does not say. */
  readonly canWithdraw: boolean | null;
}

/** How an instrument stands in an account, as far as one answer tells it. */
export interface InstrumentTerms {
  readonly positionMode?: 'one-way' | 'hedge';
  readonly marginMode?: 'cross' | 'isolated';
  readonly leverage?: number;
  /** Fees in parts per million of the notional; negative = rebate. */
  readonly makerPpm?: number;
  readonly takerPpm?: number;
  /** True when fees are taken in a coin of the venue's own. */
  readonly hasFeesInOwnCoin?: boolean;
}

/** Where private messages go as they are read. */
export interface PrivateSink {
  onOrder(record: OrderRecord): void;
  onFill(record: FillRecord): void;
  onBalance(record: BalanceRecord, tsVenueUs: EpochUs): void;
  onPosition(record: PositionRecord): void;
  /** A funding payment: `amount` is added to the balance (negative = paid). */
  onFunding(instrument: EntryInstrument | null, amount: ExactAmount, tsVenueUs: EpochUs): void;
  /** The venue will say nothing more on this connection (an expired listen key): open another one. */
  onStreamEnd(reason: string): void;
  /** A message that says something of the account that is not read; `detail` in a few words. */
  onNotice(detail: string): void;
}
