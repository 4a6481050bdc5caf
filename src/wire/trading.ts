/** Round trips, orders and positions, as people read them. */
import { figure, numberOrNull, textOrNull, tsUs, tsUsOrNull, z } from './schema.ts';

const label = z.enum(['ENTRY', 'EXIT', 'SL', 'TP']);
/** What an order was for: open, close, protective stop, target. */
export type OrderLabel = z.infer<typeof label>;

/** From flat to flat, or to now. All money is in quote currency. */
export const tradeSchema = z.object({
  tradeId: z.int(),
  symbol: z.string(),
  strategy: z.string(),
  side: z.enum(['LONG', 'SHORT']),
  status: z.enum(['OPEN', 'CLOSED', 'LIQUIDATED', 'CANCELLED']),
  entryTsUs: tsUs,
  exitTsUs: tsUsOrNull,
  entryPrice: figure,
  exitPrice: numberOrNull,
  quantity: figure,
  entryNotional: figure,
  fees: figure,
  /** Received minus paid. */
  funding: figure,
  /** Net of fees and funding; while open only what is realised. */
  pnl: figure,
  /** `pnl` as a fraction of the entry's notional. */
  pnlFraction: figure,
  /** Label of the order that closed it; `null` while open, or when no order of ours did. */
  exitLabel: z.nullable(label),
});
export type Trade = z.infer<typeof tradeSchema>;

/** An order as it stands. */
export const orderSchema = z.object({
  orderId: z.int(),
  tradeId: z.nullable(z.int()),
  symbol: z.string(),
  side: z.enum(['BUY', 'SELL']),
  type: z.string(),
  label,
  status: z.string(),
  /** False once no further fill is expected. */
  isOpen: z.boolean(),
  quantity: figure,
  filledQuantity: figure,
  /** Limit or trigger; `null` for a market order. */
  price: numberOrNull,
  averageFillPrice: numberOrNull,
  createdTsUs: tsUs,
  updatedTsUs: tsUs,
  fees: figure,
  rejectReason: textOrNull,
});
export type Order = z.infer<typeof orderSchema>;

/** An open position at the last price. */
export const positionSchema = z.object({
  symbol: z.string(),
  side: z.enum(['LONG', 'SHORT']),
  /** Above 0. */
  quantity: figure,
  entryPrice: numberOrNull,
  markPrice: figure,
  notional: figure,
  /** Before any cost. */
  unrealised: figure,
  /** After the fees and funding of the trade so far, not yet the fee of closing it; `null` when the trade is not known. */
  netPnl: numberOrNull,
  /** Nearest resting protective orders. */
  stopPrice: numberOrNull,
  targetPrice: numberOrNull,
});
export type Position = z.infer<typeof positionSchema>;
