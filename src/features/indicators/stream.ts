/**
 * All indicator columns, bar by bar and over whole columns. There is one computation: the batch form runs the stream over its rows, so the
 * two are equal to the bit. Recursive columns are anchored at the first bar pushed, as TA-Lib's are at the first row.
 */
import { assert, type Checkpointable, stateRecord } from '#core';
import { type Bar, emptyBar } from '../bar.ts';
import { type CandleFloats, readBar } from '../candle-floats.ts';
import { loadTape, saveTape, type Taped } from '../state-tape.ts';
import { CLASSIC_GROUPS } from './classic.ts';
import { EXTENDED_GROUPS } from './extended.ts';
import type { IndicatorColumn, IndicatorGroup, IndicatorKernel } from './group.ts';
import { OSCILLATOR_GROUPS } from './oscillators.ts';

/** Every indicator group, in column order. */
export const INDICATOR_GROUPS: readonly IndicatorGroup[] = [
  ...CLASSIC_GROUPS,
  ...OSCILLATOR_GROUPS,
  ...EXTENDED_GROUPS,
];

/** Every indicator column, in order. */
export const INDICATOR_COLUMNS: readonly IndicatorColumn[] = INDICATOR_GROUPS.flatMap(
  (group) => group.columns,
);

/** The names of all indicator columns, in order. */
export const INDICATOR_NAMES: readonly string[] = INDICATOR_COLUMNS.map((column) => column.name);

/** Columns of doubles under names; `columns[i]` belongs to `names[i]`, NaN = not defined. */
export interface IndicatorTable {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
}

interface RunningGroup {
  readonly kernel: IndicatorKernel;
  /** Where the group writes in the scratch row. */
  readonly at: number;
}

/** Computes indicators one bar at a time; only the groups that the asked columns need are run. */
export class IndicatorStream implements Checkpointable {
  /** The columns, in the order asked for. */
  readonly names: readonly string[];
  /** Latest values, one per name, NaN = not defined; overwritten by each `push`. */
  readonly values: Float64Array;
  readonly #running: readonly RunningGroup[];
  readonly #scratch: Float64Array;
  readonly #sources: Int32Array;

  /** @throws AssertionError when a name is not one of `INDICATOR_NAMES` */
  constructor(names: readonly string[] = INDICATOR_NAMES) {
    const wanted = new Set(names);
    const running: RunningGroup[] = [];
    const placeOf = new Map<string, number>();
    let width = 0;
    for (const group of INDICATOR_GROUPS) {
      if (!group.columns.some((column) => wanted.has(column.name))) continue;
      running.push({ kernel: group.create(), at: width });
      for (const column of group.columns) placeOf.set(column.name, width++);
    }
    this.names = [...names];
    this.values = new Float64Array(names.length).fill(Number.NaN);
    this.#running = running;
    this.#scratch = new Float64Array(width);
    this.#sources = Int32Array.from(names, (name) => {
      const place = placeOf.get(name);
      assert(place !== undefined, `'${name}' is an indicator column`);
      return place;
    });
  }

  /** Takes the next finished bar and updates `values`. */
  push(bar: Bar): void {
    const { values } = this;
    const scratch = this.#scratch;
    for (const { kernel, at } of this.#running) kernel.push(bar, scratch, at);
    for (let i = 0; i < values.length; i++) values[i] = scratch[this.#sources[i]!]!;
  }

  saveState(): unknown {
    return { names: [...this.names], numbers: saveTape(this.#parts) };
  }

  loadState(state: unknown): void {
    const { names, numbers } = stateRecord(state, 'IndicatorStream');
    assert(String(names) === String(this.names), 'saved indicator stream has the same columns');
    assert(numbers instanceof Float64Array, 'saved indicator stream has its numbers');
    loadTape(this.#parts, numbers);
  }

  /** The whole state as one list of numbers. */
  get #parts(): Taped {
    return {
      tape: (tape) => {
        tape.numbers(this.values);
        for (const { kernel } of this.#running) kernel.tape(tape);
      },
    };
  }
}

/** Computes indicator columns over finished bars; all of them, or those named. Equal to `IndicatorStream` to the bit. */
export function computeIndicators(
  candles: CandleFloats,
  names: readonly string[] = INDICATOR_NAMES,
): IndicatorTable {
  const stream = new IndicatorStream(names);
  const columns = names.map(() => new Float64Array(candles.rowCount));
  const bar = emptyBar();
  for (let row = 0; row < candles.rowCount; row++) {
    readBar(candles, row, bar);
    stream.push(bar);
    for (let i = 0; i < columns.length; i++) columns[i]![row] = stream.values[i]!;
  }
  return { names: [...names], columns };
}
