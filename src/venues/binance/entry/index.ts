/** Door inside `venues/binance`: order entry of Binance USD-M futures. */
export { openBinanceUsdmEntry } from './adapter.ts';
