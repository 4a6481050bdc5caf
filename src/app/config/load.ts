/**
 * Loading: file, environment and defaults become one validated configuration, or one error with everything that is wrong.
 * Later sources win: default, file, environment. Reading is all that happens here; nothing is written or started.
 */
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { type Environment, readDotEnv } from './dot-env.ts';
import { problemsOf } from './issue-messages.ts';
import type { ConfigValue, SectionDef, Tighter } from './key.ts';
import { allKeys, type KeyAt, treeOf, valueAt } from './key-paths.ts';
import { ConfigError, inReadingOrder, type Problem } from './problems.ts';
import { CONFIG, type XylenConfig } from './schema.ts';
import { Secrets } from './secrets.ts';
import { readYaml, type YamlSource } from './yaml-source.ts';

/** The file that is read when none is named and it exists. */
export const CONFIG_FILE = 'xylen.yaml';
/** The file that adds to the environment; the environment itself wins. */
export const ENV_FILE = '.env';

/** What loading needs from outside. */
export interface LoadRequest {
  /** Absolute; where `xylen.yaml` and `.env` are looked for. */
  readonly cwd: string;
  /** The file named by `--config`; relative to `cwd`. */
  readonly file?: string | undefined;
  readonly environment: Environment;
}

/** Where a value comes from. */
export type ConfigSource = 'default' | 'file' | 'environment';

/** One key with the value in force. */
export interface EffectiveKey extends KeyAt {
  /** As YAML writes it. */
  readonly value: ConfigValue;
  readonly source: ConfigSource;
  /** `xylen.yaml:12`, the name of a variable, or empty for a default. */
  readonly where: string;
}

/** A valid configuration and how it came about. */
export interface LoadedConfig {
  readonly config: XylenConfig;
  /** As it was named, or `null` when there is none. */
  readonly file: string | null;
  readonly keys: readonly EffectiveKey[];
  readonly secrets: Secrets;
}

/** Every key of the definition, in order. */
export const KEYS: readonly KeyAt[] = allKeys(CONFIG);

/** Loads the configuration. @throws ConfigError (XY_CONFIG_INVALID) with all problems, each with its place, key, value and what is allowed. */
export function loadConfig(request: LoadRequest): LoadedConfig {
  const environment = { ...readDotEnv(join(request.cwd, ENV_FILE), ENV_FILE), ...request.environment };
  const secrets = Secrets.fromEnvironment(environment);
  const file = request.file ?? (existsSync(join(request.cwd, CONFIG_FILE)) ? CONFIG_FILE : null);
  const source =
    file === null ? undefined : readYaml(isAbsolute(file) ? file : join(request.cwd, file), file);
  const ofFile = checkedFile(source);
  const keys = withOverrides(
    KEYS.map((at) => effective(at, ofFile, source)),
    environment,
  );
  const config = configOfKeys(keys, source?.place ?? 'environment');
  refuseUnguardedHost(config, source, secrets);
  return { config, file, keys, secrets };
}

/**
 * Returns the config that a list of keys makes; used again by a reload, which mixes old and new values.
 * @throws ConfigError when the values do not fit each other.
 */
export function configOfKeys(keys: readonly EffectiveKey[], place: string): XylenConfig {
  const tree = treeOf(keys);
  const parsed = CONFIG.schema.safeParse(tree);
  if (parsed.success) return parsed.data;
  throw new ConfigError(problemsOf(parsed.error.issues, CONFIG, { tree, place }));
}

/** Validates the file by itself. @throws ConfigError */
function checkedFile(source: YamlSource | undefined): ConfigValue {
  if (source === undefined) return {};
  const tree = withoutEmptySections(source.tree, CONFIG);
  const parsed = CONFIG.schema.safeParse(tree);
  const issues = parsed.success
    ? []
    : problemsOf(parsed.error.issues, CONFIG, { tree, place: source.place, source });
  const problems = [...source.problems, ...issues];
  if (problems.length > 0) throw new ConfigError(inReadingOrder(problems));
  return tree;
}

/** `risk:` with nothing below it (all its keys commented out) is YAML's null; it means a section without changes. */
function withoutEmptySections(tree: ConfigValue, section: SectionDef<string, unknown>): ConfigValue {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => {
      const def = Object.hasOwn(section.fields, name) ? section.fields[name] : undefined;
      if (def?.kind !== 'section') return [name, value];
      return [name, value === null ? {} : withoutEmptySections(value, def)];
    }),
  );
}

function effective(at: KeyAt, tree: ConfigValue, source: YamlSource | undefined): EffectiveKey {
  const value = valueAt(tree, at.path);
  if (value === undefined)
    return { ...at, value: filled(at.def, at.def.default ?? null), source: 'default', where: '' };
  const where = source === undefined ? '' : `${source.place}:${source.placeOf(at.path, 'key').line}`;
  return { ...at, value: filled(at.def, value), source: 'file', where };
}

/** Writes the defaults of records out, so that what is shown and compared is complete. */
function filled({ item }: KeyAt['def'], value: ConfigValue): ConfigValue {
  if (item === undefined || !Array.isArray(value)) return value;
  const defaults = Object.entries(item.fields).flatMap(([name, def]) =>
    def.kind === 'key' && def.default !== undefined ? [[name, def.default] as const] : [],
  );
  return value.map((record: ConfigValue) => ({ ...Object.fromEntries(defaults), ...(record as object) }));
}

/** Lets the environment variables of the keys override them. @throws ConfigError when one is not valid, or looser than a limit. */
function withOverrides(keys: readonly EffectiveKey[], environment: Environment): EffectiveKey[] {
  const problems: Problem[] = [];
  const overridden = keys.map((key): EffectiveKey => {
    const variable = key.def.env;
    const text = variable === undefined ? undefined : environment[variable];
    if (variable === undefined || text === undefined || text === '') return key;
    const to: EffectiveKey = {
      ...key,
      value: valueOfText(key, text),
      source: 'environment',
      where: variable,
    };
    const message = overrideProblem(key, to);
    if (message === undefined) return to;
    problems.push({ place: 'environment', line: null, column: null, key: variable, message });
    return key;
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return overridden;
}

/** Variables are text; those of number keys are read as numbers where they are ones. */
function valueOfText({ def }: EffectiveKey, text: string): ConfigValue {
  return typeof def.default === 'number' && /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function overrideProblem(from: EffectiveKey, to: EffectiveKey): string | undefined {
  const was = JSON.stringify(to.value).slice(0, 60);
  if (!to.def.schema.safeParse(to.value).success)
    return `expected ${to.def.type.allowed}, was ${was} (it overrides ${to.name})`;
  if (to.def.tighter === undefined || !isLooser(from, to, to.def.tighter)) return undefined;
  const origin = from.where === '' ? 'the default' : from.where;
  return `may only tighten ${from.name}, which is ${JSON.stringify(from.value)} (${origin}), was ${was}`;
}

/** True when `to` allows more risk than `from`; `null` is no limit at all. */
export function isLooser(from: EffectiveKey, to: EffectiveKey, tighter: Tighter): boolean {
  const [before, after] = [limitOf(from), limitOf(to)];
  return tighter === 'lower' ? after > before : after < before;
}

/** Limits are numbers in the house's units, decimal text (money) or null (none). */
function limitOf({ def, value }: EffectiveKey): number {
  const parsed = def.schema.parse(value);
  return parsed === null ? Number.POSITIVE_INFINITY : Number(parsed);
}

const LOOPBACK = /^(localhost|::1|127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;

/** A server that other machines can reach needs a token. */
function refuseUnguardedHost(config: XylenConfig, source: YamlSource | undefined, secrets: Secrets): void {
  const { host } = config.monitoring;
  if (LOOPBACK.test(host) || secrets.has('XYLEN_API_TOKEN')) return;
  const at = source?.placeOf(['monitoring', 'host'], 'value');
  const message = `expected a loopback address (127.0.0.1, ::1, localhost) or the environment variable XYLEN_API_TOKEN, was ${JSON.stringify(host)}`;
  throw new ConfigError([
    {
      place: source?.place ?? 'default',
      line: at?.line ?? null,
      column: at?.column ?? null,
      key: 'monitoring.host',
      message,
    },
  ]);
}
