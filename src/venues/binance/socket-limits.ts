/** What a Binance socket must keep to. The same for all markets: the stricter of their limits, below what they publish. */
import { US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND } from '#core';
import type { PingRule, SocketLimits } from '../market/index.ts';

/** Streams of one socket; 1,024 are published, 200 in older papers, and fewer make a lost socket hurt less. */
export const STREAMS_MAX = 200;
/** Names in one SUBSCRIBE: the venue drops requests of more than about 8 kB without a word. */
export const STREAMS_PER_REQUEST = 100;

/**
 * The venue pings too (every 20 s at spot, 3 min on USD-M), but its pings prove nothing to this side while none comes. Ours count among the five
 * messages a second that spot allows.
 */
export const PING: PingRule = {
  kind: 'protocol',
  everyUs: 20 * US_PER_SECOND,
  timeoutUs: 10 * US_PER_SECOND,
};

/** Limits of all markets. */
export const SOCKET_LIMITS: SocketLimits = {
  streamsMax: STREAMS_MAX,
  /** Ten messages a second are published for USD-M, five for spot; clients that came near were cut off with code 1008. */
  sendEveryUs: (3 * US_PER_SECOND) / 10,
  /** 300 connections in five minutes for an address. */
  connectEveryUs: US_PER_SECOND,
  /** The venue cuts after 24 h. */
  lifeUs: 23 * US_PER_HOUR,
  silenceUs: US_PER_MINUTE,
  /** A book that did not change at all for so long is one that was acknowledged and is not sent. */
  firstDataUs: 30 * US_PER_SECOND,
  messageBytesMax: 4 * 1024 * 1024,
};
