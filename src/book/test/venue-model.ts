/**
 * Venues as the keeper's test sees them: a true book that changes one level at a time, the messages that the venue makes of its changes by its own
 * numbering, its snapshots, and what the book was after every change.
 */
import type { Prng } from '#core';
import type { Side } from '#domain';
import { BookUpdate } from '../book-update.ts';
import type { ContinuityRule } from '../continuity.ts';
import { CountedSequence } from '../counted-sequence.ts';
import { DepthSequence } from '../depth-sequence.ts';
import { krakenChecksum } from '../kraken-checksum.ts';
import { KucoinSequence } from '../kucoin-sequence.ts';
import { L2Book } from '../l2-book.ts';
import type { BookPolicy } from '../policy.ts';
import { Unnumbered } from '../unnumbered.ts';

/** Numbering of a venue. */
export type VenueKind = 'futures' | 'spot' | 'kucoin' | 'counted' | 'checksum';

/** All of them. */
export const VENUE_KINDS: readonly VenueKind[] = ['futures', 'spot', 'kucoin', 'counted', 'checksum'];

const RULES: Record<VenueKind, () => ContinuityRule> = {
  futures: () => new DepthSequence(),
  spot: () => new DepthSequence(),
  kucoin: () => new KucoinSequence(),
  counted: () => new CountedSequence(),
  checksum: () => new Unnumbered(),
};

const MIDDLE_TICKS = 1000;
const REACH_TICKS = 25;
const CHECKSUM_DEPTH = 10;

/** The policy under which a venue's book is kept. */
export function policyOf(kind: VenueKind, bufferedMax: number): BookPolicy {
  return {
    newRule: RULES[kind],
    depth: kind === 'checksum' ? CHECKSUM_DEPTH : null,
    checksum: kind === 'checksum' ? krakenChecksum : null,
    bufferedMax,
    crossedGraceUs: 1_000_000,
  };
}

interface Change {
  readonly id: number;
  readonly side: Side;
  readonly priceTicks: number;
  readonly qtyLots: number;
}

/** A venue with a book that never is crossed. */
export class VenueModel {
  readonly kind: VenueKind;
  readonly #prng: Prng;
  readonly #book = new L2Book();
  /** Id of a change to the book after it. */
  readonly #states = new Map<number, unknown>();
  #lastId: number;
  #lastMessageId: number;
  /** What a subscriber of the venue with the checksum has seen. */
  #seen: L2Book = new L2Book();

  constructor(kind: VenueKind, prng: Prng) {
    this.kind = kind;
    this.#prng = prng;
    this.#lastId = prng.integer(1, 1_000_000);
    for (let i = 0; i < 60; i++) this.#change();
    this.#lastMessageId = this.#lastId;
    this.#see();
  }

  /** The id of the last change. */
  get lastId(): number {
    return this.#lastId;
  }

  /** The book as text after the change of that id; `undefined` when there was no such change. */
  textAt(id: number): string | undefined {
    const state = this.#states.get(id);
    if (state === undefined) return undefined;
    const book = new L2Book();
    book.loadState(state);
    if (this.kind === 'checksum') book.truncate(CHECKSUM_DEPTH);
    return textOf(book);
  }

  /** Lets the market change and returns the message of it; `tsVenueUs` holds the id of its last change. */
  nextMessage(): BookUpdate {
    const count = this.kind === 'counted' ? 1 : this.#prng.integer(1, 5);
    const changes = Array.from({ length: count }, () => this.#change());
    const update = new BookUpdate();
    update.tsVenueUs = this.#lastId;
    if (this.kind === 'checksum') this.#fillByView(update);
    else this.#fillByChanges(update, changes);
    this.#lastMessageId = this.#lastId;
    this.#see();
    return update;
  }

  /** Returns a snapshot of the book as it was after one of the last `back` changes. */
  snapshot(back: number): BookUpdate {
    const ids = [...this.#states.keys()];
    const id = ids[Math.max(0, ids.length - 1 - back)]!;
    const book = new L2Book();
    book.loadState(this.#states.get(id));
    const update = new BookUpdate();
    update.isSnapshot = true;
    update.tsVenueUs = id;
    if (this.kind === 'checksum') {
      book.truncate(CHECKSUM_DEPTH);
      update.checksum = krakenChecksum(book);
    } else update.lastId = id;
    for (const side of ['buy', 'sell'] as const) {
      for (let i = 0; i < book.levelCount(side); i++) {
        levelsOf(update, side).push(book.priceTicksAt(side, i), book.qtyLotsAt(side, i));
      }
    }
    return update;
  }

  #change(): Change {
    const prng = this.#prng;
    const isSkipping = this.kind === 'futures' && prng.uniform() < 0.5;
    this.#lastId += isSkipping ? prng.integer(1, 40) : 1;
    const side: Side = prng.uniform() < 0.5 ? 'buy' : 'sell';
    const distance = prng.integer(0, REACH_TICKS);
    const priceTicks = side === 'buy' ? MIDDLE_TICKS - 1 - distance : MIDDLE_TICKS + distance;
    const qtyLots = prng.uniform() < 0.4 ? 0 : prng.integer(1, 100);
    this.#book.setLevel(side, priceTicks, qtyLots);
    this.#states.set(this.#lastId, this.#book.saveState());
    return { id: this.#lastId, side, priceTicks, qtyLots };
  }

  /** The last quantity of each price that changed, in no particular order. */
  #fillByChanges(update: BookUpdate, changes: readonly Change[]): void {
    update.firstId = this.kind === 'futures' ? changes[0]!.id : this.#lastMessageId + 1;
    update.lastId = this.#lastId;
    if (this.kind === 'futures') update.previousId = this.#lastMessageId;
    const last = new Map(changes.map((change) => [`${change.side}${change.priceTicks}`, change]));
    for (const { side, priceTicks, qtyLots, id } of [...last.values()].reverse()) {
      levelsOf(update, side).push(priceTicks, qtyLots, this.kind === 'kucoin' ? id : 0);
    }
  }

  /** What changes a view of the best ten: levels that come or change in it, and those that are gone; not those that are pushed out of it. */
  #fillByView(update: BookUpdate): void {
    const view = this.#view();
    for (const side of ['buy', 'sell'] as const) {
      for (let i = 0; i < this.#seen.levelCount(side); i++) {
        const priceTicks = this.#seen.priceTicksAt(side, i);
        if (this.#book.qtyLotsOf(side, priceTicks) === 0) levelsOf(update, side).push(priceTicks, 0);
      }
      for (let i = 0; i < view.levelCount(side); i++) {
        const priceTicks = view.priceTicksAt(side, i);
        const qtyLots = view.qtyLotsAt(side, i);
        if (this.#seen.qtyLotsOf(side, priceTicks) !== qtyLots) {
          levelsOf(update, side).push(priceTicks, qtyLots);
        }
      }
    }
    update.checksum = krakenChecksum(view);
  }

  #see(): void {
    this.#seen = this.#view();
  }

  #view(): L2Book {
    const view = new L2Book();
    view.loadState(this.#book.saveState());
    view.truncate(CHECKSUM_DEPTH);
    return view;
  }
}

/** A book as text. */
export function textOf(book: L2Book): string {
  return (['buy', 'sell'] as const)
    .map((side) =>
      Array.from(
        { length: book.levelCount(side) },
        (_, i) => `${book.priceTicksAt(side, i)}:${book.qtyLotsAt(side, i)}`,
      ).join(' '),
    )
    .join(' | ');
}

function levelsOf(update: BookUpdate, side: Side): BookUpdate['bids'] {
  return side === 'buy' ? update.bids : update.asks;
}
