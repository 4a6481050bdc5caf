/** What is true at the simulated venue: its orders, its fills, and what it says of them. Plain data; everything else is held against it. */
import type { InstrumentIx, OrderStatus, OrderType, Side, VenueRejectCode } from '#domain';

/** What a client asks for. */
export interface OrderWish {
  readonly id: string;
  readonly ix: InstrumentIx;
  readonly side: Side;
  readonly type: OrderType;
  readonly qtyLots: number;
  readonly priceTicks: number | null;
  readonly triggerTicks: number | null;
  readonly reduceOnly: boolean;
}

/** An order as it truly is. */
export interface TrueOrder extends OrderWish {
  /** The venue's id that it goes by now; a triggered conditional order gets another one. */
  venueId: string;
  /** The id that it had while it rested with the conditional orders; `null` for others. */
  readonly conditionalId: string | null;
  filledLots: number;
  status: OrderStatus;
  reason: string;
  readonly createdUs: number;
  updatedUs: number;
}

/** Why the venue closes a position by itself. */
export type Force = 'liquidation' | 'adl';

/** A fill as it truly is. */
export interface TrueFill {
  readonly execId: string;
  /** Of the client; empty for what the venue does by itself. */
  readonly id: string;
  readonly venueId: string;
  readonly ix: InstrumentIx;
  readonly side: Side;
  readonly priceTicks: number;
  readonly qtyLots: number;
  readonly feeAtoms: bigint;
  readonly liquidity: 'maker' | 'taker';
  readonly forcedBy: Force | null;
  readonly atUs: number;
}

/** A settlement of funding as it truly is; positive amounts were received. */
export interface TrueFunding {
  readonly ix: InstrumentIx;
  readonly amountAtoms: bigint;
  readonly atUs: number;
}

/** What the venue says of the account, in the order in which it happened. */
export type VenueNews =
  | { readonly kind: 'order'; readonly order: TrueOrder; readonly triggeredId: string | null }
  | { readonly kind: 'fill'; readonly fill: TrueFill }
  | { readonly kind: 'funding'; readonly funding: TrueFunding };

/** What became of a wish. */
export type PlaceResult =
  | { readonly kind: 'taken'; readonly order: TrueOrder }
  | { readonly kind: 'refused'; readonly code: VenueRejectCode };

/** True while an order may still fill. */
export function isOpen({ status }: TrueOrder): boolean {
  return status === 'ACCEPTED' || status === 'PARTIALLY_FILLED';
}

/** True for orders that rest until their trigger trades. */
export function isWaitingForTrigger(order: TrueOrder): boolean {
  return order.conditionalId === order.venueId && isOpen(order);
}
