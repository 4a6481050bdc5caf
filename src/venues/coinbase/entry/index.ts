/** Door of the folder: order entry at Coinbase Advanced Trade. */
export { openCoinbaseEntry } from './adapter.ts';
