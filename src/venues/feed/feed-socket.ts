/**
 * One socket of the venue's plan over all of its connections: it opens the next one when the last has ended, after a pause that grows, or while
 * the last still delivers when that is to be replaced, and lets the old one go when nobody needs it any more.
 *
 * Invariant: besides connections that are about to go there are at most two: one that delivers and one that is to follow it.
 */
import type { EpochUs } from '#core';
import type { BackOff } from '#net';
import type { SocketPlan } from '../market/index.ts';
import type { FeedConnection } from './feed-connection.ts';
import type { FeedOptions } from './options.ts';
import type { SocketState } from './socket-state.ts';
import type { TrackTable } from './track-table.ts';

/** Connections of a socket at a time; the oldest of them goes before there is another. */
const CONNECTIONS_MAX = 4;

/** What a socket needs. */
export interface FeedSocketParts {
  readonly name: string;
  readonly plan: SocketPlan;
  /** True for a socket that was opened for subscriptions which the one of the plan could not get. */
  readonly isExtra: boolean;
  readonly tracks: TrackTable;
  readonly backOff: BackOff;
  readonly options: FeedOptions;
  openConnection(socket: FeedSocket): FeedConnection;
}

/** What can be seen of a socket. */
export interface FeedSocketStatus {
  readonly name: string;
  readonly isExtra: boolean;
  /** State of each connection, oldest first; empty = none now. */
  readonly states: readonly SocketState[];
  readonly subscriptionCount: number;
  /** Connections that were open. */
  readonly connectCount: number;
  readonly messageCount: number;
  readonly damagedCount: number;
  readonly ignoredCount: number;
  /** Up to when all that the venue sent on it has surely come; a half-open connection shows only later. -1 = no connection delivers. */
  readonly deliveredUs: EpochUs;
  /** When the next connection is tried; -1 = none is wanted. */
  readonly nextTryUs: EpochUs;
}

/** One socket. */
export class FeedSocket {
  readonly name: string;
  readonly plan: SocketPlan;
  readonly isExtra: boolean;
  connectCount = 0;
  readonly #parts: FeedSocketParts;
  #connections: FeedConnection[] = [];
  /** When the next attempt may be made; -1 = none is wanted. */
  #dueUs = -1;
  #attemptCount = 0;
  /** What the last attempt was to replace. */
  #replacing: FeedConnection | undefined;
  /** Counters of connections that are over. */
  #messageCount = 0;
  #damagedCount = 0;
  #ignoredCount = 0;

  constructor(parts: FeedSocketParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.plan = parts.plan;
    this.isExtra = parts.isExtra;
  }

  get status(): FeedSocketStatus {
    const sum = (before: number, of: (connection: FeedConnection) => number): number =>
      this.#connections.reduce((total, connection) => total + of(connection), before);
    return {
      name: this.name,
      isExtra: this.isExtra,
      states: this.#connections.map(({ state }) => state),
      subscriptionCount: this.plan.subscriptions.length,
      connectCount: this.connectCount,
      messageCount: sum(this.#messageCount, ({ messageCount }) => messageCount),
      damagedCount: sum(this.#damagedCount, ({ damagedCount }) => damagedCount),
      ignoredCount: sum(this.#ignoredCount, ({ ignoredCount }) => ignoredCount),
      deliveredUs: this.#connections.reduce(
        (latest, { deliveredUs, isOpen }) => (isOpen ? Math.max(latest, deliveredUs) : latest),
        -1,
      ),
      nextTryUs: this.#dueUs,
    };
  }

  /** True when it has no connection and none is under way. */
  get isEmpty(): boolean {
    return this.#connections.length === 0;
  }

  /** True when it has nothing and wants nothing. */
  get isIdle(): boolean {
    return this.isEmpty && !this.#needsAttempt;
  }

  /** When its next attempt is due; `Infinity` = none is wanted. */
  get dueUs(): EpochUs {
    return this.#dueUs < 0 ? Number.POSITIVE_INFINITY : this.#dueUs;
  }

  /** Goes on with its connections and decides whether another one is wanted. */
  pump(nowUs: EpochUs): void {
    for (const connection of [...this.#connections]) {
      connection.pump(nowUs);
      if (connection.isOpen) this.#retire(connection, nowUs);
    }
    const newest = this.#newest;
    if (newest?.isOpen && newest.isAnswered)
      this.#parts.tracks.refuseOrphans(this.plan.subscriptions, this.name);
    if (newest !== undefined && this.#isHealthy(newest, nowUs)) this.#parts.backOff.reset();
    if (!this.#needsAttempt) this.#dueUs = -1;
    else if (this.#dueUs < 0) this.#dueUs = nowUs + this.#pauseUs(nowUs);
  }

  /** Makes the next attempt. */
  attempt(nowUs: EpochUs): void {
    this.#dueUs = -1;
    this.#attemptCount++;
    this.#replacing = this.#newest;
    const connection = this.#parts.openConnection(this);
    this.#connections.push(connection);
    connection.pump(nowUs);
  }

  /** Wants all of its subscriptions on one connection again. */
  replace(reason: string): void {
    const newest = this.#newest;
    if (newest?.isOpen) newest.replaceReason ??= reason;
  }

  /** A connection has ended. */
  onEnded(connection: FeedConnection, nowUs: EpochUs): void {
    if (this.#isHealthy(connection, nowUs)) this.#parts.backOff.reset();
    this.#forget(connection);
  }

  /** Closes everything; nothing is opened any more. */
  stop(): void {
    for (const connection of [...this.#connections]) {
      connection.close();
      this.#forget(connection);
    }
  }

  /** The youngest connection that is not about to go. */
  get #newest(): FeedConnection | undefined {
    return this.#connections.findLast(({ state }) => state !== 'draining');
  }

  get #needsAttempt(): boolean {
    const newest = this.#newest;
    const { tracks } = this.#parts;
    const { subscriptions } = this.plan;
    if (newest === undefined) {
      const isLeft = this.#connections.some((connection) => !tracks.isTakenOver(connection, subscriptions));
      return isLeft || tracks.needsSocket(subscriptions, this.name);
    }
    return newest.replaceReason !== null && this.#connections.length < CONNECTIONS_MAX;
  }

  /** The first attempt, and the first one to replace a healthy connection, wait for nothing. */
  #pauseUs(nowUs: EpochUs): number {
    const newest = this.#newest;
    const isFirst = newest === undefined ? this.#attemptCount === 0 : newest !== this.#replacing;
    const isSmooth = isFirst && (newest === undefined || this.#isHealthy(newest, nowUs));
    return isSmooth ? 0 : this.#parts.backOff.nextUs();
  }

  #isHealthy(connection: FeedConnection, nowUs: EpochUs): boolean {
    return connection.openedUs > 0 && nowUs - connection.openedUs >= this.#parts.options.healthyUs;
  }

  #retire(connection: FeedConnection, nowUs: EpochUs): void {
    const { subscriptions } = this.plan;
    const { options, tracks } = this.#parts;
    if (!tracks.isTakenOver(connection, subscriptions)) return;
    if (connection.state !== 'draining') connection.replace(nowUs);
    // A confirmation may come before the data do: the old connection stays for a while in any case.
    if (nowUs - connection.replacedUs < options.overlapUs) return;
    if (!tracks.isReplaced(connection, subscriptions)) return;
    tracks.release(connection, subscriptions);
    connection.close();
    this.#forget(connection);
  }

  #forget(connection: FeedConnection): void {
    const at = this.#connections.indexOf(connection);
    if (at < 0) return;
    this.#connections.splice(at, 1);
    this.#messageCount += connection.messageCount;
    this.#damagedCount += connection.damagedCount;
    this.#ignoredCount += connection.ignoredCount;
  }
}
