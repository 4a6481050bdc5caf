/** Door of `venues/coinbase`: market data of and order entry at Coinbase Advanced Trade. */
export { COINBASE } from './adapter.ts';
export { openCoinbaseEntry } from './entry/index.ts';
