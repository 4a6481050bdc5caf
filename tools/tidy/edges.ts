/**
 * Every way in which one file names another: `import`, `import type`, `export ... from`, `import()`, `import('x').T` in a type,
 * `import.meta.resolve` and the `new URL('./x.ts', import.meta.url)` of a worker.
 */
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isMetaProperty,
  isNamedImports,
  isNewExpression,
  isPropertyAccessExpression,
  isStringLiteralLikeNode,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { placeOf } from './place.ts';
import type { Source } from './source.ts';
import type { NodeRule } from './walk.ts';

/** What a specifier leads to. */
export type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'node'; readonly module: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'unknown-alias' }
  | { readonly kind: 'computed' };

/** One file naming another. */
export interface Edge {
  readonly source: Source;
  readonly line: number;
  readonly specifier: string;
  readonly target: Target;
  /** The names taken out of the module; `undefined` when it is taken whole. */
  readonly names: readonly string[] | undefined;
  /** True for a URL of a worker: it starts another module graph, so it cannot close a cycle. */
  readonly isUrl: boolean;
}

/** The `imports` map of package.json: alias (with at most one `*`) to file. */
export type AliasMap = Readonly<Record<string, string>>;

/** The alias by which the dashboard, a package of its own, reaches the one room it may import. */
const WEB_ALIASES: AliasMap = { '#wire': './src/wire/index.ts', '@wire': './src/wire/index.ts' };

const BUILTINS = new Set(builtinModules);

/** Collects the edges that leave a file into `edges`. */
export function edgeCollector(source: Source, aliases: AliasMap, edges: Edge[]): NodeRule {
  const add = (node: Node, specifier: Node | undefined, names?: readonly string[], isUrl = false): void => {
    const text = specifier !== undefined && isStringLiteralLikeNode(specifier) ? specifier.text : undefined;
    edges.push({
      source,
      line: source.lineOf(node),
      specifier: text ?? '',
      target: text === undefined ? { kind: 'computed' } : resolveTarget(source, text, aliases),
      names,
      isUrl,
    });
  };
  const visit = (node: Node): void => {
    if (isImportDeclaration(node)) add(node, node.moduleSpecifier, importedNames(node.importClause));
    else if (isExportDeclaration(node) && node.moduleSpecifier !== undefined) add(node, node.moduleSpecifier);
    else if (isImportTypeNode(node)) {
      add(node, isLiteralTypeNode(node.argument) ? node.argument.literal : undefined);
    } else if (isCallExpression(node) && isImportCall(node.expression)) add(node, node.arguments[0]);
    else if (isNewExpression(node) && isModuleUrl(node.arguments)) {
      add(node, node.arguments?.[0], undefined, true);
    }
  };
  return { visit };
}

/** Returns the room that an edge leads into, or `undefined`. */
export function targetRoom(edge: Edge): string | undefined {
  return edge.target.kind === 'file' ? placeOf(edge.target.path).room || undefined : undefined;
}

function importedNames(clause: Node | undefined): readonly string[] | undefined {
  let names: readonly string[] | undefined;
  clause?.forEachChild((child) => {
    if (isNamedImports(child)) names = child.elements.map((item) => (item.propertyName ?? item.name).text);
  });
  return names;
}

/** True for the callee of `import(...)` and `import.meta.resolve(...)`. */
function isImportCall(callee: Node): boolean {
  if (callee.kind === SyntaxKind.ImportKeyword) return true;
  return (
    isPropertyAccessExpression(callee) && isMetaProperty(callee.expression) && callee.name.text === 'resolve'
  );
}

/** True for the arguments of `new URL('./file.ts', import.meta.url)`. */
function isModuleUrl(args: readonly Node[] | undefined): boolean {
  const [file, base] = args ?? [];
  return (
    file !== undefined &&
    isStringLiteralLikeNode(file) &&
    /^\.{1,2}\/.*\.tsx?$/.test(file.text) &&
    base !== undefined &&
    isPropertyAccessExpression(base) &&
    isMetaProperty(base.expression)
  );
}

function resolveTarget(source: Source, specifier: string, aliases: AliasMap): Target {
  if (specifier.startsWith('.')) {
    return { kind: 'file', path: posix.join(posix.dirname(source.path), specifier) };
  }
  if (specifier.startsWith('node:')) return { kind: 'node', module: specifier.slice(5) };
  const alias = resolveAlias(specifier, source.place.zone === 'web' ? WEB_ALIASES : aliases);
  if (alias !== undefined) return { kind: 'file', path: alias };
  if (specifier.startsWith('#')) return { kind: 'unknown-alias' };
  if (BUILTINS.has(specifier)) return { kind: 'node', module: specifier };
  const parts = specifier.split('/');
  return { kind: 'package', name: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') };
}

function resolveAlias(specifier: string, aliases: AliasMap): string | undefined {
  const exact = aliases[specifier];
  if (exact !== undefined) return exact.replace(/^\.\//, '');
  for (const [pattern, file] of Object.entries(aliases)) {
    const [prefix = '', suffix] = pattern.split('*');
    if (suffix === undefined || !specifier.startsWith(prefix) || specifier.length <= prefix.length) continue;
    return file.replace(/^\.\//, '').replace('*', specifier.slice(prefix.length));
  }
  return undefined;
}
