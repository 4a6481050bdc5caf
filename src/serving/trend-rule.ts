/**
 * The trend rule: an EMA and RSI filter that answers where no model is trained, and the baseline that a model must stand beside. It is a
 * rule with a stated prior belief, nothing is fitted: on recorded 5m markets of 2023 to 2025 following trends over four hours earned
 * about nothing before costs (docs/training.md), so that its probability stays near a half and its variance is large.
 *
 * Up (down mirrored): EMA 20 > EMA 50 > EMA 200 of the decision timeframe, and RSI 14 between 50 and 70: the move is under way and not
 * overstretched. Strength = distance of EMA 50 from EMA 200 in units of three ATR, at most 1.
 */
import { assert, formatDurationUs } from '#core';
import { featureSet } from '#features';
import type { Forecast, Forecaster } from './forecast.ts';

/** What the rule is asked about. */
export interface TrendRuleOptions {
  /** Timeframes of the feature set; the first is the decision timeframe. */
  readonly timeframesUs: readonly number[];
  /** How far ahead it predicts, in bars of the decision timeframe. */
  readonly horizonBars: number;
}

/** Says in the version that nothing was learned here; the number changes with the rule. */
export const TREND_RULE_VERSION = 'rule-based-1';

/** Probability beyond a half for the weakest trend, and what full strength adds: never above 0.60. */
const LEAN_MIN = 0.02;
const LEAN_BY_STRENGTH = 0.08;
/** Distance of EMA 50 and EMA 200, in ATR, that counts as full strength. */
const FULL_STRENGTH_ATR = 3;
/** RSI 70, on the feature's scale of -1 to 1. */
const RSI_STRETCHED = 0.4;
/** Mean squared distance of the stated probability from the hit rate on eight recorded markets (docs/training.md): 11 percentage points. */
const VARIANCE_IN_TREND = 0.0125;
/** Without a trend the rule knows nothing and should weigh next to nothing. */
const VARIANCE_SILENT = 0.02;
/**
 * Mean absolute change over n bars of a random walk in units of (ATR x root n): the mean range of a bar is twice its mean absolute change.
 * Recorded 5m data over 48 bars: 0.49 to 0.50.
 */
const MOVE_PER_ATR = 0.5;

/** Where the rule finds its features. */
interface Places {
  readonly fastRatio: number;
  readonly slowRatio: number;
  readonly rsi: number;
  readonly atr: number;
}

/** Builds the rule for a feature set. */
export function trendRule(options: TrendRuleOptions): Forecaster {
  const { horizonBars, timeframesUs } = options;
  assert(Number.isInteger(horizonBars) && horizonBars > 0, `a horizon of 1 bar or more, was ${horizonBars}`);
  const { hash, names } = featureSet(timeframesUs);
  const places = placesOf(names, formatDurationUs(timeframesUs[0]!));
  const movePerAtr = MOVE_PER_ATR * Math.sqrt(horizonBars);
  return {
    featureSetHash: hash,
    forecast(features: Float64Array, out: Forecast): void {
      assert(features.length === names.length, 'a row has the features of its set');
      const lean = leanOf(features, places);
      out.probability = 0.5 + lean;
      out.expectedReturn = 2 * lean * movePerAtr * features[places.atr]!;
      out.variance = lean === 0 ? VARIANCE_SILENT : VARIANCE_IN_TREND;
      out.rawScore = out.probability;
    },
  };
}

/** Returns the distance of the probability from a half; positive = up. */
function leanOf(features: Float64Array, places: Places): number {
  const fast = features[places.fastRatio]!;
  const slow = features[places.slowRatio]!;
  const direction = fast > 0 && slow > 0 ? 1 : fast < 0 && slow < 0 ? -1 : 0;
  const momentum = direction * features[places.rsi]!;
  if (!(momentum > 0 && momentum < RSI_STRETCHED)) return 0;
  const atr = features[places.atr]!;
  const strength = atr > 0 ? Math.min(1, Math.abs(slow) / (FULL_STRENGTH_ATR * atr)) : 0;
  return direction * (LEAN_MIN + LEAN_BY_STRENGTH * strength);
}

function placesOf(names: readonly string[], frame: string): Places {
  const at = (name: string): number => {
    const place = names.indexOf(`${name}_${frame}`);
    assert(place >= 0, `the feature set has ${name}_${frame}`);
    return place;
  };
  return {
    fastRatio: at('ema_ratio_20_50'),
    slowRatio: at('ema_ratio_50_200'),
    rsi: at('rsi_14'),
    atr: at('atr_14'),
  };
}
