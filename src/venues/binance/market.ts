/** The three Binance markets: what differs between USD-M futures, spot and Binance.US, as data. */
import type { VenueId } from '#domain';
import type { VenueHosts } from '../market/index.ts';
import type { Route } from './streams.ts';

/** Weight of a request by what it asks for: the first row whose limit is not exceeded counts. */
export type WeightTable = readonly (readonly [limitMax: number, weight: number])[];

/** One market of Binance. */
export interface BinanceMarket {
  readonly venue: Extract<VenueId, 'binance-usdm' | 'binance-spot' | 'binanceus-spot'>;
  readonly kind: 'perpetual' | 'spot';
  readonly hosts: VenueHosts;
  /** Path before the names of requests. */
  readonly api: '/fapi/v1' | '/api/v3';
  /** Path of combined streams for each route. */
  readonly streamPaths: Readonly<Record<Route, string>>;
  readonly tradeStream: 'aggTrade' | 'trade';
  /** Levels of a snapshot of the book. */
  readonly depthLimit: number;
  readonly depthWeight: number;
  readonly klinesLimit: number;
  readonly klinesWeights: WeightTable;
  readonly exchangeInfoWeight: number;
  /** 80 % of what the venue publishes. */
  readonly weightPerMinuteMax: number;
}

/**
 * USD-M futures. Trades come as `@aggTrade`: it is documented, complete (fills of one taker order at one price and moment are one print, no volume is
 * left out but that of the insurance fund and of auto-deleveraging, which the venue's own candles leave out, too), and numbered
 * without holes, so that a lost print shows. `@trade` is not documented for futures and lets those other trades through.
 */
export const USDM: BinanceMarket = {
  venue: 'binance-usdm',
  kind: 'perpetual',
  hosts: { rest: 'https://fapi.binance.com', stream: 'wss://fstream.binance.com', streamOrders: '' },
  api: '/fapi/v1',
  streamPaths: { public: '/public/stream', market: '/market/stream' },
  tradeStream: 'aggTrade',
  depthLimit: 1_000,
  depthWeight: 20,
  klinesLimit: 1_500,
  klinesWeights: [
    [99, 1],
    [499, 2],
    [1_000, 5],
    [1_500, 10],
  ],
  exchangeInfoWeight: 1,
  weightPerMinuteMax: 1_920,
};

/** Spot. Trades come one by one as `@trade`, documented here and numbered without holes. */
export const SPOT: BinanceMarket = {
  venue: 'binance-spot',
  kind: 'spot',
  hosts: { rest: 'https://api.binance.com', stream: 'wss://stream.binance.com:9443', streamOrders: '' },
  api: '/api/v3',
  streamPaths: { public: '/stream', market: '/stream' },
  tradeStream: 'trade',
  depthLimit: 1_000,
  depthWeight: 50,
  klinesLimit: 1_000,
  klinesWeights: [[1_000, 2]],
  exchangeInfoWeight: 20,
  weightPerMinuteMax: 4_800,
};

/** Binance.US: spot of another house with the same interface; the lower limits are those that it published for years, weights as at spot. */
export const US_SPOT: BinanceMarket = {
  ...SPOT,
  venue: 'binanceus-spot',
  hosts: { rest: 'https://api.binance.us', stream: 'wss://stream.binance.us:9443', streamOrders: '' },
  weightPerMinuteMax: 960,
};
