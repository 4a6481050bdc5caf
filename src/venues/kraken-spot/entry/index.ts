/** Door of the folder: order entry at Kraken spot. */
export { openKrakenSpotEntry } from './adapter.ts';
