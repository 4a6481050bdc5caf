/** Everything that a dashboard shows, as one value; and a change of it. */
import { decisionSchema } from './decision.ts';
import {
  CANDLES_MAX,
  DECISIONS_MAX,
  EQUITY_POINTS_MAX,
  LOG_MAX,
  ORDERS_MAX,
  SYMBOLS_MAX,
  TRADES_MAX,
} from './limits.ts';
import { logEntrySchema } from './log-entry.ts';
import { candleSchema, equityCurveSchema, equityPointSchema } from './market.ts';
import { phaseSchema, runInfoSchema } from './run.ts';
import { z } from './schema.ts';
import { modelsSchema, statusSchema } from './status.ts';
import { orderSchema, tradeSchema } from './trading.ts';

/** Candles by symbol, oldest first. */
const candlesSchema = z
  .record(z.string(), z.array(candleSchema).check(z.maxLength(CANDLES_MAX)))
  .check(z.refine((bySymbol) => Object.keys(bySymbol).length <= SYMBOLS_MAX, 'too many symbols'));
const trades = z.array(tradeSchema).check(z.maxLength(TRADES_MAX));
const orders = z.array(orderSchema).check(z.maxLength(ORDERS_MAX));
const decisions = z.array(decisionSchema).check(z.maxLength(DECISIONS_MAX));
const log = z.array(logEntrySchema).check(z.maxLength(LOG_MAX));

/** Lists are sorted by their number, oldest first. */
export const dashboardStateSchema = z.object({
  run: z.nullable(runInfoSchema),
  phase: phaseSchema,
  status: z.nullable(statusSchema),
  models: modelsSchema,
  candles: candlesSchema,
  equity: equityCurveSchema.check(
    z.refine((curve) => curve.points.length <= EQUITY_POINTS_MAX, 'too many points'),
  ),
  trades,
  orders,
  decisions,
  log,
});
export type DashboardState = z.infer<typeof dashboardStateSchema>;

/** What changed: single values replace, items of lists are added or replace the one of the same number. */
export const changesSchema = z.partial(
  z.object({
    run: runInfoSchema,
    phase: phaseSchema,
    status: statusSchema,
    models: modelsSchema,
    candles: candlesSchema,
    equity: z.array(equityPointSchema).check(z.maxLength(EQUITY_POINTS_MAX)),
    trades,
    orders,
    decisions,
    log,
  }),
);
export type Changes = z.infer<typeof changesSchema>;

/** Returns the state before anything was heard. */
export function emptyState(): DashboardState {
  return {
    run: null,
    phase: { phase: 'starting', message: 'the program is starting', progress: null },
    status: null,
    models: [],
    candles: {},
    equity: { spacingUs: 0, points: [] },
    trades: [],
    orders: [],
    decisions: [],
    log: [],
  };
}
