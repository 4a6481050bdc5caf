/** The orders that this program has sent, or asked about: their names at the venue and what was last said of them. Bounded: finished ones are forgotten, oldest first. */
import { assert, type EpochUs } from '#core';
import { isFinalStatus, type OrderStatus, type Side } from '#domain';
import type { EntryInstrument, EntryOrderRef } from '../entry/index.ts';

/** Finished orders that are remembered for late messages. */
export const FINISHED_ORDERS_MAX = 2_048;

/** An order as the desk knows it. */
export interface SentOrder {
  readonly clientOrderId: string;
  readonly instrument: EntryInstrument;
  readonly side: Side;
  /** `null` = not known: an order that was taken over from the venue's word alone. */
  readonly qtyLots: number | null;
  /** True while it rests with the venue's conditional orders; triggered, it is an order like others, by another id. */
  isConditional: boolean;
  readonly sentUs: EpochUs;
  /** The venue's id that it goes by now; a triggered conditional order has had another one before. */
  venueOrderId: string | null;
  /** By what it is found when a record names it by the venue's id alone. */
  readonly venueKeys: Set<string>;
  /** Lots of the fills that were told. */
  filledLots: number;
  /** What was told of it last; `null` = nothing yet. */
  told: OrderStatus | null;
  /** True while its fate is asked for. */
  isInDoubt: boolean;
  /** True from asking for its end until the venue refuses that: a cancel that got lost is sent again when the order is found open. */
  isCancelWanted: boolean;
  /** True when it was told to have ended only because the venue did not know it: should it appear after all, that is told. */
  isPresumedGone: boolean;
  /** True when the venue has told an earlier life of this program that it has the order. */
  readonly wasThere: boolean;
}

/** What is known of an order before anything was said of it. */
export type NewOrder = Pick<
  SentOrder,
  'clientOrderId' | 'instrument' | 'side' | 'qtyLots' | 'isConditional' | 'sentUs'
> & { readonly wasThere?: boolean };

/** What a venue says of an order, or of a fill of one, as far as it names it. */
export interface NamedRecord {
  /** Empty where the venue does not say it. */
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly instrument: EntryInstrument;
  /** True for a record of an order while it is conditional; fills are of orders that are not. */
  readonly isConditional?: boolean;
}

/** Finds orders by each of their names. */
export class SentOrders {
  readonly #areConditionalIdsApart: boolean;
  readonly #byClientId = new Map<string, SentOrder>();
  readonly #byVenueId = new Map<string, SentOrder>();
  /** In the order in which they finished. */
  readonly #finished = new Set<SentOrder>();

  /** `areConditionalIdsApart`: the venue numbers conditional orders by themselves. */
  constructor(areConditionalIdsApart = false) {
    this.#areConditionalIdsApart = areConditionalIdsApart;
  }

  /** Orders that are not known to have ended, in the order in which they came. */
  get open(): readonly SentOrder[] {
    return [...this.#byClientId.values()].filter(({ told }) => told === null || !isFinalStatus(told));
  }

  /** Orders that are remembered. */
  get count(): number {
    return this.#byClientId.size;
  }

  /** Takes in an order; its client id is new. */
  add(order: NewOrder): SentOrder {
    const { clientOrderId } = order;
    assert(!this.#byClientId.has(clientOrderId), `client order id ${clientOrderId} is sent once`);
    const sent: SentOrder = {
      ...order,
      venueOrderId: null,
      venueKeys: new Set(),
      filledLots: 0,
      told: null,
      isInDoubt: false,
      isCancelWanted: false,
      isPresumedGone: false,
      wasThere: order.wasThere ?? false,
    };
    this.#byClientId.set(clientOrderId, sent);
    return sent;
  }

  /** Returns the order of a client id. */
  find(clientOrderId: string): SentOrder | undefined {
    return this.#byClientId.get(clientOrderId);
  }

  /**
   * Returns the order that a record is about: by its client id, or by the venue's where that is not said, which is unique within an instrument and, where
   * the venue numbers them apart, within the conditional orders and within all others.
   */
  of({ clientOrderId, instrument, isConditional = false, venueOrderId }: NamedRecord): SentOrder | undefined {
    return (
      this.find(clientOrderId) ?? this.#byVenueId.get(this.#keyOf(instrument, venueOrderId, isConditional))
    );
  }

  /**
   * Notes an id of the venue, by which the order goes or went while it was conditional or was not; a triggered conditional order has two, and goes by the
   * newer one.
   */
  named(order: SentOrder, venueOrderId: string, isConditional: boolean, isCurrent = true): void {
    if (venueOrderId === '') return;
    if (isCurrent) order.venueOrderId = venueOrderId;
    const key = this.#keyOf(order.instrument, venueOrderId, isConditional);
    order.venueKeys.add(key);
    this.#byVenueId.set(key, order);
  }

  /** Notes what was told of an order. */
  told(order: SentOrder, status: OrderStatus): void {
    order.told = status;
    if (!isFinalStatus(status)) {
      this.#finished.delete(order);
      return;
    }
    this.#finished.add(order);
    if (this.#finished.size <= FINISHED_ORDERS_MAX) return;
    for (const oldest of this.#finished) {
      this.#forget(oldest);
      return;
    }
  }

  #keyOf({ ix }: EntryInstrument, venueOrderId: string, isConditional: boolean): string {
    return `${ix} ${isConditional && this.#areConditionalIdsApart ? 'c' : ''}${venueOrderId}`;
  }

  #forget(order: SentOrder): void {
    this.#finished.delete(order);
    this.#byClientId.delete(order.clientOrderId);
    for (const key of order.venueKeys) this.#byVenueId.delete(key);
  }
}

/** True when an order was told to have ended. */
export function isEnded({ told }: SentOrder): boolean {
  return told !== null && isFinalStatus(told);
}

/** Returns an order as adapters name it. */
export function refOf({ clientOrderId, instrument, isConditional, venueOrderId }: SentOrder): EntryOrderRef {
  return { instrument, clientOrderId, venueOrderId, isConditional };
}
