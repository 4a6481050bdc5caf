/**
 * Where the snapshots of one book come from: by request (`SnapshotQueue`), or on the stream after a subscription. Both keep to a pace for each symbol;
 * a source says when it has given up hope, it never gives up by itself.
 */
import { type EpochUs, US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { FeedOptions } from './options.ts';
import type { SnapshotClient, SnapshotQueue } from './snapshot-queue.ts';
import type { StreamTrack } from './stream-track.ts';

/** What a beat has found: a snapshot is overdue and asking has not helped, the subscription brings nothing, or a routine refresh did not. */
export type SourceFinding = 'hopeless' | 'silent' | 'refresh failed' | null;

/** Brings the snapshots of a book. */
export interface SnapshotSource {
  /** The book has a new connection. */
  begin(nowUs: EpochUs): void;
  /** The venue has confirmed the book's subscription. */
  onConfirmed(nowUs: EpochUs): void;
  /** The book needs a snapshot although its connection lives. */
  want(nowUs: EpochUs): void;
  /** A change waits for a snapshot. */
  onBuffered(nowUs: EpochUs): void;
  /** A change came, whatever the book makes of it: the subscription speaks. */
  onChange(): void;
  /** A snapshot that was asked for is here, of that id (-1 = not numbered); false when it was asked for to learn something, not for the book. */
  onAnswer(lastId: number, nowUs: EpochUs): boolean;
  /** A snapshot came on the stream. */
  onStreamSnapshot(): void;
  /** The book is right. */
  onRight(nowUs: EpochUs): void;
  /** The book has no connection; nothing is wanted. */
  pause(): void;
  tick(nowUs: EpochUs): SourceFinding;
}

/** How long a confirmed subscription may say nothing before the venue is asked whether there is anything to say. */
const PROBE_US = 10 * US_PER_SECOND;
/** Each probe that found no change waits twice as long for the next, up to this: a quiet market is not asked for ever. */
const PROBE_US_MAX = 5 * US_PER_MINUTE;
/** How long a change that the venue has made may be under way. */
const UNDER_WAY_US = 2 * US_PER_SECOND;

/**
 * Snapshots by request: wanted once a change waits for one, so that the answer is never older than what waits. A subscription that says nothing is
 * probed: when two snapshots differ and still no change has come, it brings nothing and never will.
 */
export class RequestedSnapshots implements SnapshotSource {
  readonly #queue: SnapshotQueue;
  readonly #client: SnapshotClient;
  #isWanted = false;
  /** When the next probe is due; `Infinity` once the subscription has spoken, or before it is confirmed. */
  #probeUs = Number.POSITIVE_INFINITY;
  #probeEveryUs = PROBE_US;
  #probedId = -1;
  /** When a subscription that was found silent is given up; `Infinity` = not found silent. */
  #silentUs = Number.POSITIVE_INFINITY;

  constructor(queue: SnapshotQueue, client: SnapshotClient) {
    this.#queue = queue;
    this.#client = client;
  }

  begin(): void {
    this.#isWanted = false;
    this.#rest();
  }

  onConfirmed(nowUs: EpochUs): void {
    this.#probeEveryUs = PROBE_US;
    this.#probeUs = nowUs + PROBE_US;
  }

  want(nowUs: EpochUs): void {
    this.#isWanted = true;
    this.#queue.ask(this.#client, nowUs);
  }

  onBuffered(nowUs: EpochUs): void {
    if (!this.#isWanted) this.want(nowUs);
  }

  onChange(): void {
    if (this.#probeUs !== Number.POSITIVE_INFINITY) this.#rest();
  }

  onAnswer(lastId: number, nowUs: EpochUs): boolean {
    // A book without a single change of its stream is not known to be followed: it is not brought right by a snapshot alone.
    if (this.#probeUs === Number.POSITIVE_INFINITY || this.#isWanted) return true;
    if (this.#probedId >= 0 && lastId > this.#probedId) this.#silentUs = nowUs + UNDER_WAY_US;
    this.#probedId = lastId;
    return false;
  }

  onStreamSnapshot(): void {
    // None comes by stream.
  }

  onRight(): void {
    this.#isWanted = false;
    this.#queue.drop(this.#client);
    this.#queue.succeed(this.#client);
  }

  pause(): void {
    this.#isWanted = false;
    this.#rest();
    this.#queue.drop(this.#client);
  }

  tick(nowUs: EpochUs): SourceFinding {
    if (nowUs >= this.#silentUs) {
      this.#rest();
      return 'silent';
    }
    if (nowUs < this.#probeUs) return null;
    this.#probeUs = nowUs + this.#probeEveryUs;
    this.#probeEveryUs = Math.min(PROBE_US_MAX, this.#probeEveryUs * 2);
    this.#queue.ask(this.#client, nowUs);
    return null;
  }

  /** Nothing is probed. */
  #rest(): void {
    this.#probeUs = Number.POSITIVE_INFINITY;
    this.#silentUs = Number.POSITIVE_INFINITY;
    this.#probedId = -1;
  }
}

/** Snapshots that come by themselves, with every answer of a poll. */
export const POLLED_SNAPSHOTS: SnapshotSource = {
  begin: () => undefined,
  onConfirmed: () => undefined,
  want: () => undefined,
  onBuffered: () => undefined,
  onChange: () => undefined,
  onAnswer: () => true,
  onStreamSnapshot: () => undefined,
  onRight: () => undefined,
  pause: () => undefined,
  tick: () => null,
};

/** Tries in a row on one connection before the subscription itself is held for broken. */
const TRIES_MAX = 4;

/**
 * The snapshot with which a candidate takes a stream over: it comes with the candidate's own subscription, and is asked for again when it was lost on
 * its way. The owner delivers meanwhile, so there is no hurry.
 */
export class CandidateSnapshot {
  readonly #track: StreamTrack;
  readonly #timeoutUs: number;
  #askedUs: EpochUs = 0;

  constructor(track: StreamTrack, timeoutUs: number) {
    this.#track = track;
    this.#timeoutUs = timeoutUs;
  }

  tick(nowUs: EpochUs): void {
    const { candidate, subscription } = this.#track;
    const confirmedUs = candidate?.confirmedUs(this.#track) ?? 0;
    if (candidate === null || confirmedUs === 0) return;
    if (nowUs - Math.max(confirmedUs, this.#askedUs) < this.#timeoutUs) return;
    this.#askedUs = nowUs;
    candidate.resubscribe(subscription);
  }
}

/** What a streamed source needs. */
export interface StreamedParts {
  readonly track: StreamTrack;
  readonly options: FeedOptions;
  /** Time between two routine snapshots, where a venue has no numbers and losses may stay unseen; `null` = none. */
  readonly refreshEveryUs: number | null;
  /** In [0, 1): spreads the routine snapshots of many books. */
  readonly draw: () => number;
}

/** Snapshots on the stream: they follow a subscription, so another one is had by subscribing anew. */
export class StreamedSnapshots implements SnapshotSource {
  readonly #parts: StreamedParts;
  #state: 'none' | 'wanted' | 'awaited' = 'none';
  /** Moment by which an awaited snapshot must be here. */
  #dueUs = Number.POSITIVE_INFINITY;
  #notBeforeUs: EpochUs = 0;
  #tries = 0;
  #refreshUs = Number.POSITIVE_INFINITY;
  #isRefreshing = false;

  constructor(parts: StreamedParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.#state = 'awaited';
    this.#dueUs = Number.POSITIVE_INFINITY;
    this.#tries = 0;
    this.#isRefreshing = false;
  }

  onConfirmed(nowUs: EpochUs): void {
    if (this.#state === 'awaited') this.#dueUs = nowUs + this.#parts.options.snapshotTimeoutUs;
  }

  want(nowUs: EpochUs): void {
    this.#isRefreshing = false;
    this.#state = 'wanted';
    this.#ask(nowUs);
  }

  onBuffered(): void {
    // The snapshot comes by itself.
  }

  onChange(): void {
    // A silent subscription shows by its missing snapshot.
  }

  onAnswer(): boolean {
    return true;
  }

  onStreamSnapshot(): void {
    this.#state = 'none';
    this.#isRefreshing = false;
  }

  onRight(nowUs: EpochUs): void {
    const { draw, refreshEveryUs } = this.#parts;
    this.#state = 'none';
    this.#tries = 0;
    if (refreshEveryUs === null) return;
    this.#refreshUs = nowUs + Math.round(refreshEveryUs * (0.5 + draw() / 2));
  }

  pause(): void {
    this.#state = 'none';
    this.#isRefreshing = false;
    this.#refreshUs = Number.POSITIVE_INFINITY;
  }

  tick(nowUs: EpochUs): SourceFinding {
    if (this.#state === 'wanted') this.#ask(nowUs);
    else if (this.#state === 'awaited' && nowUs >= this.#dueUs) return this.#onOverdue(nowUs);
    else if (this.#state === 'none' && nowUs >= this.#refreshUs) this.#refresh(nowUs);
    return null;
  }

  #onOverdue(nowUs: EpochUs): SourceFinding {
    this.#state = 'wanted';
    if (this.#isRefreshing) {
      this.#isRefreshing = false;
      return 'refresh failed';
    }
    if (this.#tries >= TRIES_MAX) return 'hopeless';
    this.#ask(nowUs);
    return null;
  }

  /** A routine snapshot: the book stays in use, the new one replaces it. */
  #refresh(nowUs: EpochUs): void {
    this.#refreshUs = Number.POSITIVE_INFINITY;
    this.#isRefreshing = true;
    this.#send(nowUs);
  }

  #ask(nowUs: EpochUs): void {
    if (nowUs >= this.#notBeforeUs) this.#send(nowUs);
  }

  #send(nowUs: EpochUs): void {
    const { options, track } = this.#parts;
    if (track.owner === null) return;
    const waitUs = options.snapshotEveryUs * 2 ** Math.min(this.#tries, 16);
    this.#notBeforeUs = nowUs + Math.min(options.snapshotEveryMaxUs, waitUs);
    this.#tries++;
    this.#state = 'awaited';
    this.#dueUs = nowUs + options.snapshotTimeoutUs;
    track.owner.resubscribe(track.subscription);
  }
}
