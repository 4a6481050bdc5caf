/**
 * A market from recorded data: which data sets of a history a run uses, in what order its events come, and what they hash to. Of several
 * candle sets of a symbol the finest that divides the decision timeframe is used; mark and funding join where they are.
 */
import {
  assert,
  type EpochUs,
  formatDurationUs,
  formatIso,
  US_PER_DAY,
  US_PER_HOUR,
  US_PER_MINUTE,
  XylenError,
} from '#core';
import {
  type BadHourRule,
  badHoursOf,
  type Instrument,
  type InstrumentSpec,
  InstrumentTable,
  type StreamKind,
  type VenueId,
} from '#domain';
import { featureSet } from '#features';
import {
  bookSource,
  candleSource,
  fundingSource,
  type MarketSource,
  markSource,
  mergeArrivals,
  mergeSources,
  type PacedSource,
  reorderedSource,
  tradeSource,
} from '#sim';
import {
  type HistoryInfo,
  type HistoryQuery,
  IMPORT_KINDS,
  type ImportKind,
  type MarketHistory,
} from '#store';

/** What a run wants of a history. */
export interface HistoryMarketOptions {
  readonly venue: VenueId;
  readonly symbols: readonly string[];
  /** First and end (exclusive) of trading; `null` = what the data cover. */
  readonly fromUs: EpochUs | null;
  readonly toUs: EpochUs | null;
  /** As configured; the history before the start of trading that their features need is read with it, where there is one. */
  readonly timeframesUs: readonly number[];
  readonly feedLatencyUs: number;
  /** When a recorded hour is bad, and what follows; absent: nothing is. */
  readonly badHours?: BadHourRule;
  /** What is traded on where there are both; default: candles. */
  readonly prefers?: 'candles' | 'ticks';
  /** How much is read from before the start of trading; default: what features need. */
  readonly historyUs?: number;
  /** How late a recorded print or book change may have come and still take its place by venue time. */
  readonly reorderWindowUs: number;
}

/** A market ready to be simulated. */
export interface PreparedMarket {
  readonly instruments: InstrumentTable;
  readonly source: PacedSource;
  /** Length of the candles that come in. */
  readonly sourceTimeframeUs: number;
  /** Decision timeframe first; scaled up when the data are coarser than configured. */
  readonly timeframesUs: readonly number[];
  readonly startUs: EpochUs;
  readonly endUs: EpochUs;
  readonly tradeFromUs: EpochUs;
  readonly dataHash: string;
  /** True when there are funding rates of at least one instrument. */
  readonly hasFunding: boolean;
  /** Whose funding is not in the data, or not all the time, in words; empty when all of it is there. */
  readonly fundingMissing: readonly string[];
  /** What was used, for the manifest. */
  readonly dataSets: readonly string[];
  /** Symbols of which hours were recorded badly, in words; absent where nobody looked. */
  readonly badHours?: readonly string[];
}

/** Of events at one moment a mark comes first, so that funding is settled at it, and both before the bar that opens then. */
const KIND_ORDER: readonly ImportKind[] = ['mark', 'funding', 'candles', 'trades', 'book'];

type KindedQuery = HistoryQuery & { readonly kind: ImportKind };

/** A data set that a run can be fed with. */
type FeedingInfo = HistoryInfo & { readonly kind: ImportKind };

/** Chooses data sets and builds the source. @throws XY_DATA_INSUFFICIENT when a symbol has nothing to trade on. */
export async function prepareHistoryMarket(
  history: MarketHistory,
  options: HistoryMarketOptions,
): Promise<PreparedMarket> {
  const { fromUs, symbols, toUs, venue } = options;
  const chosen = symbols.map((symbol) =>
    chooseSets(history, venue, symbol, options.timeframesUs, options.prefers ?? 'candles'),
  );
  const sourceTimeframeUs = commonTimeframe(chosen);
  const timeframesUs = fittingTimeframes(options.timeframesUs, sourceTimeframeUs);
  const traded = chosen.map((sets) => sets.traded);
  const coveredFrom = Math.min(...traded.map((info) => info.fromUs));
  const coveredTo = Math.max(...traded.map((info) => info.toUs));
  const tradeFromUs = Math.max(fromUs ?? coveredFrom, coveredFrom);
  // Coarser data scale the timeframes up, and with them the history that the features need.
  const historyUs = options.historyUs ?? featureSet(timeframesUs).historyUs;
  const startUs = Math.max(coveredFrom, tradeFromUs - historyUs);
  const endUs = Math.min(toUs ?? coveredTo, coveredTo);
  if (!(tradeFromUs < endUs)) {
    const range = `${new Date(coveredFrom / 1000).toISOString()} to ${new Date(coveredTo / 1000).toISOString()}`;
    throw new XylenError('XY_DATA_INSUFFICIENT', `the data cover ${range}: nothing of it is asked for`);
  }
  const specs: InstrumentSpec[] = symbols.map((symbol) => history.instrumentSpec(venue, symbol));
  const instruments = new InstrumentTable(specs);
  const queries = chosen
    .flatMap((sets, instrumentIx) => sets.all.map((info) => ({ info, instrumentIx })))
    .sort((a, b) => KIND_ORDER.indexOf(a.info.kind) - KIND_ORDER.indexOf(b.info.kind))
    .map(({ info, instrumentIx }) => {
      const { kind, symbol, timeframeUs } = info;
      const length = timeframeUs === null ? {} : { timeframeUs };
      const query: KindedQuery = { venue, symbol, kind, fromUs: startUs, toUs: endUs, ...length };
      return { query, instrument: instruments.at(instrumentIx) };
    });
  const bars = queries.filter(({ query }) => !isTicks(query));
  const sources = bars.map(({ instrument, query }) =>
    sourceOf(history, query, instrument, options.feedLatencyUs),
  );
  const ticks = queries.filter(({ query }) => isTicks(query));
  if (ticks.length > 0) {
    const { feedLatencyUs, reorderWindowUs: windowUs } = options;
    // As they were received, and then in the one order of events: as a live run has them.
    const arrived = mergeArrivals(
      ticks.map(({ instrument, query }) => sourceOf(history, query, instrument, Number.NEGATIVE_INFINITY)),
    );
    sources.push(reorderedSource(arrived, { windowUs, feedLatencyUs }));
  }
  const badHours = await badHoursIn(history, chosen, {
    rule: options.badHours,
    fromUs: tradeFromUs,
    toUs: endUs,
  });
  return {
    instruments,
    ...(badHours === null ? {} : { badHours }),
    source: mergeSources(sources),
    sourceTimeframeUs,
    timeframesUs,
    startUs,
    endUs,
    tradeFromUs,
    dataHash: await history.contentHash(queries.map(({ query }) => query)),
    hasFunding: chosen.some((sets) => sets.all.some((info) => info.kind === 'funding')),
    fundingMissing: chosen.flatMap((sets, ix) =>
      instruments.at(ix).kind === 'spot' ? [] : missingFunding(sets, tradeFromUs, endUs),
    ),
    dataSets: chosen.flatMap((sets) => sets.all.map(describe)),
  };
}

interface ChosenSets {
  /** What orders are matched against. */
  readonly traded: FeedingInfo;
  readonly all: readonly FeedingInfo[];
}

function chooseSets(
  history: MarketHistory,
  venue: VenueId,
  symbol: string,
  timeframesUs: readonly number[],
  prefers: 'candles' | 'ticks',
): ChosenSets {
  const own = history.infos
    .filter((info) => info.venue === venue && info.symbol === symbol)
    .filter((info): info is FeedingInfo => (IMPORT_KINDS as readonly string[]).includes(info.kind));
  const candles = own.filter((info) => info.kind === 'candles');
  const [decisionUs] = timeframesUs;
  assert(decisionUs !== undefined, 'there is a decision timeframe');
  const byLength = [...candles].sort(byTimeframe);
  const fitting = byLength.find((info) => decisionUs % lengthOf(info) === 0) ?? byLength[0];
  const ticks = own.find((info) => info.kind === 'book') ?? own.find((info) => info.kind === 'trades');
  const traded = prefers === 'ticks' ? (ticks ?? fitting) : (fitting ?? ticks);
  if (traded === undefined) {
    const found = own.map(describe).join(', ') || 'nothing';
    const message = `${venue} ${symbol} has candles, trades or a book to trade on, found ${found}`;
    throw new XylenError('XY_DATA_INSUFFICIENT', message, { fields: { venue, symbol } });
  }
  const marks = own.filter((info) => info.kind === 'mark').sort(byTimeframe);
  const extra = [
    ...marks.slice(0, 1),
    ...own.filter((info) => info.kind === 'funding'),
    ...(traded.kind === 'candles' ? [] : own.filter((info) => info !== traded && isTicks(info))),
  ];
  return { traded, all: [traded, ...extra] };
}

/** The stream whose recording a data set is made of. */
const STREAM_OF_KIND: Readonly<Partial<Record<ImportKind, StreamKind>>> = {
  candles: 'candles',
  trades: 'trades',
  book: 'book',
};

/**
 * Says which symbols have hours that were recorded badly, by the streams that the run is fed with. @throws XY_DATA_INSUFFICIENT where the rule
 * refuses them
 */
async function badHoursIn(
  history: MarketHistory,
  chosen: readonly ChosenSets[],
  {
    fromUs,
    rule,
    toUs,
  }: { readonly rule: BadHourRule | undefined; readonly fromUs: EpochUs; readonly toUs: EpochUs },
): Promise<readonly string[] | null> {
  if (rule === undefined || rule.mode === 'ignore') return null;
  const words: string[] = [];
  for (const { all, traded } of chosen) {
    const { symbol, venue } = traded;
    const streams = all.flatMap(({ kind }) => STREAM_OF_KIND[kind] ?? []);
    const hours = await history.hoursOf({ venue, symbol, fromUs, toUs });
    const bad = badHoursOf(hours, streams, rule.staleMaxPct);
    const [first] = bad;
    if (first === undefined) continue;
    const worst = Math.max(...bad.map(({ share }) => share));
    words.push(
      `${symbol}: ${bad.length} recorded hours lack more than ${rule.staleMaxPct} %, the first ${formatIso(first.hourUs)}, the worst ${(100 * worst).toFixed(1)} %`,
    );
  }
  if (rule.mode !== 'refuse' || words.length === 0) return words;
  const message = `${words.join('; ')}; choose another range, or set data.bad_hours to weigh or ignore`;
  throw new XylenError('XY_DATA_INSUFFICIENT', message);
}

/** Funding is settled every eight hours or more often: what is further from both ends than this is missing. */
const FUNDING_SLACK_US = 12 * US_PER_HOUR;

function missingFunding({ all, traded }: ChosenSets, fromUs: EpochUs, toUs: EpochUs): readonly string[] {
  const funding = all.find((info) => info.kind === 'funding');
  if (funding === undefined) return [`${traded.symbol}: no funding data`];
  const missing: string[] = [];
  if (funding.fromUs > fromUs + FUNDING_SLACK_US)
    missing.push(`${traded.symbol}: no funding data before ${formatIso(funding.fromUs)}`);
  if (funding.toUs < toUs - FUNDING_SLACK_US)
    missing.push(`${traded.symbol}: no funding data after ${formatIso(funding.toUs - 1)}`);
  return missing;
}

/** Length of a set's bars; sets without bars come last. */
const lengthOf = (info: HistoryInfo): number => info.timeframeUs ?? Number.POSITIVE_INFINITY;
const byTimeframe = (a: HistoryInfo, b: HistoryInfo): number => lengthOf(a) - lengthOf(b);
const isTicks = ({ kind }: { readonly kind: ImportKind }): boolean => kind === 'book' || kind === 'trades';

/** All symbols of a run are fed with candles of one length. */
function commonTimeframe(chosen: readonly ChosenSets[]): number {
  // Trades and books bring no candles; whoever reads bars then waits in vain, on minutes as on anything else.
  const [length = US_PER_MINUTE, ...others] = new Set(
    chosen.map((sets) => sets.traded.timeframeUs ?? US_PER_MINUTE),
  );
  if (others.length === 0) return length;
  const list = chosen.map((sets) => describe(sets.traded)).join(', ');
  throw new XylenError(
    'XY_DATA_INSUFFICIENT',
    `the symbols of a run have candles of one length, found ${list}`,
  );
}

/** Timeframes that the candles can build: as configured, or the same ratios on coarser data. */
export function fittingTimeframes(
  configured: readonly number[],
  sourceTimeframeUs: number,
): readonly number[] {
  const decisionUs = configured[0] ?? sourceTimeframeUs;
  if (decisionUs % sourceTimeframeUs === 0) return configured;
  // Features need timeframes that divide a day: longer ones are left out.
  const scaled = configured.map((us) => (us / decisionUs) * sourceTimeframeUs);
  return scaled.filter((us) => US_PER_DAY % us === 0);
}

function sourceOf(
  history: MarketHistory,
  query: KindedQuery,
  instrument: Instrument,
  feedLatencyUs: number,
): MarketSource {
  const common = { instrumentIx: instrument.ix, feedLatencyUs };
  const timeframeUs = query.timeframeUs ?? 0;
  switch (query.kind) {
    case 'candles':
      return candleSource({ ...common, timeframeUs, open: () => history.candles(query) });
    case 'mark':
      return markSource({ feedLatencyUs, open: () => history.marks(query), instrument });
    case 'funding':
      return fundingSource({ ...common, open: () => history.funding(query) });
    case 'trades':
      return tradeSource({ ...common, open: () => history.trades(query) });
    case 'book':
      return bookSource({ ...common, open: () => history.book(query) });
  }
}

function describe(info: HistoryInfo): string {
  const length = info.timeframeUs === null ? '' : ` ${formatDurationUs(info.timeframeUs)}`;
  return `${info.symbol} ${info.kind}${length}`;
}
