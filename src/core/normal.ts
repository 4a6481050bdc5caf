/** The standard normal distribution in double precision: density, distribution, quantile. */
import { assert } from './assert.ts';

const SQRT_2PI = Math.sqrt(2 * Math.PI);
/** Below it the series converges fast, above it the continued fraction does. */
const SERIES_LIMIT = 3;

/** Returns the density at `z`. */
export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / SQRT_2PI;
}

/**
 * Returns P(Z <= `z`), relative error about 1e-15 near the centre and 1e-13 in the tails. Marsaglia's series z + z^3/3 + z^5/(3*5) + ...
 * for |z| < 3, Laplace's continued fraction of the Mills ratio beyond (Marsaglia, "Evaluating the normal distribution", 2004).
 */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  if (z < -SERIES_LIMIT) return upperTail(-z);
  if (z > SERIES_LIMIT) return 1 - upperTail(z);
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  return 0.5 + sum * normalDensity(z);
}

/** P(Z > `z`) for z > 3. */
function upperTail(z: number): number {
  if (z > 38) return 0;
  let fraction = z;
  for (let k = 120; k >= 1; k--) fraction = z + k / fraction;
  return normalDensity(z) / fraction;
}

/** Returns the z with P(Z <= z) = `probability`, which lies in (0, 1); bisection, then Newton steps on the distribution itself. */
export function normalQuantile(probability: number): number {
  assert(probability > 0 && probability < 1, `probability lies in (0, 1), was ${probability}`);
  let low = -38;
  let high = 38;
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < probability) low = middle;
    else high = middle;
  }
  let z = (low + high) / 2;
  for (let i = 0; i < 3; i++) {
    const density = normalDensity(z);
    if (density === 0) break;
    z -= (normalCdf(z) - probability) / density;
  }
  return z;
}
