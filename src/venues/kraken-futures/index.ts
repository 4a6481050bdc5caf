/** Door of `venues/kraken-futures`: market data of Kraken futures. */
export { KRAKEN_FUTURES } from './adapter.ts';
