/**
 * Reconciliation with the venue at the start of a run and after a resumption: at a quiet moment, once everything that the venue had already told
 * has been heard, both sides must agree on open orders and positions. Messages on their way look like differences, so a
 * difference counts only when it is still there after several quiet moments; then entries stop and the difference is in the record.
 */
import type { VenueOrder } from '#domain';
import { type Order, type ReconcileAction, reconcile } from '#orders';
import type { AccountQueries } from '#venues';
import type { Engine } from './engine.ts';

/** Quiet moments at which a difference must still be there. */
const ATTEMPTS_MAX = 32;

/** What a look at both sides showed. */
export type ReconcileOutcome =
  | { readonly kind: 'agreed' }
  /** Not quiet, or a difference that may be a message on its way. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'mismatch'; readonly actions: readonly ReconcileAction[] };

/** Compares once at the right moment. */
export class Reconciler {
  readonly #engine: Engine;
  readonly #venue: AccountQueries;
  #attempts = 0;

  constructor(engine: Engine, venue: AccountQueries) {
    this.#engine = engine;
    this.#venue = venue;
  }

  /** True when no request of ours is on its way. */
  get isQuiet(): boolean {
    return this.#engine.orderDesk.orders.openOrders.every(isResting);
  }

  /** Looks at both sides. */
  async look(): Promise<ReconcileOutcome> {
    if (!this.isQuiet) return { kind: 'pending' };
    const actions = await this.differences();
    if (actions.length === 0) return { kind: 'agreed' };
    return ++this.#attempts < ATTEMPTS_MAX ? { kind: 'pending' } : { kind: 'mismatch', actions };
  }

  /** Compares both sides as they stand. */
  async differences(): Promise<readonly ReconcileAction[]> {
    const { orderDesk, portfolio, states } = this.#engine;
    const localOrders = orderDesk.orders.openOrders;
    const venueOpenOrders = await this.#venue.openOrders();
    const listed = new Set(venueOpenOrders.map((order) => order.clientOrderId));
    const venueAnswers = new Map<string, VenueOrder | null>();
    for (const { request } of localOrders) {
      if (listed.has(request.clientOrderId)) continue;
      venueAnswers.set(
        request.clientOrderId,
        await this.#venue.order(request.clientOrderId, request.instrumentIx),
      );
    }
    const { positions } = await this.#venue.account();
    return reconcile({
      localOrders,
      venueOpenOrders,
      venueAnswers,
      localPositions: states.map(({ instrument }) => ({
        instrumentIx: instrument.ix,
        qtyLots: portfolio.positionLots(instrument.ix),
      })),
      venuePositions: positions,
    });
  }
}

function isResting(order: Order): boolean {
  return order.status === 'ACCEPTED' || order.status === 'PARTIALLY_FILLED';
}
