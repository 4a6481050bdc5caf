/**
 * What forecasts would have earned by the plainest rule: when flat, and the expected return pays for a round trip, hold its side over the
 * horizon with a stake of one. One position a symbol, no stop, no funding, no compounding. Not a back-test: a check that skill is worth its costs.
 */
import type { LabelledRows } from '../data/labelled-rows.ts';

/** The result of the rule on a block, as fractions of the stake and averaged over the symbols. */
export interface TradingFigures {
  readonly tradeCount: number;
  /** Share of trades that earned more than they cost; `null` without a trade. */
  readonly winRate: number | null;
  /** Sum of the returns of all trades after costs / number of symbols. */
  readonly netReturn: number;
  /** The same before costs. */
  readonly grossReturn: number;
}

/** What never trading earns. */
export const NO_TRADES: TradingFigures = { tradeCount: 0, winRate: null, netReturn: 0, grossReturn: 0 };

/** Trades the rows by their expected returns; `costFraction` is the cost of a round trip. */
export function naiveTrading(
  rows: LabelledRows,
  index: Int32Array,
  expectedReturn: Float64Array,
  costFraction: number,
): TradingFigures {
  const freeFromUs = new Float64Array(rows.symbols.length).fill(Number.NEGATIVE_INFINITY);
  let tradeCount = 0;
  let winCount = 0;
  let gross = 0;
  for (let at = 0; at < index.length; at++) {
    const row = index[at]!;
    const symbolIx = rows.symbolIx[row]!;
    const expected = expectedReturn[at]!;
    if (Math.abs(expected) <= costFraction || rows.startUs[row]! < freeFromUs[symbolIx]!) continue;
    freeFromUs[symbolIx] = rows.labelEndUs[row]!;
    const earned = Math.sign(expected) * Math.expm1(rows.forwardReturn[row]!);
    tradeCount++;
    gross += earned;
    if (earned > costFraction) winCount++;
  }
  const symbolCount = rows.symbols.length;
  return {
    tradeCount,
    winRate: tradeCount > 0 ? winCount / tradeCount : null,
    netReturn: (gross - tradeCount * costFraction) / symbolCount,
    grossReturn: gross / symbolCount,
  };
}

/** Returns what buying at the first row of each symbol and selling at its last label's end earns, one round trip each. */
export function buyAndHold(rows: LabelledRows, index: Int32Array, costFraction: number): TradingFigures {
  const symbolCount = rows.symbols.length;
  const first = new Int32Array(symbolCount).fill(-1);
  const last = new Int32Array(symbolCount).fill(-1);
  for (const row of index) {
    const symbolIx = rows.symbolIx[row]!;
    if (first[symbolIx]! < 0) first[symbolIx] = row;
    last[symbolIx] = row;
  }
  const returns = [...first.keys()]
    .filter((symbolIx) => first[symbolIx]! >= 0)
    .map((symbolIx) => {
      const end = rows.close[last[symbolIx]!]! * Math.exp(rows.forwardReturn[last[symbolIx]!]!);
      return end / rows.close[first[symbolIx]!]! - 1;
    });
  const gross = returns.reduce((sum, value) => sum + value, 0);
  const winCount = returns.filter((value) => value > costFraction).length;
  return {
    tradeCount: returns.length,
    winRate: returns.length > 0 ? winCount / returns.length : null,
    netReturn: (gross - returns.length * costFraction) / symbolCount,
    grossReturn: gross / symbolCount,
  };
}
