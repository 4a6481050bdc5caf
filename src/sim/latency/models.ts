/** The latency models: constant, uniform with spikes, log-normal, interpolated from recorded ones. What it is not: a connection (`message-latency.ts`). */
import { assert, normalQuantile } from '#core';
import type { LatencyModel } from './latency-model.ts';
import type { LatencyLeg, LatencyRule, LegRule, RecordedLatencies } from './rules.ts';

/** Returns the model of a rule for a leg. */
export function latencyModelOf(rule: LegRule, leg: LatencyLeg): LatencyModel {
  switch (rule.model) {
    case 'constant':
      return { travelUs: () => rule.us };
    case 'uniform':
      return uniformLatency(rule);
    case 'log_normal':
      return logNormalLatency(rule.medianUs, rule.sigma, rule.capUs);
    case 'recorded':
      return recordedLatency(rule.recorded, leg);
  }
}

/** Returns a model that is uniform in a range; the second number decides about a spike and, within it, about its size (M3). */
export function uniformLatency(rule: LatencyRule): LatencyModel {
  return {
    travelUs: (first, second) => {
      const us = rule.minUs + first * (rule.maxUs - rule.minUs);
      const share = rule.spikePpm / 1_000_000;
      const factor = second < share ? 2 + (second / share) * (rule.spikeFactorMax - 2) : 1;
      return Math.round(us * factor);
    },
  };
}

/** Smallest share that has a quantile: 0 itself has none. */
const SHARE_MIN = 2 ** -53;

/** Returns a model with ln(time) normal: median x e^(sigma z), at most the cap; z is the quantile of the first number (M100). */
function logNormalLatency(medianUs: number, sigma: number, capUs: number): LatencyModel {
  return {
    travelUs: (first) =>
      Math.min(capUs, Math.round(medianUs * Math.exp(sigma * normalQuantile(Math.max(SHARE_MIN, first))))),
  };
}

/** Outside the recorded time this share of the rows was faster. */
const CAREFUL_SHARE = 0.95;

/**
 * Returns a model that interpolates between recorded ways (M101), in the manner of hftbacktest's `IntpOrderLatency`: a request that is sent between two
 * recorded requests takes a time on the straight line between theirs, an answer likewise by the time at the exchange. Before the first and after the last
 * row nothing is known: there the time is that of the careful share of all rows, or of the nearest row where it took longer.
 */
function recordedLatency(rows: RecordedLatencies, leg: LatencyLeg): LatencyModel {
  assert(leg !== 'feed', 'recorded ways of orders say nothing about market data');
  const [from, to] = leg === 'entry' ? [rows.requestUs, rows.exchangeUs] : [rows.exchangeUs, rows.responseUs];
  const tookUs = Float64Array.from(from, (us, row) => to[row]! - us);
  const sorted = tookUs.slice().sort();
  const carefulUs = sorted[Math.floor(CAREFUL_SHARE * (sorted.length - 1))]!;
  const last = from.length - 1;
  return {
    travelUs: (_first, _second, sentUs) => {
      if (sentUs < from[0]!) return Math.max(carefulUs, tookUs[0]!);
      if (sentUs > from[last]!) return Math.max(carefulUs, tookUs[last]!);
      const row = rowAtOrBefore(from, sentUs);
      const nextUs = row === last ? from[row]! : from[row + 1]!;
      const spanUs = nextUs - from[row]!;
      if (spanUs === 0) return tookUs[row]!;
      const share = (sentUs - from[row]!) / spanUs;
      return Math.round(tookUs[row]! + share * (tookUs[row + 1]! - tookUs[row]!));
    },
  };
}

/** Returns the last row at or before a moment that is not before the first. */
function rowAtOrBefore(times: Float64Array, us: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (times[middle]! <= us) low = middle;
    else high = middle - 1;
  }
  return low;
}
