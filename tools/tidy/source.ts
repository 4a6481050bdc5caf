/**
 * Source files as tidy sees them: text, lines, comments and the syntax tree of TypeScript's own parser (the native one, asked
 * through its API; fifty thousand lines take about a second, and comments and strings are never guessed at).
 */
import { join } from 'node:path';
import { isRegularExpressionLiteral, type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';
import { assert } from '#core';
import { type Place, placeOf } from './place.ts';

/** A comment with its place; `text` includes the comment marks. */
export interface Comment {
  readonly startLine: number;
  readonly endLine: number;
  readonly text: string;
}

/** One parsed file. Lines count from 1. */
export interface Source {
  readonly path: string;
  readonly place: Place;
  readonly text: string;
  readonly lines: readonly string[];
  readonly tree: SourceFile;
  readonly comments: readonly Comment[];
  /** Returns the line of the first character of a node, its comments not counted. */
  lineOf(node: Node): number;
  /** Returns the line of the last character of a node. */
  endLineOf(node: Node): number;
}

const PARSER = join(import.meta.dirname, 'native-parser');

/** The parser reads from memory only: no file of this name exists. */
const VIRTUAL_ROOT = '/xylen-tidy';
const PARSE_OPTIONS = {
  noLib: true,
  noResolve: true,
  types: [],
  noEmit: true,
  allowImportingTsExtensions: true,
  jsx: 'preserve',
  module: 'esnext',
  target: 'esnext',
  moduleDetection: 'force',
} as const;

/** Parses TypeScript texts by path (relative to the repository root); nothing is resolved, loaded or type-checked. */
export function parseSources(texts: ReadonlyMap<string, string>): readonly Source[] {
  const virtual = new Map<string, string>();
  for (const [path, text] of texts) virtual.set(`${VIRTUAL_ROOT}/${path}`, text);
  const config = `${VIRTUAL_ROOT}/tsconfig.json`;
  virtual.set(
    config,
    JSON.stringify({ compilerOptions: PARSE_OPTIONS, files: [...texts.keys()].map((path) => `./${path}`) }),
  );
  const api = new API({
    cwd: import.meta.dirname,
    tsserverPath: PARSER,
    // No folder is said to exist: else the parser asks for twenty places of type packages, file by file.
    fs: {
      readFile: (name) => virtual.get(name) ?? null,
      fileExists: (name) => virtual.has(name),
    },
  });
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    assert(project !== undefined, 'the parser opened the virtual project');
    return [...texts].map(([path, text]) => {
      const tree = project.program.getSourceFile(`${VIRTUAL_ROOT}/${path}`);
      assert(tree !== undefined, `the parser read ${path}`);
      return sourceOf(path, text, tree);
    });
  } finally {
    api.close();
  }
}

function sourceOf(path: string, text: string, tree: SourceFile): Source {
  const starts = tree.getLineStarts();
  return {
    path,
    place: placeOf(path),
    text,
    lines: text.replace(/\n$/, '').split('\n'),
    tree,
    comments: commentsOf(text, literalRanges(tree), starts),
    lineOf: (node) => lineAt(starts, node.getStart(tree)),
    endLineOf: (node) => lineAt(starts, node.end),
  };
}

/** Returns the 1-based line of a position: binary search in the starts of the lines. */
function lineAt(starts: readonly number[], position: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns [start, end) of everything in which `//` is not a comment, in order. */
function literalRanges(tree: SourceFile): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  const visit = (node: Node): void => {
    if (isLiteralText(node)) ranges.push([node.getStart(tree), node.end]);
    else node.forEachChild(visit);
  };
  visit(tree);
  return ranges;
}

function isLiteralText(node: Node): boolean {
  return (
    node.kind === SyntaxKind.StringLiteral ||
    node.kind === SyntaxKind.NoSubstitutionTemplateLiteral ||
    node.kind === SyntaxKind.TemplateHead ||
    node.kind === SyntaxKind.TemplateMiddle ||
    node.kind === SyntaxKind.TemplateTail ||
    node.kind === SyntaxKind.JsxText ||
    isRegularExpressionLiteral(node)
  );
}

function commentsOf(
  text: string,
  literals: readonly (readonly [number, number])[],
  starts: readonly number[],
): readonly Comment[] {
  const comments: Comment[] = [];
  let literalIx = 0;
  let position = 0;
  for (;;) {
    position = nextSlash(text, position);
    if (position < 0) return comments;
    while (literalIx < literals.length && (literals[literalIx]?.[1] ?? 0) <= position) literalIx++;
    const literal = literals[literalIx];
    if (literal !== undefined && literal[0] <= position) {
      position = literal[1];
      continue;
    }
    const end = commentEnd(text, position);
    comments.push({
      startLine: lineAt(starts, position),
      endLine: lineAt(starts, end - 1),
      text: text.slice(position, end),
    });
    position = end;
  }
}

/** Returns where the next `//` or block comment might begin, -1 when there is none. */
function nextSlash(text: string, from: number): number {
  for (let i = text.indexOf('/', from); i >= 0; i = text.indexOf('/', i + 1)) {
    if (text[i + 1] === '/' || text[i + 1] === '*') return i;
  }
  return -1;
}

function commentEnd(text: string, start: number): number {
  const isBlock = text[start + 1] === '*';
  const end = isBlock ? text.indexOf('*/', start + 2) + 2 : text.indexOf('\n', start);
  return end < (isBlock ? 2 : 0) ? text.length : end;
}
