/** Requests of Coinbase's Advanced Trade REST interface, each with a token of its own. What changes something is JSON in the body, what asks stands in the query. */
import type { VenueId } from '#domain';
import {
  type EntryCall,
  type EntryHosts,
  type EntryKeys,
  type EntryStamp,
  ReplyDoc,
  type SignedRequest,
} from '../../entry/index.ts';
import { TokenSigner } from './jwt.ts';
import { QUESTION } from './limits.ts';

/** The venue of this folder. */
export const VENUE: VenueId = 'coinbase';

const ROOT = '/api/v3/brokerage';

/** Parameters of a query in their order; names may come again. */
export type Query = readonly (readonly [name: string, value: string])[];

/** A call before it knows hosts and keys. */
export interface CallParts<T> extends Pick<EntryCall<T>, 'name' | 'priority' | 'effect'> {
  readonly method: 'GET' | 'POST';
  /** Behind the root, such as `/orders`. */
  readonly path: string;
  readonly query?: Query;
  readonly json?: object;
  readonly read: (reply: ReplyDoc) => T;
}

/** Makes calls of parts. */
export class SignedCalls {
  readonly #rest: string;
  readonly #host: string;
  readonly #signer: TokenSigner;

  constructor(hosts: EntryHosts, signer: TokenSigner) {
    this.#rest = hosts.rest;
    this.#host = new URL(hosts.rest).host;
    this.#signer = signer;
  }

  /** Returns a call that is signed anew for each stamp. */
  of<T>(parts: CallParts<T>): EntryCall<T> {
    const { effect, name, priority, read } = parts;
    return {
      name,
      priority,
      effect,
      costs: QUESTION,
      request: (stamp) => this.#request(parts, stamp),
      parse: (body) => read(ReplyDoc.parse(body, VENUE, name)),
    };
  }

  /** The venue's clock, which needs no token. */
  serverTime(read: (reply: ReplyDoc) => number): EntryCall<number> {
    const call = this.of({
      name: 'server-time',
      priority: 'query',
      effect: 'read',
      method: 'GET',
      path: '/time',
      read,
    });
    const url = `${this.#rest}${ROOT}/time`;
    return { ...call, request: () => ({ method: 'GET', url, headers: NOT_CACHED, body: null }) };
  }

  #request({ json, method, path, query = [] }: CallParts<unknown>, stamp: EntryStamp): SignedRequest {
    const token = this.#signer.token(stamp, `${method} ${this.#host}${ROOT}${path}`);
    const text = query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
    const url = `${this.#rest}${ROOT}${path}${text === '' ? '' : `?${text}`}`;
    const headers = { Authorization: `Bearer ${token}`, ...NOT_CACHED };
    if (json === undefined) return { method, url, headers, body: null };
    return {
      method,
      url,
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(json),
    };
  }
}

/** Answers about an account are of now. */
const NOT_CACHED = { 'Cache-Control': 'no-cache' };

/** Returns the signer of tokens and the calls made with it. @throws XY_VENUE_FAILED for a key that cannot be used */
export function signedCalls(
  hosts: EntryHosts,
  keys: EntryKeys,
): { readonly calls: SignedCalls; readonly signer: TokenSigner } {
  const signer = new TokenSigner(keys);
  return { calls: new SignedCalls(hosts, signer), signer };
}
