/**
 * The tokens that Coinbase wants with every request and every private subscription: a JWT of two minutes over method, host and path (never the query), signed with
 * the key itself (ES256) or with Ed25519 (EdDSA). A token for the stream names no path.
 */
import type { KeyObject } from 'node:crypto';
import { US_PER_SECOND, XylenError } from '#core';
import {
  type EntryKeys,
  type EntryStamp,
  isPem,
  privateKey,
  signEd25519,
  signEs256,
} from '../../entry/index.ts';

const LIFE_S = 120;
const ISSUER = 'cdp';
/** PKCS #8 of an Ed25519 key is this and its 32 bytes. Source: RFC 8410. */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const ED25519_BYTES = 32;

/** Signs tokens of one key. */
export class TokenSigner {
  readonly #keyName: string;
  readonly #key: KeyObject;
  readonly #algorithm: 'ES256' | 'EdDSA';

  /** @throws XY_VENUE_FAILED for a secret that is no key of those kinds, without a word of it */
  constructor(keys: EntryKeys) {
    this.#keyName = keys.apiKey;
    this.#key = privateKey(isPem(keys.secret) ? keys.secret : pemOfSeed(keys.secret));
    this.#algorithm = algorithmOf(this.#key);
  }

  /** Returns a token; `uri` is `METHOD host/path`, `null` for the stream. */
  token(stamp: EntryStamp, uri: string | null): string {
    const nbf = Math.floor(stamp.venueUs / US_PER_SECOND);
    const nonce = Buffer.from(stamp.random).toString('hex');
    const header = { alg: this.#algorithm, kid: this.#keyName, nonce, typ: 'JWT' };
    const claims = { sub: this.#keyName, iss: ISSUER, nbf, exp: nbf + LIFE_S };
    const text = `${base64Url(header)}.${base64Url(uri === null ? claims : { ...claims, uri })}`;
    const signature = this.#algorithm === 'ES256' ? signEs256(this.#key, text) : signEd25519(this.#key, text);
    return `${text}.${signature.toString('base64url')}`;
  }
}

function algorithmOf(key: KeyObject): 'ES256' | 'EdDSA' {
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (key.asymmetricKeyType === 'ec' && curve === 'prime256v1') return 'ES256';
  throw new XylenError(
    'XY_VENUE_FAILED',
    `expected a Coinbase key on the curve P-256 or of Ed25519, found one of type ${key.asymmetricKeyType}`,
  );
}

/** Ed25519 keys are handed out in base64: the 32 bytes of the key, with or without the 32 of its public half behind them. */
function pemOfSeed(secret: string): string {
  const bytes = Buffer.from(secret, 'base64');
  if (bytes.length !== ED25519_BYTES && bytes.length !== 2 * ED25519_BYTES)
    throw new XylenError(
      'XY_VENUE_FAILED',
      'expected a Coinbase secret as PEM or as 32 or 64 bytes of base64, found neither',
    );
  const der = Buffer.concat([ED25519_PREFIX, bytes.subarray(0, ED25519_BYTES)]);
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
}

function base64Url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
