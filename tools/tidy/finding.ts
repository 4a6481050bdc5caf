/** What tidy reports. */

/** A breach of a rule, with its place and what to do instead. */
export interface Finding {
  readonly path: string;
  /** Counts from 1. */
  readonly line: number;
  /** The name under which STYLE.md explains the rule. */
  readonly rule: string;
  readonly message: string;
}

/** Formats a finding as one line that editors can jump to. */
export function formatFinding(finding: Finding): string {
  return `${finding.path}:${finding.line}  ${finding.rule}: ${finding.message}`;
}
