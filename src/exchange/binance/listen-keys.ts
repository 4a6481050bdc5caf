/** The listen keys of the accounts: one each, valid for an hour unless it is prolonged. Time comes with each call. */
import { type EpochUs, type Prng, US_PER_HOUR } from '#core';

const LIFE_US = US_PER_HOUR;
const KEY_LENGTH = 64;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

interface ListenKey {
  readonly text: string;
  expiresUs: EpochUs;
}

/** The listen keys of all accounts. They are drawn from the seed, and good for simulated accounts on loopback alone. */
export class ListenKeys {
  readonly #prng: Prng;
  readonly #byAccount = new Map<number, ListenKey>();

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** Returns the key of an account; `null` when it has none. */
  of(accountIx: number): string | null {
    return this.#byAccount.get(accountIx)?.text ?? null;
  }

  /** Returns whose key it is; -1 = nobody's. */
  ownerOf(text: string): number {
    for (const [accountIx, key] of this.#byAccount) if (key.text === text) return accountIx;
    return -1;
  }

  /** Returns the key of an account, prolonged or new. */
  open(accountIx: number, nowUs: EpochUs): string {
    const expiresUs = nowUs + LIFE_US;
    const known = this.#byAccount.get(accountIx);
    if (known !== undefined) {
      known.expiresUs = expiresUs;
      return known.text;
    }
    const letters = Array.from({ length: KEY_LENGTH }, () => LETTERS[this.#prng.integer(0, LETTERS.length)]);
    const text = letters.join('');
    this.#byAccount.set(accountIx, { text, expiresUs });
    return text;
  }

  /** Ends the key of an account; returns it, or `null` when there was none. */
  close(accountIx: number): string | null {
    const text = this.of(accountIx);
    this.#byAccount.delete(accountIx);
    return text;
  }

  /** Ends the keys that are over at a moment; returns them. */
  expire(nowUs: EpochUs): string[] {
    const over = [...this.#byAccount].filter(([, key]) => key.expiresUs <= nowUs);
    for (const [accountIx] of over) this.#byAccount.delete(accountIx);
    return over.map(([, key]) => key.text);
  }
}
