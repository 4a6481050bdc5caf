/** Door of `venues/ccxt`: any exchange that ccxt streams, as a venue `ccxt:NAME`. */
export { CcxtFeed, type CcxtFeedParts } from './ccxt-feed.ts';
export { type CcxtFeedWish, CcxtVenue, openCcxtFeed, openCcxtVenue } from './ccxt-venue.ts';
export type { CcxtBook, CcxtCandle, CcxtExchange, CcxtMarket, CcxtTrade } from './exchange.ts';
export type { CcxtHistoryRange } from './history.ts';
export { CCXT_OPTIONS_DEFAULT, type CcxtOptions } from './options.ts';
