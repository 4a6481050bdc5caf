/**
 * Keeps keys out of what is told: venues quote what they were sent. Two forms. `cleanText` makes one short line for a log; a `KeyShield` leaves the words as they
 * are, also knows keys that were cut off, and covers thrown errors and whole verdicts. Neither finds a key that was encoded in another way.
 */
import { XylenError } from '#core';
import type { EntryVerdict } from './entry-call.ts';

const MESSAGE_CHARS_MAX = 300;
/** So many first characters of a key are as good as the key where a text was cut. */
const KEY_HEAD = 12;

/** Returns text in one line, at most 300 characters of it and a mark that there was more, with `[key]` for each of `secrets`; empty ones count for nothing. */
export function cleanText(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== '') clean = clean.replaceAll(secret, '[key]');
  clean = clean.replaceAll(/\s+/g, ' ').trim();
  return clean.length > MESSAGE_CHARS_MAX ? `${clean.slice(0, MESSAGE_CHARS_MAX)}...` : clean;
}

/** Takes the keys of one account out of texts, errors and verdicts. */
export class KeyShield {
  readonly #keys: readonly string[];

  /** Empty keys count for nothing. */
  constructor(keys: readonly string[]) {
    this.#keys = keys.filter((key) => key !== '');
  }

  /** Returns a text of the venue with `***` for our keys, should it repeat them, whole or cut off. */
  hide(text: string): string {
    return this.#keys.reduce(withoutKey, text);
  }

  /** Runs it; an error that it throws shows no key. */
  guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof XylenError) || this.hide(error.message) === error.message) throw error;
      // Neither the text nor the cause may be handed on.
      throw new XylenError(error.code, this.hide(error.message), { fields: error.fields });
    }
  }

  /** Returns a verdict in the venue's words, without our keys should it repeat them. */
  verdict(verdict: EntryVerdict): EntryVerdict {
    if (verdict.kind === 'good') return verdict;
    const message = this.hide(verdict.message);
    if (verdict.kind !== 'refused') return { ...verdict, message };
    return { ...verdict, message, venueCode: this.hide(verdict.venueCode) };
  }
}

function withoutKey(text: string, key: string): string {
  const rest = text.replaceAll(key, '***');
  const at = rest.indexOf(key.slice(0, KEY_HEAD));
  return at < 0 ? rest : `${rest.slice(0, at)}***`;
}
