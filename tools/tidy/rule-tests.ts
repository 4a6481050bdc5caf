/** Rule `skipped-test`: no test is left alone (`only`), none is skipped without a reason that the report can print. */
import {
  isCallExpression,
  isIdentifier,
  isPropertyAccessExpression,
  isPropertyAssignment,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import type { Finding } from './finding.ts';
import type { Source } from './source.ts';
import type { NodeRule } from './walk.ts';

const RUNNERS = /^(test|it|describe|suite|t|context)$/;

/** Reports `.only`, `.skip` and `.todo` in test files. */
export function skippedTestRule(source: Source): NodeRule {
  const findings: Finding[] = [];
  const visit = (node: Node): void => {
    const message = source.place.isTest ? skipOf(node) : undefined;
    if (message === undefined) return;
    findings.push({ path: source.path, line: source.lineOf(node), rule: 'skipped-test', message });
  };
  return { visit, finish: () => findings };
}

function skipOf(node: Node): string | undefined {
  if (
    isPropertyAssignment(node) &&
    isIdentifier(node.name) &&
    node.initializer.kind === SyntaxKind.TrueKeyword
  ) {
    if (node.name.text === 'only') return "'only' hides all other tests; take it out";
    if (/^(skip|todo)$/.test(node.name.text)) return `give the reason as text: { ${node.name.text}: 'why' }`;
  }
  if (!isCallExpression(node) || !isPropertyAccessExpression(node.expression)) return undefined;
  const { name, expression } = node.expression;
  if (!isIdentifier(expression) || !RUNNERS.test(expression.text)) return undefined;
  if (name.text === 'only') return "'.only' hides all other tests; take it out";
  if (name.text !== 'skip' && name.text !== 'todo') return undefined;
  // Inside a test `t.skip('why')` carries its reason; `test.skip('name', ...)` carries only a name.
  const hasReason = /^(t|context)$/.test(expression.text) && node.arguments.length > 0;
  return hasReason ? undefined : `give the reason as text: test(name, { ${name.text}: 'why' }, ...)`;
}
