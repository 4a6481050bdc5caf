/** Checks of settlements and trades: what is missing in between, what is out of the usual. */
import { formatDecimal, formatIso, US_PER_MINUTE } from '#core';
import { FUNDING_RATE_DECIMALS } from '#domain';
import { FUNDING, type RowChunk, TRADE } from '../history/index.ts';
import { percent } from './bar-checks.ts';
import { type FindingList, lengthText, spanText } from './finding.ts';
import { RollingQuantile } from './rolling-quantile.ts';

/** Rates from here on are worth knowing, as 10^-12: 0.75 % of notional in one settlement. */
const RATE_EXTREME_E12 = 7_500_000_000;

/** What the pass over settlements adds up. */
export interface FundingStatistics {
  rowCount: number;
  firstTsUs: number;
  lastTsUs: number;
  /** The commonest interval, epoch us. */
  intervalUs: number;
  settlementsMissing: number;
}

/** Checks settlements; needs all their times, which are few. */
export class FundingChecks {
  readonly #findings: FindingList;
  readonly #times: number[] = [];

  constructor(findings: FindingList) {
    this.#findings = findings;
  }

  /** Adds rows in order. */
  add(chunk: RowChunk): void {
    for (let row = 0; row < chunk.rowCount; row++) {
      const tsUs = chunk.columns[FUNDING.ts]![row]!;
      const rate = chunk.columns[FUNDING.rate]![row]!;
      this.#times.push(tsUs);
      if (Math.abs(rate) < RATE_EXTREME_E12) continue;
      const text = `rate ${formatDecimal(rate, FUNDING_RATE_DECIMALS)} at ${formatIso(tsUs)}`;
      this.#findings.add('rate_extreme', tsUs, rate / 1e12, text);
    }
  }

  /** Finds what is missing and returns the sums. */
  finish(): FundingStatistics {
    const times = this.#times;
    const intervalUs = commonestStep(times);
    let settlementsMissing = 0;
    for (let i = 1; i < times.length; i++) {
      const [before, tsUs] = [times[i - 1]!, times[i]!];
      if (tsUs <= before) {
        this.#findings.add(
          tsUs === before ? 'duplicate' : 'disorder',
          tsUs,
          1,
          `settlement ${formatIso(tsUs)} after ${formatIso(before)}`,
        );
        continue;
      }
      const missing = Math.round((tsUs - before) / intervalUs) - 1;
      if (missing < 1) continue;
      settlementsMissing += missing;
      this.#findings.add(
        'funding_gap',
        before + intervalUs,
        missing,
        `${missing} settlements missing between ${spanText(before, tsUs)}`,
      );
    }
    return {
      rowCount: times.length,
      firstTsUs: times[0] ?? Number.NaN,
      lastTsUs: times.at(-1) ?? Number.NaN,
      intervalUs,
      settlementsMissing,
    };
  }
}

/** The commonest step in whole minutes: venues stamp settlements some milliseconds late. */
function commonestStep(times: readonly number[]): number {
  const counts = new Map<number, number>();
  for (let i = 1; i < times.length; i++) {
    const step = Math.round((times[i]! - times[i - 1]!) / US_PER_MINUTE) * US_PER_MINUTE;
    if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  let best = Number.NaN;
  for (const [step, count] of counts) if (Number.isNaN(best) || count > (counts.get(best) ?? 0)) best = step;
  return best;
}

/** Trades that a yardstick looks back on. */
const WINDOW_TRADES = 512;
/** A price step this many times the usual one, and at least this fraction, is an outlier. */
const TRADE_OUTLIER_TIMES = 50;
const TRADE_OUTLIER_MIN = 0.005;
/** No trade for so long is worth knowing. */
const SILENCE_US = 10 * US_PER_MINUTE;

/** What the pass over trades adds up. */
export interface TradeStatistics {
  rowCount: number;
  firstTsUs: number;
  lastTsUs: number;
  idsMissing: number;
  silenceUsMax: number;
}

/** Checks trades one after the other. */
export class TradeChecks {
  readonly statistics: TradeStatistics = {
    rowCount: 0,
    firstTsUs: Number.NaN,
    lastTsUs: Number.NaN,
    idsMissing: 0,
    silenceUsMax: 0,
  };
  readonly #findings: FindingList;
  readonly #steps = new RollingQuantile(WINDOW_TRADES);
  #lastId = Number.NaN;
  #lastPrice = Number.NaN;

  constructor(findings: FindingList) {
    this.#findings = findings;
  }

  /** Adds rows in order. */
  add(chunk: RowChunk): void {
    for (let row = 0; row < chunk.rowCount; row++) {
      const tsUs = chunk.columns[TRADE.tsLocal]![row]!;
      this.#sequence(tsUs, chunk.columns[TRADE.id]![row]!);
      this.#price(tsUs, chunk.columns[TRADE.price]![row]! / 10 ** chunk.priceDecimals);
    }
  }

  #sequence(tsUs: number, id: number): void {
    const stats = this.statistics;
    const beforeUs = stats.lastTsUs;
    stats.rowCount++;
    stats.lastTsUs = tsUs;
    const lastId = this.#lastId;
    this.#lastId = id;
    if (stats.rowCount === 1) {
      stats.firstTsUs = tsUs;
      return;
    }
    if (id === lastId) this.#findings.add('duplicate', tsUs, 1, `trade ${id} is there twice`);
    else if (id < lastId) this.#findings.add('disorder', tsUs, 1, `trade ${id} comes after ${lastId}`);
    else if (id > lastId + 1) {
      stats.idsMissing += id - lastId - 1;
      // What happened in between is not known: the next price is no outlier of this one.
      this.#lastPrice = Number.NaN;
      this.#findings.add(
        'id_gap',
        beforeUs,
        id - lastId - 1,
        `${id - lastId - 1} trades missing after ${lastId}, ${spanText(beforeUs, tsUs)}`,
      );
    }
    if (tsUs < beforeUs)
      this.#findings.add('disorder', tsUs, 1, `trade ${id} is earlier than the one before`);
    stats.silenceUsMax = Math.max(stats.silenceUsMax, tsUs - beforeUs);
    if (tsUs - beforeUs < SILENCE_US) return;
    const text = `no trade for ${lengthText(tsUs - beforeUs)}, ${spanText(beforeUs, tsUs)}`;
    this.#findings.add('silence', beforeUs, tsUs - beforeUs, text);
  }

  #price(tsUs: number, price: number): void {
    const before = this.#lastPrice;
    this.#lastPrice = price;
    if (!(price > 0))
      this.#findings.add('bad_price', tsUs, price, `a trade at price ${price}, ${formatIso(tsUs)}`);
    if (Number.isNaN(before) || !(price > 0)) return;
    const step = Math.log(price / before);
    const size = Math.abs(step);
    if (size > TRADE_OUTLIER_MIN && size > TRADE_OUTLIER_TIMES * this.#steps.at(0.5)) {
      this.#findings.add(
        'outlier',
        tsUs,
        step,
        `a trade ${percent(step)} away from the one before, ${formatIso(tsUs)}`,
      );
    }
    if (size > 0) this.#steps.add(size);
  }
}
