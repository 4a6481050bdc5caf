/**
 * What a person and a program see of an error: one clear line on stderr (`xylen: CODE message`, fields below it), one JSON object on
 * stdout with `--json`, and the exit code. Stack traces appear at `--log-level debug` only.
 */
import { AssertionError, type ErrorCode, type ErrorFields, messageOf, XylenError } from '#core';
import type { ExitCode } from './command.ts';

/** An error in the form it is reported in. `BUG` is a fault of this program, `SYSTEM` one that the operating system reports. */
export interface ErrorReport {
  readonly code: ErrorCode | 'BUG' | 'SYSTEM';
  readonly message: string;
  readonly fields: ErrorFields;
  /** The chain of causes, nearest first. */
  readonly causes: readonly string[];
  readonly exitCode: ExitCode;
  readonly stack: string;
}

/** Wrong use and wrong config are 2, a refusal by a safety rule is 3, everything else is 1. */
const EXIT_CODES: Partial<Record<ErrorCode, ExitCode>> = {
  XY_CONFIG_INVALID: 2,
  XY_USAGE: 2,
  XY_LIVE_REFUSED: 3,
  XY_QUARANTINE: 3,
  XY_RUN_LOCKED: 3,
};

/** Returns the report of anything that was thrown. */
export function errorReport(thrown: unknown): ErrorReport {
  // What went wrong first is the cause; that closing failed after it follows from it more often than not.
  if (thrown instanceof SuppressedError) {
    const first = errorReport(thrown.suppressed);
    return { ...first, causes: [...first.causes, `while closing: ${messageOf(thrown.error)}`] };
  }
  const base = { causes: causesOf(thrown), stack: thrown instanceof Error ? (thrown.stack ?? '') : '' };
  if (thrown instanceof XylenError) {
    const { code, message, fields } = thrown;
    return { ...base, code, message, fields, exitCode: EXIT_CODES[code] ?? 1 };
  }
  if (isSystemError(thrown)) {
    const fields = { errno: thrown.code ?? '', path: thrown.path ?? '' };
    return { ...base, code: 'SYSTEM', message: thrown.message, fields, exitCode: 1 };
  }
  const message =
    thrown instanceof AssertionError ? thrown.message : `${nameOf(thrown)}: ${messageOf(thrown)}`;
  return { ...base, code: 'BUG', message, fields: {}, exitCode: 1 };
}

/** Returns the lines for stderr, the first as `xylen: CODE message`. */
export function errorLines(report: ErrorReport, isDebug: boolean): string[] {
  const lines = [`xylen: ${report.code} ${report.message}`];
  if (report.code === 'BUG')
    lines.push('  this is a fault of the program; please report it with the output of --log-level debug');
  if (report.code !== 'XY_CONFIG_INVALID' && report.code !== 'XY_USAGE')
    lines.push(...fieldLines(report.fields));
  lines.push(...report.causes.map((cause) => `  caused by: ${cause}`));
  if (isDebug && report.stack !== '') lines.push(report.stack);
  return lines;
}

/** Returns the document for stdout with `--json`. */
export function errorDocument(report: ErrorReport): object {
  const { code, message, fields, causes } = report;
  return { error: { code, message, fields, ...(causes.length === 0 ? {} : { causes }) } };
}

/** True when a command line asks for the debug log, whether or not it can be parsed. */
export function isDebugCall(argv: readonly string[]): boolean {
  return /(^| )--log-level[= ]debug( |$)/.test(argv.join(' '));
}

function fieldLines(fields: ErrorFields): string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `  ${name}: ${value}`);
}

const CAUSES_MAX = 5;

function causesOf(thrown: unknown): string[] {
  const causes: string[] = [];
  let cause = thrown instanceof Error ? thrown.cause : undefined;
  while (cause !== undefined && causes.length < CAUSES_MAX) {
    causes.push(messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && typeof (thrown as NodeJS.ErrnoException).syscall === 'string';
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : typeof thrown;
}
