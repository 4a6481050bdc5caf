/** Door of `venues/kraken-spot`: market data of Kraken spot, and what a capture of it tells of itself. */
export { KRAKEN_SPOT, krakenSpot } from './adapter.ts';
export { CaptureSurvey, type SurveyedPair } from './capture-survey.ts';
export { BOOK_DEPTHS, type KrakenSpotSettings } from './settings.ts';
