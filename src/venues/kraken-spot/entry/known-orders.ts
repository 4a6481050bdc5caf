/**
 * What the private stream has said of orders so far. Kraken tells the whole of an order once and afterwards only what changed (`order_id` and `order_status`), so
 * what was told is kept. Bounded: the order that was not heard of for longest is forgotten, and is a notice when it is heard of again.
 */
import { isFinalStatus, type OrderStatus, type Side } from '#domain';
import type { EntryInstrument, EntryOrderType, OrderRecord } from '../../entry/index.ts';
import { isTriggered } from './order-form.ts';

/** Orders that are remembered; Kraken lets an account have a few hundred open. */
export const KNOWN_ORDERS_MAX = 4_096;
/** Fills that are remembered, where the venue does not say how much is filled in all. */
export const KNOWN_FILLS_MAX = 4_096;

/** An order as far as it was told. */
export interface KnownOrder {
  readonly instrument: EntryInstrument;
  readonly clientOrderId: string;
  readonly side: Side;
  readonly type: EntryOrderType;
  /** `null` = sized in quote currency. */
  readonly qtyLots: number | null;
  readonly filledLots: number;
  readonly priceTicks: number | null;
  readonly triggerTicks: number | null;
  readonly wasTriggered: boolean;
  readonly reduceOnly: boolean;
  readonly status: OrderStatus;
  readonly reason: string;
}

/** What one message says, until all of it was read: a message that breaks off changes nothing. */
export interface KnownStage {
  readonly orders: Map<string, KnownOrder | 'not-traded'>;
  readonly fills: Set<string>;
}

/** Orders and fills by their ids, in the order in which they were last heard of. */
export class KnownOrders {
  readonly #orders = new Map<string, KnownOrder | 'not-traded'>();
  readonly #fills = new Set<string>();

  stage(): KnownStage {
    return { orders: new Map(), fills: new Set() };
  }

  /** Returns an order as the message told it so far; `not-traded` = of a pair that nobody here trades. */
  find(id: string, stage: KnownStage): KnownOrder | 'not-traded' | undefined {
    return stage.orders.get(id) ?? this.#orders.get(id);
  }

  hasFill(id: string, stage: KnownStage): boolean {
    return stage.fills.has(id) || this.#fills.has(id);
  }

  /** Takes over what a message that was read to its end has said. */
  commit({ fills, orders }: KnownStage): void {
    for (const [id, order] of orders) {
      this.#orders.delete(id);
      this.#orders.set(id, order);
      dropOldest(this.#orders, KNOWN_ORDERS_MAX);
    }
    for (const id of fills) {
      this.#fills.add(id);
      dropOldest(this.#fills, KNOWN_FILLS_MAX);
    }
  }
}

function dropOldest(
  known: Pick<Map<string, unknown> | Set<string>, 'size' | 'keys' | 'delete'>,
  max: number,
): void {
  if (known.size <= max) return;
  for (const oldest of known.keys()) {
    known.delete(oldest);
    return;
  }
}

/** Returns the state that Kraken's word stands for; without a word an order that lives is as far as it is filled, an ended one stays ended. */
export function statusOf(
  word: string,
  filledLots: number,
  wasTriggered: boolean,
  before: OrderStatus | null,
): OrderStatus {
  if (word === 'canceled') return 'CANCELED';
  if (word === 'expired') return 'EXPIRED';
  if (word === 'filled') return 'FILLED';
  if (word === 'partially_filled') return 'PARTIALLY_FILLED';
  if (word === '' && before !== null && isFinalStatus(before)) return before;
  if (filledLots > 0) return 'PARTIALLY_FILLED';
  return wasTriggered ? 'TRIGGERED' : 'ACCEPTED';
}

/** Returns a known order as a record. */
export function recordOf(venueOrderId: string, order: KnownOrder, tsVenueUs: number): OrderRecord {
  const { wasTriggered: _, qtyLots, ...told } = order;
  return {
    ...told,
    venueOrderId,
    // An amend below what is filled already ends the order with more than it asks for.
    qtyLots: Math.max(qtyLots ?? 0, order.filledLots),
    isConditional: isTriggered(order.type),
    triggeredOrderId: null,
    tsVenueUs,
  };
}
