/** Names, order, words and hash of the model features for a list of timeframes: what a model is trained on and must be asked with. */
import { canonicalJson, formatDurationUs, sha256Hex } from '#core';
import { ANCHOR_RULE, assertTimeframes, sufficientHistoryUs } from './anchor-rule.ts';
import { CLOCK, DECISION_FRAME, EVERY_FRAME, type RecipeText } from './recipes.ts';

/** Changes whenever a formula, a range or a rule changes in a way that its words do not show. */
const FEATURE_SET_VERSION = 1;

/** One feature: `formula` in words, clipped to [`min`, `max`], `neutral` where the formula gives no number. */
export interface FeatureDefinition extends RecipeText {
  /** The timeframe it is computed on; `null` for the time of day and week. */
  readonly timeframeUs: number | null;
}

/** The features of a list of timeframes. */
export interface FeatureSet {
  /** For people: version and timeframes, e.g. `v1-5m-15m-1h`. */
  readonly id: string;
  readonly timeframesUs: readonly number[];
  readonly definitions: readonly FeatureDefinition[];
  readonly names: readonly string[];
  /** SHA-256 over names, formulas, ranges, timeframes, anchor rule and version. Equal hashes mean equal numbers. */
  readonly hash: string;
  /** This much history before a moment always suffices for the features to be defined at it. */
  readonly historyUs: number;
}

/**
 * Returns the feature set of `timeframesUs`, ascending; the first is the decision timeframe. @throws AssertionError when the list is
 * not one that `assertTimeframes` accepts
 */
export function featureSet(timeframesUs: readonly number[]): FeatureSet {
  assertTimeframes(timeframesUs);
  const definitions = timeframesUs.flatMap((timeframeUs, index) => frameDefinitions(timeframeUs, index));
  for (const recipe of CLOCK) definitions.push({ ...textOf(recipe), timeframeUs: null });
  const labels = timeframesUs.map(formatDurationUs);
  const content = { version: FEATURE_SET_VERSION, timeframesUs, anchorRule: ANCHOR_RULE, definitions };
  return {
    id: `v${FEATURE_SET_VERSION}-${labels.join('-')}`,
    timeframesUs: [...timeframesUs],
    definitions,
    names: definitions.map((definition) => definition.name),
    hash: sha256Hex(canonicalJson(content)),
    historyUs: sufficientHistoryUs(timeframesUs),
  };
}

function frameDefinitions(timeframeUs: number, index: number): FeatureDefinition[] {
  const recipes = index === 0 ? [...EVERY_FRAME, ...DECISION_FRAME] : EVERY_FRAME;
  return recipes.map((recipe) => ({
    ...textOf(recipe),
    name: `${recipe.name}_${formatDurationUs(timeframeUs)}`,
    timeframeUs,
  }));
}

function textOf({ name, formula, min, max, neutral, unit }: RecipeText): RecipeText {
  return { name, formula, min, max, neutral, unit };
}
