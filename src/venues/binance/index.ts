/** Door of `venues/binance`: market data of Binance USD-M futures, Binance spot and Binance.US; order entry of Binance USD-M futures. */
export { BINANCE_SPOT, BINANCE_USDM, BINANCEUS_SPOT } from './adapter.ts';
export { openBinanceUsdmEntry } from './entry/index.ts';
