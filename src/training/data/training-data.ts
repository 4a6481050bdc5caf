/** Where rows come from: candles of some instruments, with the hash of their content. Recorded or invented, never from an account. */
import { formatDurationUs, XylenError } from '#core';
import {
  type BadHour,
  type BadHourMode,
  type BadHourRule,
  badHoursOf,
  type CandleColumns,
  type VenueId,
} from '#domain';
import type { HistoryInfo, HistoryQuery, MarketHistory } from '#store';

/** Candles of one instrument, read as often as asked for. */
export interface TrainingFeed {
  readonly symbol: string;
  /** Length of the bars. */
  readonly timeframeUs: number;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** Bars at most. */
  readonly barCountMax: number;
  /** The time that they lie in: [`fromUs`, `toUs`). */
  readonly fromUs: number;
  readonly toUs: number;
  /** Hours in which too much of the candles is missing, in order of time; absent when none is known. */
  readonly badHours?: readonly BadHour[];
  open(): AsyncIterable<CandleColumns>;
}

/** What a model is trained from. */
export interface TrainingData {
  readonly venue: VenueId;
  readonly feeds: readonly TrainingFeed[];
  /** Hash of the content. */
  readonly dataHash: string;
  /** What becomes of rows in bad hours; absent: nothing. */
  readonly badHourMode?: BadHourMode;
}

/** Which recorded candles to learn from. */
export interface TrainingQuery {
  readonly venue: VenueId;
  readonly symbols: readonly string[];
  readonly fromUs: number | null;
  readonly toUs: number | null;
  /** The decision timeframe wanted: of several candle sets the finest that divides it is taken, else the finest. */
  readonly decisionUs: number;
  /** When an hour is bad, and what follows; absent: nothing is. */
  readonly badHours?: BadHourRule;
}

/** Chooses the candles of a history. @throws XY_DATA_INSUFFICIENT when a symbol has none, or they differ in length */
export async function historyData(history: MarketHistory, query: TrainingQuery): Promise<TrainingData> {
  const { fromUs, toUs, venue } = query;
  const range = { ...(fromUs === null ? {} : { fromUs }), ...(toUs === null ? {} : { toUs }) };
  const chosen = query.symbols.map((symbol) => chooseCandles(history, symbol, query));
  const lengths = new Set(chosen.map(({ timeframeUs }) => timeframeUs));
  if (lengths.size > 1) {
    const found = chosen.map((info) => `${info.symbol} ${formatDurationUs(info.timeframeUs ?? 0)}`);
    throw insufficient(`all symbols have candles of one length, found ${found.join(', ')}`);
  }
  const queries = chosen.map((info): HistoryQuery & { readonly kind: 'candles' } => {
    const length = info.timeframeUs === null ? {} : { timeframeUs: info.timeframeUs };
    return { venue, symbol: info.symbol, kind: 'candles', ...length, ...range };
  });
  const feeds: TrainingFeed[] = [];
  for (const [at, info] of chosen.entries()) {
    const feed = feedOf(history, info, queries[at]!);
    const badHours = await badHoursFor(history, query, feed);
    feeds.push(badHours.length === 0 ? feed : { ...feed, badHours });
  }
  const mode = query.badHours === undefined ? {} : { badHourMode: query.badHours.mode };
  return { venue, feeds, dataHash: await history.contentHash(queries), ...mode };
}

/** Only what recorded these very candles counts: how well trades or books were recorded says nothing of imported candles. */
async function badHoursFor(
  history: MarketHistory,
  { badHours, venue }: TrainingQuery,
  { fromUs, symbol, toUs }: TrainingFeed,
): Promise<readonly BadHour[]> {
  if (badHours === undefined || badHours.mode === 'ignore') return [];
  const hours = await history.hoursOf({ venue, symbol, fromUs, toUs });
  return badHoursOf(hours, ['candles'], badHours.staleMaxPct);
}

function chooseCandles(history: MarketHistory, symbol: string, query: TrainingQuery): HistoryInfo {
  const { decisionUs, venue } = query;
  const own = history.infos
    .filter((info) => info.venue === venue && info.symbol === symbol && info.kind === 'candles')
    .sort((a, b) => (a.timeframeUs ?? 0) - (b.timeframeUs ?? 0));
  const chosen = own.find((info) => decisionUs % (info.timeframeUs ?? decisionUs) === 0) ?? own[0];
  if (chosen !== undefined) return chosen;
  const held = [...new Set(history.infos.map((info) => `${info.venue} ${info.symbol} ${info.kind}`))];
  const list = held.slice(0, 12).join(', ') || 'nothing';
  throw insufficient(`expected candles of ${venue} ${symbol} to learn from, there is ${list}`);
}

function feedOf(history: MarketHistory, info: HistoryInfo, query: HistoryQuery): TrainingFeed {
  const { priceDecimals, qtyDecimals, rowCount, symbol, timeframeUs } = info;
  if (timeframeUs === null) throw insufficient(`the candles of ${symbol} have no length`);
  const fromUs = Math.max(info.fromUs, query.fromUs ?? info.fromUs);
  const toUs = Math.min(info.toUs, query.toUs ?? info.toUs);
  const barsInRange = Math.max(0, Math.ceil((toUs - fromUs) / timeframeUs));
  return {
    symbol,
    timeframeUs,
    priceDecimals,
    qtyDecimals,
    barCountMax: Math.min(rowCount, barsInRange),
    fromUs,
    toUs,
    open: () => history.candles(query),
  };
}

function insufficient(message: string): XylenError {
  return new XylenError('XY_DATA_INSUFFICIENT', message);
}
