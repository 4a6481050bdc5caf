/**
 * Subscriptions that a connection could not get: refused, not answered, confirmed but silent. Each is tried again on another connection after a growing
 * pause, for ever; until then it stands here for everybody to see, and is never taken for a quiet market.
 */
import { type EpochUs, type Prng, US_PER_SECOND } from '#core';
import { BackOff } from '#net';
import type { StreamTrack } from './stream-track.ts';

/** The first pause is shorter than this: a refusal is not a hiccup of the network. */
const PAUSE_FIRST_US = 2 * US_PER_SECOND;

/** A subscription that nobody delivers. */
export interface Refusal {
  readonly symbol: string;
  readonly stream: StreamTrack['stream'];
  readonly message: string;
  readonly count: number;
  readonly retryUs: EpochUs;
}

interface Entry {
  readonly backOff: BackOff;
  message: string;
  count: number;
  retryUs: EpochUs;
  /** The socket that tries it now; empty = none. */
  socketName: string;
}

/** The refused subscriptions of a feed. */
export class Refusals {
  readonly #prng: Prng;
  readonly #maxUs: number;
  /** At most one for each subscription. */
  readonly #entries = new Map<StreamTrack, Entry>();

  constructor(prng: Prng, maxUs: number) {
    this.#prng = prng;
    this.#maxUs = maxUs;
  }

  get list(): readonly Refusal[] {
    return Array.from(this.#entries, ([track, { message, count, retryUs }]) => ({
      symbol: track.symbol,
      stream: track.stream,
      message,
      count,
      retryUs,
    }));
  }

  /** A connection could not get it. */
  add(track: StreamTrack, message: string, nowUs: EpochUs): void {
    let entry = this.#entries.get(track);
    if (entry === undefined) {
      const backOff = new BackOff(this.#prng, Math.min(PAUSE_FIRST_US, this.#maxUs), this.#maxUs);
      entry = { backOff, message, count: 0, retryUs: 0, socketName: '' };
      this.#entries.set(track, entry);
    }
    entry.message = message;
    entry.count++;
    entry.retryUs = nowUs + entry.backOff.nextUs();
    entry.socketName = '';
  }

  /** The venue has confirmed it. */
  delete(track: StreamTrack): void {
    this.#entries.delete(track);
  }

  /** True when a socket may look for a connection for that subscription. */
  mayTry(track: StreamTrack, socketName: string): boolean {
    const entry = this.#entries.get(track);
    return entry === undefined || entry.socketName === socketName;
  }

  /** Returns the subscriptions to be tried now: once one is due, all that wait, so that they share a connection. */
  due(nowUs: EpochUs): readonly StreamTrack[] {
    const waiting = [...this.#entries].filter(([, entry]) => entry.socketName === '');
    if (!waiting.some(([, entry]) => entry.retryUs <= nowUs)) return [];
    return waiting.map(([track]) => track);
  }

  /** A socket tries it from now on. */
  assign(track: StreamTrack, socketName: string): void {
    const entry = this.#entries.get(track);
    if (entry !== undefined) entry.socketName = socketName;
  }

  /** A socket has given up. */
  unassign(socketName: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.socketName === socketName) entry.socketName = '';
    }
  }

  /** Tries it later: what it needs is on its way. */
  postpone(track: StreamTrack, nowUs: EpochUs): void {
    const entry = this.#entries.get(track);
    if (entry !== undefined) entry.retryUs = nowUs + this.#maxUs;
  }
}
