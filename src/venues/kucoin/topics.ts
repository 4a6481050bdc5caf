/** Topics of KuCoin: what is subscribed for each kind of stream, what each topic's frames are read as, and the names of candle lengths. */
import { US_PER_DAY, US_PER_HOUR, US_PER_MINUTE } from '#core';
import type { StreamKind } from '#domain';
import { bytesOf } from '../market/index.ts';

/** How the frames of a topic are read; `other` = of no interest (ready-made depths, daily statistics, margin, private topics). */
export type Route =
  | 'spot-book'
  | 'futures-book'
  | 'trade'
  | 'spot-quote'
  | 'futures-quote'
  | 'level1'
  | 'spot-candle'
  | 'futures-candle'
  | 'old-futures-candle'
  | 'instrument'
  | 'announcement'
  | 'other';

const ROUTES: readonly (readonly [Uint8Array, Route])[] = (
  [
    ['/market/level2', 'spot-book'],
    ['/contractMarket/level2', 'futures-book'],
    ['/market/match', 'trade'],
    ['/contractMarket/execution', 'trade'],
    ['/market/ticker', 'spot-quote'],
    ['/contractMarket/tickerV2', 'futures-quote'],
    ['/spotMarket/level1', 'level1'],
    ['/market/candles', 'spot-candle'],
    ['/contractMarket/limitCandle', 'futures-candle'],
    ['/contractMarket/candle', 'old-futures-candle'],
    ['/contract/instrument', 'instrument'],
    ['/contract/announcement', 'announcement'],
  ] as const
).map(([topic, route]) => [bytesOf(topic), route]);

/** Topics to subscribe for a kind of stream; candles add their length to the symbol. */
export type TopicTable = Readonly<Partial<Record<StreamKind, readonly string[]>>>;

/** Topics of the spot market. */
export const SPOT_TOPICS: TopicTable = {
  book: ['/market/level2'],
  trades: ['/market/match'],
  candles: ['/market/candles'],
  quotes: ['/market/ticker'],
};

/** Topics of the futures market: a rate comes by one topic, its settlement by another. */
export const FUTURES_TOPICS: TopicTable = {
  book: ['/contractMarket/level2'],
  trades: ['/contractMarket/execution'],
  candles: ['/contractMarket/limitCandle'],
  quotes: ['/contractMarket/tickerV2'],
  'mark-price': ['/contract/instrument'],
  'funding-rate': ['/contract/instrument', '/contract/announcement'],
};

/** Candle lengths by their names in topics and spot requests; months have no fixed length. */
export const CANDLE_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['1min', US_PER_MINUTE],
  ['3min', 3 * US_PER_MINUTE],
  ['5min', 5 * US_PER_MINUTE],
  ['15min', 15 * US_PER_MINUTE],
  ['30min', 30 * US_PER_MINUTE],
  ['1hour', US_PER_HOUR],
  ['2hour', 2 * US_PER_HOUR],
  ['4hour', 4 * US_PER_HOUR],
  ['6hour', 6 * US_PER_HOUR],
  ['8hour', 8 * US_PER_HOUR],
  ['12hour', 12 * US_PER_HOUR],
  ['1day', US_PER_DAY],
  ['1week', 7 * US_PER_DAY],
]);

/** Returns the name of a candle length, or `undefined` when the venue has none. */
export function candleName(timeframeUs: number): string | undefined {
  for (const [name, us] of CANDLE_LENGTHS) if (us === timeframeUs) return name;
  return undefined;
}

/** Returns how frames of the topic `bytes[start, end)` (without its symbols) are read. */
export function routeOf(bytes: Uint8Array, start: number, end: number): Route {
  for (const [topic, route] of ROUTES) if (isEqual(topic, bytes, start, end)) return route;
  return 'other';
}

function isEqual(topic: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (topic.length !== end - start) return false;
  // Topics begin alike: the ends tell them apart sooner.
  for (let i = topic.length - 1; i >= 0; i--) if (topic[i] !== bytes[start + i]) return false;
  return true;
}
