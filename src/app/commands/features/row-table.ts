/** The rows of all instruments, on their way into a file of comma-separated values, and what is to be said of them. */
import { assert, type EpochUs, formatDurationUs, sha256Hex, US_PER_MS, XylenError } from '#core';
import { nearestName } from '../../config/nearest-name.ts';
import { checkBuckets, type FrameParameters, frameOptionsOf } from './frame-parameters.ts';
import { FrameSampler, type RowRange, type SampledFrame } from './frame-sampler.ts';
import type { FollowedInstrument } from './frame-source.ts';
import type { RowSinkFile } from './row-file.ts';

/** Columns before those of the features. */
const FIXED_COLUMNS = ['ts_ms', 'symbol'] as const;
/** Not defined exactly when there is no usable book. */
const BOOK_COLUMN = 'spread_bps';

/** What was made of one instrument. */
export interface FrameTally {
  readonly venue: string;
  readonly symbol: string;
  readonly other: string | null;
  /** Of names, formulas and parameters. */
  readonly hash: string;
  rowCount: number;
  withoutBookCount: number;
}

/** An instrument, and the same thing at another venue. */
export interface InstrumentPair {
  readonly ix: number;
  readonly own: FollowedInstrument;
  readonly other: { readonly ix: number; readonly instrument: FollowedInstrument } | null;
}

/** What the rows are of. */
export interface RowTableOptions {
  readonly pairs: readonly InstrumentPair[];
  readonly parameters: FrameParameters;
  readonly range: RowRange;
  /** `null` = all columns. */
  readonly columns: readonly string[] | null;
}

/** The rows of all instruments, on their way into a file. */
export class RowTable {
  readonly sampler: FrameSampler;
  rowCount = 0;
  firstTsUs: EpochUs | null = null;
  lastTsUs: EpochUs | null = null;
  readonly tallies: readonly FrameTally[];
  /** Names of the features that are written. */
  readonly columns: readonly string[];
  readonly everyUs: number;
  readonly #picked: readonly number[];
  readonly #bookAt: number;
  #file: RowSinkFile | null = null;

  /** @throws XY_USAGE for columns and parameters that do not fit the instruments */
  constructor({ columns, pairs, parameters, range }: RowTableOptions) {
    checkBuckets(
      parameters,
      pairs.map(({ own }) => own.symbol),
    );
    this.everyUs = parameters.shared.sampling.everyUs;
    const frames = pairs.map((pair) => frameOf(pair, parameters));
    this.sampler = new FrameSampler(frames, range, (ix, rowUs, values) => this.#add(ix, rowUs, values));
    const names = this.sampler.feeds[0]?.frame.names ?? [];
    this.columns = chosenColumns(columns, names);
    this.#picked = this.columns.map((name) => names.indexOf(name));
    this.#bookAt = names.indexOf(BOOK_COLUMN);
    assert(this.#bookAt >= 0, `rows have a column ${BOOK_COLUMN}`);
    this.tallies = pairs.map(({ other, own }, at) => ({
      venue: own.venue,
      symbol: own.symbol,
      other: other === null ? null : `${other.instrument.venue} ${other.instrument.symbol}`,
      hash: this.sampler.feeds[at]?.frame.hash ?? '',
      rowCount: 0,
      withoutBookCount: 0,
    }));
  }

  /** One frame's own hash; of several the hash over theirs. */
  get hash(): string {
    const hashes = this.tallies.map(({ hash }) => hash);
    return hashes.length === 1 ? (hashes[0] ?? '') : sha256Hex(hashes.join('\n'));
  }

  /** Writes the header; rows follow. */
  begin(file: RowSinkFile): void {
    this.#file = file;
    file.write(`${[...FIXED_COLUMNS, ...this.columns].join(',')}\n`);
  }

  /** What was made, as plain data. */
  summary(): Readonly<Record<string, unknown>> {
    const { everyUs, firstTsUs, lastTsUs, rowCount, tallies } = this;
    const withoutBookCount = tallies.reduce((sum, one) => sum + one.withoutBookCount, 0);
    const inMs = (us: EpochUs | null): number | null => (us === null ? null : us / US_PER_MS);
    return {
      every: formatDurationUs(everyUs),
      columns: [...FIXED_COLUMNS, ...this.columns],
      rowCount,
      firstTsMs: inMs(firstTsUs),
      lastTsMs: inMs(lastTsUs),
      hash: this.hash,
      withoutBookShare: rowCount === 0 ? null : withoutBookCount / rowCount,
      passedOverCount: this.sampler.passedOverCount,
      symbols: tallies.map((one) => ({
        ...one,
        withoutBookShare: one.rowCount === 0 ? null : one.withoutBookCount / one.rowCount,
      })),
    };
  }

  #add(frameIx: number, rowUs: EpochUs, values: Float64Array): void {
    const tally = this.tallies[frameIx];
    assert(tally !== undefined && this.#file !== null, 'rows are of an instrument and go into a file');
    this.rowCount++;
    this.firstTsUs ??= rowUs;
    this.lastTsUs = rowUs;
    tally.rowCount++;
    if (Number.isNaN(values[this.#bookAt])) tally.withoutBookCount++;
    let row = `${rowUs / US_PER_MS},${cell(tally.symbol)}`;
    for (const at of this.#picked) row += Number.isFinite(values[at]) ? `,${values[at]}` : ',';
    this.#file.write(`${row}\n`);
  }
}

/** A text that can hold anything; symbols of captures are what the venue wrote. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function frameOf({ ix, other, own }: InstrumentPair, parameters: FrameParameters): SampledFrame {
  const options = frameOptionsOf(parameters, own, other?.instrument ?? null);
  const instruments = { ownIx: ix, ownDepth: own.depth };
  if (other === null) return { options, instruments };
  return { options, instruments: { ...instruments, otherIx: other.ix, otherDepth: other.instrument.depth } };
}

function chosenColumns(wished: readonly string[] | null, names: readonly string[]): readonly string[] {
  for (const name of wished ?? []) {
    if (names.includes(name)) continue;
    const near = nearestName(name, names);
    const hint = near === undefined ? `it is one of ${names.join(', ')}` : `did you mean '${near}'?`;
    throw new XylenError('XY_USAGE', `--columns: there is no column '${name}'; ${hint}`, {
      fields: { column: name },
    });
  }
  return wished ?? names;
}
