/** `docs/features.md`: every indicator column and every model feature, written from the definitions. */
import { formatDurationUs, US_PER_HOUR, US_PER_MINUTE } from '#core';
import { INDICATOR_GROUPS } from './indicators/stream.ts';
import { columnsOf, FRAME_DEFAULTS, frameGroups } from './microstructure/frame-options.ts';
import type { MicroColumn } from './microstructure/group.ts';
import { DECISION_WARMUP_BARS, HIGHER_WARMUP_BARS } from './model/anchor-rule.ts';
import { type FeatureDefinition, featureSet } from './model/feature-set.ts';

/** The timeframes of the default configuration, for which the page lists the features. */
const EXAMPLE_TIMEFRAMES_US: readonly number[] = [5 * US_PER_MINUTE, 15 * US_PER_MINUTE, US_PER_HOUR];

/** Everything that a frame can hold, for the page: an instrument of 2 and 3 decimals, another venue, liquidations, VPIN. */
const EXAMPLE_FRAME = {
  ...FRAME_DEFAULTS,
  priceDecimals: 2,
  qtyDecimals: 3,
  vpin: { bucketLots: 100_000, buckets: 50, barUs: US_PER_MINUTE, deviationBars: 50 },
  liquidationsUs: 5 * US_PER_MINUTE,
  otherPriceDecimals: 2,
};

/** Returns the text of `docs/features.md`. */
export function featuresMarkdown(): string {
  const set = featureSet(EXAMPLE_TIMEFRAMES_US);
  return `# Indicators and model features

Written from the definitions in \`src/features\` by \`npm run docs\`. Every definition serves batch and stream alike.

## Model features

${set.definitions.length} features for the timeframes ${EXAMPLE_TIMEFRAMES_US.map(formatDurationUs).join(', ')} (feature set \`${set.id}\`). The first timeframe is the decision timeframe:
features are computed when one of its bars closes, from finished bars alone; a higher timeframe contributes its last finished bar.
All are scale-free. A value outside its range is clipped to it; where the formula gives no number (a window in which nothing moved, nothing
traded) the neutral value stands.

**Which bars a value depends on.** Recursive values (RSI, EMA, MACD, ATR, ADX) that serve the decision bars opening on a UTC day were started
afresh at 00:00 UTC of that day minus a warm-up: ${DECISION_WARMUP_BARS} bars of the decision timeframe, ${HIGHER_WARMUP_BARS} bars of the others. Windowed values depend on
their last N bars, session values on the bars since 00:00 UTC. So live, restart, replay and back-test give the same number, to the bit,
and none of them decides before the data reach back to the earliest of these moments.

| feature | formula | range | neutral | unit |
|---|---|---|---|---|
${set.definitions.map(featureRow).join('\n')}

The feature-set hash covers names, formulas, ranges, timeframes and the anchor rule; a model refuses features of another hash.

## Indicator columns

The columns of \`xylen features\`, in order. Here recursive columns are anchored at the first row, as TA-Lib's are; conventions and edge rules are
those of TA-Lib 0.8. Depends on: \`bar\` this bar alone, \`window\` the last N bars, \`recursive\` all bars since the first row, \`session\` the bars
since 00:00 UTC.

| column | formula | depends on | unit |
|---|---|---|---|
${INDICATOR_GROUPS.flatMap((group) =>
  group.columns.map(
    ({ name, formula, unit }) => `| \`${name}\` | ${cell(formula)} | ${group.memory} | ${unit} |`,
  ),
).join('\n')}

## Microstructure features

Rows of a \`MicrostructureFrame\`, sampled every second here (any grid, or at the close of bars). A row at time t is made of the events with a venue
time before t. Values are \`NaN\` until they are whole: a book counts when it is continuous, open and not older than ${formatDurationUs(EXAMPLE_FRAME.bookStaleUs)}; a window is of rows
without a hole; a day's average is of a day whose trades are all known. m is the middle of the best bid b and ask a with quantities qb and qa,
e the order flow of a level. The hash of a frame covers names, formulas and parameters. Papers are cited in full in the source.

| feature | formula | unit | source |
|---|---|---|---|
${columnsOf(frameGroups(EXAMPLE_FRAME)).map(microRow).join('\n')}
`;
}

function microRow({ name, formula, unit, source }: MicroColumn): string {
  return `| \`${name}\` | ${cell(formula)} | ${unit} | ${source} |`;
}

function featureRow({ name, formula, min, max, neutral, unit }: FeatureDefinition): string {
  return `| \`${name}\` | ${cell(formula)} | ${min} to ${max} | ${neutral} | ${unit} |`;
}

/** A vertical bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
