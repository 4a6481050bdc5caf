/**
 * Market data of Kraken futures. One connection carries all feeds; a feed of a product stands on one connection, with all of our streams that it
 * feeds. See the README for what quantities and rates mean.
 */
import { US_PER_MS, US_PER_SECOND } from '#core';
import type { MarketAdapter, SocketLimits, SocketPlan, Subscription, VenueHosts } from '#venues/market';
import { krakenFuturesBookPolicy } from './book-policy.ts';
import { KrakenFuturesDecoder } from './codec.ts';
import { KrakenFuturesDialogue } from './dialogue.ts';
import { feedKey } from './feeds.ts';
import { krakenFuturesRest } from './rest.ts';

const HOSTS: VenueHosts = {
  rest: 'https://futures.kraken.com',
  stream: 'wss://futures.kraken.com',
  streamOrders: '',
};

const LIMITS: SocketLimits = {
  // Kraken states no bound; a hundred connections of a client are allowed, and what one loses at once should stay small.
  streamsMax: 200,
  // 100 requests a second.
  sendEveryUs: 15 * US_PER_MS,
  connectEveryUs: US_PER_SECOND,
  lifeUs: null,
  // Heartbeats and the answers to pings come more often than that.
  silenceUs: 45 * US_PER_SECOND,
  firstDataUs: 10 * US_PER_SECOND,
  messageBytesMax: 16 * 1024 * 1024,
};

/** Market data of Kraken futures. */
export const KRAKEN_FUTURES: MarketAdapter = {
  venue: 'kraken-futures',
  streams: {
    book: 'stream',
    trades: 'stream',
    candles: 'none',
    quotes: 'stream',
    'mark-price': 'stream',
    'funding-rate': 'stream',
    'open-interest': 'stream',
    liquidations: 'stream',
    orders: 'none',
  },
  hosts: HOSTS,
  limits: LIMITS,
  decimalStyle: 'float',
  hasStreamSnapshot: true,
  bookPolicy: krakenFuturesBookPolicy,
  plan: planOf,
  openDecoder: (instruments) => new KrakenFuturesDecoder(instruments),
  rest: krakenFuturesRest,
};

/** Fills sockets feed by feed: streams of the same feed and product stay together, or their messages would come twice. */
function planOf(subscriptions: readonly Subscription[], hosts: VenueHosts): readonly SocketPlan[] {
  const byFeed = new Map<string, Subscription[]>();
  for (const subscription of subscriptions) {
    const key = feedKey(subscription);
    const list = byFeed.get(key) ?? [];
    list.push(subscription);
    byFeed.set(key, list);
  }
  const sockets: Subscription[][] = [];
  for (const list of byFeed.values()) {
    const socket = sockets.at(-1);
    if (socket === undefined || socket.length + list.length > LIMITS.streamsMax) sockets.push([...list]);
    else socket.push(...list);
  }
  return sockets.map((chunk, index) => ({
    name: `public-${index}`,
    subscriptions: chunk,
    address: () => ({ kind: 'url', url: `${hosts.stream}/ws/v1` }),
    openDialogue: () => new KrakenFuturesDialogue(chunk),
  }));
}
