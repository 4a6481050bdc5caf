/** Door of `venues/coinbase`: market data of Coinbase Advanced Trade. */
export { COINBASE } from './adapter.ts';
