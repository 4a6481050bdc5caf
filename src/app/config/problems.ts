/** What is wrong with a configuration: places, messages, and the one error that carries all of them. */
import { type ErrorFields, XylenError } from '#core';

/** One thing that is wrong. `line` and `column` count from 1; `null` where the problem has no place in the file. */
export interface Problem {
  /** The file or `environment`. */
  readonly place: string;
  readonly line: number | null;
  readonly column: number | null;
  /** Dotted path of the key, empty when it is about the whole file. */
  readonly key: string;
  readonly message: string;
}

/** Raised when a configuration cannot be used; holds every problem, not only the first. */
export class ConfigError extends XylenError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super('XY_CONFIG_INVALID', summary(problems), { fields: firstFields(problems) });
    this.problems = problems;
  }
}

/** Returns one line: `xylen.yaml:12:17: risk.drawdown_max: expected ..., was ...`. */
export function problemLine(problem: Problem): string {
  const at = problem.line === null ? '' : `:${problem.line}:${problem.column ?? 1}`;
  return `${problem.place}${at}: ${problem.key === '' ? '' : `${problem.key}: `}${problem.message}`;
}

/** Sorts problems as a reader meets them: by line, those without a place last. */
export function inReadingOrder(problems: readonly Problem[]): Problem[] {
  const rank = ({ line, column }: Problem) =>
    (line ?? Number.MAX_SAFE_INTEGER / 10_000) * 1000 + (column ?? 0);
  return [...problems].sort((a, b) => rank(a) - rank(b));
}

/** A file with thousands of mistakes is one mistake; the rest is counted. */
const PROBLEMS_SHOWN_MAX = 50;

function summary(problems: readonly Problem[]): string {
  const [first] = problems;
  if (problems.length === 1 && first !== undefined) return problemLine(first);
  const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).map((problem) => `  ${problemLine(problem)}`);
  const rest = problems.length - shown.length;
  return [
    `the configuration has ${problems.length} problems`,
    ...shown,
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ].join('\n');
}

function firstFields(problems: readonly Problem[]): ErrorFields {
  const [first] = problems;
  if (first === undefined) return {};
  return {
    place: first.place,
    key: first.key,
    line: first.line,
    column: first.column,
    problems: problems.length,
  };
}
