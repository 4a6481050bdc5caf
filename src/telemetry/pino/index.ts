/** Door of the log sink: structured lines through pino, as JSON or as text for people. */
export { type LogFormat, type PinoLogOptions, pinoLog } from './pino-log.ts';
