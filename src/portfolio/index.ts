/** Door of `portfolio`: positions, P&L, margin, round trips, performance. Pure and exact. */
export { DrawdownTracker } from './drawdown.ts';
export { DAYS_PER_YEAR, PerformanceStatistics, type PerformanceSummary } from './performance.ts';
export { Portfolio, type PortfolioOptions } from './portfolio.ts';
export { ReturnMoments } from './return-moments.ts';
export {
  deflatedSharpe,
  expectedMaxSharpe,
  minTrackRecord,
  probabilisticSharpe,
  type SharpeSample,
} from './sharpe.ts';
export { type Trade, type TradeFigures, type TradeStatus, tradeFigures } from './trade.ts';
export { TradeBook, type TradeChange } from './trade-book.ts';
export type { AccountSnapshot, FillOutcome, PortfolioView, PositionView } from './view.ts';
