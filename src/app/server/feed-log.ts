/** A log whose lines go to the dashboard. They pass the same sink as those of the terminal, so that no secret gets out. */
import type { EpochUs } from '#core';
import type { Log, LogLevel } from '#telemetry';
import { pinoLog } from '#telemetry/pino';
import type { LogFeed } from './feed.ts';

/** What the log needs. */
export interface FeedLogOptions {
  readonly level: LogLevel;
  /** Wall clock. */
  nowUs(): EpochUs;
  /** Replaces the values of known secrets in a text. */
  redact(text: string): string;
  post(message: LogFeed): void;
}

/** Returns a log that posts its lines. */
export function feedLog({ level, nowUs, redact, post }: FeedLogOptions): Log {
  return pinoLog({ level, format: 'json', nowUs, redact, writeLine: (line) => post({ kind: 'log', line }) });
}
