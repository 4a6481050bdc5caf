/** How an indicator is described: its columns, what its value depends on, and the kernel that computes it. */
import type { Bar } from '../bar.ts';
import type { StateTape, Taped } from '../state-tape.ts';

/**
 * What a value depends on. `bar`: this bar alone. `window`: the last N bars, the same wherever the stream began. `recursive`: every
 * bar since the stream began. `session`: the bars since 00:00 UTC.
 */
export type IndicatorMemory = 'bar' | 'window' | 'recursive' | 'session';

/** One output column. */
export interface IndicatorColumn {
  readonly name: string;
  readonly formula: string;
  readonly unit: string;
}

/** A running indicator: takes a bar and writes its columns, NaN where not defined, to `out[at ...]`. */
export interface IndicatorKernel extends Taped {
  push(bar: Bar, out: Float64Array, at: number): void;
}

/** One or more columns computed together from one kernel. */
export interface IndicatorGroup {
  readonly columns: readonly IndicatorColumn[];
  readonly memory: IndicatorMemory;
  /** Starts a fresh kernel. */
  create(): IndicatorKernel;
}

/** Units that occur often. */
export const PRICE = 'price';
export const PERCENT = 'percent';
export const FRACTION = 'fraction';
export const VOLUME = 'volume';

/** Defines a group: `make` builds the kernel, `feed` pushes a bar through it and writes the columns in their order. */
export function defineGroup<K extends Taped>(
  memory: IndicatorMemory,
  columns: readonly (readonly [name: string, formula: string, unit: string])[],
  make: () => K,
  feed: (kernel: K, bar: Bar, out: Float64Array, at: number) => void,
): IndicatorGroup {
  return {
    memory,
    columns: columns.map(([name, formula, unit]) => ({ name, formula, unit })),
    create: () => new FedKernel(make(), feed),
  };
}

/** A kernel that needs nothing but the bar itself. */
export const STATELESS: Taped = { tape: () => undefined };

/** Defines a column that is a function of the bar alone. */
export function defineBarColumn(
  name: string,
  formula: string,
  unit: string,
  value: (bar: Bar) => number,
): IndicatorGroup {
  return defineGroup(
    'bar',
    [[name, formula, unit]],
    () => STATELESS,
    (_kernel, bar, out, at) => {
      out[at] = value(bar);
    },
  );
}

class FedKernel<K extends Taped> implements IndicatorKernel {
  readonly #kernel: K;
  readonly #feed: (kernel: K, bar: Bar, out: Float64Array, at: number) => void;

  constructor(kernel: K, feed: (kernel: K, bar: Bar, out: Float64Array, at: number) => void) {
    this.#kernel = kernel;
    this.#feed = feed;
  }

  push(bar: Bar, out: Float64Array, at: number): void {
    this.#feed(this.#kernel, bar, out, at);
  }

  tape(tape: StateTape): void {
    this.#kernel.tape(tape);
  }
}
