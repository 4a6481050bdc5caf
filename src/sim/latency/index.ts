/** Latency: how long orders, their answers and market data travel. */
export { FeedLatency } from './feed-latency.ts';
export { legText } from './latency-assumption.ts';
export type { LatencyModel } from './latency-model.ts';
export {
  type Direction,
  LATENCY_DEFAULTS,
  LATENCY_NONE,
  type LatencyTable,
  type LegTable,
  latencyOf,
  legOf,
  MessageLatency,
} from './message-latency.ts';
export { latencyModelOf, uniformLatency } from './models.ts';
export {
  checkLatencyRule,
  checkLegRule,
  LATENCY_LEGS,
  LATENCY_MODELS,
  type LatencyLeg,
  type LatencyRule,
  type LegRule,
  type RecordedLatencies,
} from './rules.ts';
