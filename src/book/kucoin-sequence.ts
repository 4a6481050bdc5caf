/**
 * The continuity rule of KuCoin's spot book (`/market/level2`): messages cover sequences [start, end] and may overlap. With a snapshot of
 * sequence S, what ends at or before S is dropped; the first one kept has start <= S + 1, every later one start <= end of the one before + 1.
 * The levels of a message have sequences of their own: those of at most S are in the snapshot already and are to be left out
 * (`L2Book.applyUpdate`). It holds no levels.
 */
import { assert, stateRecord } from '#core';
import type { ContinuityRule, DepthVerdict } from './continuity.ts';

type Phase = 'stale' | 'bridging' | 'live';

/** Decides message by message whether a book is continuous; live from the first message that bridges a snapshot. */
export class KucoinSequence implements ContinuityRule {
  #phase: Phase = 'stale';
  #lastUpdateId = -1;

  /** True once a message has bridged the snapshot and no gap has been seen since. */
  get isLive(): boolean {
    return this.#phase === 'live';
  }

  /** The sequence that the book has reached; -1 before the first snapshot. */
  get lastUpdateId(): number {
    return this.#lastUpdateId;
  }

  /** Takes the sequence of a snapshot; false when the book is as far or further. */
  snapshot(lastUpdateId: number): boolean {
    assert(Number.isSafeInteger(lastUpdateId) && lastUpdateId >= 0, 'a snapshot has a sequence');
    if (this.#phase !== 'stale' && lastUpdateId <= this.#lastUpdateId) return false;
    this.#lastUpdateId = lastUpdateId;
    this.#phase = 'bridging';
    return true;
  }

  /** Judges a message by `sequenceStart` and `sequenceEnd`; there is no link to the one before. */
  judge(firstUpdateId: number, lastUpdateId: number, _previousUpdateId: number): DepthVerdict {
    assert(lastUpdateId >= firstUpdateId && firstUpdateId >= 0, 'a book message has sequences in order');
    if (this.#phase === 'stale') return 'stale';
    if (lastUpdateId <= this.#lastUpdateId) return 'drop';
    if (firstUpdateId > this.#lastUpdateId + 1) {
      this.#phase = 'stale';
      return 'gap';
    }
    this.#phase = 'live';
    this.#lastUpdateId = lastUpdateId;
    return 'apply';
  }

  /** Declares the book stale. */
  reset(): void {
    this.#phase = 'stale';
  }

  saveState(): unknown {
    return { phase: this.#phase, lastUpdateId: this.#lastUpdateId };
  }

  loadState(state: unknown): void {
    const record = stateRecord(state, 'KuCoin sequence');
    this.#phase = record.phase as Phase;
    this.#lastUpdateId = record.lastUpdateId as number;
  }
}
