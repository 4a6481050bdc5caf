/** Turns what zod found into sentences: place, key, what is allowed, what was found, and a hint where one can be given. */
import type { z } from 'zod';
import type { ConfigValue, SectionDef } from './key.ts';
import { allKeys, type DefAt, defAt, type KeyPath, pathText, valueAt } from './key-paths.ts';
import { nearestName } from './nearest-name.ts';
import type { Problem } from './problems.ts';
import { EXACT_DIGITS_MAX, NOT_ALLOWED, type ValueType } from './value-type.ts';
import type { YamlSource } from './yaml-source.ts';

type Root = SectionDef<string, unknown>;
type Issue = z.core.$ZodIssue;

/** The tree that was checked, and the file it came from (absent when it was put together from several sources). */
export interface Checked {
  readonly tree: ConfigValue;
  readonly place: string;
  readonly source?: YamlSource;
}

/** Returns the problems that the issues stand for, without those of keys that the text check has reported already. */
export function problemsOf(issues: readonly Issue[], root: Root, checked: Checked): Problem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code !== 'unrecognized_keys') return [valueProblem(issue, path, root, checked)];
    return issue.keys
      .filter((name) => checked.source?.isReported([...path, name]) !== true)
      .map((name) => problem([...path, name], 'key', unknownMessage(path, name, root), checked));
  });
}

function problem(path: KeyPath, what: 'key' | 'value', message: string, { place, source }: Checked): Problem {
  const at = source?.placeOf(path, what);
  return { place, line: at?.line ?? null, column: at?.column ?? null, key: shown(pathText(path)), message };
}

function valueProblem(issue: Issue, path: KeyPath, root: Root, checked: Checked): Problem {
  const value = valueAt(checked.tree, path);
  const found = defAt(root, path);
  if (issue.code === 'custom' && issue.message !== NOT_ALLOWED)
    return problem(path, 'value', `${issue.message}${wasText(value)}`, checked);
  if (value === undefined)
    return problem(path, 'value', `expected ${allowedText(found)}, is missing`, checked);
  if (found === undefined || found.kind === 'section')
    return problem(path, 'value', `expected ${allowedText(found)}, was ${kindText(value)}`, checked);
  const type = typeOf(found);
  const hint = hintFor(type, value);
  return problem(path, 'value', `expected ${type.allowed}, was ${valueText(value)}${hint}`, checked);
}

function typeOf(found: Exclude<DefAt, { kind: 'section' }>): ValueType<unknown> {
  return found.kind === 'element' ? (found.key.type.element ?? found.key.type) : found.key.type;
}

function allowedText(found: DefAt | undefined): string {
  return found === undefined || found.kind === 'section'
    ? 'a section with keys of its own'
    : typeOf(found).allowed;
}

const CHARS_SHOWN_MAX = 60;

function shown(text: string): string {
  return text.length > CHARS_SHOWN_MAX ? `${text.slice(0, CHARS_SHOWN_MAX)}...` : text;
}

function wasText(value: ConfigValue | undefined): string {
  return value === undefined || typeof value === 'object' ? '' : `, was ${valueText(value)}`;
}

/** Writes a value; lists and maps only by their kind, since anything may be inside. */
function valueText(value: ConfigValue): string {
  if (typeof value === 'string') return shown(JSON.stringify(value));
  return typeof value === 'object' ? kindText(value) : String(value);
}

function kindText(value: ConfigValue): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a section';
  return typeof value === 'string' ? 'text' : String(value);
}

function hintFor(type: ValueType<unknown>, value: ConfigValue): string {
  if (typeof value === 'number' && type.unit === 'duration' && value >= 0)
    return ` (add the unit, such as ${value}s)`;
  if (type.element !== undefined && !Array.isArray(value)) return ' (write a list: [a, b])';
  if (
    typeof value === 'number' &&
    type.takesText &&
    String(value).replace(/\D/g, '').length > EXACT_DIGITS_MAX
  )
    return ` (a number beyond ${EXACT_DIGITS_MAX} digits is not exact; write it in quotes)`;
  if (typeof value !== 'string') return '';
  if (!type.takesText && /^-?\d+(\.\d+)?$/.test(value)) return ' (a number in quotes; remove the quotes)';
  const near = type.words === undefined ? undefined : nearestName(value, type.words);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

/** The longest list of siblings that a message still names one by one. */
const SIBLINGS_SHOWN_MAX = 16;

function unknownMessage(path: KeyPath, name: string, root: Root): string {
  const found = defAt(root, path);
  const siblings = found?.kind === 'section' ? Object.keys(found.section.fields) : [];
  const near = nearestName(name, siblings);
  if (near !== undefined) return `unknown key; did you mean ${near}?`;
  const elsewhere = allKeys(root).filter(({ path: other }) => isNameOf(other.at(-1), name));
  if (elsewhere.length === 1) return `unknown key here; did you mean ${elsewhere[0]?.name}?`;
  if (siblings.length <= SIBLINGS_SHOWN_MAX) return `unknown key; known here are ${siblings.join(', ')}`;
  return 'unknown key';
}

function isNameOf(known: string | undefined, name: string): boolean {
  return known !== undefined && (known === name || nearestName(name, [known]) === known);
}
