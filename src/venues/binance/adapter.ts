/** Binance's market data behind the port of `market/`: one shape for USD-M futures, spot and Binance.US. */
import type { MarketAdapter, StreamSupport } from '../market/index.ts';
import { BINANCE_BOOK_POLICY } from './book-policy.ts';
import { BinanceDecoder } from './codec.ts';
import { planSockets } from './dialogue.ts';
import { type BinanceMarket, SPOT, US_SPOT, USDM } from './market.ts';
import { openRest } from './rest.ts';
import { SOCKET_LIMITS } from './socket-limits.ts';

/** USD-M futures. */
export const BINANCE_USDM: MarketAdapter = adapterOf(USDM);

/** Spot. */
export const BINANCE_SPOT: MarketAdapter = adapterOf(SPOT);

/** Spot of Binance.US. */
export const BINANCEUS_SPOT: MarketAdapter = adapterOf(US_SPOT);

function adapterOf(market: BinanceMarket): MarketAdapter {
  const isFutures = market.kind === 'perpetual';
  const futuresOnly = (support: StreamSupport): StreamSupport => (isFutures ? support : 'none');
  return {
    venue: market.venue,
    streams: {
      book: 'stream',
      trades: 'stream',
      candles: 'stream',
      quotes: 'stream',
      'mark-price': futuresOnly('stream'),
      'funding-rate': futuresOnly('stream'),
      'open-interest': futuresOnly('poll'),
      liquidations: futuresOnly('stream'),
      orders: 'none',
    },
    hosts: market.hosts,
    limits: SOCKET_LIMITS,
    decimalStyle: 'fixed',
    hasAggregateTrades: market.tradeStream === 'aggTrade',
    bookPolicy: () => BINANCE_BOOK_POLICY,
    hasStreamSnapshot: false,
    plan: (subscriptions, hosts) => planSockets(market, subscriptions, hosts),
    openDecoder: (instruments) => new BinanceDecoder(instruments),
    rest: (hosts) => openRest(market, hosts),
  };
}
