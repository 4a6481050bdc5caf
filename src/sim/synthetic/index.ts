/** The seeded synthetic market. */
export { takeCandles } from './candle-taking.ts';
export { CompletedTape, type CompletedTapeOptions } from './completed-tape.ts';
export { SYNTHETIC_SYMBOLS, type SyntheticSymbol, syntheticInstrument } from './symbols.ts';
export { SyntheticMarket, type SyntheticMarketOptions, syntheticMarket } from './synthetic-market.ts';
export { SyntheticTape, type SyntheticTapeOptions } from './synthetic-tape.ts';
