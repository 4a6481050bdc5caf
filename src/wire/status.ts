/** The figures that change all the time: account, positions, risk, models, the program itself. */
import { MODELS_MAX, RULES_MAX, SYMBOLS_MAX, WORKERS_MAX } from './limits.ts';
import { count, figure, numberOrNull, text, textOrNull, tsUs, tsUsOrNull, z } from './schema.ts';
import { positionSchema } from './trading.ts';

/** The newest price of a symbol. */
export const priceSchema = z.object({
  symbol: z.string(),
  price: numberOrNull,
  /** False while its features have not enough history. */
  isWarm: z.boolean(),
});
export type Price = z.infer<typeof priceSchema>;

/** The account, in its currency. */
export const accountSchema = z.object({
  /** After all fees and funding paid so far; open positions at the last price. */
  equity: figure,
  cash: figure,
  unrealised: figure,
  feesPaid: figure,
  /** Received minus paid. */
  funding: figure,
  dayPnl: figure,
  /** Deepest fall below the high-water mark so far, a fraction. */
  maxDrawdown: figure,
  /** Positions as a fraction of equity; `null` when equity is not above 0. */
  exposure: numberOrNull,
});
export type Account = z.infer<typeof accountSchema>;

/** Figures of the run so far, with the sample that they rest on. All are net of costs. */
export const performanceSchema = z.object({
  closedTrades: count,
  /** Complete UTC days. */
  dayCount: count,
  totalReturn: figure,
  winRate: numberOrNull,
  profitFactor: numberOrNull,
  /** Mean net P&L of a trade. */
  expectancy: numberOrNull,
  sharpe: numberOrNull,
  sortino: numberOrNull,
});
export type Performance = z.infer<typeof performanceSchema>;

/** How much of a limit is used. */
export const limitUseSchema = z.object({
  key: z.string(),
  label: text,
  unit: z.enum(['fraction', 'count', 'currency']),
  used: numberOrNull,
  limit: figure,
});
export type LimitUse = z.infer<typeof limitUseSchema>;

/** The state of risk. */
export const riskSchema = z.object({
  breaker: z.enum(['closed', 'open', 'half_open']),
  breakerCause: text,
  coolDownEndTsUs: tsUsOrNull,
  consecutiveLosses: count,
  /** Why trading ended until a person resumes. */
  halt: z.nullable(z.object({ code: z.string(), message: text, sinceTsUs: tsUs })),
  isReduceOnly: z.boolean(),
  approvedCount: count,
  refusedCount: count,
  refusals: z.array(z.object({ code: z.string(), text, count })).check(z.maxLength(RULES_MAX)),
  limits: z.array(limitUseSchema).check(z.maxLength(RULES_MAX)),
});
export type Risk = z.infer<typeof riskSchema>;

/** The program itself. */
export const systemSchema = z.object({
  eventCount: count,
  eventsPerS: figure,
  /** Delay of the engine's event loop, 99th percentile of the last seconds. */
  loopLagP99Ms: numberOrNull,
  rssMb: figure,
  /** Messages that the engine did not post because the server was behind; the dashboard lacks them, the record does not. */
  droppedMessages: count,
  workers: z
    .array(z.object({ name: z.string(), state: z.enum(['running', 'stopped', 'failed']) }))
    .check(z.maxLength(WORKERS_MAX)),
});
export type System = z.infer<typeof systemSchema>;

/** Everything that is replaced several times a second. */
export const statusSchema = z.object({
  tsUs,
  /** Simulated seconds that pass in a second; `null` = as fast as it goes. */
  speed: numberOrNull,
  prices: z.array(priceSchema).check(z.maxLength(SYMBOLS_MAX)),
  account: accountSchema,
  positions: z.array(positionSchema).check(z.maxLength(SYMBOLS_MAX)),
  performance: performanceSchema,
  risk: riskSchema,
  system: systemSchema,
});
export type Status = z.infer<typeof statusSchema>;

/** A model as the ensemble sees it. */
export const modelSchema = z.object({
  model: z.string(),
  health: z.enum(['healthy', 'degraded', 'unhealthy', 'unknown']),
  predictionCount: count,
  failureCount: count,
  outcomeCount: count,
  /** Decayed means over recent outcomes; `null` before the first. */
  accuracy: numberOrNull,
  brier: numberOrNull,
  latencyMs: numberOrNull,
  /** Its newest vote on each symbol. */
  votes: z
    .array(
      z.object({
        symbol: z.string(),
        tsUs,
        action: z.enum(['long', 'short', 'hold', 'none']),
        probability: numberOrNull,
        weight: numberOrNull,
        reason: textOrNull,
      }),
    )
    .check(z.maxLength(SYMBOLS_MAX)),
});
export type Model = z.infer<typeof modelSchema>;

/** All models. */
export const modelsSchema = z.array(modelSchema).check(z.maxLength(MODELS_MAX));
