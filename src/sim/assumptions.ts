/** The assumption card: what a simulated result rests on, in words and figures, so that nobody takes it for more than it is. */
import { formatDurationUs } from '#core';
import type { Instrument, InstrumentTable, VenueId } from '#domain';
import { latencyOf } from './latency.ts';
import type { SimRules } from './options.ts';
import type { DataCard } from './source.ts';

/** One assumption: a stable key, its value as short text, a sentence for people. */
export interface Assumption {
  readonly key: string;
  readonly value: string;
  readonly text: string;
}

/** Returns the assumptions of a simulated venue in a fixed order: of the account, by venue, by instrument. */
export function assumptionsOf(
  instruments: InstrumentTable,
  cards: readonly (DataCard | null)[],
  rules: SimRules,
): readonly Assumption[] {
  const venues = [...new Set(instruments.all.map((instrument) => instrument.venue))];
  return [
    ...accountAssumptions(rules),
    ...depthAssumptions(cards, rules),
    ...venues.flatMap((venue) => venueAssumptions(venue, rules)),
    ...instruments.all.flatMap((instrument) =>
      instrumentAssumptions(instrument, cards[instrument.ix] ?? null),
    ),
  ];
}

function accountAssumptions(rules: SimRules): Assumption[] {
  const { leverage, liquidationFeePpm, markAgeUsMax } = rules;
  return [
    {
      key: 'margin',
      value: `cross, leverage ${leverage}`,
      text: 'One-way positions, cross margin over the whole account.',
    },
    {
      key: 'liquidation',
      value: `${liquidationFeePpm} ppm`,
      text: 'Below maintenance margin all is closed at mark with the taker fee and this fee; equity never falls below zero.',
    },
    {
      key: 'mark',
      value: `at most ${formatDurationUs(markAgeUsMax)} old`,
      text: 'Margin and funding use the mark price while it is that fresh, else the last price.',
    },
    {
      key: 'impact',
      value: 'none beyond depth',
      text: 'Own orders pay for the depth they take but do not move the recorded market.',
    },
  ];
}

function depthAssumptions(cards: readonly (DataCard | null)[], rules: SimRules): Assumption[] {
  const rule = rules.costs.depthRule;
  if (!cards.some((card) => card !== null && card.level !== 'book')) return [];
  const spread: Assumption = {
    key: 'spread',
    value: `synthetic, half ${rule.halfSpreadPpm} ppm`,
    text: 'No quotes are recorded: takers pay half of an assumed spread away from the last price.',
  };
  if (rule.kind === 'fixed') {
    const text = 'The data have no usable volume: takers of any size pay this slippage, the last resort.';
    return [spread, { key: 'depth', value: `none, fixed ${rule.slippagePpm} ppm`, text }];
  }
  return [
    spread,
    {
      key: 'depth',
      value: `synthetic, ${rule.levelVolumePpm} ppm of a minute's volume every ${rule.levelStepPpm} ppm, ${rule.levelCountMax} levels`,
      text: 'No book is recorded: takers walk an assumed ladder sized by traded volume.',
    },
    {
      key: 'participation',
      value: `${rule.participationMaxPpm} ppm`,
      text: 'Own orders take at most this share of the traded volume; the rest waits.',
    },
  ];
}

function venueAssumptions(venue: VenueId, rules: SimRules): Assumption[] {
  const fees = rules.costs.fees.tierOf(venue);
  const latency = latencyOf(rules.latency, venue);
  const range = `${formatDurationUs(latency.minUs)} to ${formatDurationUs(latency.maxUs)}`;
  return [
    {
      key: `fees.${venue}`,
      value: `${fees.name}: maker ${fees.makerPpm} ppm, taker ${fees.takerPpm} ppm`,
      text: 'Fees are charged per fill, rounded up to the atom.',
    },
    {
      key: `latency.${venue}`,
      value: `${range} each way, ${latency.spikePpm} ppm spikes up to x${latency.spikeFactorMax}`,
      text: 'Each request and each private message draws its own latency; messages of one direction keep their order.',
    },
  ];
}

const QUEUE_TEXTS = {
  candles: ['strictly through', 'Resting orders fill when the price trades strictly beyond their limit.'],
  trades: [
    'one assumed level',
    'Resting orders fill by prints through them, or after one assumed level has traded at their price.',
  ],
  book: [
    'displayed',
    'Resting orders wait behind the displayed quantity; cancels ahead count only when the level shrinks below it.',
  ],
} as const;

function instrumentAssumptions(instrument: Instrument, card: DataCard | null): Assumption[] {
  const name = `${instrument.venue}:${instrument.symbol}`;
  const rulesCard: Assumption = {
    key: `rules.${name}`,
    value: instrument.rulesFrom,
    text: 'Where steps, minimum sizes and margin rates come from.',
  };
  if (card === null) {
    const text = 'No data to match against: every order is refused.';
    return [rulesCard, { key: `data.${name}`, value: 'none', text }];
  }
  const [queue, queueText] = QUEUE_TEXTS[card.level];
  const isCandles = card.level === 'candles';
  const data = isCandles ? `candles ${formatDurationUs(Number(card.timeframeUs))}` : card.level;
  const path: Assumption = {
    key: `path.${name}`,
    value: 'open, extreme, extreme, close',
    text: 'Inside a candle the extreme that hurts the open position comes first; without one the low of a rising candle, the high of a falling one.',
  };
  return [
    rulesCard,
    { key: `data.${name}`, value: data, text: 'What orders of this instrument are matched against.' },
    ...(isCandles ? [path] : []),
    { key: `queue.${name}`, value: queue, text: queueText },
    {
      key: `funding.${name}`,
      value: card.hasFunding ? 'given' : instrument.kind === 'spot' ? 'none' : 'not given',
      text: card.hasFunding
        ? 'Funding is settled at its recorded moments.'
        : 'No funding is charged; for a perpetual the result leaves it out.',
    },
    {
      key: `mark-price.${name}`,
      value: card.hasMark ? 'given' : 'last price',
      text: 'What margin and liquidation look at.',
    },
  ];
}
