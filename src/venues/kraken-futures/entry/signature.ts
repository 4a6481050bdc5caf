/** Requests of Kraken futures, signed. The signature covers the parameters exactly as they are sent, the nonce, and the path without its first part. */
import {
  type EntryHosts,
  type EntryKeys,
  type EntryStamp,
  type FormParams,
  formText,
  hmac,
  KeyShield,
  type SignedRequest,
  sha256,
} from '../../entry/index.ts';

const PREFIX = '/derivatives';
const FORM = 'application/x-www-form-urlencoded';

/** A request before it is signed. */
export interface PlainRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** From the host on, such as `/derivatives/api/v3/sendorder`. */
  readonly path: string;
  readonly params: FormParams;
}

/** Holds the keys of an account; nothing else of this adapter sees them. */
export class KrakenFuturesSigner {
  /** Keeps these keys out of what is told. */
  readonly shield: KeyShield;
  readonly #rest: string;
  readonly #apiKey: string;
  readonly #secret: Uint8Array;

  constructor(hosts: EntryHosts, keys: EntryKeys) {
    this.shield = new KeyShield([keys.apiKey, keys.secret]);
    this.#rest = hosts.rest;
    this.#apiKey = keys.apiKey;
    this.#secret = Buffer.from(keys.secret, 'base64');
  }

  /** The name of the key, as the private feeds want it beside each request. */
  get apiKey(): string {
    return this.#apiKey;
  }

  /** Returns a signed request; a POST has its parameters in the body, the others in the address. */
  request({ method, params, path }: PlainRequest, stamp: EntryStamp): SignedRequest {
    const data = formText(params);
    const nonce = String(stamp.nonce);
    const signed = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : path;
    const headers = {
      APIKey: this.#apiKey,
      Nonce: nonce,
      Authent: this.sign(data + nonce + signed),
    };
    if (method === 'POST') {
      return { method, url: this.#rest + path, headers: { ...headers, 'Content-Type': FORM }, body: data };
    }
    const url = this.#rest + path + (data === '' ? '' : `?${data}`);
    return { method, url, headers, body: null };
  }

  /** Returns the signature of a text: of a request, or of the challenge of a private connection. */
  sign(text: string): string {
    return hmac('sha512', this.#secret, sha256(text)).toString('base64');
  }
}
