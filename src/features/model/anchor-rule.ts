/**
 * The anchor rule of the model features: which bars a value may depend on. Time is cut into UTC days. The recursive averages that serve
 * the decision bars opening on day D were started afresh at 00:00 UTC of D minus the warm-up of their timeframe, so that a value
 * depends on the data since a fixed moment and never on when a program was started. Windowed values depend on their window alone,
 * session values on the bars since 00:00 UTC of D.
 */
import { assert, US_PER_DAY, US_PER_MINUTE } from '#core';

/** Warm-up of the decision timeframe: four times its longest average (EMA 200), which leaves 0.03 % of the seed. */
export const DECISION_WARMUP_BARS = 800;
/** Warm-up of the higher timeframes: four times their longest average (EMA 50). */
export const HIGHER_WARMUP_BARS = 200;

/** Bars that an instance must really have seen before it counts: those after which its slowest average is defined. */
export const DECISION_BARS_MIN = 200;
export const HIGHER_BARS_MIN = 50;

/** The rule in words; part of the feature-set hash. */
export const ANCHOR_RULE =
  'recursive values of decision bars opening on UTC day D: fresh at 00:00 of D minus ' +
  `${DECISION_WARMUP_BARS} bars of the decision timeframe, ${HIGHER_WARMUP_BARS} bars of the others; ` +
  'windowed values: the last bars that exist; session values: since 00:00 of D';

/** Returns the warm-up of the timeframe at `index` of a list, in microseconds; index 0 is the decision timeframe. */
export function warmupUs(timeframesUs: readonly number[], index: number): number {
  return timeframesUs[index]! * (index === 0 ? DECISION_WARMUP_BARS : HIGHER_WARMUP_BARS);
}

/** Returns the longest warm-up of a list of timeframes: a day is served when the data reach back this far before its 00:00 UTC. */
export function longestWarmupUs(timeframesUs: readonly number[]): number {
  return Math.max(...timeframesUs.map((_, index) => warmupUs(timeframesUs, index)));
}

/** Returns the shortest warm-up: a gap in the data longer than this starts everything afresh. */
export function shortestWarmupUs(timeframesUs: readonly number[]): number {
  return Math.min(...timeframesUs.map((_, index) => warmupUs(timeframesUs, index)));
}

/** Returns how much history before a moment always suffices to be warm at it, wherever in its day the moment lies. */
export function sufficientHistoryUs(timeframesUs: readonly number[]): number {
  return longestWarmupUs(timeframesUs) + US_PER_DAY;
}

/**
 * Checks a list of timeframes: at least one, strictly ascending, each at least a minute and dividing a day (so that 00:00 UTC starts a bar
 * of each). @throws AssertionError naming the rule that is broken
 */
export function assertTimeframes(timeframesUs: readonly number[]): void {
  assert(timeframesUs.length > 0, 'there is at least one timeframe');
  timeframesUs.forEach((timeframeUs, index) => {
    assert(
      Number.isInteger(timeframeUs) && timeframeUs >= US_PER_MINUTE && US_PER_DAY % timeframeUs === 0,
      `a timeframe is at least 1m and divides a day, was ${timeframeUs} us`,
    );
    assert(index === 0 || timeframeUs > timeframesUs[index - 1]!, 'timeframes ascend');
  });
}
