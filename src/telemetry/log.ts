/** The log port: structured lines, event name first. A log line is not an API; no test reads one. */

/** Fields of a log line; ids and units in the names. */
export type LogFields = Readonly<Record<string, string | number | boolean | bigint | null | undefined>>;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where log lines go. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** One line as a value, for sinks that keep or forward lines. */
export interface LogLine {
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

/** Returns a log that hands each line to `sink`. */
export function logTo(sink: (line: LogLine) => void): Log {
  const at =
    (level: LogLevel) =>
    (event: string, fields: LogFields = {}): void =>
      sink({ level, event, fields });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** A log that drops everything. */
export const silentLog: Log = logTo(() => undefined);
