/** Which run is being watched, and where in its life it is. */
import { RULES_MAX, SYMBOLS_MAX } from './limits.ts';
import { figure, numberOrNull, text, tsUs, z } from './schema.ts';

/** An instrument of the run. */
export const instrumentSchema = z.object({
  symbol: z.string(),
  venue: z.string(),
  baseAsset: z.string(),
  quoteAsset: z.string(),
  /** Decimals with which prices and quantities are shown. */
  priceDecimals: z.int(),
  qtyDecimals: z.int(),
});
export type RunInstrument = z.infer<typeof instrumentSchema>;

/** Facts that do not change during a run. */
export const runInfoSchema = z.object({
  runId: z.string(),
  mode: z.enum(['replay', 'backtest', 'paper', 'demo', 'dry-run', 'testnet', 'live']),
  /** True when the market itself is made up. */
  isSynthetic: z.boolean(),
  currency: z.string(),
  equityStart: figure,
  seed: z.int(),
  decisionTimeframeUs: tsUs,
  instruments: z.array(instrumentSchema).check(z.maxLength(SYMBOLS_MAX)),
  /** False when no funding data were given, so that funding is not in any result. */
  hasFunding: z.boolean(),
  /** What the simulation assumes, in sentences. */
  assumptions: z.array(text).check(z.maxLength(RULES_MAX)),
});
export type RunInfo = z.infer<typeof runInfoSchema>;

/** Where the program is. */
export const PHASES = [
  'starting',
  'training',
  'warming_up',
  'trading',
  'paused',
  'ended',
  'interrupted',
  'failed',
] as const;

/** What the program is doing, in a word and a sentence. */
export const phaseSchema = z.object({
  phase: z.enum(PHASES),
  message: text,
  /** Share of the phase that is done, in [0, 1]; `null` when that cannot be said. */
  progress: numberOrNull,
});
export type RunPhase = z.infer<typeof phaseSchema>;
