/** Requests of KuCoin, signed: a keyed hash over moment, method, path with its query and body, each exactly as it is sent. */
import { US_PER_MS } from '#core';
import {
  type EntryKeys,
  type EntryStamp,
  type FormParams,
  formText,
  hmac,
  KeyShield,
  type SignedRequest,
} from '../../entry/index.ts';

/** Version of the headers; keys of version 2 and 3 are signed alike. */
const KEY_VERSION = '3';

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
  /** Keeps these keys out of what is told. */
  readonly shield: KeyShield;
  readonly #apiKey: string;
  readonly #secret: string;
  readonly #passphrase: string;

  constructor(keys: EntryKeys) {
    this.shield = new KeyShield([keys.apiKey, keys.secret, keys.passphrase]);
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

  #hash(text: string): string {
    return hmac('sha256', this.#secret, text).toString('base64');
  }
}
