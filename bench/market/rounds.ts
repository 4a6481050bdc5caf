/**
 * Measuring on a machine that does other things as well: all ways take turns in every round, in an order that turns too, so that whatever slows the
 * machine slows all of them; the median round counts, and ratios are medians of the ratios within a round. Collections of old garbage
 * happen between the turns.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { assert } from '#core';

/** Something to be timed, again and again. */
export interface Way {
  readonly name: string;
  /** Items of one turn. */
  readonly count: number;
  /** Gets everything ready, untimed; returns the work, which returns what checks its result, untimed. */
  readonly prepare: () => () => (() => void) | undefined;
}

/** The turns of one way. */
export interface Timing {
  /** Items a second in the median round, the slowest and the fastest. */
  readonly perS: number;
  readonly slowestPerS: number;
  readonly fastestPerS: number;
  /** Items a second, round by round. */
  readonly rounds: readonly number[];
}

/** Times all ways in turns, after `warmUps` untimed rounds. */
export function timeInTurns(
  ways: readonly Way[],
  options: { readonly rounds: number; readonly warmUps: number },
): ReadonlyMap<string, Timing> {
  const perS = new Map<string, number[]>(ways.map(({ name }) => [name, []]));
  assert(perS.size === ways.length, 'every way has a name of its own');
  const collect = collector();
  for (let round = -options.warmUps; round < options.rounds; round++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const way = ways[(turn + Math.max(0, round)) % ways.length];
      assert(way !== undefined, 'turns are within the ways');
      const work = way.prepare();
      collect('minor');
      const startedMs = performance.now();
      const check = work();
      const ms = performance.now() - startedMs;
      check?.();
      if (round >= 0) perS.get(way.name)?.push((way.count * 1_000) / ms);
    }
  }
  return new Map([...perS].map(([name, rounds]) => [name, timingOf(rounds)]));
}

function timingOf(rounds: readonly number[]): Timing {
  return { perS: median(rounds), slowestPerS: Math.min(...rounds), fastestPerS: Math.max(...rounds), rounds };
}

/** Returns the median over all rounds of how many times faster one way was than the other. */
export function ratioOf(faster: Timing, slower: Timing): number {
  return median(faster.rounds.map((perS, round) => perS / (slower.rounds[round] ?? Number.NaN)));
}

/** Times of single items, in microseconds. */
export interface Latency {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

/** Times every item by itself; the cost of reading the clock is in it. */
export function latencyOf(count: number, passes: number, prepare: () => (at: number) => void): Latency {
  const us = new Float64Array(count * passes);
  for (let pass = 0; pass < passes; pass++) {
    const take = prepare();
    for (let at = 0; at < count; at++) {
      const startedMs = performance.now();
      take(at);
      us[pass * count + at] = (performance.now() - startedMs) * 1_000;
    }
  }
  us.sort();
  const quantile = (share: number): number => us[Math.min(us.length - 1, Math.floor(us.length * share))] ?? 0;
  return { p50Us: quantile(0.5), p99Us: quantile(0.99), p999Us: quantile(0.999) };
}

/** Bytes of the heap. */
export interface Allocation {
  /** Taken for an item, whether kept or not: growth of the heap over items between which nothing is collected. */
  readonly allocated: number;
  /** Still there after a forced collection, of heap and array buffers. */
  readonly kept: number;
}

const ALLOCATION_TRIES = 5;

/** Measures what `count` items take of the heap; few enough that they fit into the space of young objects. */
export function allocationOf(count: number, prepare: () => (at: number) => void): Allocation {
  const collect = collector();
  const allocated: number[] = [];
  const kept: number[] = [];
  for (let attempt = 0; attempt < ALLOCATION_TRIES; attempt++) {
    const take = prepare();
    collect('major');
    const before = process.memoryUsage();
    for (let at = 0; at < count; at++) take(at);
    const grown = process.memoryUsage();
    collect('major');
    const after = process.memoryUsage();
    allocated.push((grown.heapUsed - before.heapUsed) / count);
    kept.push((after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / count);
    // Still in use until here.
    take(0);
  }
  return { allocated: median(allocated), kept: median(kept) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

type Collect = (type: 'minor' | 'major') => void;

/** Returns the collector of this process. */
function collector(): Collect {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: { readonly type: 'minor' | 'major' }) => void;
  return (type) => gc({ type });
}
