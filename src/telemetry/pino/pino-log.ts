/**
 * The log port over pino. Lines are JSON (`{"level","time","event",...fields}`) or one line of text each. Clock and output are passed
 * in; secrets are taken out here, whatever a caller hands over.
 */
import { pino } from 'pino';
import { type EpochUs, formatIso } from '#core';
import type { Log, LogFields, LogLevel } from '#telemetry';
import { lineText } from './line-text.ts';
import { withoutSecrets } from './redaction.ts';

/** How lines are written. */
export type LogFormat = 'text' | 'json';

/** What the sink needs. */
export interface PinoLogOptions {
  /** Least level that is written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Wall clock, epoch microseconds. */
  nowUs(): EpochUs;
  /** Takes one line without its line end. */
  writeLine(line: string): void;
  /** Replaces the values of known secrets in a text; field names that mean secrets are handled without it. */
  redact?(text: string): string;
}

/** Returns a log that writes through pino. */
export function pinoLog(options: PinoLogOptions): Log {
  const redact = options.redact ?? ((text: string) => text);
  const write = (json: string): void => {
    const line = json.trimEnd();
    options.writeLine(options.format === 'json' ? line : lineText(line));
  };
  const logger = pino(
    {
      level: options.level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"time":"${formatIso(options.nowUs())}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (logger.isLevelEnabled(level)) logger[level](withoutSecrets(fields, redact), redact(event));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
