/**
 * The continuity rule of streams that number every message of a book by one more than the one before: Kraken futures (`seq`, its snapshot
 * included) and KuCoin futures (`sequence`, its snapshot by REST). It holds no levels.
 */
import { assert, stateRecord } from '#core';
import type { ContinuityRule, DepthVerdict } from './continuity.ts';

/** Decides message by message whether a book is continuous; live from the snapshot on, since whatever follows is told by its number. */
export class CountedSequence implements ContinuityRule {
  #isLive = false;
  #lastUpdateId = -1;

  /** True from a snapshot until a gap. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** The number of the last message in the book; -1 before the first snapshot. */
  get lastUpdateId(): number {
    return this.#lastUpdateId;
  }

  /** Takes the number of a snapshot; always true: a venue may begin to count anew with it, and an old one is found out by the next message. */
  snapshot(lastUpdateId: number): boolean {
    assert(Number.isSafeInteger(lastUpdateId) && lastUpdateId >= 0, 'a snapshot has a number');
    this.#lastUpdateId = lastUpdateId;
    this.#isLive = true;
    return true;
  }

  /** Judges a message by its number, or the first and last of several. */
  judge(firstUpdateId: number, lastUpdateId: number, _previousUpdateId: number): DepthVerdict {
    assert(lastUpdateId >= firstUpdateId && firstUpdateId >= 0, 'a book message has numbers in order');
    if (!this.#isLive) return 'stale';
    if (lastUpdateId <= this.#lastUpdateId) return 'drop';
    if (firstUpdateId > this.#lastUpdateId + 1) {
      this.#isLive = false;
      return 'gap';
    }
    this.#lastUpdateId = lastUpdateId;
    return 'apply';
  }

  /** Declares the book stale. */
  reset(): void {
    this.#isLive = false;
  }

  saveState(): unknown {
    return { isLive: this.#isLive, lastUpdateId: this.#lastUpdateId };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'counted sequence');
    this.#isLive = record.isLive as boolean;
    this.#lastUpdateId = record.lastUpdateId as number;
  }
}
