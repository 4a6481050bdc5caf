/**
 * The continuity rule of streams without numbers: Kraken spot, where only the checksum tells that something is missing, and Coinbase, where
 * the connection is numbered (`ConnectionSequence`) and not the book. The snapshot comes on the stream itself, so that order is all there is:
 * what comes before it is in it, what comes after it follows it.
 */
import { stateRecord } from '#core';
import type { ContinuityRule, DepthVerdict } from './continuity.ts';

/** Takes every message after a snapshot; never finds a gap. */
export class Unnumbered implements ContinuityRule {
  #isLive = false;

  /** True from a snapshot until `reset`. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Always -1: the venue does not number. */
  get lastUpdateId(): number {
    return -1;
  }

  /** Takes a snapshot. */
  snapshot(_lastUpdateId: number): boolean {
    this.#isLive = true;
    return true;
  }

  /** Takes what follows a snapshot; what comes before one is dropped and not kept, nothing tells where it would belong. */
  judge(_firstUpdateId: number, _lastUpdateId: number, _previousUpdateId: number): DepthVerdict {
    return this.#isLive ? 'apply' : 'drop';
  }

  /** Declares the book stale. */
  reset(): void {
    this.#isLive = false;
  }

  saveState(): unknown {
    return { isLive: this.#isLive };
  }

  loadState(state: unknown): void {
    this.#isLive = stateRecord(state, 'unnumbered stream').isLive as boolean;
  }
}
