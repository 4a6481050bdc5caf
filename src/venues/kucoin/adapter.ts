/** KuCoin's spot and futures markets as market-data adapters: what they stream, their limits, how subscriptions spread over sockets. */
import { US_PER_HOUR, US_PER_MS, US_PER_SECOND, XylenError } from '#core';
import type { VenueId } from '#domain';
import type { MarketAdapter, SocketLimits, SocketPlan, Subscription, VenueHosts } from '../market/index.ts';
import { kucoinFuturesBookPolicy, kucoinSpotBookPolicy } from './book-policy.ts';
import { BulletSocket } from './bullet.ts';
import { KucoinDecoder } from './codec.ts';
import { topicCount } from './dialogue.ts';
import { KucoinFuturesRest, KucoinSpotRest } from './rest.ts';
import { candleName, FUTURES_TOPICS, SPOT_TOPICS, type TopicTable } from './topics.ts';

/** 80 % of what the venue states. */
const LIMITS: SocketLimits = {
  // 300 topics; newer pages say 400. A topic counts once for each symbol.
  streamsMax: 240,
  // 100 messages in 10 s.
  sendEveryUs: 125 * US_PER_MS,
  // 30 connections in a minute.
  connectEveryUs: 2_500 * US_PER_MS,
  // A token lives for 24 hours.
  lifeUs: 23 * US_PER_HOUR,
  // Pongs come every 18 s.
  silenceUs: 40 * US_PER_SECOND,
  // Books of small markets may not change for minutes.
  firstDataUs: 300 * US_PER_SECOND,
  messageBytesMax: 8 * 1024 * 1024,
};

/** Market data of KuCoin's spot market. */
export const KUCOIN_SPOT: MarketAdapter = {
  venue: 'kucoin-spot',
  streams: {
    book: 'stream',
    trades: 'stream',
    candles: 'stream',
    quotes: 'stream',
    'mark-price': 'none',
    'funding-rate': 'none',
    'open-interest': 'none',
    liquidations: 'none',
    orders: 'none',
  },
  // The stream's address comes with the token; one that is set here takes its place.
  hosts: { rest: 'https://api.kucoin.com', stream: '', streamOrders: '' },
  limits: LIMITS,
  decimalStyle: 'stripped',
  bookPolicy: kucoinSpotBookPolicy,
  hasStreamSnapshot: false,
  plan: (subscriptions, hosts) => planSockets('kucoin-spot', SPOT_TOPICS, subscriptions, hosts),
  openDecoder: (instruments) => new KucoinDecoder(instruments),
  rest: (hosts) => new KucoinSpotRest(hosts),
};

/** Market data of KuCoin's futures market (perpetual contracts). */
export const KUCOIN_FUTURES: MarketAdapter = {
  ...KUCOIN_SPOT,
  venue: 'kucoin-futures',
  streams: {
    ...KUCOIN_SPOT.streams,
    'mark-price': 'stream',
    'funding-rate': 'stream',
    'open-interest': 'poll',
  },
  hosts: { rest: 'https://api-futures.kucoin.com', stream: '', streamOrders: '' },
  bookPolicy: kucoinFuturesBookPolicy,
  plan: (subscriptions, hosts) => planSockets('kucoin-futures', FUTURES_TOPICS, subscriptions, hosts),
  rest: (hosts) => new KucoinFuturesRest(hosts),
};

/** Fills sockets in the order given, counting topics. @throws XY_USAGE for what the venue does not stream */
function planSockets(
  venue: VenueId,
  topics: TopicTable,
  subscriptions: readonly Subscription[],
  hosts: VenueHosts,
): readonly SocketPlan[] {
  const sockets: Subscription[][] = [];
  let free = 0;
  for (const subscription of subscriptions) {
    const count = topicCount(topics, subscription);
    if (!isStreamed(venue, subscription, count)) continue;
    if (free < count) {
      sockets.push([]);
      free = LIMITS.streamsMax;
    }
    sockets.at(-1)?.push(subscription);
    free -= count;
  }
  return sockets.map(
    (own, i) => new BulletSocket({ venue, name: `public-${i}`, topics, subscriptions: own, hosts }),
  );
}

/** False for what is polled. */
function isStreamed(venue: VenueId, subscription: Subscription, topics: number): boolean {
  const { instrument, stream, timeframeUs } = subscription;
  const fields = { symbol: instrument.symbol, timeframeUs: timeframeUs ?? -1 };
  if (stream === 'candles' && (timeframeUs === null || candleName(timeframeUs) === undefined)) {
    throw new XylenError('XY_USAGE', `${venue} has no candles of that length`, { fields });
  }
  if (topics > 0) return true;
  if (venue === 'kucoin-futures' && stream === 'open-interest') return false;
  throw new XylenError('XY_USAGE', `${venue} has no ${stream}`, { fields });
}
