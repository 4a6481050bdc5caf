/** Orders and private events for tests, with short defaults; all of instrument 0 unless told otherwise. */
import type { ExecutionEvent, FillEvent, OrderRequest } from '#domain';
import { RiskApproved } from '../../src/domain/approval.ts';

/** A market buy of 10 lots unless told otherwise. */
export function orderRequest(clientOrderId: string, changes: Partial<OrderRequest> = {}): OrderRequest {
  return {
    clientOrderId,
    instrumentIx: 0,
    side: 'buy',
    type: 'market',
    label: 'ENTRY',
    qtyLots: 10,
    priceTicks: null,
    triggerTicks: null,
    timeInForce: 'GTC',
    reduceOnly: false,
    ...changes,
  };
}

/** The request in the hull of an approval, without the seal: enough for code that sends nothing. */
export function unsealed(request: OrderRequest): RiskApproved<OrderRequest> {
  return new RiskApproved(request);
}

/** A fill of an order; the venue knows it as `v-` and its client id. */
export function fillEvent(
  clientOrderId: string,
  execId: string,
  qtyLots: number,
  changes: Partial<FillEvent> = {},
): FillEvent {
  return {
    kind: 'fill',
    tsVenueUs: 1,
    tsLocalUs: 2,
    instrumentIx: 0,
    clientOrderId,
    venueOrderId: `v-${clientOrderId}`,
    execId,
    side: 'buy',
    priceTicks: 100,
    qtyLots,
    leavesLots: 0,
    feeAtoms: 3n,
    liquidity: 'taker',
    isLiquidation: false,
    ...changes,
  };
}

/** Kinds of private events that are about the state of an order. */
export const ORDER_EVENT_KINDS = [
  'order-accepted',
  'order-rejected',
  'order-canceled',
  'order-expired',
  'order-triggered',
  'cancel-rejected',
] as const;

/** What a venue says about an order; not a fill. */
export function orderEvent(
  kind: (typeof ORDER_EVENT_KINDS)[number],
  clientOrderId: string,
  venueOrderId = `v-${clientOrderId}`,
): ExecutionEvent {
  const ids = { tsVenueUs: 1, tsLocalUs: 2, instrumentIx: 0, clientOrderId, venueOrderId };
  switch (kind) {
    case 'order-rejected':
    case 'cancel-rejected':
      return { kind, ...ids, code: 'other', message: 'no' };
    case 'order-canceled':
    case 'order-expired':
      return { kind, ...ids, reason: 'over' };
    default:
      return { kind, ...ids };
  }
}
