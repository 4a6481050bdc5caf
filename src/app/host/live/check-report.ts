/** What a check found and what to do about it: one shape for `xylen doctor` and for the checks before a run. */
import { textTable } from '../../runs/text-table.ts';

/** `ok`, `warning` = it works and somebody should know, `failed` = it does not work or is not safe. */
export type CheckState = 'ok' | 'warning' | 'failed';

/** One finding. */
export interface CheckFinding {
  /** A word or two: `clock`, `key rights`. */
  readonly check: string;
  readonly state: CheckState;
  /** What was found, with figures and units. */
  readonly found: string;
  /** What to do; empty when there is nothing to do. */
  readonly todo: string;
}

/** Returns a finding that all is well. */
export function passed(check: string, found: string): CheckFinding {
  return { check, state: 'ok', found, todo: '' };
}

/** Returns a finding that somebody should know of. */
export function warned(check: string, found: string, todo: string): CheckFinding {
  return { check, state: 'warning', found, todo };
}

/** Returns a finding that stands in the way. */
export function failed(check: string, found: string, todo: string): CheckFinding {
  return { check, state: 'failed', found, todo };
}

/** Returns the findings as lines for people. */
export function reportLines(findings: readonly CheckFinding[]): readonly string[] {
  const rows = findings.map(({ check, found, state, todo }) => [
    state,
    check,
    todo === '' ? found : `${found}: ${todo}`,
  ]);
  return textTable(['state', 'check', 'found'], rows);
}
