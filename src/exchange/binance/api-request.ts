/**
 * A request as the venue reads it: parameters from the query and from a form body (the query counts where both have one), the text that a
 * signature covers, the key. It knows no endpoint. Invariant: the signed text is what was sent, byte for byte, without its signature.
 */
import type { ServedRequest } from '#net';
import { type ApiRefusal, isRefusal, refuse, refuseWith } from './api-refusal.ts';

/** A request that could be read. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly params: ReadonlyMap<string, string>;
  /** Query and body one after the other, without the signature. */
  readonly signedText: string;
  /** As sent, percent-decoded; `null` = none. */
  readonly signature: string | null;
  /** Empty when no key was sent. */
  readonly apiKey: string;
}

/** Bytes of query and body together; the longest honest request, a batch of five orders, has about 2,000. */
const TEXT_LENGTH_MAX = 16_384;
const PARAMS_MAX = 64;
const ENCODED = /[%+]/;

/** Reads a request; a refusal when it is too long, malformed or says a thing twice. */
export function readRequest(request: ServedRequest): ApiRequest | ApiRefusal {
  const { body, headers, method, path, query } = request;
  if (query.length + body.length > TEXT_LENGTH_MAX)
    return refuseWith('-1130', `A request has at most ${TEXT_LENGTH_MAX} characters.`, 413);
  const params = new Map<string, string>();
  // A JSON body carries no parameters here: clients that send one sign and send their query.
  const isForm = !/^\s*[{[]/.test(body);
  for (const text of isForm ? [query, body] : [query]) {
    const read = readPairs(text);
    if (isRefusal(read)) return read;
    for (const [name, value] of read) if (!params.has(name)) params.set(name, value);
  }
  const signature = params.get('signature') ?? null;
  params.delete('signature');
  const signedText = withoutSignature(query) + (isForm ? withoutSignature(body) : body);
  const apiKey = (headers['x-mbx-apikey'] ?? '').trim();
  return { method, path, params, signedText, signature, apiKey };
}

function readPairs(text: string): Map<string, string> | ApiRefusal {
  const pairs = new Map<string, string>();
  if (text === '') return pairs;
  const parts = text.split('&');
  if (parts.length > PARAMS_MAX) return refuseWith('-1101', `Too many parameters; at most ${PARAMS_MAX}.`);
  for (const part of parts) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = decoded(at === -1 ? part : part.slice(0, at));
    const value = decoded(at === -1 ? '' : part.slice(at + 1));
    if (name === null || value === null) return refuse('-1100', name ?? 'name', 'percent-encoded UTF-8');
    if (pairs.has(name)) return refuse('-1101');
    pairs.set(name, value);
  }
  return pairs;
}

/** Returns form text in plain; `null` when it is no valid percent-encoding. */
function decoded(text: string): string | null {
  if (!ENCODED.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // Whatever cannot be decoded is told to the client as such.
    return null;
  }
}

function withoutSignature(text: string): string {
  if (text === '') return text;
  return text
    .split('&')
    .filter((part) => !part.startsWith('signature='))
    .join('&');
}
