/** Door of `orders`: the life of orders, their ids, reconciliation. */
export { clientOrderId, parseClientOrderId, runTag } from './client-order-id.ts';
export { DifferenceTracker, differenceKey } from './difference-tracker.ts';
export { isSameAccount, withNetPositions } from './net-positions.ts';
export { leavesLots, type Order, type OrderOrigin } from './order.ts';
export { FINAL_ORDERS_KEPT_MAX, OrderManager, type OrderUpdate } from './order-manager.ts';
export {
  auditProtection,
  type ReconcileAction,
  type ReconcileInput,
  reconcile,
  type Unprotected,
} from './reconcile.ts';
export {
  ORDER_INPUTS,
  type OrderInput,
  type Transition,
  type TransitionNote,
  transition,
} from './transition.ts';
