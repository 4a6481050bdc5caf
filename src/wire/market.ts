/** Prices. */
import { tsUs, z } from './schema.ts';

/** A candle of the decision timeframe; `tsUs` is when it opened. */
export const candleSchema = z.object({
  tsUs,
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  volume: z.number(),
});
export type Candle = z.infer<typeof candleSchema>;

/** The account's value at a moment, beside what buying and holding would be worth. */
export const equityPointSchema = z.object({
  tsUs,
  /** After all fees and funding paid so far; open positions at the last price. */
  equity: z.number(),
  /** The same start money in an equal-weighted basket, without costs; `null` while no price was seen. */
  buyAndHold: z.nullable(z.number()),
});
export type EquityPoint = z.infer<typeof equityPointSchema>;

/** The equity curve, thinned so that it covers the whole run. */
export const equityCurveSchema = z.object({
  /** Points closer together than this replace each other; 0 = all are kept. */
  spacingUs: tsUs,
  points: z.array(equityPointSchema),
});
export type EquityCurve = z.infer<typeof equityCurveSchema>;
