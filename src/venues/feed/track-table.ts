/**
 * All subscriptions of a feed and what connections mean to them: who delivers, who takes over, what is lost when one ends. This is where
 * losses of connections become entries of the ledger, one for each subscription.
 */
import { assert, type EpochUs } from '#core';
import type { InstrumentIx, StreamKind } from '#domain';
import type { Subscription } from '../market/index.ts';
import type { BookSync } from './book-sync.ts';
import { DamageLog } from './damage-log.ts';
import type { FeedClock } from './event-stamp.ts';
import type { ConnectionEnd } from './feed-connection.ts';
import type { LedgerBook, Loss } from './ledger-book.ts';
import type { OrdersSync } from './orders-sync.ts';
import type { Refusals } from './refusals.ts';
import { isCoveredBy, type StreamTrack, type TrackLink, trackKey } from './stream-track.ts';

/** What the table needs. */
export interface TrackTableParts {
  readonly tracks: readonly StreamTrack[];
  readonly books: readonly BookSync[];
  readonly orders: readonly OrdersSync[];
  readonly ledger: LedgerBook;
  readonly clock: FeedClock;
  readonly refusals: Refusals;
  readonly damageQuietUs: number;
}

/** A book or a list of orders: streams with a synchronisation of their own. */
type Sync = BookSync | OrdersSync;

/** The subscriptions of a feed. */
export class TrackTable {
  readonly #parts: TrackTableParts;
  readonly #byKey = new Map<string, StreamTrack>();
  readonly #bySubscription = new Map<Subscription, StreamTrack>();
  readonly #byStream = new Map<StreamKind, Map<InstrumentIx, StreamTrack>>();
  readonly #syncs = new Map<StreamTrack, Sync>();
  readonly #books = new Map<InstrumentIx, BookSync>();
  readonly #orders = new Map<InstrumentIx, OrdersSync>();
  readonly #damages: DamageLog;

  constructor(parts: TrackTableParts) {
    this.#parts = parts;
    this.#damages = new DamageLog(parts.damageQuietUs);
    for (const track of parts.tracks) this.#add(track);
    for (const book of parts.books) {
      this.#syncs.set(book.track, book);
      this.#books.set(book.track.subscription.instrument.ix, book);
    }
    for (const orders of parts.orders) {
      this.#syncs.set(orders.track, orders);
      this.#orders.set(orders.track.subscription.instrument.ix, orders);
    }
  }

  get all(): readonly StreamTrack[] {
    return this.#parts.tracks;
  }

  get books(): readonly BookSync[] {
    return this.#parts.books;
  }

  book(instrumentIx: InstrumentIx): BookSync | undefined {
    return this.#books.get(instrumentIx);
  }

  orders(instrumentIx: InstrumentIx): OrdersSync | undefined {
    return this.#orders.get(instrumentIx);
  }

  /** Returns the track of a stream without timeframe. */
  find(stream: StreamKind, instrumentIx: InstrumentIx): StreamTrack | undefined {
    return this.#byStream.get(stream)?.get(instrumentIx);
  }

  /** Returns the track of candles of that length. */
  findCandles(instrumentIx: InstrumentIx, timeframeUs: number): StreamTrack | undefined {
    return this.#byKey.get(trackKey(instrumentIx, 'candles', timeframeUs));
  }

  trackOf(subscription: Subscription): StreamTrack {
    // Plans hold the same objects as a rule; making a key for each of them on every beat is waste.
    const same = this.#bySubscription.get(subscription);
    if (same !== undefined) return same;
    const { instrument, stream, timeframeUs } = subscription;
    const track = this.#byKey.get(trackKey(instrument.ix, stream, timeframeUs));
    assert(
      track !== undefined,
      `a plan holds the subscriptions it was given: ${instrument.symbol} ${stream}`,
    );
    return track;
  }

  /** A connection is open and asks for these subscriptions. */
  onOpened(link: TrackLink, subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) {
      const track = this.trackOf(subscription);
      const sync = this.#syncs.get(track);
      if (track.owner === null) {
        if (sync === undefined) track.owner = link;
        else sync.begin(link);
      } else if (sync === undefined) track.candidate = link;
      else sync.setCandidate(link);
    }
  }

  onConfirmed(link: TrackLink, subscription: Subscription): void {
    const track = this.trackOf(subscription);
    const sync = this.#syncs.get(track);
    if (!track.takes(link)) return;
    this.#parts.refusals.delete(track);
    if (sync !== undefined) {
      if (track.lastGoodUs === 0) track.lastGoodUs = this.#parts.clock.stampUs();
      sync.onConfirmed(link);
    } else if (track.owner === link && !track.isRight) this.#heal(track);
  }

  /** This connection will not deliver that stream; another one is tried unless one delivers already. */
  onRefused(link: TrackLink, subscription: Subscription, message: string, wasSilent: boolean): void {
    const track = this.trackOf(subscription);
    if (track.candidate === link) this.#dropCandidate(track);
    if (track.owner === link) {
      const { lastGoodUs: fromUs } = track;
      const loss: Loss = { cause: 'stall', fromUs, lostFromId: -1, lostToId: -1, detail: message };
      this.#ownerGone(track, link, loss, wasSilent);
    }
    // A connection that is to go cannot wait for this one any more.
    if (isForsaken(track)) this.#parts.refusals.add(track, message, this.#parts.clock.nowUs());
  }

  onDamaged(link: TrackLink, subscriptions: readonly Subscription[], message: string): void {
    const loss = this.#damages.add(link, message, this.#parts.clock.stampUs());
    for (const subscription of subscriptions) {
      const track = this.trackOf(subscription);
      if (track.owner === link) this.#syncs.get(track)?.onDamaged(loss);
    }
  }

  /** A connection has ended by itself or was given up. */
  onEnded(link: TrackLink, subscriptions: readonly Subscription[], end: ConnectionEnd): void {
    this.flushDamages(this.#parts.clock.nowUs(), (damaged) => damaged === link);
    for (const subscription of subscriptions) {
      const track = this.trackOf(subscription);
      if (track.candidate === link) this.#dropCandidate(track);
      if (track.predecessor === link) this.#endPredecessor(track, link, end);
      if (track.owner !== link) continue;
      // Whatever came last on the connection proves that nothing before it is missing, of none of its streams.
      const loss: Loss = { ...end, fromUs: end.wasSilent ? track.lastGoodUs : link.lastGoodUs };
      this.#ownerGone(track, link, loss, end.wasSilent && link.confirmedUs(track) > 0);
    }
  }

  /** True when another connection delivers, or has nothing to deliver of, all that this one has; it may still have something under way. */
  isTakenOver(link: TrackLink, subscriptions: readonly Subscription[]): boolean {
    return subscriptions.every((subscription) => {
      const track = this.trackOf(subscription);
      if (track.candidate === link) return false;
      if (track.owner !== link) return true;
      return !track.isStateful && track.candidate !== null && track.candidate.confirmedUs(track) > 0;
    });
  }

  /** True when nobody needs the connection: it was taken over, and nothing from before that is under way on it. */
  isReplaced(link: TrackLink, subscriptions: readonly Subscription[]): boolean {
    return subscriptions.every((subscription) => {
      const track = this.trackOf(subscription);
      if (track.candidate === link) return false;
      if (track.predecessor === link && link.deliveredUs < track.movedUs) return false;
      if (track.owner !== link) return true;
      return !track.isStateful && track.candidate !== null && isCoveredBy(link, track.candidate, track);
    });
  }

  /** A connection that was replaced goes: what it has passes to its successors without a loss. */
  release(link: TrackLink, subscriptions: readonly Subscription[]): void {
    assert(this.isReplaced(link, subscriptions), 'a connection goes when nobody needs it');
    this.flushDamages(this.#parts.clock.nowUs(), (damaged) => damaged === link);
    for (const subscription of subscriptions) {
      const track = this.trackOf(subscription);
      if (track.predecessor === link) track.predecessor = null;
      if (track.owner !== link) continue;
      track.owner = track.candidate;
      track.candidate = null;
    }
  }

  /** True when some of these subscriptions has no connection that stays, and this socket may look for one. */
  needsSocket(subscriptions: readonly Subscription[], socketName: string): boolean {
    return subscriptions.some((subscription) => {
      const track = this.trackOf(subscription);
      return isForsaken(track) && this.#parts.refusals.mayTry(track, socketName);
    });
  }

  /** The connection of that socket is complete and does not bring some of its subscriptions: they are tried elsewhere. */
  refuseOrphans(subscriptions: readonly Subscription[], socketName: string): void {
    for (const subscription of subscriptions) {
      const track = this.trackOf(subscription);
      if (track.owner !== null || !this.#parts.refusals.mayTry(track, socketName)) continue;
      this.#parts.refusals.add(track, 'the connection does not bring it', this.#parts.clock.nowUs());
    }
  }

  /** Nothing on this connection brings that stream right. */
  giveUp(track: StreamTrack, message: string): void {
    const { owner } = track;
    if (owner !== null) this.onRefused(owner, track.subscription, message, false);
  }

  tick(nowUs: EpochUs): void {
    for (const sync of this.#syncs.values()) sync.tick(nowUs);
    this.flushDamages(nowUs, () => false);
  }

  /** Writes down the storms of damage that are over, and those of the connections that `isForced` names. */
  flushDamages(nowUs: EpochUs, isForced: (link: TrackLink) => boolean): void {
    this.#damages.flush(nowUs, isForced, (link, loss, toUs) => {
      for (const track of this.#parts.tracks) {
        const isMeant = track.owner === link && track.isRight && !track.isStateful;
        if (isMeant) this.#parts.ledger.note(track, loss, toUs);
      }
    });
  }

  /** Nobody delivers anything any more. What is under way on connections that are being replaced is lost with them. */
  detachAll(): void {
    for (const track of this.#parts.tracks) {
      this.#endHandOver(track);
      track.owner = null;
      track.candidate = null;
      track.predecessor = null;
    }
  }

  #add(track: StreamTrack): void {
    assert(!this.#byKey.has(track.key), `a stream is subscribed once: ${track.symbol} ${track.stream}`);
    this.#byKey.set(track.key, track);
    this.#bySubscription.set(track.subscription, track);
    const byIx = this.#byStream.get(track.stream) ?? new Map<InstrumentIx, StreamTrack>();
    byIx.set(track.subscription.instrument.ix, track);
    this.#byStream.set(track.stream, byIx);
  }

  #heal(track: StreamTrack): void {
    track.lastGoodUs = this.#parts.clock.stampUs();
    this.#parts.ledger.heal(track, track.lastGoodUs);
  }

  #dropCandidate(track: StreamTrack): void {
    const sync = this.#syncs.get(track);
    if (sync === undefined) track.candidate = null;
    else sync.setCandidate(null);
  }

  #ownerGone(track: StreamTrack, link: TrackLink, loss: Loss, isProven: boolean): void {
    const sync = this.#syncs.get(track);
    if (sync !== undefined) {
      sync.onOwnerGone(link, loss, isProven);
      return;
    }
    const { candidate } = track;
    track.owner = candidate;
    track.candidate = null;
    const confirmedUs = candidate?.confirmedUs(track) ?? 0;
    if (candidate === null || confirmedUs === 0) this.#parts.ledger.lose(track, loss, isProven);
    else if (!track.isRight) this.#heal(track);
    else if (!isCoveredBy(link, candidate, track)) this.#noteUnderWay(track, link, loss, confirmedUs);
  }

  /** A connection that had handed a stream over ends, and what was under way on it with it. */
  #endPredecessor(track: StreamTrack, link: TrackLink, end: ConnectionEnd): void {
    track.predecessor = null;
    if (link.deliveredUs >= track.movedUs) return;
    this.#noteUnderWay(track, link, { ...end, fromUs: link.lastGoodUs }, track.movedUs);
  }

  /** The feed stops before the old connection has shown that it delivered everything. */
  #endHandOver(track: StreamTrack): void {
    const { candidate, owner, predecessor } = track;
    if (!track.isRight) return;
    const detail = 'stopped while one connection took over from another';
    const loss: Loss = { cause: 'disconnect', fromUs: 0, lostFromId: -1, lostToId: -1, detail };
    const confirmedUs = candidate?.confirmedUs(track) ?? 0;
    if (predecessor !== null && predecessor.deliveredUs < track.movedUs) {
      this.#noteUnderWay(track, predecessor, loss, track.movedUs);
    } else if (owner !== null && candidate !== null && !track.isStateful && confirmedUs > 0) {
      if (!isCoveredBy(owner, candidate, track)) this.#noteUnderWay(track, owner, loss, confirmedUs);
    }
  }

  /** Something may have been under way on the old connection that the new one, there since `sinceUs`, never had. */
  #noteUnderWay(track: StreamTrack, link: TrackLink, loss: Loss, sinceUs: EpochUs): void {
    const fromUs = Math.min(link.lastGoodUs, sinceUs);
    this.#parts.ledger.note(track, { ...loss, fromUs }, Math.max(link.lastGoodUs, sinceUs));
  }
}

/** True when no connection delivers a stream that is to stay, and none is about to. */
function isForsaken({ candidate, owner }: StreamTrack): boolean {
  return owner === null || (owner.isLeaving && candidate === null);
}
