/** Door of `venues/kraken-futures`: market data and order entry of Kraken futures. */
export { KRAKEN_FUTURES } from './adapter.ts';
export { openKrakenFuturesEntry } from './entry/index.ts';
