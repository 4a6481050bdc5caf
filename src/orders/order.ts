/** An order as this program knows it. */
import type { EpochUs } from '#core';
import type { OrderRequest, OrderStatus } from '#domain';

/** Where an order came from. */
export interface OrderOrigin {
  readonly strategy: string;
  /** The decision that asked for it; `null` for protective orders, exits by rule and user strategies. */
  readonly decisionId: number | null;
}

/** The state of an order; changed by the `OrderManager` alone, read by everybody. */
export interface Order {
  readonly orderId: number;
  readonly request: OrderRequest;
  readonly origin: OrderOrigin;
  readonly status: OrderStatus;
  readonly venueOrderId: string | null;
  readonly filledLots: number;
  /** Sum of ticks x lots of its fills, exact. */
  readonly filledTickLots: bigint;
  readonly feesAtoms: bigint;
  readonly createdUs: EpochUs;
  readonly updatedUs: EpochUs;
  /** Why the venue refused or ended it. */
  readonly reason: string | null;
  /** True from asking for a cancel until the venue refuses it; a cancel that got lost is asked again when the order is found open. */
  readonly isCancelWanted: boolean;
}

/** The same, writable; private to the room. */
export type MutableOrder = { -readonly [K in keyof Order]: Order[K] } & { readonly execIds: Set<string> };

/** Lots that can still fill. */
export function leavesLots(order: Order): number {
  return Math.max(0, order.request.qtyLots - order.filledLots);
}
