/** Door of the order entry of KuCoin; the venue's own door hands it on. */
export { openKucoinFuturesEntry } from './futures-adapter.ts';
export { openKucoinSpotEntry } from './spot-adapter.ts';
