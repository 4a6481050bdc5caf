/** What items take of the heap. The collector is asked for by a flag of this process, so that a bench needs none on its command line. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of the heap. */
export interface HeapGrowth {
  /** Taken for an item, whether kept or not; `null` when collections came between all the time. */
  readonly allocated: number | null;
  /** Still there after a forced collection, array buffers included; less than 0 when something else was let go. */
  readonly kept: number;
}

/** How many items are measured. */
export interface HeapSizes {
  /** Items before. */
  readonly warmUps: number;
  readonly count: number;
  readonly tries: number;
}

/** Items between two looks at the heap: a collection of young objects spoils one slice and no more. */
const SLICE = 20;

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as (options: { readonly type: 'minor' | 'major' }) => void;

/** Collects garbage now: the young objects, or all. */
export function collect(type: 'minor' | 'major'): void {
  gc({ type });
}

/** Measures what items take; the median of some tries. `prepare` gets ready what takes an item by its place. */
export function heapGrowthOf(sizes: HeapSizes, prepare: () => (at: number) => void): HeapGrowth {
  const growths = Array.from({ length: sizes.tries }, () => growthOnce(sizes, prepare()));
  const allocated = growths.flatMap((growth) => growth.allocated ?? []);
  return {
    allocated: allocated.length === 0 ? null : medianOf(allocated),
    kept: medianOf(growths.map(({ kept }) => kept)),
  };
}

/** One try, in a call of its own: nothing of the one before is left on the stack. */
function growthOnce({ count, warmUps }: HeapSizes, take: (at: number) => void): HeapGrowth {
  for (let at = 0; at < warmUps; at++) take(at);
  collectAll();
  const before = process.memoryUsage();
  const allocated = growthOfSlices(warmUps, count, take);
  collectAll();
  const after = process.memoryUsage();
  // What was prepared is in use until here.
  take(warmUps + count);
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  return { allocated, kept: bytes / count };
}

/** The memory behind array buffers is given back by the second collection after they were let go. */
function collectAll(): void {
  collect('major');
  collect('major');
}

/** Mean growth for an item over the slices that were not disturbed. */
function growthOfSlices(from: number, count: number, take: (at: number) => void): number | null {
  let bytes = 0;
  let items = 0;
  for (let at = from; at < from + count; at += SLICE) {
    const end = Math.min(at + SLICE, from + count);
    const before = process.memoryUsage().heapUsed;
    for (let item = at; item < end; item++) take(item);
    const grown = process.memoryUsage().heapUsed - before;
    if (grown <= 0) continue;
    bytes += grown;
    items += end - at;
  }
  return items === 0 ? null : bytes / items;
}

/** Returns the middle of some numbers. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
