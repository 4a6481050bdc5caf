/**
 * Order latency from what became of own orders (rule M57). What it is not: a model; it tells what the times prove under the assumption that each way
 * takes a constant time and both clocks agree.
 */
import { assert, type EpochUs, type Prng } from '#core';
import type { PlannedOrder } from './replay-order.ts';
import { REPLAY_STATUS, type ReplayStatus } from './replay-order.ts';

/** What became of one own order; `null` in a list of them = nothing is known of it. */
export interface OwnOutcome {
  readonly status: ReplayStatus;
  readonly lastExecLots: number;
  readonly leavesLots: number;
  readonly lastExecTicks: number;
  readonly exchUs: EpochUs;
  readonly localUs: EpochUs;
}

/** Time of requests to the exchange, from orders whose last state is the answer to a request. */
export interface EntryFit {
  readonly samples: number;
  readonly medianUs: number;
  /** Median of the samples with 95 % confidence (bootstrap). */
  readonly medianLowUs: number;
  readonly medianHighUs: number;
  /** Smallest and largest sample. */
  readonly leastUs: number;
  readonly mostUs: number;
}

/** Bounds of the time of answers: a cancel was sent although the order had been filled, or was not sent because the fill was known. */
export interface ResponseFit {
  /** It took longer than this; `null` = nothing proves it. */
  readonly aboveUs: number | null;
  /** It took at most this; `null` = nothing proves it. */
  readonly atMostUs: number | null;
}

const RESAMPLES = 400;

/** Estimates the entry latency; `undefined` when no order tells it. */
export function fitEntry(
  plans: readonly PlannedOrder[],
  outcomes: readonly (OwnOutcome | null)[],
  prng: Prng,
): EntryFit | undefined {
  assert(plans.length === outcomes.length, 'each plan has its outcome');
  const samples = outcomes.flatMap((outcome) => (outcome === null ? [] : entrySamplesOf(outcome)));
  if (samples.length === 0) return undefined;
  const sorted = Float64Array.from(samples).sort();
  const medians = Float64Array.from({ length: RESAMPLES }, () => {
    const drawn = Float64Array.from(sorted, () => sorted[prng.integer(0, sorted.length)] ?? 0);
    return quantileOf(drawn.sort(), 0.5);
  }).sort();
  return {
    samples: sorted.length,
    medianUs: quantileOf(sorted, 0.5),
    medianLowUs: quantileOf(medians, 0.025),
    medianHighUs: quantileOf(medians, 0.975),
    leastUs: quantileOf(sorted, 0),
    mostUs: quantileOf(sorted, 1),
  };
}

/** Bounds the response latency. */
export function fitResponse(
  plans: readonly PlannedOrder[],
  outcomes: readonly (OwnOutcome | null)[],
): ResponseFit {
  let aboveUs: number | null = null;
  let atMostUs: number | null = null;
  for (const [at, outcome] of outcomes.entries()) {
    const plan = plans[at];
    if (outcome === null || plan === undefined || outcome.status !== REPLAY_STATUS.filled) continue;
    const knownAfterUs = plan.cancelLocalUs - outcome.exchUs;
    if (!(knownAfterUs >= 0 && knownAfterUs < Number.POSITIVE_INFINITY)) continue;
    const isCancelSent = outcome.localUs === plan.cancelLocalUs && plan.cancelLocalUs > plan.submitLocalUs;
    if (isCancelSent) aboveUs = Math.max(aboveUs ?? 0, knownAfterUs);
    else atMostUs = Math.min(atMostUs ?? knownAfterUs, knownAfterUs);
  }
  return { aboveUs, atMostUs };
}

/** A cancelled, expired or resting order was brought into its state by the request that `localUs` tells. */
function entrySamplesOf({ exchUs, localUs, status }: OwnOutcome): readonly number[] {
  const isAnswer =
    status === REPLAY_STATUS.cancelled || status === REPLAY_STATUS.expired || status === REPLAY_STATUS.open;
  return isAnswer ? [exchUs - localUs] : [];
}

/** Value at a share of the way through sorted values, the lower one in between. */
function quantileOf(sorted: Float64Array, share: number): number {
  const value = sorted[Math.floor(share * (sorted.length - 1))];
  assert(value !== undefined, 'a quantile is asked for where there are values');
  return value;
}
