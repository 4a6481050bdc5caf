/**
 * Reconciliation: what we believe against what the venue says, at start and after every reconnect. Pure: facts in, a list of
 * repairs out, each with its reason. It never guesses: what it cannot explain ends in `position-mismatch`, and the caller trades
 * reduce-only until a person has looked.
 */
import { assert } from '#core';
import { type InstrumentIx, isFinalStatus, type VenueOrder, type VenuePosition } from '#domain';
import { leavesLots, type Order } from './order.ts';
import type { OrderInput } from './transition.ts';

/** The facts of both sides at one quiet moment. */
export interface ReconcileInput {
  /** Our orders without a final status. */
  readonly localOrders: readonly Order[];
  /** What the venue lists as open. */
  readonly venueOpenOrders: readonly VenueOrder[];
  /** The venue's answer, by client id, for each of our open orders that it does not list as open; `null` = it never saw it. */
  readonly venueAnswers: ReadonlyMap<string, VenueOrder | null>;
  readonly localPositions: readonly { readonly instrumentIx: InstrumentIx; readonly qtyLots: number }[];
  readonly venuePositions: readonly VenuePosition[];
  /** Money without unrealised profit, on both sides; absent where it cannot be compared. */
  readonly cash?: { readonly localAtoms: bigint; readonly venueAtoms: bigint };
}

/** One repair or finding. */
export type ReconcileAction =
  /** Apply this input to our order: the venue knows better. */
  | {
      readonly kind: 'apply-input';
      readonly clientOrderId: string;
      readonly input: OrderInput;
      readonly reason: string;
    }
  /** The intent is durable and the venue never saw it: send it (again) under the same client order id. */
  | { readonly kind: 'send'; readonly order: Order; readonly reason: string }
  /** The venue filled more than we have booked: ask for the fills of this order. */
  | {
      readonly kind: 'fetch-fills';
      readonly clientOrderId: string;
      readonly missingLots: number;
      readonly reason: string;
    }
  /** A cancel that we wanted and that did not arrive: ask again. */
  | {
      readonly kind: 'cancel';
      readonly clientOrderId: string;
      readonly instrumentIx: InstrumentIx;
      readonly reason: string;
    }
  /** The venue has an open order that we do not know. */
  | { readonly kind: 'foreign-order'; readonly venueOrder: VenueOrder; readonly reason: string }
  /** The positions differ by more than the missing fills explain. */
  | {
      readonly kind: 'position-mismatch';
      readonly instrumentIx: InstrumentIx;
      readonly localLots: number;
      readonly venueLots: number;
      readonly reason: string;
    }
  /** Orders and positions agree, the money does not. */
  | {
      readonly kind: 'balance-mismatch';
      readonly localAtoms: bigint;
      readonly venueAtoms: bigint;
      readonly reason: string;
    };

/** Compares both sides; an empty list means that they agree. */
export function reconcile(input: ReconcileInput): readonly ReconcileAction[] {
  const actions: ReconcileAction[] = [];
  const venueOpen = new Map(input.venueOpenOrders.map((order) => [order.clientOrderId, order]));
  const explainedLots = new Map<InstrumentIx, number>();
  for (const order of input.localOrders) {
    assert(!isFinalStatus(order.status), `local order ${order.request.clientOrderId} is open`);
    const id = order.request.clientOrderId;
    const venueOrder = venueOpen.get(id) ?? input.venueAnswers.get(id) ?? null;
    actions.push(...compareOrder(order, venueOrder));
    const missingLots = (venueOrder?.filledLots ?? order.filledLots) - order.filledLots;
    if (missingLots > 0) {
      const signed = order.request.side === 'buy' ? missingLots : -missingLots;
      explainedLots.set(
        order.request.instrumentIx,
        (explainedLots.get(order.request.instrumentIx) ?? 0) + signed,
      );
    }
    venueOpen.delete(id);
  }
  for (const venueOrder of venueOpen.values()) {
    actions.push({ kind: 'foreign-order', venueOrder, reason: 'open at the venue, unknown here' });
  }
  actions.push(...comparePositions(input, explainedLots));
  // As long as a fill may be missing, its money is missing too.
  if (actions.length === 0 && input.cash !== undefined) actions.push(...compareCash(input.cash));
  return actions;
}

function compareCash({
  localAtoms,
  venueAtoms,
}: NonNullable<ReconcileInput['cash']>): readonly ReconcileAction[] {
  if (localAtoms === venueAtoms) return [];
  const reason = `booked are ${localAtoms} atoms, the venue says ${venueAtoms}`;
  return [{ kind: 'balance-mismatch', localAtoms, venueAtoms, reason }];
}

function compareOrder(order: Order, venueOrder: VenueOrder | null): readonly ReconcileAction[] {
  const clientOrderId = order.request.clientOrderId;
  if (venueOrder === null) {
    if (order.status === 'INTENT') {
      return [{ kind: 'send', order, reason: 'the intent is durable, the venue never saw it' }];
    }
    return [{ kind: 'apply-input', clientOrderId, input: 'found-absent', reason: 'the venue never saw it' }];
  }
  const actions: ReconcileAction[] = [];
  const missingLots = venueOrder.filledLots - order.filledLots;
  if (missingLots > 0) {
    const reason = `the venue filled ${venueOrder.filledLots} of ${order.request.qtyLots}, booked are ${order.filledLots}`;
    actions.push({ kind: 'fetch-fills', clientOrderId, missingLots, reason });
  }
  const input = inputFor(order, venueOrder);
  if (input !== undefined) {
    actions.push({
      kind: 'apply-input',
      clientOrderId,
      input,
      reason: `the venue says ${venueOrder.status}`,
    });
  }
  if (order.isCancelWanted && !isFinalStatus(venueOrder.status)) {
    const instrumentIx = order.request.instrumentIx;
    actions.push({ kind: 'cancel', clientOrderId, instrumentIx, reason: 'the cancel did not arrive' });
  }
  return actions;
}

/**
 * The input that brings our order to the venue's state. A filled order gets there by its fills; when all are booked and it is still open here,
 * the venue had cut its quantity.
 */
function inputFor(order: Order, venueOrder: VenueOrder): OrderInput | undefined {
  switch (venueOrder.status) {
    case 'CANCELED':
      return 'canceled';
    case 'EXPIRED':
      return 'expired';
    case 'REJECTED':
      return 'rejected';
    case 'FILLED':
      return venueOrder.filledLots === order.filledLots ? 'expired' : undefined;
    default:
      return order.status === 'INTENT' || order.status === 'SUBMITTED' || order.status === 'UNKNOWN'
        ? 'found-open'
        : undefined;
  }
}

function comparePositions(
  input: ReconcileInput,
  explainedLots: ReadonlyMap<InstrumentIx, number>,
): readonly ReconcileAction[] {
  const actions: ReconcileAction[] = [];
  const local = new Map(input.localPositions.map((position) => [position.instrumentIx, position.qtyLots]));
  const venue = new Map(input.venuePositions.map((position) => [position.instrumentIx, position.qtyLots]));
  for (const instrumentIx of new Set([...local.keys(), ...venue.keys()])) {
    const localLots = local.get(instrumentIx) ?? 0;
    const venueLots = venue.get(instrumentIx) ?? 0;
    const explained = explainedLots.get(instrumentIx) ?? 0;
    if (localLots + explained === venueLots) continue;
    const reason = `booked ${localLots} lots, ${explained} in missing fills, the venue says ${venueLots}`;
    actions.push({ kind: 'position-mismatch', instrumentIx, localLots, venueLots, reason });
  }
  return actions;
}

/** A position without enough protection. */
export interface Unprotected {
  readonly instrumentIx: InstrumentIx;
  readonly positionLots: number;
  readonly protectedLots: number;
}

/** Returns every position whose open stop orders, those on their way included, do not cover its whole quantity. */
export function auditProtection(
  positions: readonly { readonly instrumentIx: InstrumentIx; readonly qtyLots: number }[],
  openOrders: readonly Order[],
): readonly Unprotected[] {
  const findings: Unprotected[] = [];
  for (const { instrumentIx, qtyLots } of positions) {
    if (qtyLots === 0) continue;
    const closingSide = qtyLots > 0 ? 'sell' : 'buy';
    let protectedLots = 0;
    for (const order of openOrders) {
      const { request } = order;
      const isStop = request.label === 'SL' && request.side === closingSide;
      if (isStop && request.instrumentIx === instrumentIx && !order.isCancelWanted)
        protectedLots += leavesLots(order);
    }
    if (protectedLots < Math.abs(qtyLots))
      findings.push({ instrumentIx, positionLots: qtyLots, protectedLots });
  }
  return findings;
}
