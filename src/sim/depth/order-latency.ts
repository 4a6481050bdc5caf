/** How long messages travel between a trader and the exchange: one role, asked once a message. What it is not: the latency of market data, which is recorded. */
import { assert, type EpochUs, formatDurationUs, type Prng } from '#core';
import { checkLegRule, type LegRule, latencyModelOf } from '../latency/index.ts';

/** Travelling times in microseconds, each at least 0. Messages of one direction never overtake each other, whatever it answers. */
export interface OrderLatency {
  /** For the assumption card. */
  readonly name: string;
  /** Of a request given at `nowUs`. */
  entryUs(nowUs: EpochUs): number;
  /** Of an answer sent at `nowUs`. */
  responseUs(nowUs: EpochUs): number;
}

/** Returns the same two times for every message. */
export function constantLatency(entryUs: number, responseUs: number): OrderLatency {
  assert(Number.isSafeInteger(entryUs) && entryUs >= 0, 'requests travel whole microseconds');
  assert(Number.isSafeInteger(responseUs) && responseUs >= 0, 'answers travel whole microseconds');
  return {
    name: `constant, ${formatDurationUs(entryUs)} to the exchange, ${formatDurationUs(responseUs)} back`,
    entryUs: () => entryUs,
    responseUs: () => responseUs,
  };
}

/** Returns latencies by the models of two rules (M3, M99 to M103); each message draws two numbers. @throws XY_CONFIG_INVALID for a rule out of range. */
export function modelLatency(
  rules: { readonly entry: LegRule; readonly response: LegRule },
  prng: Prng,
): OrderLatency {
  const entry = latencyModelOf(checkLegRule(rules.entry, 'entry latency'), 'entry');
  const response = latencyModelOf(checkLegRule(rules.response, 'response latency'), 'response');
  return {
    name: `${rules.entry.model} to the exchange, ${rules.response.model} back`,
    entryUs: (nowUs) => entry.travelUs(prng.uniform(), prng.uniform(), nowUs),
    responseUs: (nowUs) => response.travelUs(prng.uniform(), prng.uniform(), nowUs),
  };
}
