/** Orders that the venue places by itself, told by client order ids that nobody else may use. */
import type { FillRecord } from '../../entry/index.ts';

const RESERVED: readonly (readonly [prefix: string, by: NonNullable<FillRecord['forcedBy']>])[] = [
  ['autoclose-', 'liquidation'],
  ['adl_autoclose', 'adl'],
  ['settlement_autoclose-', 'settlement'],
  ['delivery_autoclose-', 'settlement'],
];

/** Returns why the venue placed an order of that client order id; `null` = it did not. */
export function forcedByOf(clientOrderId: string): FillRecord['forcedBy'] {
  return RESERVED.find(([prefix]) => clientOrderId.startsWith(prefix))?.[1] ?? null;
}
