/**
 * Requests of Binance's private REST interface: parameters percent-encoded, stamped, signed over exactly the text that is sent, the signature last. What
 * changes something goes in the body, what asks in the query. Nothing is sent here; keys stand in the signature and one header alone.
 */
import { sign as signWith } from 'node:crypto';
import { US_PER_MS, XylenError } from '#core';
import type { VenueId } from '#domain';
import {
  type EntryCall,
  type EntryHosts,
  type EntryKeys,
  type EntryStamp,
  type FormParams,
  formText,
  hmac,
  isPem,
  privateKey,
  type SignedRequest,
  signEd25519,
} from '../../entry/index.ts';

/** The venue of this folder. */
export const VENUE: VenueId = 'binance-usdm';

/** A request older than that when it arrives is refused (-1021). The venue's default and its advice; more lets late orders through. */
const RECV_WINDOW_MS = 5_000;

/** Signs the text of a request: lower-case hex of HMAC keys, base64 of private keys. */
export type PayloadSigner = (payload: string) => string;

/** Returns the signer of a secret: PEM is an Ed25519 or RSA key, anything else an HMAC secret. @throws XY_VENUE_FAILED for other keys */
export function signerOf(secret: string): PayloadSigner {
  if (!isPem(secret)) return (payload) => hmac('sha256', secret, payload).toString('hex');
  const key = privateKey(secret);
  if (key.asymmetricKeyType === 'ed25519') return (payload) => signEd25519(key, payload).toString('base64');
  if (key.asymmetricKeyType === 'rsa')
    return (payload) => signWith('sha256', Buffer.from(payload), key).toString('base64');
  throw new XylenError(
    'XY_VENUE_FAILED',
    `expected an Ed25519 or RSA key in PEM form, found one of type ${key.asymmetricKeyType}`,
  );
}

/** A call before it knows hosts and keys. */
export interface CallParts<T> extends Pick<EntryCall<T>, 'name' | 'priority' | 'effect' | 'costs' | 'parse'> {
  readonly method: SignedRequest['method'];
  readonly path: string;
  readonly params: FormParams;
  /** `signed` unless the venue wants the key's header alone, or nothing at all. */
  readonly security?: 'signed' | 'key' | 'open';
  /** True for what is asked of the host of the wallet. */
  readonly isAtKeysHost?: boolean;
}

/** Makes calls of parts. */
export class SignedCalls {
  readonly #rest: string;
  readonly #keysHost: string | undefined;
  readonly #apiKey: string;
  readonly #sign: PayloadSigner;

  /** @throws XY_VENUE_FAILED for a private key that cannot be used */
  constructor(hosts: EntryHosts, keys: EntryKeys) {
    this.#rest = hosts.rest;
    this.#keysHost = hosts.keys;
    this.#apiKey = keys.apiKey;
    this.#sign = signerOf(keys.secret);
  }

  /** True when the host is known that tells what a key may do. */
  get hasKeysHost(): boolean {
    return this.#keysHost !== undefined;
  }

  /** Returns a call that is signed anew for each stamp. */
  of<T>(parts: CallParts<T>): EntryCall<T> {
    const { name, priority, effect, costs, parse } = parts;
    return { name, priority, effect, costs, parse, request: (stamp) => this.#request(parts, stamp) };
  }

  #request(parts: CallParts<unknown>, stamp: EntryStamp): SignedRequest {
    const { method, security = 'signed' } = parts;
    const url = (parts.isAtKeysHost === true ? (this.#keysHost ?? this.#rest) : this.#rest) + parts.path;
    const text = security === 'signed' ? this.#signed(parts.params, stamp) : formText(parts.params);
    const headers: Record<string, string> = security === 'open' ? {} : { 'X-MBX-APIKEY': this.#apiKey };
    if (text === '') return { method, url, headers, body: null };
    if (method === 'GET' || method === 'DELETE')
      return { method, url: `${url}?${text}`, headers, body: null };
    headers['Content-Type'] = 'application/x-www-form-urlencoded';
    return { method, url, headers, body: text };
  }

  /** Escaped before it is signed: symbols may be of any script, and the venue signs what it got. */
  #signed(params: FormParams, stamp: EntryStamp): string {
    const timestamp = Math.floor(stamp.venueUs / US_PER_MS);
    const payload = formText({ ...params, recvWindow: RECV_WINDOW_MS, timestamp });
    return `${payload}&signature=${encodeURIComponent(this.#sign(payload))}`;
  }
}
