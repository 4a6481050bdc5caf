/** One walk over the syntax tree of a file, shared by all rules that look at nodes. */
import { isTypeNode, type Node, SyntaxKind } from 'typescript/unstable/ast';
import type { Finding } from './finding.ts';
import type { Source } from './source.ts';

/** Looks at one node; `isInType` is true inside type annotations, where nothing is executed. */
export type Visit = (node: Node, parent: Node, isInType: boolean) => void;

/** A rule over nodes, made afresh for each file. */
export interface NodeRule {
  readonly visit: Visit;
  /** Reports what only the whole file could tell. */
  readonly finish?: () => readonly Finding[];
}

/** Walks a file once, parents before children, and shows every node to every rule. */
export function walk(source: Source, rules: readonly NodeRule[]): readonly Finding[] {
  const step = (node: Node, parent: Node, isParentInType: boolean): void => {
    const isInType =
      isParentInType || (isTypeNode(node) && node.kind !== SyntaxKind.ExpressionWithTypeArguments);
    for (const rule of rules) rule.visit(node, parent, isInType);
    node.forEachChild((child) => step(child, node, isInType));
  };
  source.tree.forEachChild((child) => step(child, source.tree, false));
  return rules.flatMap((rule) => rule.finish?.() ?? []);
}
