/**
 * Seeded pseudo-random numbers: sfc32 (Chris Doty-Humphrey, PractRand), seeded through splitmix32. One seed gives the same
 * numbers on every machine; independent streams come from `split`, so that one consumer never shifts another's draws.
 */
import { assert } from './assert.ts';

/** The four 32-bit words of a generator, enough to continue it elsewhere. */
export type PrngState = readonly [number, number, number, number];

/** Mixes a label into a seed (FNV-1a), so that streams are named, not numbered. */
function hashLabel(seed: number, label: string): number {
  let h = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < label.length; i++) {
    h ^= label.charCodeAt(i);
    h = Math.imul(h, 0x01000193) >>> 0;
  }
  return h;
}

/** A seeded generator; not for secrets. */
export class Prng {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /**
   * Seeds the generator with an integer in [0, 2^53). The low 32 bits decide the first word and the high bits enter before the
   * second, each by a bijection: no two seeds share a state.
   */
  constructor(seed: number) {
    assert(Number.isSafeInteger(seed) && seed >= 0, `seed is an integer in [0, 2^53), was ${seed}`);
    let s = seed >>> 0;
    const next = (): number => {
      s = (s + 0x9e3779b9) >>> 0;
      let z = s;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return (z ^ (z >>> 15)) >>> 0;
    };
    this.#a = next();
    s = (s ^ Math.floor(seed / 0x100000000)) >>> 0;
    this.#b = next();
    this.#c = next();
    this.#d = 1;
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** Returns an independent stream named `label`; draws nothing from this one. */
  split(label: string): Prng {
    const low = hashLabel(this.#a, `${label}|${this.#b}|${this.#c}|${this.#d}`);
    const high = hashLabel(this.#b ^ 0x5bd1e995, `${this.#d}|${label}`) & 0x1fffff;
    return new Prng(high * 0x100000000 + low);
  }

  /** Returns a uniform integer in [0, 2^32). */
  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    this.#c |= 0;
    return t >>> 0;
  }

  /** Returns a uniform double in [0, 1) with 53 random bits; draws 2 values. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /** Returns a uniform integer in [`lower`, `upper`); draws 2 values. */
  integer(lower: number, upper: number): number {
    if (!(upper > lower)) assert(false, `upper > lower, were ${upper} and ${lower}`);
    return lower + Math.floor(this.uniform() * (upper - lower));
  }

  /** Returns a standard normal number (Box-Muller, one of the pair); draws 4 values. */
  normal(): number {
    const u = 1 - this.uniform();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Returns an exponential number with the given mean; draws 2 values. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** Returns the state, to be given to `load` later. */
  save(): PrngState {
    return [this.#a, this.#b, this.#c, this.#d];
  }

  /** Continues from a saved state. */
  load(state: PrngState): void {
    [this.#a, this.#b, this.#c, this.#d] = state;
  }
}
