/**
 * The order manager: owns every order of the account from intent to end. Pure: it is told what happened and says what that means.
 * Invariants: a client order id exists once for ever; a venue execution id counts once; filled lots never exceed the order's quantity
 * (an overfill is a violation, reported, and booked, because the position at the venue is real); final orders are kept for
 * late messages up to a bound, so that memory and the cost of an event do not grow with history.
 */
import { assert, type Checkpointable, type EpochUs, stateRecord } from '#core';
import {
  type ExecutionEvent,
  type FillEvent,
  type InstrumentIx,
  isFinalStatus,
  type OrderRequest,
  type OrderStatus,
  type RiskApproved,
} from '#domain';
import { leavesLots, type MutableOrder, type Order, type OrderOrigin } from './order.ts';
import { type OrderInput, type TransitionNote, transition } from './transition.ts';

/** How many finished orders are remembered for late messages. */
export const FINAL_ORDERS_KEPT_MAX = 256;
/** How many execution ids of fills are remembered whose order is foreign or forgotten. */
export const FOREIGN_EXEC_IDS_MAX = 1_024;

/** What an event meant for an order. */
export interface OrderUpdate {
  /** `null` when no order of ours is concerned (a liquidation, a foreign order). */
  readonly order: Order | null;
  readonly note: TransitionNote | 'duplicate-fill' | 'unknown-order';
  /** True when the order reached a final status by this event. */
  readonly isNowFinal: boolean;
  /** True when a fill must be booked; exactly once for each execution id. */
  readonly isFillNew: boolean;
}

type LifeEventKind = Exclude<
  ExecutionEvent['kind'],
  'fill' | 'funding-payment' | 'order-amended' | 'amend-rejected'
>;

const EVENT_INPUT: Readonly<Record<LifeEventKind, OrderInput>> = {
  'order-accepted': 'accepted',
  'order-rejected': 'rejected',
  'order-canceled': 'canceled',
  'order-expired': 'expired',
  'order-triggered': 'triggered',
  'cancel-rejected': 'cancel-rejected',
};

/** A change in place is no step of an order's life: what is left of it follows from its new quantity. */
function amended(
  order: MutableOrder,
  event: Extract<ExecutionEvent, { readonly kind: 'order-amended' | 'amend-rejected' }>,
): OrderUpdate {
  if (event.kind === 'order-amended') {
    const { priceTicks, qtyLots } = event;
    order.request = { ...order.request, priceTicks, qtyLots };
    order.updatedUs = event.tsLocalUs;
  }
  return { order, note: 'ok', isNowFinal: false, isFillNew: false };
}

/** Owns all orders of one account. */
export class OrderManager implements Checkpointable {
  readonly #open = new Map<string, MutableOrder>();
  readonly #final = new Map<string, MutableOrder>();
  readonly #foreignExecIds = new Map<string, null>();
  #nextOrderId = 1;

  /** The number that the next order will have. */
  get nextOrderId(): number {
    return this.#nextOrderId;
  }

  /** All orders without a final status, oldest first. */
  get openOrders(): readonly Order[] {
    return [...this.#open.values()];
  }

  /** How many orders are open. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Returns the order of that client id if it is open or recently finished. */
  find(clientOrderId: string): Order | undefined {
    return this.#open.get(clientOrderId) ?? this.#final.get(clientOrderId);
  }

  /** Returns the open orders of an instrument, oldest first. */
  openOrdersOf(instrumentIx: InstrumentIx): readonly Order[] {
    const orders: Order[] = [];
    for (const order of this.#open.values())
      if (order.request.instrumentIx === instrumentIx) orders.push(order);
    return orders;
  }

  /**
   * Takes in an order that this process has not sent: an intent that a crash left open, or an order of an earlier run that lives at the venue. It is
   * `UNKNOWN` until something is heard of it, and its number is never given again.
   */
  adopt(request: OrderRequest, origin: OrderOrigin, nowUs: EpochUs, orderId = this.#nextOrderId): Order {
    assert(this.find(request.clientOrderId) === undefined, `client order id ${request.clientOrderId} is new`);
    assert(
      Number.isSafeInteger(orderId) && orderId > 0,
      `an order number is a positive integer, was ${orderId}`,
    );
    const order = freshOrder(request, orderId, origin, nowUs);
    this.#nextOrderId = Math.max(this.#nextOrderId, orderId + 1);
    this.#open.set(request.clientOrderId, order);
    this.#apply(order, 'timeout', nowUs, null);
    return order;
  }

  /** Takes in an approved order as an intent; it may be sent once the intent is durable. */
  create(approved: RiskApproved<OrderRequest>, origin: OrderOrigin, nowUs: EpochUs): Order {
    const request = approved.value;
    assert(this.find(request.clientOrderId) === undefined, `client order id ${request.clientOrderId} is new`);
    assert(
      request.qtyLots > 0 && Number.isSafeInteger(request.qtyLots),
      'order quantity is a positive integer',
    );
    const order = freshOrder(request, this.#nextOrderId++, origin, nowUs);
    this.#open.set(request.clientOrderId, order);
    return order;
  }

  /** Notes that the request left the house. */
  markSubmitted(clientOrderId: string, nowUs: EpochUs): OrderUpdate {
    return this.input(clientOrderId, 'submit', nowUs);
  }

  /** Notes that we ask for the end of an order. `late` when there is nothing left to ask for. */
  requestCancel(clientOrderId: string, nowUs: EpochUs): OrderUpdate {
    const order = this.#open.get(clientOrderId);
    if (order !== undefined) order.isCancelWanted = true;
    return this.input(clientOrderId, 'cancel-request', nowUs);
  }

  /** Applies what a query or a lost answer says (`found-open`, `found-absent`, `timeout`, ...). */
  input(clientOrderId: string, input: OrderInput, nowUs: EpochUs, reason: string | null = null): OrderUpdate {
    const order = this.#open.get(clientOrderId) ?? this.#final.get(clientOrderId);
    if (order === undefined) return unknownOrder(false);
    return this.#apply(order, input, nowUs, reason);
  }

  /** Applies a private event of the venue. */
  apply(event: ExecutionEvent): OrderUpdate {
    if (event.kind === 'funding-payment')
      return { order: null, note: 'ok', isNowFinal: false, isFillNew: false };
    if (event.kind === 'fill') return this.#applyFill(event);
    const order = this.#open.get(event.clientOrderId) ?? this.#final.get(event.clientOrderId);
    if (order === undefined) return unknownOrder(false);
    if (event.venueOrderId !== '') order.venueOrderId = event.venueOrderId;
    if (event.kind === 'order-amended' || event.kind === 'amend-rejected') return amended(order, event);
    const reason = 'reason' in event ? event.reason : 'code' in event ? event.code : null;
    return this.#apply(order, EVENT_INPUT[event.kind], event.tsLocalUs, reason);
  }

  saveState(): unknown {
    const plain = (order: MutableOrder): unknown => ({ ...order, execIds: [...order.execIds] });
    return {
      nextOrderId: this.#nextOrderId,
      open: [...this.#open.values()].map(plain),
      final: [...this.#final.values()].map(plain),
      foreignExecIds: [...this.#foreignExecIds.keys()],
    };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'order manager');
    this.#nextOrderId = Number(record.nextOrderId);
    this.#open.clear();
    this.#final.clear();
    this.#foreignExecIds.clear();
    for (const order of record.open as SavedOrder[])
      this.#open.set(order.request.clientOrderId, revive(order));
    for (const order of record.final as SavedOrder[])
      this.#final.set(order.request.clientOrderId, revive(order));
    for (const id of record.foreignExecIds as string[]) this.#foreignExecIds.set(id, null);
  }

  #apply(order: MutableOrder, input: OrderInput, nowUs: EpochUs, reason: string | null): OrderUpdate {
    const wasFinal = isFinalStatus(order.status);
    const { next, note } = transition(order.status, input);
    if (note === 'late' || note === 'violation') return { order, note, isNowFinal: false, isFillNew: false };
    order.status = order.filledLots > 0 ? statusWithFills(next) : next;
    // A refused cancel is answered: the order lives on, counts again, and its end can be asked for again.
    if (input === 'cancel-rejected') order.isCancelWanted = false;
    order.updatedUs = nowUs;
    if (reason !== null) order.reason = reason;
    const isFinal = isFinalStatus(order.status);
    if (isFinal && !wasFinal) this.#retire(order);
    if (!isFinal && wasFinal) this.#revive(order);
    return { order, note, isNowFinal: isFinal && !wasFinal, isFillNew: false };
  }

  #applyFill(event: FillEvent): OrderUpdate {
    assert(event.qtyLots > 0, `fill quantity is positive, was ${event.qtyLots}`);
    const order = this.#orderFilledBy(event);
    if (order === undefined) return this.#foreignFill(event);
    if (order.execIds.has(event.execId)) {
      return { order, note: 'duplicate-fill', isNowFinal: false, isFillNew: false };
    }
    order.execIds.add(event.execId);
    // Told as a stranger's before it was known whose it is: the order has it now, the account had it then.
    const isBooked = this.#foreignExecIds.has(event.execId);
    if (event.venueOrderId !== '') order.venueOrderId = event.venueOrderId;
    const isOverfill = event.qtyLots > leavesLots(order);
    order.filledLots += event.qtyLots;
    order.filledTickLots += BigInt(event.priceTicks) * BigInt(event.qtyLots);
    order.feesAtoms += event.feeAtoms;
    order.updatedUs = event.tsLocalUs;
    const input = order.filledLots >= order.request.qtyLots ? 'fill-final' : 'fill-partial';
    const update = this.#apply(order, input, event.tsLocalUs, null);
    return { ...update, note: isOverfill ? 'violation' : update.note, isFillNew: !isBooked };
  }

  /** Lists of fills may name an order by the venue's id alone, and tell again what was booked before: neither is a stranger's fill. */
  #orderFilledBy({ clientOrderId, execId, instrumentIx, venueOrderId }: FillEvent): MutableOrder | undefined {
    const named = this.#open.get(clientOrderId) ?? this.#final.get(clientOrderId);
    if (named !== undefined || clientOrderId !== '') return named;
    for (const orders of [this.#open, this.#final]) {
      for (const order of orders.values()) {
        if (order.request.instrumentIx !== instrumentIx) continue;
        const isNamed = venueOrderId !== '' && order.venueOrderId === venueOrderId;
        if (isNamed || order.execIds.has(execId)) return order;
      }
    }
    return undefined;
  }

  /** A fill of an order that is not ours (a liquidation) or long forgotten: booked once, because the position is real. */
  #foreignFill(event: FillEvent): OrderUpdate {
    if (this.#foreignExecIds.has(event.execId) || this.#isOfOurs(event)) {
      return { order: null, note: 'duplicate-fill', isNowFinal: false, isFillNew: false };
    }
    this.#foreignExecIds.set(event.execId, null);
    trimOldest(this.#foreignExecIds, FOREIGN_EXEC_IDS_MAX);
    return unknownOrder(true);
  }

  /** True for a fill of a known order: one that is told again may not name it, by a gateway that was not there when it was sent. */
  #isOfOurs({ execId, instrumentIx }: FillEvent): boolean {
    for (const orders of [this.#open, this.#final]) {
      for (const { execIds, request } of orders.values())
        if (request.instrumentIx === instrumentIx && execIds.has(execId)) return true;
    }
    return false;
  }

  #retire(order: MutableOrder): void {
    this.#open.delete(order.request.clientOrderId);
    this.#final.set(order.request.clientOrderId, order);
    const forgotten = trimOldest(this.#final, FINAL_ORDERS_KEPT_MAX);
    if (forgotten === undefined) return;
    // A venue that is polled may report an old fill again: it must not look like a stranger's.
    for (const execId of forgotten.execIds) {
      this.#foreignExecIds.set(execId, null);
      trimOldest(this.#foreignExecIds, FOREIGN_EXEC_IDS_MAX);
    }
  }

  #revive(order: MutableOrder): void {
    this.#final.delete(order.request.clientOrderId);
    this.#open.set(order.request.clientOrderId, order);
  }
}

function freshOrder(
  request: OrderRequest,
  orderId: number,
  origin: OrderOrigin,
  nowUs: EpochUs,
): MutableOrder {
  return {
    ...{ orderId, request, origin, status: 'INTENT', venueOrderId: null },
    ...{ filledLots: 0, filledTickLots: 0n, feesAtoms: 0n, createdUs: nowUs, updatedUs: nowUs },
    ...{ reason: null, isCancelWanted: false, execIds: new Set<string>() },
  };
}

/** What fills so far make of a status: an order with fills is open in part, or lived before it ended. */
function statusWithFills(next: OrderStatus): OrderStatus {
  if (next === 'ACCEPTED') return 'PARTIALLY_FILLED';
  return next === 'REJECTED' ? 'CANCELED' : next;
}

type SavedOrder = Omit<MutableOrder, 'execIds'> & { readonly execIds: readonly string[] };

function revive(saved: SavedOrder): MutableOrder {
  return { ...saved, execIds: new Set(saved.execIds) };
}

function unknownOrder(isFillNew: boolean): OrderUpdate {
  return { order: null, note: 'unknown-order', isNowFinal: false, isFillNew };
}

/** Keeps a map within its bound; returns the oldest value when it had to go. */
function trimOldest<T>(collection: Map<string, T>, countMax: number): T | undefined {
  if (collection.size <= countMax) return undefined;
  for (const [key, value] of collection) {
    collection.delete(key);
    return value;
  }
  return undefined;
}
