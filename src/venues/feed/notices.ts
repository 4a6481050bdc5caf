/** Notices at a bounded rate: a storm of them is told by its first ones and a count. */
import type { EpochUs } from '#core';
import type { FeedListener, FeedNotice } from './listener.ts';

/** Passes notices on, at most so many in a window. */
export class Notices {
  readonly #listener: FeedListener;
  readonly #max: number;
  readonly #windowUs: number;
  #untilUs: EpochUs = 0;
  #told = 0;
  #suppressed = 0;

  constructor(listener: FeedListener, max: number, windowUs: number) {
    this.#listener = listener;
    this.#max = max;
    this.#windowUs = windowUs;
  }

  /** Tells the listener, unless it was told too much already. */
  tell(kind: FeedNotice['kind'], subject: string, message: string, nowUs: EpochUs): void {
    if (nowUs >= this.#untilUs) {
      this.#untilUs = nowUs + this.#windowUs;
      this.#told = 0;
    }
    if (this.#told >= this.#max) {
      this.#suppressed++;
      return;
    }
    this.#told++;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    this.#listener.onNotice({ kind, subject, message, suppressed });
  }
}
