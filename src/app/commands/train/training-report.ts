/** A model's manifest as a report for people: what it was trained on, how it did on each block, beside whom, and what the gate said. */
import { formatDurationUs, formatIso } from '#core';
import { type Contender, type ModelManifest, votesFromUs } from '#training';
import { type Cell, textTable } from '../../runs/text-table.ts';

/** Names of the contenders as people read them. */
const CONTENDER_NAMES: Readonly<Record<string, string>> = {
  model: 'this model',
  prior: 'prior (share of rises before)',
  coin: 'coin (always a half)',
  trend: 'trend rule',
  always_hold: 'never trading',
  buy_and_hold: 'buy and hold',
};

/** What became of rows in hours that were recorded badly. */
function badHourFact(
  badHours: ModelManifest['content']['data']['badHours'],
): readonly (readonly [string, string])[] {
  if (badHours === undefined) return [];
  const { hours, mode, rowsRefused, rowsWeighed } = badHours;
  const made = `${rowsRefused} rows left out, ${rowsWeighed} counted less`;
  return [['bad hours', `${hours} of the recording (data.bad_hours: ${mode}): ${made}`]];
}

/** Returns the lines of the report. */
export function trainingReport({ circumstances, content, version }: ModelManifest): readonly string[] {
  const { data, head, horizonBars, run, timeframesUs } = content;
  const bar = formatDurationUs(timeframesUs[0] ?? 0);
  const facts: readonly (readonly [string, string])[] = [
    ['model', `${content.name} ${version} (${content.kind}, ${content.rounds} rounds, seed ${run.seed})`],
    [
      'predicts',
      `whether the price is higher ${horizonBars} bars of ${bar} later; features ${content.features.setId}`,
    ],
    [
      'rows',
      `${data.rowCount} of ${data.symbols.join(', ')} (${data.venue}${data.venue === 'sim' ? ', SYNTHETIC' : ''}), ${day(data.fromUs)} to ${day(data.newestUs)}`,
    ],
    [
      'quarantine',
      `${data.quarantinedCount} rows whose label ends within ${formatDurationUs(run.quarantineUs)} of ${formatIso(run.clockUs)} were not touched`,
    ],
    ...badHourFact(data.badHours),
    ['votes from', formatIso(votesFromUs(content))],
    ['expected return', `${percent(head.returnShare)} of a lean became return on the calibration block`],
    ['trained', `${formatIso(circumstances.createdAtUs)}, commit ${circumstances.commit.slice(0, 12)}`],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    '',
    ...blockTable(content),
    '',
    `Untouched block, costs of ${percent(run.costFraction)} a round trip (fees, spread, slippage; no funding):`,
    ...contenderTable(content.contenders),
    '',
    ...gateLines(circumstances.gate),
  ];
}

function blockTable({ blocks }: ModelManifest['content']): readonly string[] {
  return textTable(
    ['block', 'from', 'to', 'rows', 'labels', 'rises', 'log loss', 'brier', 'cal. error', 'AUC', 'IC'],
    blocks.map(({ fromUs, labelCount, metrics, name, rowCount, toUs, upShare }) => [
      ...[name, day(fromUs), day(toUs), rowCount, labelCount, fixed(upShare, 3)],
      ...figures(metrics),
    ]),
  );
}

function contenderTable(contenders: readonly Contender[]): readonly string[] {
  const header = ['', 'log loss', 'brier', 'cal. error', 'AUC', 'IC', 'trades', 'won', 'net', 'gross'];
  return textTable(
    header,
    contenders.map(({ metrics, name, trading }) => [
      CONTENDER_NAMES[name] ?? name,
      ...(metrics === null ? [null, null, null, null, null] : figures(metrics)),
      trading.tradeCount,
      trading.winRate === null ? null : percent(trading.winRate),
      percent(trading.netReturn),
      percent(trading.grossReturn),
    ]),
  );
}

function figures(metrics: NonNullable<Contender['metrics']>): readonly Cell[] {
  const { auc, brier, calibrationError, informationCoefficient, logLoss } = metrics;
  return [
    fixed(logLoss, 5),
    fixed(brier, 5),
    fixed(calibrationError, 4),
    fixed(auc, 4),
    fixed(informationCoefficient, 4),
  ];
}

function gateLines({ isPassed, rules }: ModelManifest['circumstances']['gate']): readonly string[] {
  const lines = rules.map(
    ({ found, isPassed: passed, rule }) => `  ${passed ? 'yes' : 'NO '} ${rule}: ${found}`,
  );
  const hasNoEdge = rules.some(({ isPassed: passed, rule }) => rule === 'beats_prior' && !passed);
  const verdict = isPassed
    ? 'The gate is passed.'
    : `The gate refuses it${hasNoEdge ? ': no edge over knowing nothing was found on rows it has not seen' : ''}.`;
  return [verdict, ...lines];
}

function day(tsUs: number): string {
  return formatIso(tsUs).slice(0, 10);
}

function fixed(value: number, digits: number): string {
  return value.toFixed(digits);
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)}%`;
}
