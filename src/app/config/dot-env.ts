/**
 * `.env` files: `NAME=value` lines. Strict, because a line that is silently skipped is a secret that is silently missing.
 * Values are never part of a message.
 */
import { readFileSync } from 'node:fs';
import { messageOf } from '#core';
import { ConfigError, type Problem } from './problems.ts';

/** Names and values of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

const BYTES_MAX = 64 * 1024;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Reads a `.env` file; `{}` when there is none. @throws ConfigError with every line that is wrong. */
export function readDotEnv(path: string, place: string): Environment {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError([
      { place, line: null, column: null, key: '', message: `cannot be read: ${messageOf(error)}` },
    ]);
  }
  if (text.length > BYTES_MAX)
    throw new ConfigError([
      { place, line: null, column: null, key: '', message: `expected at most ${BYTES_MAX} characters` },
    ]);
  return parseDotEnv(text, place);
}

/**
 * Parses the text of a `.env` file: blank lines, `# comments`, an optional `export `, then `NAME=value`. A value in double quotes may
 * span lines and knows `\n`, `\r`, `\t`, `\"`, `\\`; one in single quotes is taken as it stands; a bare one ends before ` #`.
 */
export function parseDotEnv(text: string, place: string): Environment {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const values: Record<string, string> = {};
  const problems: Problem[] = [];
  const report = (line: number, key: string, message: string): void => {
    problems.push({ place, line, column: 1, key, message });
  };
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (/^\s*(#|$)/.test(line)) continue;
    const start = i + 1;
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(line);
    if (match === null) {
      report(start, '', 'expected NAME=value, a comment or a blank line');
      continue;
    }
    const [, name = '', rest = ''] = match;
    let written = rest;
    while (isOpen(written) && i + 1 < lines.length) written += `\n${lines[++i] ?? ''}`;
    const value = unquoted(written);
    if (value === undefined)
      report(start, name, 'the quotes do not fit: close them and write nothing but a comment after them');
    else if (Object.hasOwn(values, name)) report(start, name, 'the name is given twice');
    else values[name] = value;
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values;
}

/** True while a quoted value still waits for its closing quote. */
function isOpen(written: string): boolean {
  if (written.startsWith("'")) return written.indexOf("'", 1) < 0;
  return written.startsWith('"') && !/^"(?:[^"\\]|\\[\s\S])*"/.test(written);
}

function unquoted(written: string): string | undefined {
  if (written.startsWith("'")) return /^'([^']*)'\s*(?:#.*)?$/.exec(written)?.[1];
  if (written.startsWith('"')) {
    const inner = /^"((?:[^"\\]|\\[\s\S])*)"\s*(?:#.*)?$/.exec(written)?.[1];
    return inner?.replace(/\\([\s\S])/g, (_, char: string) => ESCAPES[char] ?? char);
  }
  return written.replace(/\s+#.*$/, '').trim();
}
