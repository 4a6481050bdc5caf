/** A feed of the exchange in memory, in simulated time, with everything that it tells written down. */
import type { BookKeeper, BookUpdate } from '#book';
import { Prng } from '#core';
import type { LedgerEntry } from '#domain';
import { SimulatedNetwork } from '#net/simulated';
import type { FeedNotice } from '../../feed/index.ts';
import type { FeedInstrument, Subscription, TradePrint, VenueCandle } from '../../market/index.ts';
import { CcxtFeed } from '../ccxt-feed.ts';
import type { CcxtOptions } from '../options.ts';
import { FakeExchange } from './fake-exchange.ts';

/** When simulated time begins. */
export const START_US = 1_700_000_000_000_000;

/** Returns an instrument with two decimals of price and three of quantity. */
export function instrumentOf(symbol: string, ix: number): FeedInstrument {
  return { ix, venue: 'ccxt:fake', symbol, wireSymbol: symbol, priceDecimals: 2, qtyDecimals: 3 };
}

/** A feed and its listener. */
export class FeedStage {
  readonly exchange = new FakeExchange();
  readonly network = new SimulatedNetwork(new Prng(1), START_US);
  readonly feed: CcxtFeed;
  readonly trades: TradePrint[] = [];
  readonly candles: VenueCandle[] = [];
  readonly ledger: LedgerEntry[] = [];
  readonly notices: FeedNotice[] = [];
  /** `0 true live`. */
  readonly states: string[] = [];
  /** `snapshot` or `delta` with its levels, by symbol. */
  readonly books: { ix: number; isSnapshot: boolean; bids: number[][]; asks: number[][] }[] = [];
  readonly stamps: number[] = [];
  /** Levels of the keeper after the last update, by instrument. */
  readonly kept = new Map<number, { bids: number[][]; asks: number[][] }>();

  constructor(
    subscriptions: readonly Subscription[],
    options: Partial<CcxtOptions> = {},
    prepare: (exchange: FakeExchange) => void = () => undefined,
  ) {
    prepare(this.exchange);
    this.feed = new CcxtFeed({
      exchange: this.exchange,
      timers: this.network,
      prng: new Prng(2),
      subscriptions,
      options,
      listener: {
        onRaw: () => undefined,
        onBook: (update, keeper) => this.#onBook(update, keeper),
        onTrade: (trade, tsLocalUs) => {
          this.trades.push({ ...trade });
          this.stamps.push(tsLocalUs);
        },
        onCandle: (candle, tsLocalUs) => {
          this.candles.push({ ...candle });
          this.stamps.push(tsLocalUs);
        },
        onQuote: () => undefined,
        onMark: () => undefined,
        onFunding: () => undefined,
        onOpenInterest: () => undefined,
        onLiquidation: () => undefined,
        onOrderSnapshot: () => undefined,
        onOrder: () => undefined,
        onOrdersEnd: () => undefined,
        onBookState: (ix, isUsable, reason) => this.states.push(`${ix} ${isUsable} ${reason}`),
        onLedger: (entry) => this.ledger.push(entry),
        onNotice: (notice) => this.notices.push(notice),
      },
    });
  }

  /** Lets answers arrive. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Lets time pass, and answers arrive. */
  async pass(us: number, stepUs = us): Promise<void> {
    const endUs = this.network.nowUs() + us;
    while (this.network.nowUs() < endUs) {
      this.network.run(Math.min(endUs, this.network.nowUs() + stepUs));
      await this.settle();
    }
  }

  /** Answers a question. */
  async answer(key: string, answer: unknown): Promise<void> {
    this.exchange.answer(key, answer);
    await this.settle();
  }

  async fail(key: string, thrown: unknown): Promise<void> {
    this.exchange.fail(key, thrown);
    await this.settle();
  }

  #onBook(update: BookUpdate, { book }: BookKeeper): void {
    const levels = ({ count, priceTicks, qtyLots }: BookUpdate['bids']): number[][] =>
      Array.from({ length: count }, (_, at) => [priceTicks[at] ?? 0, qtyLots[at] ?? 0]);
    const side = (name: 'buy' | 'sell'): number[][] =>
      Array.from({ length: book.levelCount(name) }, (_, at) => [
        book.priceTicksAt(name, at),
        book.qtyLotsAt(name, at),
      ]);
    const { asks, bids, instrumentIx: ix, isSnapshot, tsLocalUs } = update;
    this.books.push({ ix, isSnapshot, bids: levels(bids), asks: levels(asks) });
    this.kept.set(ix, { bids: side('buy'), asks: side('sell') });
    this.stamps.push(tsLocalUs);
  }
}
