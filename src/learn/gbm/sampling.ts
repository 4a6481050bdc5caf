/** Seeded samples of rows and features, without replacement, in ascending order. */
import { assert, type Prng } from '#core';

/**
 * Returns `count` of the indices [0, `total`) in ascending order (selection sampling, Knuth vol. 2, algorithm S).
 * Draws nothing when all are taken, else one uniform number an index until the sample is full.
 */
export function sampleIndices(total: number, count: number, prng: Prng): Int32Array {
  assert(count >= 0 && count <= total, `a sample is at most the whole, was ${count} of ${total}`);
  const chosen = new Int32Array(count);
  if (count === total) {
    for (let i = 0; i < total; i++) chosen[i] = i;
    return chosen;
  }
  let taken = 0;
  for (let i = 0; taken < count; i++) {
    if (prng.uniform() * (total - i) < count - taken) chosen[taken++] = i;
  }
  return chosen;
}
