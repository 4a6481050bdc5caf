/** A trader in recorded depth and trades, with latency both ways and a place in the queue. */
export { DepthAccount, type DepthFees } from './depth-account.ts';
export { DepthBacktest, type DepthBacktestOptions, type DepthTrader } from './depth-backtest.ts';
export type { DepthDesk, DepthView } from './depth-desk.ts';
export type { DepthOrder, DepthOrderWish } from './depth-order.ts';
export { constantLatency, modelLatency, type OrderLatency } from './order-latency.ts';
export { TouchMaker, type TouchMakerOptions } from './touch-maker.ts';
