/**
 * Rules `long-function` and `long-file`: at most 70 lines and 500 lines. More needs a reason in words: a comment directly above
 * the function (`tidy: long-function REASON`), or in the header of the file (`tidy: long-file REASON`).
 */
import { type Node, SyntaxKind } from 'typescript/unstable/ast';
import type { Finding } from './finding.ts';
import type { Source } from './source.ts';
import type { NodeRule } from './walk.ts';

/** Most lines of a function, signature and closing brace included. */
export const FUNCTION_LINES_MAX = 70;
/** Most lines of a file. */
export const FILE_LINES_MAX = 500;
/** Where the header of a file ends, for the reason of its length. */
const HEADER_LINES = 40;
/** A reason is at least this long; shorter is no reason. */
export const REASON_CHARS_MIN = 12;

const FUNCTIONS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.ArrowFunction,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.Constructor,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
  SyntaxKind.ClassStaticBlockDeclaration,
]);

/** Statements and members: the comment above a function stands above the one that holds it. */
const HOLDERS: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.VariableStatement,
  SyntaxKind.ExpressionStatement,
  SyntaxKind.ReturnStatement,
  SyntaxKind.PropertyDeclaration,
  SyntaxKind.PropertyAssignment,
  SyntaxKind.ExportAssignment,
]);

/** Reports functions and files that are too long without a written reason. Tests are exempt. */
export function sizeRule(source: Source): NodeRule {
  if (source.place.isTest) return { visit: () => {} };
  const findings: Finding[] = [...checkFile(source)];
  let holder: Node | undefined;
  const visit = (node: Node): void => {
    if (HOLDERS.has(node.kind)) holder = node;
    if (!FUNCTIONS.has(node.kind)) return;
    const line = source.lineOf(node);
    const lineCount = source.endLineOf(node) - line + 1;
    if (lineCount <= FUNCTION_LINES_MAX) return;
    const isHeld = holder !== undefined && holder.pos <= node.pos && node.end <= holder.end;
    const tops = [line, isHeld && holder !== undefined ? source.lineOf(holder) : line];
    if (tops.some((top) => hasReasonAbove(source, top))) return;
    findings.push({
      path: source.path,
      line,
      rule: 'long-function',
      message: `${lineCount} lines, at most ${FUNCTION_LINES_MAX}; split it, or write 'tidy: long-function REASON' directly above`,
    });
  };
  return { visit, finish: () => findings };
}

function checkFile(source: Source): readonly Finding[] {
  if (source.lines.length <= FILE_LINES_MAX) return [];
  const isExplained = source.comments.some(
    (comment) => comment.startLine <= HEADER_LINES && hasReason(comment.text, 'long-file'),
  );
  if (isExplained) return [];
  return [
    {
      path: source.path,
      line: 1,
      rule: 'long-file',
      message: `${source.lines.length} lines, at most ${FILE_LINES_MAX}; split it by subject, or write 'tidy: long-file REASON' in the header`,
    },
  ];
}

/** True when a comment ending on the line before `line` (or one touching that comment) gives a reason. */
function hasReasonAbove(source: Source, line: number): boolean {
  let top = line;
  for (const comment of source.comments.toReversed()) {
    if (comment.endLine !== top - 1) continue;
    if (hasReason(comment.text, 'long-function')) return true;
    top = comment.startLine;
  }
  return false;
}

function hasReason(comment: string, mark: string): boolean {
  const reason = new RegExp(`tidy: ${mark} +([^\\n]*)`).exec(comment)?.[1] ?? '';
  return reason.replace(/\*\/$/, '').trim().length >= REASON_CHARS_MIN;
}
