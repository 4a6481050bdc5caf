/** Door of the order entry of Kraken futures; the venue's own door hands it on. */
export { openKrakenFuturesEntry } from './adapter.ts';
