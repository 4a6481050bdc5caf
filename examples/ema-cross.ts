/**
 * The documented example of a user's own strategy: always in the market, long while the fast EMA is above the slow one, short below.
 * Run it with `bin/xylen backtest FILE --venue binance-usdm --symbol BTCUSDT --strategy ./examples/ema-cross.ts`.
 */
import type { CandleEvent, Strategy, StrategyContext } from 'xylen/strategy';

interface Averages {
  fast: number;
  slow: number;
  barCount: number;
}

/** Two exponential moving averages of the close; trades when they cross. */
export class EmaCross implements Strategy {
  readonly name = 'ema-cross';
  readonly #fastBars: number;
  readonly #slowBars: number;
  readonly #qtyLots: number;
  #averages: Averages[] = [];

  constructor(parameters: { fastBars?: number; slowBars?: number; qtyLots?: number } = {}) {
    const { fastBars = 10, slowBars = 20, qtyLots = 10, ...unknown } = parameters;
    const [wrong] = Object.keys(unknown);
    if (wrong !== undefined) throw new RangeError(`expected fastBars, slowBars or qtyLots, found ${wrong}`);
    for (const [name, value] of Object.entries({ fastBars, slowBars, qtyLots })) {
      if (!Number.isSafeInteger(value) || value < 1) {
        throw new RangeError(`${name}: expected a whole number above 0, found ${value}`);
      }
    }
    this.#fastBars = fastBars;
    this.#slowBars = slowBars;
    this.#qtyLots = qtyLots;
  }

  onCandle(candle: CandleEvent, context: StrategyContext): void {
    const averages = this.#update(candle);
    if (averages.barCount < this.#slowBars) return;
    const targetLots = averages.fast >= averages.slow ? this.#qtyLots : -this.#qtyLots;
    context.setTarget(candle.instrumentIx, targetLots, 'fast and slow average crossed');
  }

  saveState(): unknown {
    return this.#averages.map((averages) => ({ ...averages }));
  }

  loadState(state: unknown): void {
    this.#averages = (state as Averages[]).map((averages) => ({ ...averages }));
  }

  #update(candle: CandleEvent): Averages {
    const close = candle.closeTicks;
    this.#averages[candle.instrumentIx] ??= { fast: close, slow: close, barCount: 0 };
    const averages = this.#averages[candle.instrumentIx]!;
    averages.fast += (close - averages.fast) * (2 / (this.#fastBars + 1));
    averages.slow += (close - averages.slow) * (2 / (this.#slowBars + 1));
    averages.barCount++;
    return averages;
  }
}
