/** Requests of KuCoin, signed: a keyed hash over moment, method, path with its query and body, each exactly as it is sent. */
import { US_PER_MS, XylenError } from '#core';
import {
  type EntryKeys,
  type EntryStamp,
  type FormParams,
  formText,
  hmac,
  type SignedRequest,
} from '../../entry/index.ts';

/** Version of the headers; keys of version 2 and 3 are signed alike. */
const KEY_VERSION = '3';

/** So many first characters of a key are as good as the key where a text was cut. */
const KEY_HEAD = 12;

/** A request before it is signed. */
export interface PlainRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** From the host on, without a query. */
  readonly path: string;
  readonly query?: FormParams;
  /** What a POST says. */
  readonly body?: unknown;
}

/** Holds the keys of an account; nothing else of this adapter sees them. */
export class KucoinSigner {
  readonly #apiKey: string;
  readonly #secret: string;
  readonly #passphrase: string;

  constructor(keys: EntryKeys) {
    this.#apiKey = keys.apiKey;
    this.#secret = keys.secret;
    this.#passphrase = keys.passphrase;
  }

  /** Returns a signed request to a host. */
  request(host: string, { body, method, path, query = {} }: PlainRequest, stamp: EntryStamp): SignedRequest {
    const text = formText(query);
    const target = text === '' ? path : `${path}?${text}`;
    const content = body === undefined ? null : JSON.stringify(body);
    const timestamp = String(Math.floor(stamp.venueUs / US_PER_MS));
    const headers = {
      'KC-API-KEY': this.#apiKey,
      'KC-API-TIMESTAMP': timestamp,
      'KC-API-SIGN': this.#hash(timestamp + method + target + (content ?? '')),
      'KC-API-PASSPHRASE': this.#hash(this.#passphrase),
      'KC-API-KEY-VERSION': KEY_VERSION,
      'Content-Type': 'application/json',
    };
    return { method, url: host + target, headers, body: content };
  }

  /** Returns a text of the venue without our keys, should it repeat them, whole or cut off. */
  hide(text: string): string {
    return [this.#apiKey, this.#secret, this.#passphrase].reduce(withoutKey, text);
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

  #hash(text: string): string {
    return hmac('sha256', this.#secret, text).toString('base64');
  }
}

function withoutKey(text: string, key: string): string {
  if (key === '') return text;
  const rest = text.replaceAll(key, '***');
  const at = rest.indexOf(key.slice(0, KEY_HEAD));
  return at < 0 ? rest : `${rest.slice(0, at)}***`;
}
