/**
 * Merges streams of the same data set in time order: records that agree are taken once, records that disagree are a conflict.
 * Streams are opened when the merge reaches their first record, so a thousand daily files need one open file at a time. Memory is a
 * chunk a stream, whatever the length.
 *
 * The same record means: the same bar (open time), the same settlement (minute: venues stamp one settlement some milliseconds
 * apart), the same trade (time and id), the same book event (time, update id and whether it is a snapshot), the same band of a depth (time
 * and distance); of all other kinds, the same local time.
 */
import { formatDecimal, formatIso, US_PER_MINUTE, XylenError } from '#core';
import { FUNDING_RATE_DECIMALS } from '#domain';
import type { HistoryKind } from '../history-port.ts';
import {
  BOOK,
  BOOK_DEPTH,
  CHUNK_ROWS_MAX,
  type ColumnRole,
  type Decimals,
  E4_DECIMALS,
  E8_DECIMALS,
  FUNDING,
  KIND_COLUMNS,
  type RowChunk,
  recordCount,
  scaleChunk,
  sliceRows,
  TRADE,
} from './columns.ts';
import { RecordCursor } from './record-cursor.ts';
import { RowBuffer } from './row-buffer.ts';

/** One stream to merge. */
export interface MergeSource {
  /** File or folder, for messages. */
  readonly label: string;
  /** Time of its first record, epoch us. */
  readonly firstTsUs: number;
  /** True for what the archive holds already, false for what is given to it. */
  readonly isKept: boolean;
  open(): AsyncIterable<RowChunk>;
}

/** What to merge into and what to do when two sources disagree on a record. */
export interface MergeOptions {
  readonly kind: HistoryKind;
  /** At least the decimals of every source. */
  readonly decimals: Decimals;
  /** The data set, for messages. */
  readonly dataSet: string;
  /** True: a given record takes the place of a kept one it disagrees with. Given sources never overrule each other. */
  readonly canReplace: boolean;
}

/** Counts of a merge, in records; all but `emitted` are disjoint and add up to it. */
export class MergeTally {
  /** Records that went out. */
  emitted = 0;
  /** Records only kept sources had. */
  kept = 0;
  /** Records only given sources had. */
  added = 0;
  /** Records kept and given alike. */
  known = 0;
  /** Records given against a kept one. */
  replaced = 0;
}

/** Records of different sources at most this far apart may be one and the same. */
const SAME_RECORD_US = US_PER_MINUTE;

interface ActiveSource {
  readonly ix: number;
  readonly label: string;
  readonly isKept: boolean;
  readonly cursor: RecordCursor;
}

/** Yields the merged records as chunks of `options.decimals`. @throws XY_IMPORT_CONFLICT naming time, column and both values. */
export async function* mergeRecords(
  sources: readonly MergeSource[],
  options: MergeOptions,
  tally: MergeTally,
): AsyncGenerator<RowChunk> {
  const merge = new Merge(sources, options, tally);
  try {
    for (;;) {
      await merge.openDue();
      const lead = merge.earliest();
      if (lead === undefined) break;
      if (merge.isAlone(lead)) {
        if (merge.out.rowCount > 0) yield merge.out.take();
        yield merge.takeChunk(lead);
        await merge.advance(lead);
      } else {
        await merge.takeRecord(lead);
        if (merge.out.isFull) yield merge.out.take();
      }
    }
    if (merge.out.rowCount > 0) yield merge.out.take();
  } finally {
    await merge.close();
  }
}

class Merge {
  readonly out: RowBuffer;
  readonly #options: MergeOptions;
  readonly #tally: MergeTally;
  readonly #pending: { readonly ix: number; readonly source: MergeSource }[];
  readonly #active: ActiveSource[] = [];
  readonly #guard: SequenceGuard;

  constructor(sources: readonly MergeSource[], options: MergeOptions, tally: MergeTally) {
    this.out = new RowBuffer(options.kind, options.decimals, CHUNK_ROWS_MAX);
    this.#options = options;
    this.#tally = tally;
    this.#pending = sources
      .map((source, ix) => ({ ix, source }))
      .sort((a, b) => a.source.firstTsUs - b.source.firstTsUs || a.ix - b.ix);
    this.#guard = new SequenceGuard(options);
  }

  /** Opens every source whose first record may come next. */
  async openDue(): Promise<void> {
    for (;;) {
      const next = this.#pending[0];
      if (next === undefined) return;
      const headUs = this.#active.reduce((least, { cursor }) => Math.min(least, cursor.tsUs), Infinity);
      if (next.source.firstTsUs > headUs + SAME_RECORD_US) return;
      this.#pending.shift();
      const { label, isKept } = next.source;
      const cursor = new RecordCursor(scaled(next.source.open(), this.#options.decimals));
      if (await cursor.load()) this.#active.push({ ix: next.ix, label, isKept, cursor });
    }
  }

  /** Returns the source with the next record; of equal ones the one listed first. */
  earliest(): ActiveSource | undefined {
    let best: ActiveSource | undefined;
    for (const source of this.#active) {
      const order = best === undefined ? -1 : this.#compare(source, best);
      if (best === undefined || order < 0 || (order === 0 && source.ix < best.ix)) best = source;
    }
    return best;
  }

  /** True when no other source can have a record within the rest of this source's chunk. */
  isAlone(lead: ActiveSource): boolean {
    if (this.#active.length > 1) return false;
    const { chunk } = lead.cursor;
    const lastTsUs = chunk.columns[0]![chunk.rowCount - 1]!;
    const next = this.#pending[0];
    return next === undefined || next.source.firstTsUs > lastTsUs + SAME_RECORD_US;
  }

  /** Takes the rest of the lead's chunk as it is. */
  takeChunk(lead: ActiveSource): RowChunk {
    const { cursor } = lead;
    this.#guard.check(lead);
    const rows = sliceRows(cursor.chunk, cursor.start, cursor.chunk.rowCount);
    const count = recordCount(rows);
    this.#tally.emitted += count;
    this.#tally[lead.isKept ? 'kept' : 'added'] += count;
    this.#guard.noteRows(lead.ix, rows);
    cursor.skipChunk();
    return rows;
  }

  /** Takes one record: the lead's, checked against every other source that has it too. */
  async takeRecord(lead: ActiveSource): Promise<void> {
    const same = this.#active.filter((source) => source !== lead && this.#compare(source, lead) === 0);
    let winner = lead;
    for (const other of same) {
      const column = differingColumn(winner.cursor, other.cursor);
      if (column === undefined) continue;
      if (!this.#options.canReplace || winner.isKept === other.isKept)
        throw this.#conflict(winner, other, column);
      if (winner.isKept) winner = other;
    }
    this.#guard.check(winner);
    this.out.append(winner.cursor.chunk, winner.cursor.start, winner.cursor.end);
    this.#guard.noteRecord(winner);
    this.#tally.emitted++;
    this.#tally[outcomeOf([lead, ...same], winner)]++;
    for (const source of [lead, ...same]) await this.advance(source);
  }

  /** Moves a source to its next record and forgets it at its end. */
  async advance(source: ActiveSource): Promise<void> {
    if (source.cursor.step() || (await source.cursor.load())) return;
    this.#active.splice(this.#active.indexOf(source), 1);
  }

  async close(): Promise<void> {
    for (const { cursor } of this.#active) await cursor.close();
  }

  #compare(a: ActiveSource, b: ActiveSource): number {
    return compareRecords(this.#options.kind, a.cursor, b.cursor);
  }

  #conflict(first: ActiveSource, second: ActiveSource, column: number): XylenError {
    const { name } = KIND_COLUMNS[this.#options.kind][column]!;
    const at = formatIso(first.cursor.tsUs);
    const [a, b] = [textOf(first.cursor, column), textOf(second.cursor, column)];
    return new XylenError(
      'XY_IMPORT_CONFLICT',
      `${this.#options.dataSet} at ${at}: ${first.label} has ${name} ${a}, ${second.label} has ${b}`,
      {
        fields: {
          time: at,
          column: name,
          first: a,
          second: b,
          firstSource: first.label,
          secondSource: second.label,
        },
      },
    );
  }
}

/** Says how a record that some sources share counts; `winner` is the first kept one unless it was overruled. */
function outcomeOf(
  sharing: readonly ActiveSource[],
  winner: ActiveSource,
): 'kept' | 'added' | 'known' | 'replaced' {
  if (!sharing.some(({ isKept }) => isKept)) return 'added';
  if (!winner.isKept) return 'replaced';
  return sharing.every(({ isKept }) => isKept) ? 'kept' : 'known';
}

async function* scaled(rows: AsyncIterable<RowChunk>, decimals: Decimals): AsyncGenerator<RowChunk> {
  for await (const chunk of rows) yield scaleChunk(chunk, decimals);
}

/** Orders two records; 0 when they are the same record. */
function compareRecords(kind: HistoryKind, a: RecordCursor, b: RecordCursor): number {
  if (kind === 'funding') return minuteOf(a.tsUs) - minuteOf(b.tsUs);
  const byTime = a.tsUs - b.tsUs;
  if (byTime !== 0 || kind === 'candles' || kind === 'mark') return byTime;
  if (kind === 'trades') return valueAt(a, TRADE.id) - valueAt(b, TRADE.id);
  if (kind === 'book-depth') return valueAt(a, BOOK_DEPTH.bandBps) - valueAt(b, BOOK_DEPTH.bandBps);
  if (kind !== 'book') return 0;
  return (
    valueAt(a, BOOK.lastId) - valueAt(b, BOOK.lastId) ||
    valueAt(a, BOOK.isSnapshot) - valueAt(b, BOOK.isSnapshot)
  );
}

function minuteOf(tsUs: number): number {
  return Math.floor((tsUs + US_PER_MINUTE / 2) / US_PER_MINUTE);
}

function valueAt(cursor: RecordCursor, column: number): number {
  return cursor.chunk.columns[column]![cursor.start]!;
}

function textOf(cursor: RecordCursor, column: number): string {
  const { chunk } = cursor;
  const { role } = KIND_COLUMNS[chunk.kind][column]!;
  const value = valueAt(cursor, column);
  if (role === 'time') return formatIso(value);
  const scale: Readonly<Partial<Record<ColumnRole, number>>> = {
    price: chunk.priceDecimals,
    qty: chunk.qtyDecimals,
    rate: FUNDING_RATE_DECIMALS,
    e8: E8_DECIMALS,
    e4: E4_DECIMALS,
  };
  return formatDecimal(value, scale[role] ?? 0);
}

/** Returns the first column in which two records of one scale differ; `undefined` when they agree. */
function differingColumn(a: RecordCursor, b: RecordCursor): number | undefined {
  const { kind } = a.chunk;
  if (kind === 'funding')
    return valueAt(a, FUNDING.rate) === valueAt(b, FUNDING.rate) ? undefined : FUNDING.rate;
  const rows = a.end - a.start;
  for (let ix = 0; ix < a.chunk.columns.length; ix++) {
    const left = a.chunk.columns[ix]!;
    const right = b.chunk.columns[ix]!;
    for (let row = 0; row < rows; row++) if (left[a.start + row] !== right[b.start + row]) return ix;
  }
  return b.end - b.start === rows ? undefined : BOOK.levelIx;
}

/**
 * Refuses two recordings of the same stretch that do not agree: where the merge passes from one source to another, trade ids and
 * update ids must go on upwards. Inside one source the reader has seen to the order, and breaks are for the quality report.
 */
class SequenceGuard {
  readonly #options: MergeOptions;
  readonly #column: number;
  #lastIx = -1;
  #lastId = -1;
  #lastLabel = '';

  constructor(options: MergeOptions) {
    this.#options = options;
    this.#column = options.kind === 'trades' ? TRADE.id : options.kind === 'book' ? BOOK.lastId : -1;
  }

  check(source: ActiveSource): void {
    if (this.#column < 0) return;
    const id = valueAt(source.cursor, this.#column);
    if (source.ix !== this.#lastIx && id <= this.#lastId && !this.#isSnapshot(source.cursor)) {
      const at = formatIso(source.cursor.tsUs);
      const { name } = KIND_COLUMNS[this.#options.kind][this.#column]!;
      throw new XylenError(
        'XY_IMPORT_CONFLICT',
        `${this.#options.dataSet} at ${at}: ${source.label} has ${name} ${id} after ${this.#lastId} of ${this.#lastLabel}; ` +
          'two recordings of the same time do not agree',
        {
          fields: {
            time: at,
            column: name,
            first: this.#lastId,
            second: id,
            firstSource: this.#lastLabel,
            secondSource: source.label,
          },
        },
      );
    }
    this.#lastLabel = source.label;
  }

  noteRecord(source: ActiveSource): void {
    if (this.#column < 0 || this.#isSnapshot(source.cursor)) return;
    this.#lastIx = source.ix;
    this.#lastId = valueAt(source.cursor, this.#column);
  }

  noteRows(ix: number, rows: RowChunk): void {
    if (this.#column < 0) return;
    for (let row = rows.rowCount - 1; row >= 0; row--) {
      if (rows.kind === 'book' && rows.columns[BOOK.isSnapshot]![row] === 1) continue;
      this.#lastIx = ix;
      this.#lastId = rows.columns[this.#column]![row]!;
      return;
    }
  }

  #isSnapshot(cursor: RecordCursor): boolean {
    return this.#options.kind === 'book' && valueAt(cursor, BOOK.isSnapshot) === 1;
  }
}
