/** Door of `store/quality`: pure checks of recorded market data and the report they make. */
export { BarChecks } from './bar-checks.ts';
export { BookChecks } from './book-checks.ts';
export {
  FINDINGS_PER_CHECK_MAX,
  type Finding,
  FindingList,
  QUALITY_CHECKS,
  type QualityCheck,
  type Severity,
} from './finding.ts';
export { type Coverage, type InspectOptions, inspectTable, type QualityReport } from './inspect.ts';
