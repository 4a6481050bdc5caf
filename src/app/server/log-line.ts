/** A line of the JSON log as an entry of the dashboard's log. */
import { parseMomentUs } from '#core';
import type { LogEntry } from '#wire';
import { shortened } from './row-translation.ts';

const LEVELS: Readonly<Record<string, LogEntry['level']>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warning',
  error: 'error',
};

/** Returns the entry of a line `{"level","time","event",...fields}`; a line that is none is shown as it is. */
export function logEntryOfLine(line: string, seq: number): LogEntry {
  const { event, level, time, ...fields } = fieldsOf(line);
  return {
    seq,
    tsUs: parseMomentUs(String(time)) ?? 0,
    clock: 'wall',
    level: LEVELS[String(level)] ?? 'info',
    event: String(event),
    text: shortened(
      Object.entries(fields)
        .map(([name, value]) => `${name}=${String(value)}`)
        .join(' '),
    ),
  };
}

function fieldsOf(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Falls through: a line that is no JSON is shown whole.
  }
  return { level: 'info', event: 'log', line };
}
