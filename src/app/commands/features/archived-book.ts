/**
 * A book of the archive as events for features: kept by the keeper that keeps the books of live feeds, so that what does not continue is not
 * believed, whoever recorded it, and held together with the ledger of losses. What leaves is what is in the book, and word of when it is right;
 * of what lies before the beginning only the book that it left.
 */
import {
  BookKeeper,
  type BookPolicy,
  BookUpdate,
  type L2Book,
  type LevelBuffer,
  Unnumbered,
  UPDATE_LEVELS_MAX,
} from '#book';
import { type EpochUs, XylenError } from '#core';
import type { BookEvent, InstrumentIx, Side } from '#domain';
import type { FrameEvent } from '#features';
import { bookEventOf } from './book-event.ts';

/** A time in which nothing recorded is complete: (`fromUs`, `toUs`), by local time. */
export interface LossInterval {
  readonly fromUs: EpochUs;
  readonly toUs: EpochUs;
}

/** A moment at which a loss begins or ends. */
interface Edge {
  readonly atUs: EpochUs;
  readonly isLost: boolean;
}

/** How a book is told. */
export interface ArchivedBookOptions {
  readonly policy: BookPolicy;
  /** They follow each other and do not overlap. */
  readonly losses: readonly LossInterval[];
  /** Prints and changes may have come so late. */
  readonly windowUs: number;
  /** What came before is told as one snapshot at that moment; `-Infinity` = all is told. */
  readonly toldFromUs: EpochUs;
}

/** Keeps one book. */
export class ArchivedBook {
  readonly #instrumentIx: InstrumentIx;
  readonly #options: ArchivedBookOptions;
  readonly #keeper: BookKeeper;
  readonly #isNumbered: boolean;
  readonly #update = new BookUpdate();
  readonly #edges: readonly Edge[];
  #edgeIx = 0;
  #isLost = false;
  #isTelling = false;
  #isUsable = true;
  #out: FrameEvent[] = [];
  /** The event that is being taken. */
  #event: BookEvent | null = null;

  constructor(instrumentIx: InstrumentIx, options: ArchivedBookOptions) {
    const { losses, policy } = options;
    this.#instrumentIx = instrumentIx;
    this.#options = options;
    this.#keeper = new BookKeeper(policy, (update) => this.#onApplied(update));
    this.#isNumbered = !(policy.newRule() instanceof Unnumbered);
    this.#edges = losses.flatMap(({ fromUs, toUs }) => [
      { atUs: fromUs, isLost: true },
      { atUs: toUs, isLost: false },
    ]);
  }

  /** Takes the next event. @throws XY_ROW_INVALID for one without numbers at a venue that numbers. */
  take(event: BookEvent): void {
    const { toldFromUs } = this.#options;
    if (!this.#isTelling && event.tsLocalUs >= toldFromUs)
      this.#begin(Number.isFinite(toldFromUs) ? toldFromUs : event.tsLocalUs - 1);
    this.#passEdges(event.tsLocalUs);
    this.#fill(event);
    this.#event = event;
    if (event.isSnapshot) this.#keeper.onSnapshot(this.#update);
    else this.#keeper.onDelta(this.#update);
    this.#event = null;
    this.#report(event.tsLocalUs, event.tsLocalUs);
  }

  /** No more events will come. */
  end(): void {
    const { toldFromUs } = this.#options;
    if (!this.#isTelling && Number.isFinite(toldFromUs)) this.#begin(toldFromUs);
    this.#passEdges(Number.POSITIVE_INFINITY);
  }

  /** Returns what has come out since the last call. */
  takeOut(): readonly FrameEvent[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  /** Tells the book that there is; none is usable before it is said to be. */
  #begin(tsLocalUs: EpochUs): void {
    this.#passEdges(tsLocalUs);
    this.#isTelling = true;
    const instrumentIx = this.#instrumentIx;
    const times = { instrumentIx, tsVenueUs: tsLocalUs, tsLocalUs };
    this.#out.push({ kind: 'feed-state', ...times, isUsable: false });
    this.#isUsable = false;
    if (this.#keeper.state !== 'live') return;
    const { book, lastUpdateId } = this.#keeper;
    const ids = { firstUpdateId: lastUpdateId, lastUpdateId, previousUpdateId: -1 };
    const levels = { bids: levelsOf(book, 'buy'), asks: levelsOf(book, 'sell') };
    this.#out.push({ kind: 'book', ...times, isSnapshot: true, ...ids, ...levels });
    this.#report(tsLocalUs, tsLocalUs);
  }

  #passEdges(beforeUs: EpochUs): void {
    for (let edge = this.#edges[this.#edgeIx]; edge !== undefined; edge = this.#edges[this.#edgeIx]) {
      if (edge.atUs >= beforeUs) return;
      this.#edgeIx++;
      this.#isLost = edge.isLost;
      // What was lost first may have happened a little before the last good message was received.
      this.#report(edge.atUs, edge.isLost ? edge.atUs - this.#options.windowUs : edge.atUs);
    }
  }

  #fill({ asks, bids, ...event }: BookEvent): void {
    const { firstUpdateId, lastUpdateId, previousUpdateId, tsLocalUs, tsVenueUs } = event;
    if (this.#isNumbered && (lastUpdateId < 0 || (firstUpdateId < 0 && !event.isSnapshot))) {
      const message = `a book event at ${tsLocalUs} us has no numbers, and its venue numbers them`;
      throw new XylenError('XY_ROW_INVALID', message, { fields: { tsUs: tsLocalUs } });
    }
    const update = this.#update;
    update.clear();
    update.tsVenueUs = tsVenueUs;
    update.tsLocalUs = tsLocalUs;
    update.isSnapshot = event.isSnapshot;
    update.firstId = firstUpdateId;
    update.lastId = lastUpdateId;
    update.previousId = previousUpdateId;
    fillLevels(update.bids, bids, lastUpdateId);
    fillLevels(update.asks, asks, lastUpdateId);
  }

  #onApplied(update: BookUpdate): void {
    const event = this.#event;
    if (event === null || !this.#isTelling) return;
    const instrumentIx = this.#instrumentIx;
    // An update that waited for a snapshot is in the book now, not when it came.
    const { tsLocalUs } = event;
    if (update === this.#update) this.#out.push({ ...event, instrumentIx });
    else this.#out.push({ ...bookEventOf(update), instrumentIx, tsLocalUs });
  }

  #report(tsLocalUs: EpochUs, tsVenueUs: EpochUs): void {
    const isUsable = this.#keeper.state === 'live' && !this.#isLost;
    if (isUsable === this.#isUsable || !this.#isTelling) return;
    this.#isUsable = isUsable;
    const instrumentIx = this.#instrumentIx;
    this.#out.push({ kind: 'feed-state', instrumentIx, tsVenueUs, tsLocalUs, isUsable });
  }
}

function levelsOf(book: L2Book, side: Side): Float64Array {
  const count = book.levelCount(side);
  const pairs = new Float64Array(2 * count);
  for (let at = 0; at < count; at++) {
    pairs[2 * at] = book.priceTicksAt(side, at);
    pairs[2 * at + 1] = book.qtyLotsAt(side, at);
  }
  return pairs;
}

/** Numbers of single levels are not archived: all of a message count as its last, which is right, as quantities are absolute. */
function fillLevels(buffer: LevelBuffer, pairs: Float64Array, sequence: number): void {
  for (let at = 0; at < pairs.length; at += 2) {
    if (buffer.push(pairs[at]!, pairs[at + 1]!, sequence)) continue;
    throw new XylenError('XY_ROW_INVALID', `a book event has at most ${UPDATE_LEVELS_MAX} levels a side`);
  }
}
