/** The batch form: all rows of recorded events, as columns, by the same frame. */
import type { EpochUs } from '#core';
import type { FrameOptions } from './frame-options.ts';
import { type FrameEvent, type FrameInstruments, MicrostructureFeed } from './microstructure-feed.ts';

/** Rows as columns. */
export interface MicrostructureTable {
  readonly names: readonly string[];
  /** Names, formulas and parameters, as one hash. */
  readonly hash: string;
  readonly rowUs: Float64Array;
  /** By name, `NaN` where not defined. */
  readonly columns: readonly Float64Array[];
}

/** Computes the rows of `events`, which end at `endUs`. */
export function computeMicrostructure(
  events: Iterable<FrameEvent>,
  endUs: EpochUs,
  options: FrameOptions,
  instruments: FrameInstruments,
): MicrostructureTable {
  const times: number[] = [];
  const rows: Float64Array[] = [];
  const feed = new MicrostructureFeed(options, instruments, (rowUs, values) => {
    times.push(rowUs);
    rows.push(values.slice());
  });
  for (const event of events) feed.push(event);
  feed.frame.advance(endUs);
  const { hash, names } = feed.frame;
  const columns = names.map((_, i) => Float64Array.from(rows, (row) => row[i] ?? Number.NaN));
  return { names, hash, rowUs: Float64Array.from(times), columns };
}
