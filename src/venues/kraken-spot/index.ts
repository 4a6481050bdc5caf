/** Door of `venues/kraken-spot`: market data of Kraken spot, what a capture of it tells of itself, and order entry. */
export { KRAKEN_SPOT, krakenSpot } from './adapter.ts';
export { CaptureSurvey, type SurveyedPair } from './capture-survey.ts';
export { openKrakenSpotEntry } from './entry/index.ts';
export { BOOK_DEPTHS, type KrakenSpotSettings } from './settings.ts';
