/**
 * Requests of Kraken's private REST interface: a form (or JSON, where orders come in lists) with the nonce in it, signed over its path and the hash of nonce
 * and body, exactly as sent. The answer is `{"error": [...], "result": ...}`. Keys stand in the signature and in one header alone.
 */
import { XylenError } from '#core';
import type { VenueId } from '#domain';
import {
  type EntryCall,
  type EntryHosts,
  type EntryKeys,
  type EntryStamp,
  type FormParams,
  formText,
  hmac,
  ReplyDoc,
  type SignedRequest,
  sha256,
} from '../../entry/index.ts';

/** The venue of this folder. */
export const VENUE: VenueId = 'kraken-spot';

/** Returns the signature of a request; `secret` is the key's secret, decoded. */
export function krakenSignature(path: string, nonce: string, body: string, secret: Uint8Array): string {
  const message = Buffer.concat([Buffer.from(path), sha256(nonce, body)]);
  return hmac('sha512', secret, message).toString('base64');
}

/** Returns the bytes of a secret as Kraken hands it out. @throws XY_VENUE_FAILED without a word of it */
export function secretBytes(secret: string): Uint8Array {
  const bytes = Buffer.from(secret, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== secret.trim())
    throw new XylenError(
      'XY_VENUE_FAILED',
      'expected the secret of a Kraken key in base64, found other text',
    );
  return bytes;
}

/** A private call before it knows hosts and keys. */
export interface CallParts<T> extends Pick<EntryCall<T>, 'name' | 'priority' | 'effect' | 'costs'> {
  /** Last part of the path, such as `AddOrder`. */
  readonly endpoint: string;
  /** All but the nonce. */
  readonly body: (stamp: EntryStamp) => { readonly form: FormParams } | { readonly json: object };
  /** Reads the member `result`. */
  readonly read: (result: ReplyDoc) => T;
}

/** Makes calls of parts. */
export class SignedCalls {
  readonly #rest: string;
  readonly #apiKey: string;
  readonly #secret: Uint8Array;

  /** @throws XY_VENUE_FAILED for a secret that is none */
  constructor(hosts: EntryHosts, keys: EntryKeys) {
    this.#rest = hosts.rest;
    this.#apiKey = keys.apiKey;
    this.#secret = secretBytes(keys.secret);
  }

  /** Returns a call that is signed anew for each stamp. */
  of<T>(parts: CallParts<T>): EntryCall<T> {
    const { name, priority, effect, costs, read } = parts;
    return {
      name,
      priority,
      effect,
      costs,
      request: (stamp) => this.#request(parts, stamp),
      parse: (body) => read(resultOf(body, name)),
    };
  }

  #request(parts: CallParts<unknown>, stamp: EntryStamp): SignedRequest {
    const path = `/0/private/${parts.endpoint}`;
    const nonce = String(stamp.nonce);
    const content = parts.body(stamp);
    const isForm = 'form' in content;
    const body = isForm ? formText({ nonce, ...content.form }) : JSON.stringify({ nonce, ...content.json });
    const headers = {
      'API-Key': this.#apiKey,
      'API-Sign': krakenSignature(path, nonce, body, this.#secret),
      'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
    };
    return { method: 'POST', url: this.#rest + path, headers, body };
  }
}

/** Returns the member `result` of an answer. @throws XY_VENUE_REPLY when there is none, or errors beside it */
export function resultOf(body: Uint8Array, what: string): ReplyDoc {
  const doc = ReplyDoc.parse(body, VENUE, what);
  const errors = doc.at('error').items();
  if (errors.some((error) => !error.text().startsWith('W'))) throw doc.at('error').fail('no errors');
  const result = doc.at('result');
  if (!result.isThere) throw result.fail('a result');
  return result;
}
