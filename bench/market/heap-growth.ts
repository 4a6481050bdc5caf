/** What items take of the heap. The collector is asked for by a flag of this process, so that a bench needs none on its command line. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of the heap. */
export interface HeapGrowth {
  /** Taken for an item, whether kept or not: growth of the heap over items between which nothing is collected. */
  readonly allocated: number;
  /** Still there after a forced collection, array buffers included; less than 0 when something else was let go. */
  readonly kept: number;
}

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as (options: { readonly type: 'minor' | 'major' }) => void;

/** Collects garbage now: the young objects, or all. */
export function collect(type: 'minor' | 'major'): void {
  gc({ type });
}

/**
 * Measures `count` items after `warmUps` others, few enough to fit into the space of young objects; the median of some tries. `prepare` gets ready
 * what takes an item by its place.
 */
export function heapGrowthOf(
  sizes: { readonly warmUps: number; readonly count: number; readonly tries: number },
  prepare: () => (at: number) => void,
): HeapGrowth {
  const { count, tries, warmUps } = sizes;
  const allocated: number[] = [];
  const kept: number[] = [];
  for (let attempt = 0; attempt < tries; attempt++) {
    const take = prepare();
    for (let at = 0; at < warmUps; at++) take(at);
    collect('major');
    const before = process.memoryUsage();
    for (let at = warmUps; at < warmUps + count; at++) take(at);
    const grown = process.memoryUsage();
    collect('major');
    const after = process.memoryUsage();
    allocated.push((grown.heapUsed - before.heapUsed) / count);
    kept.push((after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / count);
    // What was prepared is in use until here.
    take(warmUps + count);
  }
  return { allocated: medianOf(allocated), kept: medianOf(kept) };
}

/** Returns the middle of some numbers. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
