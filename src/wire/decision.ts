/** What was decided, and why. */
import { FEATURES_MAX, MODELS_MAX, RULES_MAX } from './limits.ts';
import { count, figure, numberOrNull, text, textOrNull, tsUs, z } from './schema.ts';

/** The direction a decision asks for. */
const action = z.enum(['long', 'short', 'hold']);

/** One model's part in a decision. */
export const voteSchema = z.object({
  model: z.string(),
  /** `none` = it gave no vote. */
  action: z.enum(['long', 'short', 'hold', 'none']),
  /** That the price is higher at the end of the horizon, after calibration. */
  probability: numberOrNull,
  /** Share among the models; `null` when the vote did not count. */
  weight: numberOrNull,
  /** Why there is no vote, or why it did not count. */
  reason: textOrNull,
});
export type Vote = z.infer<typeof voteSchema>;

/** A decision in one line. */
export const decisionSchema = z.object({
  decisionId: z.int(),
  tsUs,
  symbol: z.string(),
  strategy: z.string(),
  action,
  confidence: figure,
  /** Expected return of the trade after fees, spread, slippage and funding, a fraction. */
  expectedValue: figure,
  method: z.string(),
  modelCount: count,
  agreement: figure,
  uncertainty: figure,
  /** An order went out; a gate held it back; risk refused the order; or the strategy asked for none. */
  outcome: z.enum(['ordered', 'held', 'refused', 'none']),
  /** Base currency that risk allowed; 0 without an order. */
  quantity: figure,
  /** Code of the gate or rule, and what it means. */
  reason: textOrNull,
  reasonText: textOrNull,
  votes: z.array(voteSchema).check(z.maxLength(MODELS_MAX)),
});
export type Decision = z.infer<typeof decisionSchema>;

/** Cost of a round trip as fractions of the notional. */
export const roundTripCostSchema = z.object({
  feesFraction: numberOrNull,
  spreadFraction: numberOrNull,
  slippageFraction: numberOrNull,
  fundingFraction: numberOrNull,
  totalFraction: numberOrNull,
});
export type RoundTripCost = z.infer<typeof roundTripCostSchema>;

/** One comparison of a number with its limit, of the ensemble's gates or of the rules of risk. */
export const ruleSchema = z.object({
  code: z.string(),
  text,
  verdict: z.enum(['pass', 'cut', 'refuse']),
  /** What value and limit are: `flag` = 1 yes, 0 no; `duration` = microseconds; `quantity` in base, `money` in quote currency. */
  unit: z.enum(['number', 'flag', 'duration', 'fraction', 'quantity', 'money']),
  value: numberOrNull,
  limit: numberOrNull,
});
export type Rule = z.infer<typeof ruleSchema>;

/** A vote with everything that entered the fusion. */
export const weighedVoteSchema = z.object({
  ...voteSchema.shape,
  /** As the model stated it, before calibration. */
  statedProbability: numberOrNull,
  expectedReturn: numberOrNull,
  variance: numberOrNull,
});
export type WeighedVote = z.infer<typeof weighedVoteSchema>;

/** Everything that led to a decision; parts that a strategy does not have are `null` or empty. */
export const explanationSchema = z.object({
  decisionId: z.int(),
  /** What the engine saw; `null` when the snapshot has fallen out of memory. */
  snapshot: z.nullable(
    z.object({
      snapshotId: z.int(),
      price: figure,
      bid: numberOrNull,
      ask: numberOrNull,
      volume24h: numberOrNull,
      priceChange24h: numberOrNull,
      /** Place in the event log, and the hash of all events up to it. */
      eventSeq: z.int(),
      eventHash: z.string(),
    }),
  ),
  features: z.array(z.object({ name: z.string(), value: numberOrNull })).check(z.maxLength(FEATURES_MAX)),
  leaning: z.nullable(action),
  probability: numberOrNull,
  expectedReturn: numberOrNull,
  priorWeight: numberOrNull,
  disagreement: numberOrNull,
  votes: z.array(weighedVoteSchema).check(z.maxLength(MODELS_MAX)),
  gates: z.array(ruleSchema).check(z.maxLength(RULES_MAX)),
  /** Of both directions. */
  costs: z.nullable(z.object({ long: roundTripCostSchema, short: roundTripCostSchema })),
  risk: z.nullable(
    z.object({
      verdict: z.enum(['approved', 'refused']),
      code: textOrNull,
      message: textOrNull,
      rules: z.array(ruleSchema).check(z.maxLength(RULES_MAX)),
    }),
  ),
  /** Further words of a user's own strategy, as it wrote them (JSON); `null` when there are none. */
  remarks: textOrNull,
});
export type Explanation = z.infer<typeof explanationSchema>;
