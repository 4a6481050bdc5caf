/** An exchange of ccxt in memory: every question waits until the test answers it, as ccxt's futures do. */
import type { CcxtBook, CcxtCandle, CcxtExchange, CcxtMarket, CcxtTrade } from '../exchange.ts';

interface Question {
  resolve(answer: unknown): void;
  reject(thrown: unknown): void;
}

/** An error as ccxt throws them: told apart by its name. */
export class FakeCcxtError extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Returns a spot market as ccxt lists it. */
export function fakeMarket(symbol: string, changes: Partial<CcxtMarket> = {}): CcxtMarket {
  const [base = '', quote = ''] = symbol.split(/[/:]/);
  return {
    symbol,
    base,
    quote,
    active: true,
    spot: true,
    precision: { price: 0.01, amount: 0.001 },
    limits: { amount: { min: 0.001, max: 9_000 }, cost: { min: 5 } },
    ...changes,
  };
}

/** The exchange; answers questions of `book BTC/USDT`, `trades BTC/USDT`, `candles BTC/USDT`. */
export class FakeExchange implements CcxtExchange {
  readonly id = 'fake';
  readonly has: Record<string, boolean> = { watchOrderBook: true, watchTrades: true, watchOHLCV: true };
  readonly timeframes = { '1m': '1', '1h': '60', '1M': 'M' };
  precisionMode = 4;
  readonly markets = new Map<string, CcxtMarket>();
  /** Questions that were asked, oldest first. */
  readonly asked: string[] = [];
  closeCount = 0;
  lastPrice: number | undefined = 100;
  /** Rows of history, oldest first, and how many a page has at most. */
  history: CcxtCandle[] = [];
  pageRows = 500;
  readonly #open = new Map<string, Question[]>();

  async loadMarkets(): Promise<Readonly<Record<string, CcxtMarket>>> {
    return Object.fromEntries(this.markets);
  }

  async fetchTicker(): Promise<{ readonly last?: number | undefined }> {
    return { last: this.lastPrice };
  }

  async fetchOHLCV(_symbol: string, _timeframe = '', sinceMs = 0): Promise<readonly CcxtCandle[]> {
    this.asked.push(`history from ${sinceMs}`);
    return this.history.filter(([openMs]) => Number(openMs) >= sinceMs).slice(0, this.pageRows);
  }

  watchOrderBook(symbol: string): Promise<CcxtBook> {
    return this.#ask(`book ${symbol}`);
  }

  watchTrades(symbol: string): Promise<readonly CcxtTrade[]> {
    return this.#ask(`trades ${symbol}`);
  }

  watchOHLCV(symbol: string): Promise<readonly CcxtCandle[]> {
    return this.#ask(`candles ${symbol}`);
  }

  async unWatchOrderBook(symbol: string): Promise<void> {
    this.asked.push(`unwatch ${symbol}`);
    this.fail(`book ${symbol}`, new FakeCcxtError('UnsubscribeError', 'unsubscribed'));
  }

  async close(): Promise<void> {
    this.closeCount++;
    for (const key of this.#open.keys()) this.fail(key, new FakeCcxtError('ExchangeClosedByUser', 'closed'));
  }

  /** Questions that wait for an answer. */
  openCount(key: string): number {
    return this.#open.get(key)?.length ?? 0;
  }

  answer(key: string, answer: unknown): void {
    for (const { resolve } of this.#take(key)) resolve(answer);
  }

  fail(key: string, thrown: unknown): void {
    for (const { reject } of this.#take(key)) reject(thrown);
  }

  #take(key: string): readonly Question[] {
    const questions = this.#open.get(key) ?? [];
    this.#open.delete(key);
    return questions;
  }

  #ask<T>(key: string): Promise<T> {
    this.asked.push(key);
    return new Promise<T>((resolve, reject) => {
      const questions = this.#open.get(key) ?? [];
      questions.push({ resolve: (answer) => resolve(answer as T), reject });
      this.#open.set(key, questions);
    });
  }
}
