/**
 * The explanation that stands beside a decision in the record, taken apart. It is JSON of the engine's own making, but a user's strategy
 * writes into it too, so that each part is checked by itself and what is not known is kept as words.
 */
import * as z from 'zod/mini';

const numberOrNull = z.nullable(z.number());
const number = z.catch(numberOrNull, null);
const action = z.enum(['long', 'short', 'hold']);

const vote = z.object({
  model: z.string(),
  action,
  statedProbability: number,
  probability: number,
  expectedReturn: number,
  variance: number,
  weight: number,
});
const gate = z.object({ gate: z.string(), isPassed: z.boolean(), value: number, limit: number });
const cost = z.object({
  feesFraction: number,
  spreadFraction: number,
  slippageFraction: number,
  fundingFraction: number,
  totalFraction: number,
});
const risk = z.object({
  verdict: z.enum(['approved', 'refused']),
  code: z.nullable(z.string()),
  message: z.nullable(z.string()),
  rules: z.array(
    z.object({ rule: z.string(), verdict: z.enum(['pass', 'cut', 'refuse']), value: number, limit: number }),
  ),
});

/** The parts that the ensemble writes; a strategy of another kind may have none of them. */
const PARTS = {
  leaning: z.nullable(action),
  probability: numberOrNull,
  expected_return: numberOrNull,
  prior_weight: numberOrNull,
  disagreement: numberOrNull,
  votes: z.array(vote),
  unusable: z.array(z.string()),
  gates: z.array(gate),
  costs: z.object({ long: cost, short: cost }),
  risk: z.nullable(risk),
} as const;

/** Parts that the dashboard shows from elsewhere. */
const SHOWN_ELSEWHERE = new Set(['symbol', 'hold']);

type Parts = { readonly [K in keyof typeof PARTS]: z.infer<(typeof PARTS)[K]> | null };

/** A recorded explanation; `null` where a part is missing or not as expected. */
export interface RecordedExplanation extends Parts {
  /** What no part could take in, as JSON; `null` when nothing was left. */
  readonly remarks: string | null;
}

/** Takes an explanation apart. */
export function parseExplanation(json: string): RecordedExplanation {
  const source = asRecord(json);
  const found: Record<string, unknown> = {};
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(source)) {
    if (SHOWN_ELSEWHERE.has(name)) continue;
    const outcome = Object.hasOwn(PARTS, name)
      ? PARTS[name as keyof typeof PARTS].safeParse(value)
      : undefined;
    if (outcome?.success === true) found[name] = outcome.data;
    else rest[name] = value;
  }
  const empty = Object.fromEntries(Object.keys(PARTS).map((name) => [name, null]));
  const remarks = Object.keys(rest).length === 0 ? null : JSON.stringify(rest);
  return { ...(empty as Parts), ...(found as Partial<Parts>), remarks };
}

function asRecord(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : { explanation: value };
  } catch {
    return { explanation: json };
  }
}
