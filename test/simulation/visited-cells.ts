/** Which cells of the transition table an order manager goes through: status before, input. It listens, it changes nothing. */
import type { ExecutionEvent } from '#domain';
import type { OrderInput, OrderManager, OrderUpdate } from '#orders';

const INPUTS: Readonly<Partial<Record<ExecutionEvent['kind'], OrderInput>>> = {
  'order-accepted': 'accepted',
  'order-rejected': 'rejected',
  'order-canceled': 'canceled',
  'order-expired': 'expired',
  'order-triggered': 'triggered',
  'cancel-rejected': 'cancel-rejected',
};

/** Name of a cell. */
export function cellName(status: string, input: string): string {
  return `${status} x ${input}`;
}

/** Listens to an order manager and hands on the names of the cells that it goes through. */
export function listenToCells(orders: OrderManager, onCell: (cell: string) => void): void {
  const apply = orders.apply.bind(orders);
  const input = orders.input.bind(orders);
  orders.apply = (event: ExecutionEvent): OrderUpdate => {
    const before = 'clientOrderId' in event ? orders.find(event.clientOrderId)?.status : undefined;
    const update = apply(event);
    if (before === undefined || update.order === null || update.note === 'duplicate-fill') return update;
    const { filledLots, request } = update.order;
    const isWhole = filledLots >= request.qtyLots;
    const what = event.kind === 'fill' ? (isWhole ? 'fill-final' : 'fill-partial') : INPUTS[event.kind];
    if (what !== undefined) onCell(cellName(before, what));
    return update;
  };
  orders.input = (id, what, nowUs, reason = null): OrderUpdate => {
    const before = orders.find(id)?.status;
    if (before !== undefined) onCell(cellName(before, what));
    return input(id, what, nowUs, reason);
  };
}
