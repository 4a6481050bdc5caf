/** Settings of property tests: a fixed seed, so that a run can be repeated, unless `SEED=` asks for another. */

/** What `fc.assert` takes besides the property; fast-check prints the seed of a failure itself. */
export interface PropertySettings {
  readonly seed: number;
  readonly numRuns: number;
}

/** The seed when `SEED` is not set. */
const SEED_DEFAULT = 20_240_501;

/** Returns the settings for `fc.assert(property, propertySettings())`. */
export function propertySettings(numRuns = 200): PropertySettings {
  return { seed: testSeed(), numRuns };
}

/** Returns the seed of random tests: `SEED` or the fixed one. */
export function testSeed(): number {
  const text = process.env.SEED;
  if (text === undefined || text === '') return SEED_DEFAULT;
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`SEED is an integer >= 0, was '${text}'`);
  return seed;
}
