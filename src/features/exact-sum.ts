/**
 * An exact sum of products of integers, for quantities such as price x quantity over a day, which may pass 2^53. Held in two limbs, high x 2^52 +
 * low, so that adding costs no bigint while single products stay below 2^52.
 */
import { assert } from '#core';
import type { StateTape, Taped } from './state-tape.ts';

const LIMB = 2 ** 52;
const LIMB_BITS = 52n;
const LIMB_MASK = (1n << LIMB_BITS) - 1n;

/** A sum that never rounds; good up to 2^105. */
export class ExactSum implements Taped {
  #high = 0;
  #low = 0;

  /** Adds `a` x `b`, both safe integers of at least 0. */
  addProduct(a: number, b: number): void {
    const product = a * b;
    if (product < LIMB) {
      this.#add(0, product);
      return;
    }
    assert(
      Number.isSafeInteger(a) && Number.isSafeInteger(b),
      'factors of an exact product are safe integers',
    );
    const exact = BigInt(a) * BigInt(b);
    this.#add(Number(exact >> LIMB_BITS), Number(exact & LIMB_MASK));
  }

  /** Adds another sum. */
  addSum(other: ExactSum): void {
    this.#add(other.#high, other.#low);
  }

  /** Returns the sum, exactly. */
  toBigInt(): bigint {
    return (BigInt(this.#high) << LIMB_BITS) + BigInt(this.#low);
  }

  /** Returns the double nearest to the sum. */
  toNumber(): number {
    return this.#high * LIMB + this.#low;
  }

  clear(): void {
    this.#high = 0;
    this.#low = 0;
  }

  tape(tape: StateTape): void {
    this.#high = tape.number(this.#high);
    this.#low = tape.number(this.#low);
  }

  #add(high: number, low: number): void {
    this.#high += high;
    this.#low += low;
    if (this.#low >= LIMB) {
      this.#low -= LIMB;
      this.#high++;
    }
  }
}
