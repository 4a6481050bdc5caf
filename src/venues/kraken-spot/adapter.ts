/**
 * Market data of Kraken spot. Sockets of public streams go to `/v2` of the stream host, level 3 to `/v2` of its own host and only with a
 * token. See the README for names, depths and what a lost message costs.
 */
import { US_PER_MS, US_PER_SECOND, XylenError } from '#core';
import type { StreamKind } from '#domain';
import type {
  MarketAdapter,
  SocketLimits,
  SocketPlan,
  StreamSupport,
  Subscription,
  VenueHosts,
} from '#venues/market';
import { krakenSpotBookPolicy } from './book-policy.ts';
import { KrakenSpotDecoder } from './codec.ts';
import { KrakenSpotDialogue } from './dialogue.ts';
import { channelKey } from './requests.ts';
import { krakenSpotRest } from './rest.ts';
import { type KrakenSpotSettings, krakenSpotSettings, ORDERS_DEPTH_COSTS } from './settings.ts';

const HOSTS: VenueHosts = {
  rest: 'https://api.kraken.com',
  stream: 'wss://ws.kraken.com',
  streamOrders: 'wss://ws-l3.kraken.com',
};

const LIMITS: SocketLimits = {
  // Kraken states no bound; what one connection loses at once should stay small.
  streamsMax: 200,
  // Kraken's pace for messages changes with its load and is not published ("Exceeded msg rate").
  sendEveryUs: 250 * US_PER_MS,
  // About 150 connections of one address in ten minutes.
  connectEveryUs: 5 * US_PER_SECOND,
  lifeUs: null,
  // A heartbeat comes every second in which nothing else does.
  silenceUs: 10 * US_PER_SECOND,
  firstDataUs: 10 * US_PER_SECOND,
  messageBytesMax: 16 * 1024 * 1024,
};

const ORDERS_SYMBOLS_MAX = 200;
/** Level 3 subscriptions of a socket are out within five seconds of Kraken's 200 a second. */
const ORDERS_COST_MAX = 1_000;

/** Makes the adapter with other depths, or with a token for level 3. */
export function krakenSpot(chosen: Partial<KrakenSpotSettings> = {}): MarketAdapter {
  const settings = krakenSpotSettings(chosen);
  return {
    venue: 'kraken-spot',
    streams: streamsOf(settings),
    hosts: HOSTS,
    limits: LIMITS,
    decimalStyle: 'fixed',
    hasStreamSnapshot: true,
    bookPolicy: () => krakenSpotBookPolicy(settings.bookDepth),
    plan: (subscriptions, hosts) => planOf(subscriptions, hosts, settings),
    openDecoder: (instruments) => new KrakenSpotDecoder(instruments),
    rest: krakenSpotRest,
  };
}

/** Market data of Kraken spot as it is without a key: no level 3. */
export const KRAKEN_SPOT: MarketAdapter = krakenSpot();

function streamsOf(settings: KrakenSpotSettings): Readonly<Record<StreamKind, StreamSupport>> {
  return {
    book: 'stream',
    trades: 'stream',
    candles: 'stream',
    quotes: 'stream',
    'mark-price': 'none',
    'funding-rate': 'none',
    'open-interest': 'none',
    liquidations: 'none',
    orders: settings.ordersToken === null ? 'none' : 'stream',
  };
}

function planOf(
  subscriptions: readonly Subscription[],
  hosts: VenueHosts,
  settings: KrakenSpotSettings,
): readonly SocketPlan[] {
  // Says in words what Kraken does not have, before anything is connected.
  for (const subscription of subscriptions) channelKey(subscription);
  const open = subscriptions.filter(({ stream }) => stream !== 'orders');
  const orders = subscriptions.filter(({ stream }) => stream === 'orders');
  const ordersMax = Math.min(
    ORDERS_SYMBOLS_MAX,
    Math.floor(ORDERS_COST_MAX / ORDERS_DEPTH_COSTS[settings.ordersDepth]),
  );
  return [
    ...chunksOf(open, LIMITS.streamsMax).map((chunk, index) =>
      socketPlan(`public-${index}`, `${hosts.stream}/v2`, chunk, settings, () => null),
    ),
    ...chunksOf(orders, ordersMax).map((chunk, index) =>
      socketPlan(`orders-${index}`, `${hosts.streamOrders}/v2`, chunk, settings, tokenOf(settings)),
    ),
  ];
}

function socketPlan(
  name: string,
  url: string,
  subscriptions: readonly Subscription[],
  settings: KrakenSpotSettings,
  tokenNow: () => string | null,
): SocketPlan {
  return {
    name,
    subscriptions,
    address: () => ({ kind: 'url', url }),
    openDialogue: () => new KrakenSpotDialogue(subscriptions, settings, tokenNow()),
  };
}

function tokenOf(settings: KrakenSpotSettings): () => string {
  if (settings.ordersToken !== null) return settings.ordersToken;
  throw new XylenError(
    'XY_USAGE',
    "kraken-spot: stream 'orders' (level 3) needs a token of GetWebSocketsToken, and none is configured",
    { fields: { venue: 'kraken-spot', stream: 'orders' } },
  );
}

function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const chunks: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}
