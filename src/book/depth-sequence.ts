/**
 * The continuity rule of a diff-depth stream: which update may touch the book. It holds no levels; the caller applies what it is told
 * to. Binance futures link each update to the one before (`pu` = previous `u`); spot has no link and counts on (`U` <= last + 1 <= `u`).
 */
import { assert, type Checkpointable, stateRecord } from '#core';

/**
 * `apply` = the update continues the book; `drop` = it is older than the book and changes nothing; `gap` = updates were lost, the
 * book is worth nothing until a new snapshot; `stale` = there is no valid book yet, keep the update until the snapshot comes.
 */
export type DepthVerdict = 'apply' | 'drop' | 'gap' | 'stale';

type Phase = 'stale' | 'bridging' | 'live';

/** Decides update by update whether a book is continuous. */
export class DepthSequence implements Checkpointable {
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

  /** Takes the `lastUpdateId` of a snapshot; the updates kept meanwhile are asked about again. */
  snapshot(lastUpdateId: number): void {
    assert(Number.isSafeInteger(lastUpdateId) && lastUpdateId >= 0, 'a snapshot has an update id');
    this.#lastUpdateId = lastUpdateId;
    this.#phase = 'bridging';
  }

  /**
   * Judges an update by its ids (`U`, `u`, `pu`; `previousUpdateId` -1 when the venue has none). After a gap all answers are `stale`
   * until the next snapshot. An update wholly inside the book is dropped, a repeated one too: quantities are absolute.
   */
  judge(firstUpdateId: number, lastUpdateId: number, previousUpdateId: number): DepthVerdict {
    if (this.#phase === 'stale') return 'stale';
    if (this.#phase === 'bridging') {
      if (lastUpdateId < this.#lastUpdateId) return 'drop';
      // The spot rule lets the first update start right behind the snapshot; with `pu` it must reach into it.
      const reach = previousUpdateId < 0 ? this.#lastUpdateId + 1 : this.#lastUpdateId;
      if (firstUpdateId > reach && previousUpdateId !== this.#lastUpdateId) return this.#lose();
    } else {
      if (lastUpdateId <= this.#lastUpdateId) return 'drop';
      const isNext =
        previousUpdateId < 0
          ? firstUpdateId <= this.#lastUpdateId + 1
          : previousUpdateId === this.#lastUpdateId;
      if (!isNext) return this.#lose();
    }
    this.#phase = 'live';
    this.#lastUpdateId = lastUpdateId;
    return 'apply';
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

  #lose(): DepthVerdict {
    this.#phase = 'stale';
    return 'gap';
  }
}
