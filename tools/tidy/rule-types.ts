/** Rules `any`, `double-cast`, `non-null`, `default-export`, `export-star`: the type system is not to be talked over. */
import {
  isAsExpression,
  isElementAccessExpression,
  isExportDeclaration,
  isNonNullExpression,
  isParenthesizedExpression,
  isTypeAssertion,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import type { Finding } from './finding.ts';
import type { Source } from './source.ts';
import type { NodeRule } from './walk.ts';

/** Files that a foreign tool loads by their default export: Vite's configuration, reporters of `node --test`. */
const WANTS_DEFAULT = /(\.config|-reporter)\.ts$/;

/** Reports the ways around the type checker, and exports that hide what a module offers. */
export function typeRule(source: Source): NodeRule {
  const findings: Finding[] = [];
  const visit = (node: Node): void => {
    const breach = breachOf(node, source);
    if (breach === undefined) return;
    findings.push({ path: source.path, line: source.lineOf(node), rule: breach[0], message: breach[1] });
  };
  return { visit, finish: () => findings };
}

/** Returns rule and message of what is wrong with a node, or `undefined`. */
function breachOf(node: Node, source: Source): readonly [string, string] | undefined {
  if (node.kind === SyntaxKind.AnyKeyword) {
    return ['any', "write 'unknown' and parse it into a domain type, or name the type"];
  }
  if (isCast(node) && isCast(stripParentheses(node.expression))) {
    return ['double-cast', 'a cast of a cast proves nothing; parse the value, or narrow it with a test'];
  }
  if (isNonNullExpression(node) && !isElementAccessExpression(node.expression) && !source.place.isTest) {
    return [
      'non-null',
      "'!' is for typed-array kernels (a[i]!); assert(x !== undefined, ...) or handle the absence",
    ];
  }
  if (isDefaultExport(node) && !WANTS_DEFAULT.test(source.path)) {
    return ['default-export', 'export it by name'];
  }
  if (isExportDeclaration(node) && node.exportClause?.kind !== SyntaxKind.NamedExports) {
    return ['export-star', 'list the names: a door shows what it offers'];
  }
  return undefined;
}

function isCast(node: Node): node is Node & { readonly expression: Node; readonly type: Node } {
  if (!isAsExpression(node) && !isTypeAssertion(node)) return false;
  return !node.getText().endsWith('as const');
}

function stripParentheses(node: Node): Node {
  return isParenthesizedExpression(node) ? stripParentheses(node.expression) : node;
}

function isDefaultExport(node: Node): boolean {
  return node.kind === SyntaxKind.ExportAssignment || node.kind === SyntaxKind.DefaultKeyword;
}
