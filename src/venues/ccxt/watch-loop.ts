/**
 * Asks ccxt for one stream of one symbol again and again: `watch...` answers once with what is new, and is asked anew at once, so that nothing comes
 * while nobody waits. A failure pauses this one loop, longer each time, and no other.
 *
 * Invariants: at most one question of a loop is open that counts (answers to earlier ones are passed over); after `stop` nothing is told; a loop never
 * spins, however fast it is answered.
 */
import type { EpochUs } from '#core';
import type { BackOff, Cancel, Timers } from '#net';
import { isRefusal } from './ccxt-fault.ts';
import type { CcxtOptions } from './options.ts';

/** What a loop is made of. */
export interface WatchLoopParts<T> {
  readonly timers: Timers;
  readonly backOff: BackOff;
  readonly options: Pick<CcxtOptions, 'answersAtOnceMax' | 'refusedUs'>;
  /** Least time between two questions; 0 = ask anew at once. */
  readonly everyUs: number;
  ask(): Promise<T>;
  onAnswer(answer: T): void;
  /** A question failed; the loop asks again at `retryUs`. */
  onFault(thrown: unknown, isRefused: boolean, retryUs: EpochUs): void;
  /** The pause after an answer is over: whatever came meanwhile may be looked at before the next question. */
  onPauseEnd?(): void;
}

/** One loop. */
export class WatchLoop<T> {
  readonly #parts: WatchLoopParts<T>;
  #generation = 0;
  #isStopped = false;
  #cancel: Cancel | null = null;
  #answersUs: EpochUs = -1;
  #answersAtOnce = 0;

  constructor(parts: WatchLoopParts<T>) {
    this.#parts = parts;
  }

  /** Asks, and passes over whatever an earlier question is answered. */
  ask(): void {
    if (this.#isStopped) return;
    this.#cancel?.();
    this.#cancel = null;
    const generation = ++this.#generation;
    this.#question().then(
      (answer) => {
        if (generation === this.#generation) this.#take(answer);
      },
      (thrown: unknown) => {
        if (generation === this.#generation) this.#fail(thrown);
      },
    );
  }

  /** Passes over whatever the open question is answered, until somebody asks anew. */
  rest(): void {
    this.#generation++;
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Ends the loop for good. */
  stop(): void {
    this.#isStopped = true;
    this.rest();
  }

  /** An exchange may throw instead of answering. */
  async #question(): Promise<T> {
    return await this.#parts.ask();
  }

  #take(answer: T): void {
    const generation = this.#generation;
    try {
      this.#parts.onAnswer(answer);
    } catch (thrown) {
      if (generation === this.#generation) this.#fail(thrown);
      return;
    }
    // Whoever was told may have stopped the loop or asked anew.
    if (generation !== this.#generation) return;
    this.#parts.backOff.reset();
    const pauseUs = Math.max(this.#parts.everyUs, this.#spinPauseUs());
    if (pauseUs === 0) this.ask();
    else {
      this.#pause(pauseUs, () => {
        this.#parts.onPauseEnd?.();
        if (generation === this.#generation) this.ask();
      });
    }
  }

  #fail(thrown: unknown): void {
    const { backOff, options, timers } = this.#parts;
    const isRefused = isRefusal(thrown);
    const pauseUs = Math.max(1, isRefused ? options.refusedUs : backOff.nextUs());
    this.#parts.onFault(thrown, isRefused, timers.nowUs() + pauseUs);
    if (!this.#isStopped) this.#pause(pauseUs, () => this.ask());
  }

  #pause(us: number, then: () => void): void {
    this.#cancel?.();
    this.#cancel = this.#parts.timers.after(us, () => {
      this.#cancel = null;
      then();
    });
  }

  /** A moment's pause after too many answers at one moment of the clock. */
  #spinPauseUs(): number {
    const nowUs = this.#parts.timers.nowUs();
    this.#answersAtOnce = nowUs === this.#answersUs ? this.#answersAtOnce + 1 : 1;
    this.#answersUs = nowUs;
    return this.#answersAtOnce > this.#parts.options.answersAtOnceMax ? 1 : 0;
  }
}
