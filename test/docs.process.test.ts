/** The documents hold what they promise: links lead somewhere, and every command that they show exists with its options. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { readTree } from '../tools/tidy.ts';
import { commandsOf, type ShownCommand } from './support/shown-commands.ts';

const ROOT = resolve(import.meta.dirname, '..');
const run = promisify(execFile);
const documents = [...readTree(ROOT)].filter(([path]) => path.endsWith('.md'));

/** Returns the text with code blocks and code spans blanked out: brackets in code are no links. */
function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
}

/** Returns the anchors that the headings of a document make. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} +(.*)$/gm);
  return new Set(
    [...headings].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

function brokenLink(path: string, target: string): string | undefined {
  if (/^(https?:|mailto:)/.test(target)) return undefined;
  const [file = '', anchor] = target.split('#');
  const full = file === '' ? join(ROOT, path) : resolve(ROOT, dirname(path), decodeURIComponent(file));
  if (!existsSync(full)) return `${path}: ${target} does not exist`;
  if (anchor === undefined || !full.endsWith('.md')) return undefined;
  return anchorsOf(readFileSync(full, 'utf8')).has(anchor)
    ? undefined
    : `${path}: ${target} has no such heading`;
}

test('every relative link leads to a file, and to a heading in it', () => {
  const broken = documents.flatMap(([path, text]) =>
    [...withoutCode(text).matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|<img[^>]+src="([^"]+)"/g)]
      .map((match) => brokenLink(path, match[1] ?? match[2] ?? ''))
      .filter((message) => message !== undefined),
  );
  assert.deepEqual(broken, []);
});

const shown = documents.flatMap(([path, text]) => commandsOf(path, text));

test('every npm command shown in a document exists', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const known = new Set(Object.keys(manifest.scripts));
  const unknown = shown.filter(({ words: [program, verb = '', name = ''] }) => {
    if (program !== 'npm' || verb === 'ci') return false;
    return verb === 'run' ? !known.has(name) : !/^(start|test)$/.test(verb) || !known.has(verb);
  });
  assert.deepEqual(
    unknown.map((command) => command.place),
    [],
  );
});

/** Asks `bin/xylen ... --help` once per command. */
class Helps {
  readonly #texts = new Map<string, Promise<string>>();

  of(...command: readonly string[]): Promise<string> {
    const key = command.join(' ');
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const text = run(join(ROOT, 'bin/xylen'), [...command, '--help'], { cwd: ROOT }).then(
      (help) => help.stdout,
    );
    this.#texts.set(key, text);
    return text;
  }
}

/** Returns the help texts in which the options of a command line may stand: global, command, and sub-command where there is one. */
async function helpFor(helps: Helps, name: string, next: string | undefined): Promise<string> {
  if (name === '') return helps.of();
  const [global, own] = await Promise.all([helps.of(), helps.of(name)]);
  const isSub = next !== undefined && /^[a-z-]+$/.test(next) && new RegExp(`^ +${next}\\b`, 'm').test(own);
  return [global, own, isSub ? await helps.of(name, next) : ''].join('\n');
}

async function problemsOf(helps: Helps, { place, words }: ShownCommand): Promise<readonly string[]> {
  const [name = '', next] = words.slice(1).filter((word) => !word.startsWith('-'));
  if (name !== '' && !existsSync(join(ROOT, `src/app/commands/${name}.ts`))) {
    return [`${place}: there is no command '${name}'`];
  }
  const help = await helpFor(helps, name, next);
  return words
    .filter((word) => word.startsWith('--'))
    .map((word) => word.split('=')[0] ?? word)
    .filter((option) => !new RegExp(`(^|[\\s,])${option}(?![\\w-])`, 'm').test(help))
    .map((option) => `${place}: no option ${option}`);
}

test('every bin/xylen command shown in a document exists with its options', async () => {
  const helps = new Helps();
  const problems: string[] = [];
  for (const command of shown) {
    if (command.words[0]?.endsWith('bin/xylen') === true)
      problems.push(...(await problemsOf(helps, command)));
  }
  assert.deepEqual(problems, []);
});
