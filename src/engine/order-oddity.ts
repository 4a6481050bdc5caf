/** Tells of order events that are not as they should be: a person can read each, and after one that must not happen nothing but exits is allowed. */
import type { ExecutionEvent } from '#domain';
import type { OrderUpdate } from '#orders';
import type { Desk } from './desk.ts';

/** Tells what an event meant, unless it was expected or only late. */
export function reportOddity(desk: Desk, event: ExecutionEvent, update: OrderUpdate): void {
  if (update.note === 'ok' || update.note === 'late') return;
  const isAgain = update.note === 'duplicate-fill';
  const isLiquidation = event.kind === 'fill' && event.isLiquidation && !isAgain;
  const type = isLiquidation ? 'liquidation' : 'order_oddity';
  const severity = update.note === 'violation' || isLiquidation ? 'critical' : isAgain ? 'info' : 'warning';
  const message = isLiquidation ? 'the venue liquidated the position' : `order event: ${update.note}`;
  const clientOrderId = 'clientOrderId' in event ? event.clientOrderId : '';
  const figures = { event: event.kind, note: update.note, clientOrderId };
  desk.systemEvent(type, severity, message, figures);
  if (update.note === 'violation') desk.holdEntries('violation', event.instrumentIx, figures);
}
