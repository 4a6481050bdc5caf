/** Door of `venues/kucoin`: market data of KuCoin's spot and futures markets. */
export { KUCOIN_FUTURES, KUCOIN_SPOT } from './adapter.ts';
