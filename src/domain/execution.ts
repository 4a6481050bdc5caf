/** Private events: what a venue tells this account alone. */
import type { EpochUs } from '#core';
import type { InstrumentIx } from './instrument.ts';
import type { PositionSide } from './order.ts';
import type { Side } from './side.ts';

interface ExecutionEventBase {
  readonly tsVenueUs: EpochUs;
  readonly tsLocalUs: EpochUs;
  readonly instrumentIx: InstrumentIx;
}

interface OrderEventBase extends ExecutionEventBase {
  readonly clientOrderId: string;
  readonly venueOrderId: string;
}

/** Why a venue refused an order, in our words. */
export const VENUE_REJECT_CODES = [
  'insufficient_margin',
  'price_filter',
  'quantity_filter',
  'min_notional',
  'reduce_only',
  'post_only_would_take',
  'would_trigger_immediately',
  'fok_unfilled',
  'no_liquidity',
  'duplicate_client_order_id',
  'too_many_orders',
  'leverage',
  'self_trade',
  'position_side',
  'maintenance',
  'unknown_order',
  'other',
] as const;

export type VenueRejectCode = (typeof VENUE_REJECT_CODES)[number];

/** The order rests or was taken in. */
export interface OrderAcceptedEvent extends OrderEventBase {
  readonly kind: 'order-accepted';
}

/** The order was refused and never lived. */
export interface OrderRejectedEvent extends OrderEventBase {
  readonly kind: 'order-rejected';
  readonly code: VenueRejectCode;
  readonly message: string;
}

/** The order ended by request or by a rule of the venue (`reason`). */
export interface OrderCanceledEvent extends OrderEventBase {
  readonly kind: 'order-canceled';
  readonly reason: string;
}

/** The rest of the order ended without a request: IOC or FOK remainder, no liquidity, reduce-only without position. */
export interface OrderExpiredEvent extends OrderEventBase {
  readonly kind: 'order-expired';
  readonly reason: string;
}

/** A stop or target was triggered; fills follow. */
export interface OrderTriggeredEvent extends OrderEventBase {
  readonly kind: 'order-triggered';
}

/** A cancel request failed. */
export interface CancelRejectedEvent extends OrderEventBase {
  readonly kind: 'cancel-rejected';
  readonly code: VenueRejectCode;
  readonly message: string;
}

/** The order stands with another price or quantity. */
export interface OrderAmendedEvent extends OrderEventBase {
  readonly kind: 'order-amended';
  readonly priceTicks: number;
  /** Total quantity, filled lots included. */
  readonly qtyLots: number;
}

/** A change was refused; the order stands as before, unless an `order-canceled` came first. */
export interface AmendRejectedEvent extends OrderEventBase {
  readonly kind: 'amend-rejected';
  readonly code: VenueRejectCode;
  readonly message: string;
}

/** A fill; `execId` is the venue's id of it and the key by which it counts once. */
export interface FillEvent extends OrderEventBase {
  readonly kind: 'fill';
  readonly execId: string;
  readonly side: Side;
  readonly priceTicks: number;
  readonly qtyLots: number;
  /** Lots of the order still open after this fill. */
  readonly leavesLots: number;
  /** Fee paid (positive) or rebate (negative), account currency. */
  readonly feeAtoms: bigint;
  readonly liquidity: 'maker' | 'taker';
  /** True when the venue closed the position by force; the order is the venue's own. */
  readonly isLiquidation: boolean;
  /** True when it was heard by asking for what had happened, not as it happened; absent = no. */
  readonly isRecalled?: true;
  /** Which position it changed; absent = `both`. */
  readonly positionSide?: PositionSide;
}

/** A funding payment: `amountAtoms` is added to cash (negative = paid). */
export interface FundingPaymentEvent extends ExecutionEventBase {
  readonly kind: 'funding-payment';
  readonly amountAtoms: bigint;
  readonly rateE12: number;
  readonly positionLots: number;
  readonly markTicks: number;
  /** Which position it was paid for; absent = `both`. */
  readonly positionSide?: PositionSide;
}

/** Anything a venue tells one account. */
export type ExecutionEvent =
  | OrderAcceptedEvent
  | OrderRejectedEvent
  | OrderCanceledEvent
  | OrderExpiredEvent
  | OrderTriggeredEvent
  | CancelRejectedEvent
  | OrderAmendedEvent
  | AmendRejectedEvent
  | FillEvent
  | FundingPaymentEvent;

/** A position as the venue reports it. */
export interface VenuePosition {
  readonly instrumentIx: InstrumentIx;
  /** Signed: positive long, negative short. */
  readonly qtyLots: number;
  /** Cost of the open quantity: signed sum of ticks x lots of the fills that built it. */
  readonly costTickLots: bigint;
  /** `long` or `short` in hedge mode; absent = `both`. */
  readonly positionSide?: PositionSide;
  /** Cash that is set apart for an isolated position, part of the cash of the account; absent = cross margin. */
  readonly marginAtoms?: bigint;
}

/** The account as the venue reports it; the basis of reconciliation. */
export interface VenueAccount {
  readonly tsVenueUs: EpochUs;
  /** Cash without unrealised P&L, what is set apart for isolated positions included. */
  readonly cashAtoms: bigint;
  readonly positions: readonly VenuePosition[];
  /** True where the venue keeps balances of assets and no positions: what is held there cannot be compared with positions. */
  readonly isSpot?: true;
}
