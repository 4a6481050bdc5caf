/**
 * Changing the configuration of a running program. All or nothing: a file that is not valid, or that loosens a limit, changes nothing.
 * Keys that cannot change in a running program keep their old value and are named. Sees the file and the environment, not the engine:
 * listeners take the new config over between two decision cycles.
 */
import { canonicalJson } from '#core';
import type { ConfigValue } from './key.ts';
import { configOfKeys, type EffectiveKey, isLooser, type LoadedConfig } from './load.ts';
import { ConfigError, problemLine } from './problems.ts';
import type { XylenConfig } from './schema.ts';

/** One key, old and new, as YAML writes them. */
export interface ConfigChange {
  readonly key: string;
  readonly from: ConfigValue;
  readonly to: ConfigValue;
}

/** What a reload came to. */
export type ReloadOutcome =
  | { readonly kind: 'unchanged' }
  /** `changes` are in force; `restartNeeded` are in the file but not in force. */
  | {
      readonly kind: 'applied';
      readonly changes: readonly ConfigChange[];
      readonly restartNeeded: readonly ConfigChange[];
    }
  /** Only keys that need a restart differ; nothing was applied. */
  | { readonly kind: 'restart-needed'; readonly restartNeeded: readonly ConfigChange[] }
  /** Nothing was applied. */
  | {
      readonly kind: 'rejected';
      readonly reason: 'invalid' | 'loosening';
      readonly errors: readonly string[];
    };

/** Called after each reload that changed something. */
export type AppliedListener = (config: XylenConfig, changes: readonly ConfigChange[]) => void;

/** Holds the configuration in force. */
export class ConfigReloader {
  readonly #load: () => LoadedConfig;
  readonly #listeners = new Set<AppliedListener>();
  #keys: readonly EffectiveKey[];
  #config: XylenConfig;

  /** `initial` is what the program started with; `load` reads the same sources again and throws ConfigError when they are not valid. */
  constructor(initial: LoadedConfig, load: () => LoadedConfig) {
    this.#load = load;
    this.#keys = initial.keys;
    this.#config = initial.config;
  }

  /** The configuration in force. */
  get config(): XylenConfig {
    return this.#config;
  }

  /** Registers `listener`; the returned function removes it. */
  onApplied(listener: AppliedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the sources again and applies what may be applied. */
  reload(): ReloadOutcome {
    let next: readonly EffectiveKey[];
    try {
      next = this.#load().keys;
    } catch (error) {
      return invalid(error);
    }
    const changed = pairs(this.#keys, next).filter(([from, to]) => !isEqual(from, to));
    const loosened = changed.filter(([from, to]) => from.def.reloadable && isLoosening(from, to));
    if (loosened.length > 0)
      return { kind: 'rejected', reason: 'loosening', errors: loosened.map(looseningText) };
    const restartNeeded = changed.filter(([from]) => !from.def.reloadable).map(changeOf);
    const applied = changed.filter(([from]) => from.def.reloadable);
    if (applied.length === 0)
      return restartNeeded.length === 0 ? { kind: 'unchanged' } : { kind: 'restart-needed', restartNeeded };
    return this.#apply(applied, restartNeeded);
  }

  #apply(applied: readonly KeyPair[], restartNeeded: readonly ConfigChange[]): ReloadOutcome {
    const byName = new Map(applied.map(([from, to]) => [from.name, to]));
    const keys = this.#keys.map((key) => byName.get(key.name) ?? key);
    try {
      this.#config = configOfKeys(keys, 'with the keys that need a restart left as they are');
    } catch (error) {
      return invalid(error);
    }
    this.#keys = keys;
    const changes = applied.map(changeOf);
    for (const listener of this.#listeners) listener(this.#config, changes);
    return { kind: 'applied', changes, restartNeeded };
  }
}

type KeyPair = readonly [from: EffectiveKey, to: EffectiveKey];

function invalid(error: unknown): ReloadOutcome {
  if (!(error instanceof ConfigError)) throw error;
  return { kind: 'rejected', reason: 'invalid', errors: error.problems.map(problemLine) };
}

/** Both lists come from the same definition, in its order. */
function pairs(from: readonly EffectiveKey[], to: readonly EffectiveKey[]): KeyPair[] {
  return from.flatMap((key, index) => {
    const other = to[index];
    return other === undefined ? [] : [[key, other] as const];
  });
}

/** `60s` and `1m` are equal. */
function isEqual(from: EffectiveKey, to: EffectiveKey): boolean {
  return canonicalJson(from.def.schema.parse(from.value)) === canonicalJson(to.def.schema.parse(to.value));
}

function isLoosening(from: EffectiveKey, to: EffectiveKey): boolean {
  return from.def.tighter !== undefined && isLooser(from, to, from.def.tighter);
}

function looseningText([from, to]: KeyPair): string {
  const where = to.where === '' ? 'default' : to.where;
  return `${where}: ${from.name}: a running program only takes over a tighter limit, was ${JSON.stringify(from.value)}, would be ${JSON.stringify(to.value)}; restart to loosen it`;
}

function changeOf([from, to]: KeyPair): ConfigChange {
  return { key: from.name, from: from.value, to: to.value };
}
