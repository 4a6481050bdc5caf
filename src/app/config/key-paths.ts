/** Ways through the definition tree: the list of all keys, the definition at a path, paths as people read them. */
import type { ConfigValue, Def, KeyDef, SectionDef } from './key.ts';

/** A place in the YAML tree: keys and list indices from the root. */
export type KeyPath = readonly (string | number)[];

/** A key of the configuration together with its path. */
export interface KeyAt {
  readonly path: readonly string[];
  /** `risk.drawdown_max`. */
  readonly name: string;
  readonly def: KeyDef<string, unknown>;
}

/** Returns every key of a section, depth first, in the order of definition. */
export function allKeys(root: SectionDef<string, unknown>, above: readonly string[] = []): KeyAt[] {
  return Object.entries(root.fields).flatMap(([name, def]) => {
    const path = [...above, name];
    return def.kind === 'section' ? allKeys(def, path) : [{ path, name: pathText(path), def }];
  });
}

/** Formats a path: `models.list[0].name`. */
export function pathText(path: KeyPath): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

/** What stands in the definition at a path: a section, a key, or an element of a key's list. */
export type DefAt =
  | { readonly kind: 'section'; readonly section: SectionDef<string, unknown> }
  | { readonly kind: 'key'; readonly key: KeyDef<string, unknown> }
  | { readonly kind: 'element'; readonly key: KeyDef<string, unknown> };

/** Returns the definition at `path`, or `undefined` when no key of that path is known. */
export function defAt(root: SectionDef<string, unknown>, path: KeyPath): DefAt | undefined {
  const [head, ...rest] = path;
  if (head === undefined) return { kind: 'section', section: root };
  const def: Def | undefined = Object.hasOwn(root.fields, head) ? root.fields[head] : undefined;
  if (def === undefined) return undefined;
  if (def.kind === 'section') return defAt(def, rest);
  if (rest.length === 0) return { kind: 'key', key: def };
  if (def.item !== undefined) return defAt(def.item, rest.slice(1));
  return { kind: 'element', key: def };
}

/** Returns the value at `path` of a plain tree, or `undefined`. */
export function valueAt(tree: ConfigValue | undefined, path: KeyPath): ConfigValue | undefined {
  let value: ConfigValue | undefined = tree;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string | number, ConfigValue>>)[part];
  }
  return value;
}

/** Builds the tree that has the given values at the given paths. */
export function treeOf(
  values: Iterable<{ readonly path: readonly string[]; readonly value: ConfigValue }>,
): ConfigValue {
  const root: { [key: string]: ConfigValue } = {};
  for (const { path, value } of values) {
    let node = root;
    for (const part of path.slice(0, -1)) {
      node[part] ??= {};
      node = node[part] as { [key: string]: ConfigValue };
    }
    const last = path.at(-1);
    if (last !== undefined) node[last] = value;
  }
  return root;
}

/** Returns the form of the entries of a by-venue section (every field a section with the same keys), or `undefined` for any other. */
export function entryForm(section: SectionDef<string, unknown>): SectionDef<string, unknown> | undefined {
  const [first, ...rest] = Object.values(section.fields);
  if (first?.kind !== 'section' || rest.length === 0) return undefined;
  const names = (def: Def) => (def.kind === 'section' ? Object.keys(def.fields).join() : '');
  return rest.every((def) => names(def) === names(first)) ? first : undefined;
}

/** Returns the values of a section when nothing is given. */
export function defaultsOf(section: SectionDef<string, unknown>): ConfigValue {
  return treeOf(allKeys(section).map(({ path, def }) => ({ path, value: def.default ?? null })));
}
