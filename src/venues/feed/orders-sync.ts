/**
 * The order-by-order stream of one instrument kept right: its list of orders comes on the stream after a subscription, so whatever makes it doubtful
 * is healed by subscribing anew. The orders themselves are kept by whoever listens.
 * Invariant: changes are delivered only between a list and the next loss, from one connection.
 */
import type { FeedClock } from './event-stamp.ts';
import type { LedgerBook, Loss } from './ledger-book.ts';
import { CandidateSnapshot, type SnapshotSource } from './snapshot-source.ts';
import type { StreamTrack, TrackLink } from './stream-track.ts';

/** What the synchronisation of orders needs. */
export interface OrdersSyncParts {
  readonly track: StreamTrack;
  readonly source: SnapshotSource;
  readonly ledger: LedgerBook;
  readonly clock: FeedClock;
  readonly snapshotTimeoutUs: number;
  onHopeless(track: StreamTrack, message: string): void;
}

/** Keeps one order-by-order stream. */
export class OrdersSync {
  readonly track: StreamTrack;
  readonly #parts: OrdersSyncParts;
  readonly #takeOver: CandidateSnapshot;

  constructor(parts: OrdersSyncParts) {
    this.track = parts.track;
    this.#parts = parts;
    this.#takeOver = new CandidateSnapshot(parts.track, parts.snapshotTimeoutUs);
  }

  begin(link: TrackLink): void {
    const { clock, source } = this.#parts;
    this.track.owner = link;
    source.begin(clock.nowUs());
    if (link.confirmedUs(this.track) > 0) source.onConfirmed(clock.nowUs());
  }

  onConfirmed(link: TrackLink): void {
    if (this.track.owner === link) this.#parts.source.onConfirmed(this.#parts.clock.nowUs());
  }

  setCandidate(link: TrackLink | null): void {
    this.track.candidate = link;
  }

  /** A list of all orders begins; returns false when this connection's do not count. */
  takeSnapshot(link: TrackLink): boolean {
    const { track } = this;
    const { clock, ledger, source } = this.#parts;
    if (link === track.candidate) track.move(clock.nowUs());
    else if (link !== track.owner) return false;
    source.onStreamSnapshot();
    track.lastGoodUs = clock.stampUs();
    ledger.heal(track, track.lastGoodUs);
    source.onRight(clock.nowUs());
    return true;
  }

  /** True when a change may be delivered. */
  takesChange(link: TrackLink): boolean {
    return link === this.track.owner && this.track.isRight;
  }

  onOwnerGone(_link: TrackLink, loss: Loss, isProven: boolean): void {
    const { candidate } = this.track;
    this.#parts.source.pause();
    this.#parts.ledger.lose(this.track, loss, isProven);
    this.track.owner = null;
    this.track.candidate = null;
    if (candidate !== null) this.begin(candidate);
  }

  /** What was delivered cannot be trusted any more: another list is asked for. */
  onDamaged(loss: Loss): void {
    if (!this.track.isRight) return;
    this.#parts.ledger.lose(this.track, loss);
    this.#parts.source.want(this.#parts.clock.nowUs());
  }

  tick(nowUs: number): void {
    if (this.track.owner === null) return;
    const { source, onHopeless } = this.#parts;
    this.#takeOver.tick(nowUs);
    if (source.tick(nowUs) === 'hopeless')
      onHopeless(this.track, 'no list of orders, however often it was asked for');
  }
}
