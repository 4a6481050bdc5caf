/** What KuCoin's words say of an order's type and of how it ended; both markets say it alike but for the words of triggers. */
import type { OrderStatus, Side } from '#domain';
import type { EntryOrderType } from '../../entry/index.ts';

/** Words of a trigger: the price must rise to it, or fall to it. */
const ABOVE = ['up', 'entry'];
const BELOW = ['down', 'loss'];

/** True for a word of a trigger that is read here; there are others, of orders that are linked in pairs. */
export function isTriggerWord(word: string): boolean {
  return ABOVE.includes(word) || BELOW.includes(word);
}

/** Returns the type of an order; `trigger` is empty for one that waits for nothing. */
export function typeOf(trigger: string, side: Side, isLimit: boolean): EntryOrderType {
  if (trigger === '') return isLimit ? 'limit' : 'market';
  const isStop = ABOVE.includes(trigger) === (side === 'buy');
  if (isStop) return isLimit ? 'stop_limit' : 'stop_market';
  return isLimit ? 'take_profit_limit' : 'take_profit_market';
}

/** Returns the status of an order that lives. */
export function liveStatus(filledLots: number): OrderStatus {
  return filledLots > 0 ? 'PARTIALLY_FILLED' : 'ACCEPTED';
}

/** Returns the status of an order that is done; the venue does not say why it ended. */
export function doneStatus(qtyLots: number | null, filledLots: number): OrderStatus {
  return qtyLots !== null && qtyLots > 0 && filledLots >= qtyLots ? 'FILLED' : 'CANCELED';
}
