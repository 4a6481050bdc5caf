/**
 * One book of a capture, kept by the keeper that keeps the books of live feeds, with counts of what happened to it. Books by request stand ready
 * with their time and are taken when they are due and the book needs one, as a feed would have. Pure.
 */
import { BookKeeper, type BookPolicy, type BookUpdate, type KeeperAnswer } from '#book';
import { assert, type EpochUs, formatDecimal } from '#core';
import type { Side } from '#domain';
import type { DecimalStyle, FeedInstrument } from '#venues/market';
import type { ScannedMarket } from './market-scan.ts';

/** What became of a book in a capture. */
export interface BookReport {
  /** Messages of this book on the stream, snapshots included. */
  readonly frames: number;
  readonly applied: number;
  /** Messages that said what the book already held, and those given up because no snapshot came for them. */
  readonly dropped: number;
  /** Losses that the venue's numbers show. */
  readonly gaps: number;
  /** How often the book was right again after a loss. */
  readonly resyncs: number;
  readonly checksumFailures: number;
  /** Messages after which bid stood at or above ask. */
  readonly crossed: number;
  /** True when the book at the end is not to be used. */
  readonly stale: boolean;
  /** Number of the last message in the book; `null` = the venue does not number. */
  readonly lastSequence: number | null;
  /** The best levels, best first, as decimal text. */
  readonly bids: readonly (readonly [price: string, qty: string])[];
  readonly asks: readonly (readonly [price: string, qty: string])[];
}

/** Levels of a report. */
const LEVELS_SHOWN = 20;
/** Books by request that may stand ready for one market. */
const REQUESTED_MAX = 1_024;

/** A book by request that stands ready. */
export interface ReadyBook {
  /** When it was received; `null` = it may be taken whenever it is needed. */
  readonly tsUs: EpochUs | null;
  readonly update: BookUpdate;
}

/** Hears of a book while its capture runs. */
export interface CapturedBookListener {
  /** The message is in the book now. */
  onApplied(update: BookUpdate, book: CapturedBook): void;
  /** The book became continuous, or ceased to be. */
  onLive(isLive: boolean, book: CapturedBook): void;
}

/** Keeps one book and counts. */
export class CapturedBook {
  readonly market: ScannedMarket;
  readonly instrument: FeedInstrument;
  /** Levels of a side that the venue keeps its subscribers up to date on; `null` = all. */
  readonly depth: number | null;
  readonly keeper: BookKeeper;
  readonly #hasChecksum: boolean;
  readonly #hasStreamSnapshot: boolean;
  readonly #ready: ReadyBook[] = [];
  /** Messages lost by the connection while the book was right. */
  #connectionGaps = 0;
  /** Books by request that were handed to the keeper, and those that are in its count of what was applied. */
  #requested = 0;
  #requestedApplied = 0;
  #needsRequested: boolean;
  readonly #listener: CapturedBookListener;
  #isLive = false;

  constructor(
    market: ScannedMarket,
    instrument: FeedInstrument,
    policy: BookPolicy,
    hasStreamSnapshot: boolean,
    listener: CapturedBookListener,
  ) {
    this.market = market;
    this.instrument = instrument;
    this.depth = policy.depth;
    this.#listener = listener;
    this.#hasChecksum = policy.checksum !== null;
    this.#hasStreamSnapshot = hasStreamSnapshot;
    this.#needsRequested = !hasStreamSnapshot;
    this.keeper = new BookKeeper(policy, (update) => {
      if (update.isSnapshot && !hasStreamSnapshot) this.#requestedApplied++;
      listener.onApplied(update, this);
    });
    this.keeper.startSync();
  }

  /** Puts a book by request ready; they come in the order of their times. */
  addReady(ready: ReadyBook): void {
    assert(this.#ready.length < REQUESTED_MAX, `a market has at most ${REQUESTED_MAX} books by request`);
    this.#ready.push(ready);
  }

  /** Takes what the stream says, or a book by request that stands in the capture itself. */
  onUpdate(update: BookUpdate, nowUs: EpochUs): void {
    this.#takeReady(nowUs);
    if (update.isSnapshot && !this.#hasStreamSnapshot) this.#takeRequested(update);
    else this.#judge(update.isSnapshot ? this.keeper.onSnapshot(update) : this.keeper.onDelta(update));
    this.#takeReady(nowUs);
    this.#checkCrossed(nowUs);
    this.#report();
  }

  /** The connection lost messages, or was another one from here on. */
  onConnectionLoss(isGap: boolean): void {
    if (isGap && this.keeper.state === 'live') this.#connectionGaps++;
    this.#startSync();
    this.#report();
  }

  /** A message could not be read; where neither numbers nor a checksum would show it, it may have been this book's. */
  onDamaged(): void {
    if (this.keeper.lastUpdateId < 0 && !this.#hasChecksum) this.onConnectionLoss(false);
  }

  /** The capture has ended; books by request that came later may still heal the book. */
  finish(nowUs: EpochUs): void {
    this.#takeReady(Number.POSITIVE_INFINITY);
    this.#checkCrossed(nowUs);
    this.#report();
  }

  /** Returns the counts and the best levels. */
  report(style: DecimalStyle): BookReport {
    const { counts, isUsable, lastUpdateId } = this.keeper;
    return {
      frames: counts.frames - this.#requested,
      applied: counts.applied - this.#requestedApplied,
      dropped: counts.dropped,
      gaps: counts.gaps + this.#connectionGaps,
      resyncs: counts.resyncs,
      checksumFailures: counts.checksumFailures,
      crossed: counts.crossed,
      stale: !isUsable,
      lastSequence: lastUpdateId < 0 ? null : lastUpdateId,
      bids: this.#levels('buy', style),
      asks: this.#levels('sell', style),
    };
  }

  #takeReady(nowUs: EpochUs): void {
    for (;;) {
      const [next] = this.#ready;
      if (next === undefined || (next.tsUs !== null && next.tsUs > nowUs)) return;
      // One without a time is kept until it is needed; one with a time came when it came.
      if (next.tsUs === null && !this.#needsRequested) return;
      this.#ready.shift();
      this.#takeRequested(next.update);
    }
  }

  /** A feed asks for a book only while it has none; an answer that comes too late is not used. */
  #takeRequested(update: BookUpdate): void {
    if (!this.#needsRequested) return;
    this.#requested++;
    const answer = this.keeper.onSnapshot(update);
    if (answer === 'applied') this.#needsRequested = false;
    this.#judge(answer);
  }

  #judge(answer: KeeperAnswer): void {
    const isLost = answer === 'gap' || answer === 'checksum' || answer === 'too-old';
    if (isLost && !this.#hasStreamSnapshot) this.#needsRequested = true;
  }

  #report(): void {
    const isLive = this.keeper.state === 'live';
    if (isLive === this.#isLive) return;
    this.#isLive = isLive;
    this.#listener.onLive(isLive, this);
  }

  #checkCrossed(nowUs: EpochUs): void {
    if (this.keeper.checkCrossed(nowUs)) this.#startSync();
  }

  #startSync(): void {
    this.#needsRequested = !this.#hasStreamSnapshot;
    this.keeper.startSync();
  }

  #levels(side: Side, style: DecimalStyle): readonly (readonly [string, string])[] {
    const { book } = this.keeper;
    const { priceDecimals, qtyDecimals } = this.instrument;
    const { priceWireDecimals, qtyWireDecimals } = this.market;
    const count = Math.min(LEVELS_SHOWN, book.levelCount(side));
    return Array.from({ length: count }, (_, index) => [
      styled(book.priceTicksAt(side, index), priceDecimals, priceWireDecimals, style),
      styled(book.qtyLotsAt(side, index), qtyDecimals, qtyWireDecimals, style),
    ]);
  }
}

/** Returns a number as the venue would have written it. */
function styled(units: number, decimals: number, wireDecimals: number, style: DecimalStyle): string {
  const text = formatDecimal(units, decimals);
  const dot = text.indexOf('.');
  if (style === 'float' && dot < 0) return `${text}.0`;
  if (style !== 'fixed' || wireDecimals === 0) return text;
  const written = dot < 0 ? 0 : text.length - dot - 1;
  return (dot < 0 ? `${text}.` : text) + '0'.repeat(wireDecimals - written);
}
