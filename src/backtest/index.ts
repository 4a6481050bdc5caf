/** Door of `backtest`: reports of runs. */
export {
  type Assumption,
  buildReport,
  type CostTable,
  type EquityPoint,
  type MonthReturn,
  monthReturns,
  type Report,
  type ReportInput,
  type ReportTrade,
} from './report.ts';
export { escapeHtml, reportHtml } from './report-html.ts';
