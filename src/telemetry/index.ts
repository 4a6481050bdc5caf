/** Door of `telemetry`: log and metric ports and their sinks. */
export { type Log, type LogFields, type LogLevel, type LogLine, logTo, silentLog } from './log.ts';
export { type Progress, silentProgress } from './progress.ts';
