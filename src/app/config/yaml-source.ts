/**
 * A YAML file as a plain tree that knows where each value stands. Finds what is wrong with the text itself: not text, not YAML, keys
 * given twice, secrets. No value of the file is ever part of a message here, since it may be a secret.
 */
import { readFileSync, statSync } from 'node:fs';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { messageOf } from '#core';
import type { ConfigValue } from './key.ts';
import { type KeyPath, pathText } from './key-paths.ts';
import { ConfigError, type Problem } from './problems.ts';
import { looksSecret, secretNameFor } from './secret-names.ts';

/** A place in a file, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A file that was read. */
export interface YamlSource {
  readonly place: string;
  readonly tree: ConfigValue;
  /** Problems of the text that leave the tree usable: keys given twice, secrets. */
  readonly problems: readonly Problem[];
  /** Paths that a problem was already reported for. */
  isReported(path: KeyPath): boolean;
  /** Returns where the value (or, with `key`, the key) of a path stands; the nearest known place above it otherwise. */
  placeOf(path: KeyPath, what: 'key' | 'value'): Place;
}

/** A configuration is a few kilobytes; more is a mistake or an attack. */
export const FILE_BYTES_MAX = 1024 * 1024;
/** How often an anchor may be repeated in total; more is a "billion laughs" file. */
const ALIASES_MAX = 100;
/** Nesting of the tree; the definition itself has four levels. */
const DEPTH_MAX = 32;
const NESTING = `expected at most ${DEPTH_MAX} levels of nesting`;

/** Reads and parses a file. @throws ConfigError when it cannot be used at all. */
export function readYaml(path: string, place: string): YamlSource {
  return parseYaml(decode(readBytes(path, place), place), place);
}

function refuse(place: string, message: string): never {
  throw new ConfigError([{ place, line: null, column: null, key: '', message }]);
}

function readBytes(path: string, place: string): Uint8Array {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) refuse(place, 'expected a file, found a folder');
    if (!stat.isFile()) refuse(place, 'expected a regular file');
    if (stat.size > FILE_BYTES_MAX)
      refuse(place, `expected at most ${FILE_BYTES_MAX} bytes, found ${stat.size}`);
    return readFileSync(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    return refuse(
      place,
      code === 'ENOENT' ? 'the file does not exist' : `cannot be read: ${messageOf(error)}`,
    );
  }
}

/** Turns bytes into text. @throws ConfigError when they are binary or not UTF-8. */
function decode(bytes: Uint8Array, place: string): string {
  if (bytes.includes(0)) refuse(place, 'expected UTF-8 text, found binary data (a zero byte)');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return refuse(place, 'expected UTF-8 text, found bytes that are not UTF-8');
  }
}

/** Parses text. @throws ConfigError when it is no YAML map. */
export function parseYaml(text: string, place: string): YamlSource {
  const lines = new LineCounter();
  const document = parse(text, place, lines);
  const syntax = syntaxProblems(document, place, lines);
  if (syntax.length > 0) throw new ConfigError(syntax);
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null))
    refuse(
      place,
      'the file is empty; write {} to run on the defaults, or start from config/xylen.example.yaml',
    );
  if (!isMap(root)) refuse(place, 'expected keys and values (`key: value`), found a single value or a list');
  const walk = new Walk(place, lines);
  walk.node(root, [], 0);
  return walk.source(toTree(document, place));
}

function parse(text: string, place: string, lineCounter: LineCounter) {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false, stringKeys: true });
  } catch (error) {
    if (error instanceof RangeError) return refuse(place, NESTING);
    throw error;
  }
}

/** One slip makes a parser stumble many times; only the first faults help. */
const SYNTAX_PROBLEMS_MAX = 5;
const SYNTAX_FAULTS_MAX = 100;

function syntaxProblems(document: ReturnType<typeof parse>, place: string, lines: LineCounter): Problem[] {
  const faults = [...document.errors, ...document.warnings].slice(0, SYNTAX_FAULTS_MAX);
  if (document.errors.some(({ code }) => code === 'RESOURCE_EXHAUSTION')) refuse(place, NESTING);
  const problems = faults.map(({ code, pos }): Problem => {
    const at = lines.linePos(pos[0]);
    return { place, line: at.line, column: at.col, key: '', message: syntaxMessage(code) };
  });
  const different = problems.filter(
    ({ line, column }, index) =>
      problems.findIndex((other) => other.line === line && other.column === column) === index,
  );
  return different.slice(0, SYNTAX_PROBLEMS_MAX);
}

function toTree(document: ReturnType<typeof parse>, place: string): ConfigValue {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX }) as ConfigValue;
  } catch (error) {
    if (error instanceof ReferenceError)
      return refuse(place, `expected at most ${ALIASES_MAX} repetitions of anchors`);
    throw error;
  }
}

const SYNTAX: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab cannot indent; use spaces',
  BAD_INDENT: 'the indentation does not fit the lines above, or a bracket above is still open',
  MISSING_CHAR: 'a quote, bracket, colon or comma is missing here',
  BAD_SCALAR_START: 'a value that starts with this character must be quoted',
  MULTIPLE_DOCS: 'one file holds one document; a line `---` starts a second one',
  TAG_RESOLVE_FAILED: 'tags (`!...`) are not used in this file',
  NON_STRING_KEY: 'a key is text',
  MULTILINE_IMPLICIT_KEY: 'a key must be followed by a colon on the same line',
};

function syntaxMessage(code: string): string {
  return `not valid YAML: ${SYNTAX[code] ?? `the text does not fit here (${code})`}`;
}

const pathId = (path: KeyPath): string => JSON.stringify(path);

/** Collects places and problems from the nodes of a document. */
class Walk {
  readonly #place: string;
  readonly #lines: LineCounter;
  readonly #problems: Problem[] = [];
  readonly #reported = new Set<string>();
  readonly #anchors = new Set<string>();
  readonly #keyPlaces = new Map<string, Place>();
  readonly #valuePlaces = new Map<string, Place>();

  constructor(place: string, lines: LineCounter) {
    this.#place = place;
    this.#lines = lines;
  }

  node(node: Node, path: KeyPath, depth: number): void {
    if (depth > DEPTH_MAX) refuse(this.#place, NESTING);
    this.#valuePlaces.set(pathId(path), this.#at(node.range?.[0] ?? 0));
    if (isAlias(node)) {
      this.#alias(node.source, path, this.#at(node.range?.[0] ?? 0));
      return;
    }
    if (node.anchor !== undefined) this.#anchors.add(node.anchor);
    if (isSeq<Node>(node))
      for (const [index, item] of node.items.entries()) this.node(item, [...path, index], depth + 1);
    if (!isMap<Node, Node | null>(node)) return;
    for (const pair of node.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : '?';
      const keyPath = [...path, name];
      this.#key(keyPath, name, this.#at(pair.key.range?.[0] ?? 0));
      if (pair.value !== null) this.node(pair.value, keyPath, depth + 1);
    }
  }

  source(tree: ConfigValue): YamlSource {
    const placeOf = (path: KeyPath, what: 'key' | 'value'): Place => {
      const found = (what === 'key' ? this.#keyPlaces : this.#valuePlaces).get(pathId(path));
      if (found !== undefined) return found;
      const other = (what === 'key' ? this.#valuePlaces : this.#keyPlaces).get(pathId(path));
      if (other !== undefined) return other;
      return path.length === 0 ? { line: 1, column: 1 } : placeOf(path.slice(0, -1), what);
    };
    return {
      place: this.#place,
      tree,
      problems: this.#problems,
      isReported: (path) => this.#reported.has(pathId(path)),
      placeOf,
    };
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  /** An alias repeats the value of an anchor that stands before it. */
  #alias(anchor: string, path: KeyPath, { line, column }: Place): void {
    if (this.#anchors.has(anchor)) return;
    const message = 'not valid YAML: this alias has no anchor';
    throw new ConfigError([{ place: this.#place, line, column, key: pathText(path), message }]);
  }

  #key(path: KeyPath, name: string, at: Place): void {
    const id = pathId(path);
    const first = this.#keyPlaces.get(id);
    if (first !== undefined) {
      this.#report(path, at, `the key is given twice (first in line ${first.line}); keep one of them`);
      return;
    }
    this.#keyPlaces.set(id, at);
    if (looksSecret(name)) {
      const variable = secretNameFor(path.filter((part) => typeof part === 'string'));
      this.#report(
        path,
        at,
        `secrets never stand in this file; set the environment variable ${variable} (or a line in .env)`,
      );
      this.#reported.add(id);
    }
  }

  #report(path: KeyPath, { line, column }: Place, message: string): void {
    this.#problems.push({ place: this.#place, line, column, key: pathText(path), message });
  }
}
