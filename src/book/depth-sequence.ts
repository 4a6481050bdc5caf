/**
 * The continuity rule of Binance's diff-depth streams, as "How to manage a local order book correctly" states it for each market. It holds no
 * levels; the caller applies what it is told to. Futures link each update to the one before (`pu` = previous `u`) and the first one applied reaches
 * over the snapshot: U <= L <= u. Spot has no link, its first one reaches behind the snapshot: U <= L + 1 <= u, and later ones count on.
 */
import { assert, stateRecord } from '#core';
import type { ContinuityRule, DepthVerdict } from './continuity.ts';

type Phase = 'stale' | 'bridging' | 'live';

/** Decides update by update whether a book is continuous; live from the first update that bridges a snapshot. */
export class DepthSequence implements ContinuityRule {
  #phase: Phase = 'stale';
  #lastUpdateId = -1;

  /** True once an update has bridged the snapshot and no gap has been seen since. */
  get isLive(): boolean {
    return this.#phase === 'live';
  }

  /** True while the book must not be used at all. */
  get isStale(): boolean {
    return this.#phase === 'stale';
  }

  /** The id of the last update in the book; -1 before the first snapshot. */
  get lastUpdateId(): number {
    return this.#lastUpdateId;
  }

  /** Takes the `lastUpdateId` of a snapshot; the updates kept meanwhile are asked about again. False when the book is as far or further. */
  snapshot(lastUpdateId: number): boolean {
    assert(Number.isSafeInteger(lastUpdateId) && lastUpdateId >= 0, 'a snapshot has an update id');
    if (this.#phase !== 'stale' && lastUpdateId <= this.#lastUpdateId) return false;
    this.#lastUpdateId = lastUpdateId;
    this.#phase = 'bridging';
    return true;
  }

  /**
   * Judges an update by its ids (`U`, `u`, `pu`; `previousUpdateId` -1 when the venue has none). After a gap all answers are `stale`
   * until the next snapshot. An update wholly inside the book is dropped, a repeated one too: quantities are absolute.
   */
  judge(firstUpdateId: number, lastUpdateId: number, previousUpdateId: number): DepthVerdict {
    assert(lastUpdateId >= firstUpdateId && firstUpdateId >= 0, 'a depth update has ids in order');
    if (this.#phase === 'stale') return 'stale';
    const isNext =
      previousUpdateId < 0
        ? this.#judgeCounted(firstUpdateId, lastUpdateId)
        : this.#judgeLinked(firstUpdateId, lastUpdateId, previousUpdateId);
    if (isNext === 'apply') {
      this.#phase = 'live';
      this.#lastUpdateId = lastUpdateId;
    } else if (isNext === 'gap') this.#phase = 'stale';
    return isNext;
  }

  /** Declares the book stale, e.g. after the connection was lost. */
  reset(): void {
    this.#phase = 'stale';
  }

  saveState(): unknown {
    return { phase: this.#phase, lastUpdateId: this.#lastUpdateId };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'depth sequence');
    this.#phase = record.phase as Phase;
    this.#lastUpdateId = record.lastUpdateId as number;
  }

  /** Spot: the same for the first one after a snapshot and for all others. */
  #judgeCounted(first: number, last: number): DepthVerdict {
    if (last <= this.#lastUpdateId) return 'drop';
    return first <= this.#lastUpdateId + 1 ? 'apply' : 'gap';
  }

  /** Futures; an update that names the snapshot's own id as the one before it follows it without a hole, though it does not reach over it. */
  #judgeLinked(first: number, last: number, previous: number): DepthVerdict {
    if (this.#phase === 'live') {
      if (last <= this.#lastUpdateId) return 'drop';
      return previous === this.#lastUpdateId ? 'apply' : 'gap';
    }
    if (last < this.#lastUpdateId) return 'drop';
    return first <= this.#lastUpdateId || previous === this.#lastUpdateId ? 'apply' : 'gap';
  }
}
