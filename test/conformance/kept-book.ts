/** One book of an adapter, kept by its own policy from decoded frames and answers, and held against the truth. */
import assert from 'node:assert/strict';
import {
  BookKeeper,
  BookUpdate,
  ConnectionSequence,
  type FrameVerdict,
  type KeeperAnswer,
  type L2Book,
} from '#book';
import type { Side } from '#domain';
import type { TrueBook, TrueChange } from '../hostile/true-market.ts';
import { DecodedLog } from '../support/decoded-log.ts';
import type { AdapterUnderTest } from './adapters.ts';
import { type Connection, carrierOf, connectAll } from './connection.ts';
import { DialectMarket } from './dialect-market.ts';

/** What became of a delivered frame. */
export interface Kept {
  readonly answers: readonly KeeperAnswer[];
  /** `null` = the venue does not number its connections. */
  readonly verdict: FrameVerdict | null;
}

/** A book in its market; nothing is synchronised yet. */
export class KeptBook {
  readonly market: DialectMarket;
  readonly truth: TrueBook;
  readonly keeper: BookKeeper;
  readonly #connection: Connection;
  readonly #sequence = new ConnectionSequence();
  readonly #depth: number;
  #answers: KeeperAnswer[] = [];
  #heardCount = 0;

  constructor(under: AdapterUnderTest, seed: number) {
    this.market = new DialectMarket(under, 2, seed);
    const [truth] = this.market.books;
    const [listed] = this.market.listed;
    assert.ok(truth !== undefined && listed !== undefined);
    this.truth = truth;
    const policy = under.adapter.bookPolicy(listed.instrument);
    this.#depth = policy.depth ?? Number.POSITIVE_INFINITY;
    this.keeper = new BookKeeper(policy, () => undefined);
    this.keeper.startSync();
    this.#connection = carrierOf(connectAll(this.market), `book ${truth.instrument.wireSymbol}`);
    this.#hearAnew();
  }

  get isByStream(): boolean {
    return this.market.under.adapter.hasStreamSnapshot;
  }

  /** True while nothing says that the book is wrong. */
  get isTrusted(): boolean {
    return this.keeper.isUsable;
  }

  /** Makes a change that the connection hears of; its frames are not delivered yet. */
  change(isFalsified = false): readonly string[] {
    return this.#connection.changeFrames(this.makeChange(), isFalsified);
  }

  makeChange(): TrueChange {
    return this.market.change(this.truth);
  }

  /** Delivers frames; a number that is missing on the connection makes the book worthless, as the feed does. */
  hear(frames: readonly string[]): Kept {
    this.#answers = [];
    let verdict: FrameVerdict | null = null;
    for (const frame of frames) {
      const log = this.#logInto((sequence) => {
        verdict = worse(verdict, this.#sequence.judge(sequence));
        if (verdict === 'gap') this.keeper.startSync();
      });
      this.#connection.decoder.decode(Buffer.from(frame), this.market.nowUs, log);
    }
    return { answers: this.#answers, verdict };
  }

  /** Gets a snapshot: by request where the venue has them so, else by asking anew on the stream. */
  resync(): Kept {
    if (this.isByStream) return this.#resubscribe();
    this.#answers = [];
    const [listed] = this.market.listed;
    assert.ok(listed !== undefined);
    const { adapter } = this.market.under;
    const call = adapter
      .rest(this.market.hosts)
      .bookSnapshot(listed.instrument, listed.restSymbol, new BookUpdate());
    assert.ok(call !== null, 'a venue without snapshots on the stream has them by request');
    const update = call.parse(this.market.answer(call).body);
    assert.equal(update.instrumentIx, listed.instrument.ix);
    update.isSnapshot = true;
    this.#take(update);
    return { answers: this.#answers, verdict: null };
  }

  /** Changes, delivered one after the other. */
  goOn(changes: number): void {
    for (let n = 0; n < changes; n++) this.hear(this.change());
  }

  /** @throws AssertionError with the first level that differs */
  checkTruth(when: string): void {
    assert.ok(this.keeper.isUsable, `the book is usable ${when}: ${this.keeper.lastLoss?.detail}`);
    const { book } = this.keeper;
    assert.deepEqual(sideOf(book, 'buy'), this.#trueSide('bid'), `bids ${when}`);
    assert.deepEqual(sideOf(book, 'sell'), this.#trueSide('ask'), `asks ${when}`);
  }

  /** True when the best levels are the venue's, as many as a checksum covers. */
  isRightAtTop(levels: number): boolean {
    const equals = (side: Side, name: 'bid' | 'ask'): boolean =>
      JSON.stringify(sideOf(this.keeper.book, side).slice(0, levels)) ===
      JSON.stringify(this.truth.levels(name).slice(0, levels));
    return equals('buy', 'bid') && equals('sell', 'ask');
  }

  #trueSide(name: 'bid' | 'ask'): readonly (readonly [number, number])[] {
    return this.truth.levels(name).slice(0, this.#depth);
  }

  #resubscribe(): Kept {
    this.keeper.startSync();
    const [subscription] = this.market.subscriptions(['book']);
    assert.ok(subscription !== undefined);
    this.#connection.say(this.#connection.dialogue.resubscribe(subscription));
    return this.#hearAnew();
  }

  /** Delivers what came on the connection by itself. */
  #hearAnew(): Kept {
    const frames = this.#connection.heard.slice(this.#heardCount);
    this.#heardCount = this.#connection.heard.length;
    return this.hear(frames);
  }

  #logInto(onSequence: (sequence: number) => void): DecodedLog {
    const log = new DecodedLog();
    log.onBook = (update) => {
      if (update.instrumentIx === 0) this.#take(update);
    };
    log.onConnectionSequence = (sequence) => {
      onSequence(sequence);
      return true;
    };
    return log;
  }

  #take(update: BookUpdate): void {
    update.tsLocalUs = this.market.nowUs;
    this.#answers.push(update.isSnapshot ? this.keeper.onSnapshot(update) : this.keeper.onDelta(update));
  }
}

function worse(a: FrameVerdict | null, b: FrameVerdict): FrameVerdict {
  if (a === 'gap' || b === 'gap') return 'gap';
  return a === 'old' ? a : b;
}

function sideOf(book: L2Book, side: Side): readonly (readonly [number, number])[] {
  return Array.from({ length: book.levelCount(side) }, (_, at) => [
    book.priceTicksAt(side, at),
    book.qtyLotsAt(side, at),
  ]);
}
