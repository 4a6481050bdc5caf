/** The feature names behind each feature-set hash, and the JSON text that a vector of that set becomes. */
import { assert } from '#core';

/** A run uses one feature set, a few while models are exchanged. */
export const FEATURE_SETS_MAX = 64;

/** Largest number of features in a set. */
export const FEATURES_MAX = 1_024;

/** Names of features by the hash of their set. */
export class FeatureSets {
  /** For each hash: `{"first":`, `,"second":`, ... */
  readonly #prefixes = new Map<string, readonly string[]>();

  /** Makes a set known; the same set again changes nothing. */
  register(hash: string, names: readonly string[]): void {
    assert(
      names.length <= FEATURES_MAX,
      `a feature set has at most ${FEATURES_MAX} names, had ${names.length}`,
    );
    assert(new Set(names).size === names.length, `the names of feature set ${hash} are unique`);
    const prefixes = names.map((name, i) => `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`);
    const known = this.#prefixes.get(hash);
    if (known !== undefined) {
      assert(known.join('') === prefixes.join(''), `feature set ${hash} keeps its names`);
      return;
    }
    assert(this.#prefixes.size < FEATURE_SETS_MAX, `at most ${FEATURE_SETS_MAX} feature sets are registered`);
    this.#prefixes.set(hash, prefixes);
  }

  /** Returns how many features the set has; `undefined` when it was not registered. */
  sizeOf(hash: string): number | undefined {
    return this.#prefixes.get(hash)?.length;
  }

  /** Returns the JSON object of the features in `numbers[start ...]`; NaN and infinities become null. */
  jsonOf(hash: string, numbers: Float64Array, start: number): string {
    const prefixes = this.#prefixes.get(hash);
    assert(prefixes !== undefined, `feature set ${hash} is registered with the record`);
    if (prefixes.length === 0) return '{}';
    let json = '';
    for (let i = 0; i < prefixes.length; i++) {
      const value = numbers[start + i]!;
      json += prefixes[i]! + (Number.isFinite(value) ? String(value) : 'null');
    }
    return `${json}}`;
  }
}
