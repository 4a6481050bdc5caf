/** The assumption card: what a simulated result rests on, in words and figures, so that nobody takes it for more than it is. */
import { formatDurationUs } from '#core';
import type { Instrument, InstrumentTable, VenueId } from '#domain';
import type { AccountSettings } from './account-settings.ts';
import type { Assumption } from './assumption.ts';
import { feeModelName } from './fees/index.ts';
import { impactAssumption } from './impact/index.ts';
import { latencyOf, legOf, legText } from './latency/index.ts';
import type { SimRules } from './options.ts';
import type { DataCard } from './source.ts';

/** Returns the assumptions of a simulated venue in a fixed order: of the account, by venue, by instrument. */
export function assumptionsOf(
  instruments: InstrumentTable,
  cards: readonly (DataCard | null)[],
  rules: SimRules,
  settings: AccountSettings,
): readonly Assumption[] {
  const venues = [...new Set(instruments.all.map((instrument) => instrument.venue))];
  return [
    marginAssumption(instruments, rules, settings),
    ...accountAssumptions(rules),
    ...depthAssumptions(cards, rules),
    impactCard(cards, rules),
    ...venues.flatMap((venue) => venueAssumptions(venue, rules)),
    ...instruments.all.flatMap((instrument) =>
      instrumentAssumptions(instrument, cards[instrument.ix] ?? null, rules),
    ),
  ];
}

/** The account as it is set up when it is asked. */
function marginAssumption(
  instruments: InstrumentTable,
  { leverage }: SimRules,
  settings: AccountSettings,
): Assumption {
  const isHedged = settings.positionMode === 'hedge';
  const isolated = instruments.all.filter(({ ix }) => settings.marginModeOf(ix) === 'isolated');
  const kind = isolated.length === 0 ? 'cross' : isolated.length === instruments.count ? 'isolated' : 'mixed';
  const positions = isHedged ? 'A long and a short position an instrument' : 'One-way positions';
  const margin = isolated.length === 0 ? 'cross margin over the whole account' : 'isolated margin';
  const whose =
    kind === 'mixed' ? ` for ${isolated.map(({ symbol }) => symbol).join(', ')}, cross for the rest` : '';
  return {
    key: 'margin',
    value: `${kind}${isHedged ? ', hedge' : ''}, leverage ${leverage}`,
    text: `${positions}, ${margin}${whose}.`,
  };
}

function accountAssumptions(rules: SimRules): Assumption[] {
  const { liquidationFeePpm, markAgeUsMax } = rules;
  return [
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
  ];
}

/** True where orders meet a recorded book. */
function isRecordedBook(card: DataCard | null): boolean {
  return card?.level === 'book' || card?.level === 'l3';
}

function impactCard(cards: readonly (DataCard | null)[], rules: SimRules): Assumption {
  const hasLadder = cards.some((card) => card !== null && !isRecordedBook(card));
  const hasBook = cards.some(isRecordedBook);
  const { text, value } = impactAssumption(rules.impact);
  if (hasBook) return { key: 'impact', value, text: hasLadder ? `${text} ${LADDER_IMPACT}` : text };
  return {
    key: 'impact',
    value: 'none beyond depth',
    text: 'Own orders pay for the depth they take but do not move the recorded market.',
  };
}

const LADDER_IMPACT = 'Where no book is recorded they pay for the assumed ladder and move nothing beyond it.';

function depthAssumptions(cards: readonly (DataCard | null)[], rules: SimRules): Assumption[] {
  const rule = rules.costs.depthRule;
  if (!cards.some((card) => card !== null && !isRecordedBook(card))) return [];
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
  return [
    feeAssumption(venue, rules),
    {
      key: `latency.${venue}`,
      value: latencyText(venue, rules),
      text: 'Each request and each private message draws its own latency; messages of one direction keep their order.',
    },
    ...feedAssumptions(venue, rules),
  ];
}

const FEE_TEXTS: Readonly<Record<string, string>> = {
  flat: '',
  zero: ' No fees are assumed: a result without them flatters.',
  rebate: ' A rebate is assumed, which few accounts get.',
  tiered:
    ' Tiers follow the volume of the 30 days before today, as reckoned here alone: an account starts below the first.',
};

function feeAssumption(venue: VenueId, { costs, feeTiers }: SimRules): Assumption {
  const name = feeModelName(costs.fees, feeTiers, venue);
  const fees = costs.fees.tierOf(venue);
  const tiers = feeTiers[venue] ?? [];
  return {
    key: `fees.${venue}`,
    value: [
      `${fees.name}: maker ${fees.makerPpm} ppm, taker ${fees.takerPpm} ppm`,
      ...tiers.map(
        ({ makerPpm, takerPpm, volumeAtoms }) => `from ${volumeAtoms} atoms ${makerPpm} and ${takerPpm}`,
      ),
    ].join('; '),
    text: `Fees are charged per fill, rounded up to the atom.${FEE_TEXTS[name] ?? ''}`,
  };
}

function latencyText(venue: VenueId, rules: SimRules): string {
  const { latency, latencyLegs } = rules;
  const [entry, response] = (['entry', 'response'] as const).map((leg) =>
    legText(legOf(latency, latencyLegs, venue, leg)),
  );
  if (entry === response && latencyLegs[venue] === undefined) {
    const { maxUs, minUs, spikeFactorMax, spikePpm } = latencyOf(latency, venue);
    const range = `${formatDurationUs(minUs)} to ${formatDurationUs(maxUs)}`;
    return `${range} each way, ${spikePpm} ppm spikes up to x${spikeFactorMax}`;
  }
  return `requests ${entry}; answers ${response}`;
}

function feedAssumptions(venue: VenueId, rules: SimRules): readonly Assumption[] {
  const feed = rules.latencyLegs[venue]?.feed;
  if (feed === undefined) return [];
  const text =
    'Market data reach the trader this much later than they happened, whatever was recorded; they keep their order.';
  return [{ key: `feed.${venue}`, value: legText(feed), text }];
}

const QUEUE_TEXTS = {
  candles: ['strictly through', 'Resting orders fill when the price trades strictly beyond their limit.'],
  trades: [
    'one assumed level',
    'Resting orders fill by prints through them, or after one assumed level has traded at their price.',
  ],
  l3: [
    'exact, first in, first out',
    'Every order is recorded: resting orders wait behind those that stood there before them, and behind no others.',
  ],
} as const;

/** What each queue model does with a level that shrinks without trades. */
function queueCard(name: string): readonly [string, string] {
  const joins = 'Resting orders wait behind the displayed quantity;';
  if (name === 'risk_adverse')
    return [name, `${joins} cancels ahead count only when the level shrinks below it.`];
  const curve = name.startsWith('log_') ? 'the logarithms' : 'powers';
  return [
    name,
    `${joins} of each cancel a share that follows ${curve} of what stands ahead and behind counts as ahead. This is a guess that fills earlier than risk_adverse.`,
  ];
}

function queueTextsOf(card: DataCard, rules: SimRules): readonly [string, string] {
  return card.level === 'book' ? queueCard(rules.queue) : QUEUE_TEXTS[card.level];
}

function instrumentAssumptions(instrument: Instrument, card: DataCard | null, rules: SimRules): Assumption[] {
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
  const [queue, queueText] = queueTextsOf(card, rules);
  const isCandles = card.level === 'candles';
  const data = isCandles ? `candles ${formatDurationUs(Number(card.timeframeUs))}` : card.level;
  const path: Assumption = {
    key: `path.${name}`,
    value: 'open, extreme, extreme, close',
    text: 'Inside a candle the extreme that hurts the open position comes first; without one the low of a rising candle, the high of a falling one, or the one that lies behind an entry by stop.',
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
