/**
 * One book kept right: it is synchronised by a snapshot and the changes around it, loses its trust at the first sign of a loss, and gets it back alone,
 * while all other books go on. A change of connections does not cost the book: it moves when the new one continues it, or brings its snapshot.
 *
 * Invariants: changes come from one connection at a time, `track.owner`; the book is in the ledger exactly while it was right before and is not
 * now; whoever applies what `onBook` gave has the keeper's book.
 */
import { BookKeeper, type BookPolicy, type BookUpdate, type KeeperAnswer, type UpdatePool } from '#book';
import { assert, type EpochUs } from '#core';
import type { LedgerCause } from '#domain';
import type { RestCall } from '../market/index.ts';
import type { FeedClock } from './event-stamp.ts';
import { HandOverBuffer } from './hand-over-buffer.ts';
import type { LedgerBook, Loss } from './ledger-book.ts';
import type { FeedListener } from './listener.ts';
import type { FeedOptions } from './options.ts';
import type { SnapshotClient } from './snapshot-queue.ts';
import { CandidateSnapshot, type SnapshotSource } from './snapshot-source.ts';
import { isCoveredBy, type StreamTrack, type TrackLink } from './stream-track.ts';

/** What a book's synchronisation needs. */
export interface BookSyncParts {
  readonly track: StreamTrack;
  readonly policy: BookPolicy;
  /** Where the book keeps what waits for a snapshot; shared by the books of a feed. */
  readonly pool: UpdatePool;
  /** True where snapshots come on the stream. */
  readonly hasStreamSnapshot: boolean;
  /** Makes the source of snapshots; `client` hears the answers of requests. */
  openSource(client: SnapshotClient): SnapshotSource;
  snapshotCall(isHurried: boolean): RestCall<BookUpdate>;
  readonly ledger: LedgerBook;
  readonly listener: FeedListener;
  readonly clock: FeedClock;
  readonly options: FeedOptions;
  /** Told when this connection does not bring the book right, whatever is asked. */
  onHopeless(track: StreamTrack, message: string): void;
}

/** Keeps one book. */
export class BookSync implements SnapshotClient {
  readonly track: StreamTrack;
  readonly keeper: BookKeeper;
  resyncCount = 0;
  readonly #parts: BookSyncParts;
  readonly #source: SnapshotSource;
  readonly #buffer: HandOverBuffer;
  readonly #takeOver: CandidateSnapshot;
  #candidateSinceUs: EpochUs = 0;
  #appliedUs: EpochUs = 0;
  #wasUsable = false;
  #reason = 'not yet synchronised';

  constructor(parts: BookSyncParts) {
    this.track = parts.track;
    this.#parts = parts;
    this.keeper = new BookKeeper(parts.policy, (update) => this.#onApplied(update), parts.pool);
    this.#buffer = new HandOverBuffer(parts.policy.bufferedMax);
    this.#takeOver = new CandidateSnapshot(parts.track, parts.options.snapshotTimeoutUs);
    this.#source = parts.openSource(this);
  }

  /** Why the book is in its state, in a few words. */
  get reason(): string {
    return this.#reason;
  }

  /** The book begins anew on a connection; there is no other. */
  begin(link: TrackLink): void {
    this.track.owner = link;
    this.#beginSync();
  }

  onConfirmed(link: TrackLink): void {
    if (this.track.owner === link) this.#source.onConfirmed(this.#parts.clock.nowUs());
  }

  /** Another connection is subscribed to the same book and is to take it over; `null` = none any more. */
  setCandidate(link: TrackLink | null): void {
    this.track.candidate = link;
    this.#candidateSinceUs = this.#parts.clock.nowUs();
    this.#buffer.take();
  }

  /** Takes what a connection says about the book. */
  onUpdate(update: BookUpdate, link: TrackLink): void {
    if (link === this.track.owner) {
      this.#take(update);
      if (this.#buffer.count > 0) this.#tryBridge();
    } else if (link === this.track.candidate) this.#takeFromCandidate(update);
  }

  snapshotCall(isHurried: boolean): RestCall<BookUpdate> {
    return this.#parts.snapshotCall(isHurried);
  }

  onSnapshotAnswer(snapshot: BookUpdate): void {
    if (this.track.owner === null || this.keeper.isUsable) return;
    snapshot.instrumentIx = this.track.subscription.instrument.ix;
    snapshot.isSnapshot = true;
    snapshot.tsLocalUs = this.#parts.clock.nowUs();
    if (!this.#source.onAnswer(snapshot.lastId, snapshot.tsLocalUs)) return;
    this.#onResult(this.keeper.onSnapshot(snapshot), true);
    this.#report();
  }

  /** The connection that brought the book is gone; a candidate that continues it takes over without a loss. */
  onOwnerGone(link: TrackLink, loss: Loss, isProven: boolean): void {
    const { candidate } = this.track;
    this.#source.pause();
    if (candidate === null) {
      this.track.owner = null;
      this.#buffer.take();
      this.#distrust(loss, isProven);
      this.keeper.startSync();
      this.#report();
      return;
    }
    if (this.#isContinued(link, candidate)) {
      this.#bridge();
      return;
    }
    this.#distrust(loss, isProven);
    this.#restartOnCandidate();
  }

  /** What the book is made of has not come for too long. */
  onStale(loss: Loss): void {
    this.#restart(loss);
    this.#report();
  }

  /** A message of the connection could not be read. A numbered book shows by itself whether it was its own. */
  onDamaged(loss: Loss): void {
    if (!this.keeper.isUsable || this.keeper.lastUpdateId >= 0) return;
    this.#restart(loss);
    this.#report();
  }

  /** Looks at what only time shows. */
  tick(nowUs: EpochUs): void {
    if (this.track.owner === null) return;
    if (this.keeper.checkCrossed(nowUs)) {
      this.#restart(this.#lossOf('crossed', 'bid at or above ask for longer than a moment'));
    }
    const finding = this.#source.tick(nowUs);
    if (finding === 'refresh failed') {
      this.#restart(this.#lossOf('stall', 'the venue sent no snapshot although it was asked to'));
    } else if (finding === 'hopeless') {
      this.#parts.onHopeless(this.track, 'no usable snapshot, however often it was asked for');
    } else if (finding === 'silent') {
      this.#parts.onHopeless(this.track, 'confirmed, but no change comes although the book changes');
    }
    if (this.#parts.hasStreamSnapshot) this.#takeOver.tick(nowUs);
    this.#forceHandOver(nowUs);
    this.#report();
  }

  #beginSync(): void {
    this.keeper.startSync();
    const nowUs = this.#parts.clock.nowUs();
    this.#source.begin(nowUs);
    const { owner } = this.track;
    if ((owner?.confirmedUs(this.track) ?? 0) > 0) this.#source.onConfirmed(nowUs);
    this.#report();
  }

  #take(update: BookUpdate): void {
    const { isSnapshot } = update;
    if (isSnapshot) this.#source.onStreamSnapshot();
    else this.#source.onChange();
    const result = isSnapshot ? this.keeper.onSnapshot(update) : this.keeper.onDelta(update);
    this.#onResult(result, isSnapshot);
    this.#report();
  }

  #onResult(result: KeeperAnswer, isSnapshot: boolean): void {
    switch (result) {
      case 'applied':
        this.#onGood(isSnapshot);
        return;
      case 'dropped':
        return;
      case 'buffered':
      case 'overflow':
        this.#source.onBuffered(this.#parts.clock.nowUs());
        return;
      case 'too-old':
        this.#source.want(this.#parts.clock.nowUs());
        return;
      case 'gap':
      case 'checksum':
        this.#lose(this.#keeperLoss());
        return;
    }
  }

  #onGood(isSnapshot: boolean): void {
    if (!this.keeper.isUsable) return;
    this.track.lastGoodUs = this.#appliedUs;
    if (this.track.isRight && !isSnapshot) return;
    const nowUs = this.#parts.clock.nowUs();
    if (!this.track.isRight) {
      this.#parts.ledger.heal(this.track, this.#appliedUs);
      this.#reason = 'synchronised';
    }
    this.#source.onRight(nowUs);
  }

  /** The keeper has given the book up while its connection lives; it keeps what comes for another snapshot. */
  #lose(loss: Loss): void {
    this.#distrust(loss, false);
    this.#source.want(this.#parts.clock.nowUs());
  }

  /** The book is given up although the keeper sees nothing wrong. */
  #restart(loss: Loss): void {
    this.keeper.startSync();
    this.#lose(loss);
  }

  /** The book is not to be trusted, for whatever reason. */
  #distrust(loss: Loss, isProven: boolean): void {
    if (this.track.isRight) this.resyncCount++;
    this.#reason = loss.cause;
    this.#parts.ledger.lose(this.track, loss, isProven);
  }

  #keeperLoss(): Loss {
    const { lastLoss } = this.keeper;
    assert(lastLoss !== null, 'a keeper says why it gave its book up');
    return { ...lastLoss, fromUs: this.track.lastGoodUs };
  }

  #lossOf(cause: LedgerCause, detail: string): Loss {
    return { cause, fromUs: this.track.lastGoodUs, lostFromId: -1, lostToId: -1, detail };
  }

  #takeFromCandidate(update: BookUpdate): void {
    if (this.#parts.hasStreamSnapshot) {
      if (!update.isSnapshot) return;
      this.track.move(this.#parts.clock.nowUs());
      this.#take(update);
      return;
    }
    this.#buffer.push(update);
    this.#tryBridge();
  }

  #tryBridge(): void {
    if (this.track.candidate === null || !this.keeper.isUsable) return;
    this.#buffer.dropThrough(this.keeper.lastUpdateId);
    if (this.#buffer.continues(this.keeper.lastUpdateId)) this.#bridge();
  }

  /** True when nothing can be missing between the book and what the candidate has delivered or will deliver. */
  #isContinued(link: TrackLink, candidate: TrackLink): boolean {
    if (this.#parts.hasStreamSnapshot || !this.keeper.isUsable) return false;
    const { lastUpdateId } = this.keeper;
    this.#buffer.dropThrough(lastUpdateId);
    if (this.#buffer.count > 0) return this.#buffer.continues(lastUpdateId);
    return lastUpdateId >= 0 && isCoveredBy(link, candidate, this.track);
  }

  /** The candidate goes on where the book stands; its numbers prove that nothing is missing. */
  #bridge(): void {
    this.track.move(this.#parts.clock.nowUs());
    this.track.predecessor = null;
    for (const update of this.#buffer.take()) this.#take(update);
  }

  /** The candidate takes over a book that is not right: synchronised with what it has delivered so far. */
  #restartOnCandidate(): void {
    this.track.move(this.#parts.clock.nowUs());
    this.track.predecessor = null;
    this.#beginSync();
    for (const update of this.#buffer.take()) this.#take(update);
  }

  /** A book that does not come right on its old connection is not left there. */
  #forceHandOver(nowUs: EpochUs): void {
    const { candidate } = this.track;
    if (candidate === null || this.track.isRight || candidate.confirmedUs(this.track) === 0) return;
    if (nowUs - this.#candidateSinceUs < this.#parts.options.snapshotTimeoutUs) return;
    this.#source.pause();
    this.#restartOnCandidate();
  }

  #onApplied(update: BookUpdate): void {
    this.#appliedUs = this.#parts.clock.stampUs();
    update.tsLocalUs = this.#appliedUs;
    if (update.isSnapshot) {
      // Whoever hears it has a book from now on: what breaks off before the first change continues it is missing to him.
      this.#parts.ledger.onTold(this.track);
      this.track.lastGoodUs = this.#appliedUs;
    }
    if (update.tsVenueUs === 0) update.tsVenueUs = this.#appliedUs;
    this.#parts.listener.onBook(update, this.keeper);
  }

  #report(): void {
    const { isUsable } = this.keeper;
    if (isUsable === this.#wasUsable) return;
    this.#wasUsable = isUsable;
    const reason = isUsable || !this.track.isRight ? this.#reason : 'bid at or above ask';
    this.#parts.listener.onBookState(this.track.subscription.instrument.ix, isUsable, reason);
  }
}
