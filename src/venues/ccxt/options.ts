/** The times and bounds of a feed of ccxt, with the values that they have unless told otherwise. */
import { US_PER_MINUTE, US_PER_MS, US_PER_SECOND } from '#core';

/** Times in microseconds. */
export interface CcxtOptions {
  /** Least time between two looks at a book. */
  readonly bookEveryUs: number;
  /** Levels of a side that are delivered; ccxt may keep more. */
  readonly bookLevels: number;
  /** What ccxt is asked for with a book; `null` = its own choice, since exchanges offer different numbers. */
  readonly bookLimit: number | null;
  /** How often watchdogs are looked at. */
  readonly tickUs: number;
  /** A book is asked for anew when nothing at all came from the exchange for so long: then it is not the market that is quiet. */
  readonly stallUs: number;
  /** A book that does not change for so long is asked for anew, though others do: small markets stand still for minutes. */
  readonly bookStallUs: number;
  /** So many books asked for anew in vain, and all sockets of the exchange are ended. */
  readonly stallsMax: number;
  /** Bid at or above ask for so long, and the book is asked for anew. */
  readonly crossedUs: number;
  readonly backOffFirstUs: number;
  readonly backOffMaxUs: number;
  /** Pause after a refusal. */
  readonly refusedUs: number;
  /** A candle is over so long after its end, where no later one came. */
  readonly candleGraceUs: number;
  /** Ids of trades of each symbol that are remembered, to know one that comes twice. */
  readonly recentTradesMax: number;
  /** Answers at one moment of the clock before a watch pauses: an exchange that answers without waiting must not spin. */
  readonly answersAtOnceMax: number;
  readonly noticesMax: number;
  readonly noticeWindowUs: number;
}

/** What a feed does unless told otherwise. */
export const CCXT_OPTIONS_DEFAULT: CcxtOptions = {
  bookEveryUs: 100 * US_PER_MS,
  bookLevels: 200,
  bookLimit: null,
  tickUs: US_PER_SECOND,
  stallUs: US_PER_MINUTE,
  bookStallUs: 10 * US_PER_MINUTE,
  stallsMax: 3,
  crossedUs: 2 * US_PER_SECOND,
  backOffFirstUs: 500 * US_PER_MS,
  backOffMaxUs: 30 * US_PER_SECOND,
  refusedUs: US_PER_MINUTE,
  candleGraceUs: 5 * US_PER_SECOND,
  recentTradesMax: 1_000,
  answersAtOnceMax: 100,
  noticesMax: 20,
  noticeWindowUs: 10 * US_PER_SECOND,
};
