/** Notices of a feed of ccxt at a bounded rate; those that were held back are counted with the next one. */
import type { EpochUs } from '#core';
import type { FeedNotice } from '../feed/index.ts';
import type { CcxtOptions } from './options.ts';

/** Passes on at most so many notices in a window. */
export class NoticeBudget {
  readonly #options: Pick<CcxtOptions, 'noticesMax' | 'noticeWindowUs'>;
  readonly #pass: (notice: FeedNotice) => void;
  #untilUs: EpochUs = 0;
  #told = 0;
  #suppressed = 0;

  constructor(
    options: Pick<CcxtOptions, 'noticesMax' | 'noticeWindowUs'>,
    pass: (notice: FeedNotice) => void,
  ) {
    this.#options = options;
    this.#pass = pass;
  }

  tell(kind: FeedNotice['kind'], subject: string, message: string, nowUs: EpochUs): void {
    if (nowUs >= this.#untilUs) {
      this.#untilUs = nowUs + this.#options.noticeWindowUs;
      this.#told = 0;
    }
    if (this.#told >= this.#options.noticesMax) {
      this.#suppressed++;
      return;
    }
    this.#told++;
    this.#pass({ kind, subject, message, suppressed: this.#suppressed });
    this.#suppressed = 0;
  }
}
