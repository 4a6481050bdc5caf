/**
 * Coinbase Advanced Trade as a market-data adapter: what it streams, its limits, how subscriptions spread over sockets. Market channels need no key.
 */
import { US_PER_MS, US_PER_SECOND, XylenError } from '#core';
import type { MarketAdapter, SocketLimits, SocketPlan, Subscription, VenueHosts } from '../market/index.ts';
import { STREAM_CANDLE_US } from './advanced-frames.ts';
import { coinbaseBookPolicy } from './book-policy.ts';
import { CoinbaseDecoder, refuseAliases } from './codec.ts';
import { CHANNEL_OF, CoinbaseDialogue } from './dialogue.ts';
import { CoinbaseRest } from './rest.ts';

/** 80 % of what the venue states where it states something; the others are this program's own. */
const LIMITS: SocketLimits = {
  // No limit is stated. A lost frame costs all books of its socket a snapshot of megabytes each, so a socket has few.
  streamsMax: 40,
  sendEveryUs: 160 * US_PER_MS,
  connectEveryUs: 160 * US_PER_MS,
  lifeUs: null,
  // Heartbeats come every second.
  silenceUs: 10 * US_PER_SECOND,
  firstDataUs: 15 * US_PER_SECOND,
  // 45,000 levels at some 130 bytes make 6 MB; a book at its bound of levels would make 64 MiB.
  messageBytesMax: 64 * 1024 * 1024,
};

/** Market data of Coinbase. */
export const COINBASE: MarketAdapter = {
  venue: 'coinbase',
  streams: {
    book: 'stream',
    trades: 'stream',
    candles: 'stream',
    quotes: 'stream',
    'mark-price': 'none',
    'funding-rate': 'poll',
    'open-interest': 'poll',
    liquidations: 'none',
    orders: 'none',
  },
  hosts: {
    rest: 'https://api.coinbase.com',
    stream: 'wss://advanced-trade-ws.coinbase.com',
    streamOrders: '',
  },
  limits: LIMITS,
  decimalStyle: 'stripped',
  bookPolicy: coinbaseBookPolicy,
  hasStreamSnapshot: true,
  plan: planSockets,
  openDecoder: (instruments) => new CoinbaseDecoder(instruments),
  rest: (hosts) => new CoinbaseRest(hosts),
};

/** Fills sockets in the order given. @throws XY_USAGE for what the venue does not stream. */
function planSockets(subscriptions: readonly Subscription[], hosts: VenueHosts): readonly SocketPlan[] {
  refuseAliases(subscriptions.map(({ instrument }) => instrument));
  const streamed = subscriptions.filter(isStreamed);
  const plans: SocketPlan[] = [];
  for (let at = 0; at < streamed.length; at += LIMITS.streamsMax) {
    const own = streamed.slice(at, at + LIMITS.streamsMax);
    plans.push({
      name: `market-${plans.length}`,
      subscriptions: own,
      address: () => ({ kind: 'url', url: hosts.stream }),
      openDialogue: () => new CoinbaseDialogue(own),
    });
  }
  return plans;
}

/** False for what is polled. */
function isStreamed({ instrument, stream, timeframeUs }: Subscription): boolean {
  const support = COINBASE.streams[stream];
  if (support === 'poll') return false;
  if (support === 'stream' && CHANNEL_OF[stream] !== undefined) {
    if (stream !== 'candles' || timeframeUs === STREAM_CANDLE_US) return true;
    throw new XylenError(
      'XY_USAGE',
      'coinbase streams candles of 5m alone; shorter ones can be made of trades',
      {
        fields: { symbol: instrument.symbol, timeframeUs: timeframeUs ?? -1 },
      },
    );
  }
  throw new XylenError('XY_USAGE', `coinbase has no ${stream}`, { fields: { symbol: instrument.symbol } });
}
