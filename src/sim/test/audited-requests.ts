/** What both auditors read off a request, from the text of `docs/specs/matching.md` alone. */
import type { OrderRequest } from '#domain';

/** True for orders that come to life as the price goes their own way (M61, M62). */
export function isStop({ type }: OrderRequest): boolean {
  return type === 'stop_market' || type === 'stop_limit' || type === 'trailing_stop';
}

/** True for orders that may only shrink their position (M9, M63, M66). */
export function reduces({ closePosition, positionSide = 'both', reduceOnly, side }: OrderRequest): boolean {
  return reduceOnly || closePosition === true || positionSide === (side === 'buy' ? 'short' : 'long');
}

/** The code by which an order that does not fit the position mode is refused (M66), `null` when it fits. */
export function sideFault(request: OrderRequest, isHedged: boolean): string | null {
  const { closePosition, positionSide = 'both', reduceOnly, side } = request;
  if ((positionSide === 'both') === isHedged) return 'position_side';
  const opens = positionSide === (side === 'buy' ? 'long' : 'short');
  return opens && (reduceOnly || closePosition === true) ? 'reduce_only' : null;
}
