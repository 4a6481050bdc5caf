/**
 * Checks of recorded books: rebuilds the book as a consumer would and reports breaks of the update ids and crossed states. Before the
 * first snapshot, and after a break until the next one, there is no book to judge.
 *
 * A REST snapshot is recorded when its answer came, after differences that go beyond it: the last differences are therefore kept and
 * those that end at or after the snapshot are applied on top of it. The first one applied must reach over the snapshot. Every
 * difference must follow the one before: by the venue's link (`pu`) where there is one, else first id = last id + 1. A recording
 * without any snapshot (the second file of a run) is checked for breaks only.
 */
import { formatIso } from '#core';
import { BOOK, type RowChunk, recordEnd } from '../history/index.ts';
import type { FindingList } from './finding.ts';
import { SortedLevels } from './sorted-levels.ts';

/** What the pass over book events adds up. */
export interface BookStatistics {
  eventCount: number;
  levelCount: number;
  snapshotCount: number;
  firstTsUs: number;
  lastTsUs: number;
  breakCount: number;
  /** Events after which a whole book was at hand. */
  bookStates: number;
  crossedStates: number;
}

/** One difference: its ids and where its rows lie. */
interface Difference {
  readonly chunk: RowChunk;
  readonly row: number;
  readonly end: number;
  readonly tsUs: number;
  readonly firstId: number;
  readonly lastId: number;
  /** False when something is missing before it. */
  readonly isLinked: boolean;
}

/** Differences kept for a snapshot that comes late: at 10 ms a difference, ten seconds; the oldest go. */
const RECENT_MAX = 1_024;

/** `none`: no book; `waiting`: a snapshot, and no difference yet that goes on from it; `whole`: up to date. */
type BookState = 'none' | 'waiting' | 'whole';

/** Checks book events one after the other. */
export class BookChecks {
  readonly statistics: BookStatistics = {
    eventCount: 0,
    levelCount: 0,
    snapshotCount: 0,
    firstTsUs: Number.NaN,
    lastTsUs: Number.NaN,
    breakCount: 0,
    bookStates: 0,
    crossedStates: 0,
  };
  readonly #findings: FindingList;
  readonly #bids = new SortedLevels();
  readonly #asks = new SortedLevels();
  readonly #recent: Difference[] = [];
  #state: BookState = 'none';
  #snapshotId = Number.NaN;
  #lastId = Number.NaN;
  #isCrossed = false;
  #decimals = Number.NaN;

  constructor(findings: FindingList) {
    this.#findings = findings;
  }

  /** Adds rows in order. */
  add(chunk: RowChunk): void {
    this.#keepScale(chunk);
    for (let row = 0; row < chunk.rowCount; ) {
      const end = recordEnd(chunk, row);
      this.#event(chunk, row, end);
      row = end;
    }
  }

  /** The best prices now, in units of the rows (NaN without a whole book), and the id of the last difference. */
  get best(): { readonly bid: number; readonly ask: number; readonly lastId: number } {
    const isWhole = this.#state === 'whole';
    const [bid, ask] = isWhole ? [this.#bids.highest, this.#asks.lowest] : [Number.NaN, Number.NaN];
    return { bid, ask, lastId: this.#lastId };
  }

  #event(chunk: RowChunk, row: number, end: number): void {
    const stats = this.statistics;
    const at = (column: number): number => chunk.columns[column]![row]!;
    const tsUs = at(BOOK.tsLocal);
    if (stats.eventCount === 0) stats.firstTsUs = tsUs;
    stats.lastTsUs = tsUs;
    stats.eventCount++;
    stats.levelCount += at(BOOK.side) === 0 ? 0 : end - row;
    if (at(BOOK.isSnapshot) === 1) this.#snapshot(chunk, row, end);
    else {
      const ids = { firstId: at(BOOK.firstId), lastId: at(BOOK.lastId) };
      const isLinked = this.#link(tsUs, ids.firstId, ids.lastId, at(BOOK.previousId));
      const difference = { chunk, row, end, tsUs, ...ids, isLinked };
      this.#recent.push(difference);
      if (this.#recent.length > RECENT_MAX) this.#recent.shift();
      this.#goOn(difference);
    }
    if (this.#state !== 'whole') return;
    stats.bookStates++;
    this.#judge(tsUs);
  }

  #snapshot(chunk: RowChunk, row: number, end: number): void {
    this.statistics.snapshotCount++;
    this.#bids.clear();
    this.#asks.clear();
    this.#state = 'waiting';
    this.#snapshotId = chunk.columns[BOOK.lastId]![row]!;
    this.#apply(chunk, row, end);
    for (const difference of this.#recent) this.#goOn(difference);
  }

  /** Holds a difference against the one before it. */
  #link(tsUs: number, firstId: number, lastId: number, previousId: number): boolean {
    const before = this.#lastId;
    this.#lastId = lastId;
    // A venue that does not number its updates (id -1) cannot tell of a loss in this way.
    const isNumbered = firstId >= 0 && before >= 0;
    const follows = previousId >= 0 ? previousId === before : firstId === before + 1;
    if (Number.isNaN(before) || !isNumbered || follows) return true;
    const link = previousId >= 0 ? `follows ${previousId}` : `starts at ${firstId}`;
    this.#break(tsUs, `update ${lastId} ${link}, the one before ended at ${before}, ${formatIso(tsUs)}`);
    return false;
  }

  /** Applies a difference to the book, or finds that there is none to apply it to. */
  #goOn({ chunk, row, end, tsUs, firstId, lastId, isLinked }: Difference): void {
    if (this.#state === 'waiting') {
      if (lastId < this.#snapshotId) return;
      // Spot counts the snapshot's own id as seen: its first difference may start right after it.
      this.#state = firstId <= this.#snapshotId + 1 ? 'whole' : 'none';
      if (this.#state === 'none') {
        const snapshot = `after the snapshot ${this.#snapshotId}: the snapshot is too old`;
        this.#break(tsUs, `update ${lastId} starts at ${firstId}, ${snapshot}, ${formatIso(tsUs)}`);
      }
    } else if (!isLinked) this.#state = 'none';
    if (this.#state === 'whole') this.#apply(chunk, row, end);
  }

  #break(tsUs: number, text: string): void {
    this.statistics.breakCount++;
    this.#findings.add('sequence_break', tsUs, 1, text);
  }

  #apply(chunk: RowChunk, row: number, end: number): void {
    for (let i = row; i < end; i++) {
      const side = chunk.columns[BOOK.side]![i]!;
      if (side === 0) continue;
      (side > 0 ? this.#bids : this.#asks).set(chunk.columns[BOOK.price]![i]!, chunk.columns[BOOK.qty]![i]!);
    }
  }

  #judge(tsUs: number): void {
    const { bid, ask } = this.best;
    const isCrossed = bid >= ask;
    if (isCrossed) this.statistics.crossedStates++;
    // One finding a spell: how long it lasted is in the statistics.
    if (isCrossed && !this.#isCrossed) {
      const text = `best bid ${bid} is not below best ask ${ask} (units of price), ${formatIso(tsUs)}`;
      this.#findings.add('crossed', tsUs, bid - ask, text);
    }
    this.#isCrossed = isCrossed;
  }

  /** Levels are kept in the units of the rows; where the scale changes the book starts anew with the next snapshot. */
  #keepScale(chunk: RowChunk): void {
    if (chunk.priceDecimals === this.#decimals) return;
    this.#decimals = chunk.priceDecimals;
    this.#state = 'none';
    this.#recent.length = 0;
  }
}
