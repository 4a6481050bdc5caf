/**
 * Open orders at the venue that this run has not asked for. Those of this program, told by their client order ids, are taken over: a stop that still protects stays,
 * anything else of a former life is ended. A person's own orders are told of once and left alone; what they fill is booked when it is heard.
 */
import { type Checkpointable, stateRecord } from '#core';
import type { OrderRequest, VenueOrder } from '#domain';
import { parseClientOrderId, type ReconcileAction } from '#orders';
import { FORMER_RUN } from './order-desk.ts';
import type { EngineServices } from './services.ts';

/** Persons' orders that are remembered as told of. */
const KNOWN_MAX = 1_024;

/** Looks after orders that are not of this run. */
export class ForeignOrders implements Checkpointable {
  readonly #engine: EngineServices;
  readonly #known = new Set<string>();

  constructor(engine: EngineServices) {
    this.#engine = engine;
  }

  /** True for a person's order that was told of: no difference any more. */
  isKnown(difference: ReconcileAction): boolean {
    return difference.kind === 'foreign-order' && this.#known.has(keyOf(difference.venueOrder));
  }

  /** Does with an order what is right for its kind; `positionLots` is what the venue holds of its instrument. */
  take(venueOrder: VenueOrder, positionLots: number): void {
    const { clientOrderId } = venueOrder;
    const { orderDesk } = this.#engine;
    if (orderDesk.orders.find(clientOrderId) !== undefined) {
      // It was thought to have ended and lives.
      orderDesk.applyVenueWord(clientOrderId, 'found-open', 'it is open at the venue after all');
      this.#endUnlessProtective(clientOrderId, positionLots);
      return;
    }
    const ours = parseClientOrderId(clientOrderId);
    if (ours === undefined) {
      this.#tell(venueOrder);
      return;
    }
    const isOfThisRun = ours.tag === this.#engine.options.runTag;
    const request = requestOf(venueOrder, ours.label);
    orderDesk.adopt(
      request,
      isOfThisRun ? 'recovered' : FORMER_RUN,
      venueOrder.updatedUs,
      isOfThisRun ? ours.orderId : undefined,
    );
    this.#engine.emit({ kind: 'adopt', request, sentUs: venueOrder.updatedUs });
    const reason = isOfThisRun ? 'an order of this run that it had forgotten' : 'an order of a former run';
    orderDesk.applyVenueWord(clientOrderId, 'found-open', reason);
    this.#endUnlessProtective(clientOrderId, positionLots);
  }

  saveState(): unknown {
    return { known: [...this.#known] };
  }

  loadState(state: unknown): void {
    this.#known.clear();
    for (const key of stateRecord(state, 'foreign orders').known as string[]) this.#known.add(key);
  }

  /** A stop or target on the closing side of a position stays; whoever wanted anything else is gone. */
  #endUnlessProtective(clientOrderId: string, positionLots: number): void {
    const { orderDesk } = this.#engine;
    const request = orderDesk.orders.find(clientOrderId)?.request;
    if (request === undefined) return;
    const isClosing = request.side === 'sell' ? positionLots > 0 : positionLots < 0;
    const isProtective = request.label === 'SL' || request.label === 'TP';
    if (!(isProtective && isClosing)) orderDesk.cancel(clientOrderId);
  }

  #tell(venueOrder: VenueOrder): void {
    const { clientOrderId, filledLots, instrumentIx, priceTicks, qtyLots, side, triggerTicks, type } =
      venueOrder;
    this.#known.add(keyOf(venueOrder));
    for (const oldest of this.#known) {
      if (this.#known.size <= KNOWN_MAX) break;
      this.#known.delete(oldest);
    }
    const symbol = this.#engine.states[instrumentIx]?.instrument.symbol ?? '';
    const figures = { symbol, clientOrderId, venueOrderId: venueOrder.venueOrderId, side, type };
    this.#engine.systemEvent('foreign_order', 'warning', `an order of somebody else rests for ${symbol}`, {
      ...{ ...figures, qtyLots, filledLots, priceTicks, triggerTicks },
    });
  }
}

function keyOf({ clientOrderId, instrumentIx, venueOrderId }: VenueOrder): string {
  return `${instrumentIx} ${venueOrderId} ${clientOrderId}`;
}

function requestOf(venueOrder: VenueOrder, label: OrderRequest['label']): OrderRequest {
  const { clientOrderId, instrumentIx, priceTicks, qtyLots, side, triggerTicks, type } = venueOrder;
  return {
    ...{ clientOrderId, instrumentIx, side, type, label, qtyLots, priceTicks, triggerTicks },
    timeInForce: 'GTC',
    reduceOnly: label !== 'ENTRY',
  };
}
