/** Door of `venues/kucoin`: market data and order entry of KuCoin's spot and futures markets. */
export { KUCOIN_FUTURES, KUCOIN_SPOT } from './adapter.ts';
export { openKucoinFuturesEntry, openKucoinSpotEntry } from './entry/index.ts';
