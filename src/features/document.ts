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

${microstructureMarkdown()}
${rowsMarkdown()}`;
}

/** The columns of rows of microstructure. */
function microstructureMarkdown(): string {
  return `## Microstructure features

Rows of a \`MicrostructureFrame\`, sampled every second here (any grid, or at the close of bars). A row at time t is made of the events with a venue
time before t. Values are \`NaN\` until they are whole: a book counts when it is continuous, open and not older than ${formatDurationUs(EXAMPLE_FRAME.bookStaleUs)}; a window is of rows
without a hole; a day's average is of a day whose trades are all known. m is the middle of the best bid b and ask a with quantities qb and qa,
e the order flow of a level. The hash of a frame covers names, formulas and parameters. Papers are cited in full in the source.

| feature | formula | unit | source |
|---|---|---|---|
${columnsOf(frameGroups(EXAMPLE_FRAME)).map(microRow).join('\n')}
`;
}

/** The command that writes such rows. */
function rowsMarkdown(): string {
  return `### Rows as a file

\`\`\`sh
bin/xylen features --microstructure --every 1s --venue binance-usdm --raw ./btcusdt_stream.gz --out microstructure.csv
bin/xylen import ./btcusdt_stream.gz --venue binance-usdm --symbol BTCUSDT --kind book
bin/xylen features --microstructure --venue binance-usdm --symbol BTCUSDT --param levels=1,5 flow=10s --out microstructure.csv
\`\`\`

The first reads a capture as \`xylen book\` does (\`--raw\`, \`--snapshot\`, any venue with an adapter; \`--symbol\` as on the wire, all by default), the last
the archive of \`--data-dir\`: what \`xylen record\` kept of books, trades, mark prices, funding rates, open interest and liquidations, or what was
imported. The file has \`ts_ms\`, \`symbol\` and the columns, a row a moment and symbol; an empty cell is not defined. \`--columns\` chooses,
\`--from\` and \`--to\` cut. \`--other-venue\` with \`--other-symbol\` (captures: \`--other-raw\`, \`--other-snapshot\`) adds the columns of two venues. \`--json\` tells
rows, columns, hash and the share of rows without a usable book.

- Events stand in the one order of a live run: each counts at its venue time, but not more than \`feeds.reorder_window\` before it came and not after
  it came. A recorder whose clock was slow makes rows by its own clock; how many events that are is told.
- A book that is lost is empty from its last good message (in a capture: as far as the rows after it were not made yet) until it is right again, by
  the venue's own rules and by the ledger of losses. Where a line of a capture cannot be read, or a connection ended, trades may be missing: windows
  over it are empty, and so is the rest of the day's average.
- Rows from \`--from\` on are those of the whole: reading begins at midnight, a window earlier, and at the last snapshot of the book before that. Two
  kinds depend on where reading began: VPIN, whose buckets are counted from there, and the queue of a price that has been the best since before.

| \`--param\` | what it is | default |
|---|---|---|
| \`levels\` | depths of the imbalance in levels | ${FRAME_DEFAULTS.levels.join(',')} |
| \`bands\` | depths of the imbalance in basis points from the middle | ${FRAME_DEFAULTS.bandsBps.join(',')} |
| \`flow\` | windows of order flow and trade flow | ${FRAME_DEFAULTS.flowWindowsUs.map(formatDurationUs).join(',')} |
| \`flow-levels\` | levels of the order flow | ${FRAME_DEFAULTS.flowLevels} |
| \`kyle\` | window of Kyle's lambda | ${formatDurationUs(FRAME_DEFAULTS.kyleUs)} |
| \`volatility\`, \`step\` | window of the realised volatility, and its step | ${formatDurationUs(FRAME_DEFAULTS.volatilityUs)}, ${formatDurationUs(FRAME_DEFAULTS.volatilityStepUs)} |
| \`change\` | over which funding and open interest change | ${formatDurationUs(FRAME_DEFAULTS.changeUs)} |
| \`bucket\` | volume of a VPIN bucket (\`bucket.SYMBOL\` for one symbol); adds the VPIN columns | none |
| \`buckets\`, \`bar\`, \`bar-changes\` | buckets of VPIN, bars of its bulk classification, changes of their deviation | 50, 1m, 50 |
| \`liquidations\` | window of the liquidations; adds their column, for where they were recorded | none |
| \`book-stale\`, \`fact-stale\` | how long a book without a change, and a mark, rate or open interest, counts | ${formatDurationUs(FRAME_DEFAULTS.bookStaleUs)}, ${formatDurationUs(FRAME_DEFAULTS.factStaleUs)} |

A default window that is no whole number of rows becomes the next that is; what is stated must be one.
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
