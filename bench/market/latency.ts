/**
 * How long single messages take. Every message is timed by itself, in several passes over the same messages; its time is the median of its passes,
 * so that what the machine did in one of them does not count. What the passes were like as they came is told as well.
 */
import { medianOf } from './heap-growth.ts';

/** Quantiles in microseconds; the cost of reading the clock is in them. */
export interface Latency {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  /** Of all times as they came, pauses of collector and machine in them. */
  readonly rawP999Us: number;
}

/** Times `count` messages in `passes` passes; `prepare` gets one ready. */
export function latencyOf(count: number, passes: number, prepare: () => (at: number) => void): Latency {
  const times = Array.from({ length: passes }, () => timePass(count, prepare()));
  const settled = Float64Array.from({ length: count }, (_, at) =>
    medianOf(times.map((pass) => pass[at] ?? Number.NaN)),
  );
  const raw = Float64Array.from(times.flatMap((pass) => [...pass]));
  settled.sort();
  raw.sort();
  return {
    p50Us: quantile(settled, 0.5),
    p99Us: quantile(settled, 0.99),
    p999Us: quantile(settled, 0.999),
    rawP999Us: quantile(raw, 0.999),
  };
}

function timePass(count: number, take: (at: number) => void): Float64Array {
  const us = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    const startedMs = performance.now();
    take(at);
    us[at] = (performance.now() - startedMs) * 1_000;
  }
  return us;
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
