/** The example file: every key with its default, described in comments. */
import type { Fields, KeyDef, SectionDef } from './key.ts';
import { defaultsOf, entryForm } from './key-paths.ts';
import { CONFIG } from './schema.ts';
import { inlineYaml, yamlAfterKey } from './yaml-text.ts';

const HEADER = `# yaml-language-server: $schema=./xylen.schema.json
#
# Configuration of Xylen: every key with its default. Copy it to xylen.yaml in the working directory, or name it with --config, and keep
# what you change; a key that is left out has its default. Check it with 'xylen config check'.
# Durations carry their unit (us, ms, s, m, h, d, w), ratios are fractions, fees are basis points (0.01 %), days begin at 00:00 UTC.
# Secrets never stand here but in the environment or in .env. Reference: docs/configuration.md.
#
# This file is generated from src/app/config; a test fails when the two differ.
`;
const WIDTH = 118;

/** Returns `config/xylen.example.yaml`. */
export function exampleFileText(): string {
  return `${HEADER}${fieldLines(CONFIG.fields, '').join('\n')}\n`;
}

function fieldLines(fields: Fields, indent: string): string[] {
  return Object.entries(fields).flatMap(([name, def]) =>
    def.kind === 'section' ? sectionLines(name, def, indent) : keyLines(name, def, indent),
  );
}

function sectionLines(name: string, def: SectionDef<string, unknown>, indent: string): string[] {
  const form = entryForm(def);
  const head = [
    ...comment(`${def.doc}.`, indent),
    ...recordLines(form, indent, 'default by venue'),
    `${indent}${name}:`,
  ];
  if (form === undefined) return ['', ...head, ...fieldLines(def.fields, `${indent}  `)];
  const entries = Object.entries(def.fields).flatMap(([field, entry]) =>
    entry.kind === 'section' ? [`${indent}  ${field}: ${inlineYaml(defaultsOf(entry))}`] : [],
  );
  return ['', ...head, ...entries];
}

function keyLines(name: string, def: KeyDef<string, unknown>, indent: string): string[] {
  const gap = indent === '' ? [''] : [];
  const value = `${indent}${name}:${yamlAfterKey(def.default ?? null, indent)}`;
  return [...gap, ...comment(keyText(def), indent), ...recordLines(def.item, indent), value];
}

/** Describes the keys of records, or of the entries of a by-venue section, once for all of them. */
function recordLines(
  form: SectionDef<string, unknown> | undefined,
  indent: string,
  fallback?: string,
): string[] {
  return Object.entries(form?.fields ?? {}).flatMap(([field, def]) =>
    def.kind === 'key' ? comment(`${field}: ${keyText(def, fallback)}`, indent, '  ') : [],
  );
}

/** Returns the sentence, what is allowed in which unit, the default, and what a reload does. */
function keyText(def: KeyDef<string, unknown>, fallback = defaultText(def)): string {
  const { doc, type, reloadable, env } = def;
  const unit = type.unit === '' || type.allowed.includes(type.unit) ? '' : ` (${type.unit})`;
  const extras = [
    ...(reloadable ? ['reloadable'] : []),
    ...(env === undefined ? [] : [`the environment variable ${env} comes first`]),
  ];
  return `${doc}. ${[`${capital(type.allowed)}${unit}`, fallback, ...extras].join('; ')}.`;
}

function defaultText({ default: value }: KeyDef<string, unknown>): string {
  return value === undefined ? 'must be given' : `default ${inlineYaml(value)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Breaks a text into comment lines; `hang` indents it within the comment. */
function comment(text: string, indent: string, hang = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + hang.length + line.length + word.length + 3 > WIDTH) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((part) => `${indent}# ${hang}${part}`);
}
