/**
 * A source that may have to read as the market of an exchange, which asks at once: while it reads, time stands still. Bars come as history alone, since
 * the exchange makes its own of prints. The rate of the next settlement is not recorded: the last one stands for it.
 */
import { type EpochUs, US_PER_MINUTE } from '#core';
import type { MarketEvent } from '#domain';
import type { ExchangeMarket, MarketPause } from '#exchange';
import type { Quiet, SourceFeed } from '#sim';

/** What can be asked for events: a recording, completed or live. */
export interface AskableSource {
  readonly feeds: readonly SourceFeed[];
  next(limitUs: EpochUs): MarketEvent | Quiet | undefined | Promise<MarketEvent | Quiet | undefined>;
}

type Came = MarketEvent | Quiet | undefined;

/** The market of an exchange out of a source. */
export class PulledMarket implements ExchangeMarket {
  readonly feeds: readonly SourceFeed[];
  readonly #source: AskableSource;
  readonly #historyToUs: EpochUs;
  readonly #onFault: (fault: unknown) => void;
  readonly #ratesE12 = new Map<number, number>();
  #reading: Promise<void> | null = null;
  #came: { readonly event: Came } | null = null;

  /** Bars that close after `historyToUs` are not told. What goes wrong while it reads goes to `onFault`. */
  constructor(source: AskableSource, historyToUs: EpochUs, onFault: (fault: unknown) => void) {
    this.feeds = source.feeds.filter(({ kind }) => kind !== 'candle');
    this.#source = source;
    this.#historyToUs = historyToUs;
    this.#onFault = onFault;
  }

  /** Done when what is being read has come; at once when nothing is. */
  async settled(): Promise<void> {
    await this.#reading;
  }

  next(limitUs: EpochUs): MarketEvent | MarketPause | undefined {
    for (;;) {
      if (this.#reading !== null) return 'wait';
      const came = this.#came === null ? this.#source.next(limitUs) : this.#came.event;
      this.#came = null;
      if (came instanceof Promise) {
        this.#read(came);
        return 'wait';
      }
      if (came === undefined) return undefined;
      if (came.kind === 'quiet') {
        if (came.untilUs > limitUs) return 'quiet';
        continue;
      }
      if (came.kind === 'candle' && !this.#isHistory(came)) continue;
      if (came.kind === 'funding') this.#ratesE12.set(came.instrumentIx, came.rateE12);
      return came;
    }
  }

  fundingE12(instrumentIx: number): number {
    return this.#ratesE12.get(instrumentIx) ?? 0;
  }

  /** The exchange keeps minutes. */
  #isHistory(event: Extract<MarketEvent, { kind: 'candle' }>): boolean {
    return event.timeframeUs === US_PER_MINUTE && event.openTsUs + event.timeframeUs <= this.#historyToUs;
  }

  #read(coming: Promise<Came>): void {
    this.#reading = coming.then(
      (event) => {
        this.#came = { event };
        this.#reading = null;
      },
      (fault: unknown) => this.#onFault(fault),
    );
  }
}
