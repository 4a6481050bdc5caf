/**
 * Whose request it is: the keys of the accounts, HMAC-SHA256, Ed25519 or RSA, and the check of a signature over what was sent. Keys are found by digest, signatures
 * compared in constant time; secrets leave in no message. Invariant: a key belongs to one account.
 */
import {
  createHmac,
  createPublicKey,
  createSecretKey,
  hash,
  type KeyObject,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { assert, XylenError } from '#core';

/** A key of an account. */
export type ApiCredential =
  | { readonly kind: 'hmac'; readonly apiKey: string; readonly secret: string }
  | { readonly kind: 'ed25519' | 'rsa'; readonly apiKey: string; readonly publicKeyPem: string };

/** Keys of all accounts together. */
const KEYS_MAX = 1_024;
/** What a key may look like; anything else has no valid format. */
const KEY_FORM = /^[A-Za-z0-9_-]{8,128}$/;

interface KnownKey {
  readonly digest: Buffer;
  readonly accountIx: number;
  readonly canLogOn: boolean;
  readonly isSigned: (text: string, signature: string) => boolean;
}

/** The keys of the accounts. */
export class KeyRing {
  readonly #keys: readonly KnownKey[];
  readonly #placeOf: ReadonlyMap<string, number>;

  /** Takes the keys of each account, in order. @throws XY_CONFIG_INVALID for a bad or repeated key. */
  constructor(accounts: readonly (readonly ApiCredential[])[]) {
    this.#keys = accounts.flatMap((keys, accountIx) => keys.map((key) => known(key, accountIx)));
    this.#placeOf = new Map(this.#keys.map((key, at) => [key.digest.toString('latin1'), at]));
    if (this.#placeOf.size !== this.#keys.length || this.#keys.length > KEYS_MAX)
      throw new XylenError('XY_CONFIG_INVALID', `at most ${KEYS_MAX} API keys, each of one account`);
  }

  /**
   * Returns the key's place in the ring: `null` = its form is not valid, -1 = nobody's. It is found by its digest, which nobody can choose: how long that takes
   * says nothing of the keys.
   */
  find(apiKey: string): number | null {
    if (!KEY_FORM.test(apiKey)) return null;
    return this.#placeOf.get(digestOf(apiKey).toString('latin1')) ?? -1;
  }

  /** Returns the account of a key in the ring. */
  accountIxOf(at: number): number {
    return this.#at(at).accountIx;
  }

  /** True for a key with which a socket can log on: a pair of keys, not a secret. */
  canLogOn(at: number): boolean {
    return this.#at(at).canLogOn;
  }

  /** True when a signature is the key's for a text. */
  isSigned(at: number, text: string, signature: string): boolean {
    return this.#at(at).isSigned(text, signature);
  }

  #at(at: number): KnownKey {
    const key = this.#keys[at];
    assert(key !== undefined, `a key stands in the ring, was ${at}`);
    return key;
  }
}

function known(credential: ApiCredential, accountIx: number): KnownKey {
  const { apiKey } = credential;
  if (!KEY_FORM.test(apiKey))
    throw new XylenError('XY_CONFIG_INVALID', 'an API key has 8 to 128 letters, digits, - or _');
  const digest = digestOf(apiKey);
  if (credential.kind === 'hmac') {
    const secret = createSecretKey(credential.secret, 'utf8');
    return {
      digest,
      accountIx,
      canLogOn: false,
      isSigned: (text, signature) => isHmac(secret, text, signature),
    };
  }
  const key = publicKeyOf(credential.publicKeyPem, credential.kind);
  const algorithm = credential.kind === 'rsa' ? 'sha256' : null;
  return {
    digest,
    accountIx,
    canLogOn: true,
    isSigned: (text, signature) => isSignedBy(key, algorithm, text, signature),
  };
}

function publicKeyOf(pem: string, kind: 'ed25519' | 'rsa'): KeyObject {
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === kind) return key;
  } catch (cause) {
    throw new XylenError('XY_CONFIG_INVALID', `expected a public key of kind ${kind} in PEM form`, { cause });
  }
  throw new XylenError(
    'XY_CONFIG_INVALID',
    `expected a public key of kind ${kind}, found another kind of key`,
  );
}

function isHmac(secret: KeyObject, text: string, signature: string): boolean {
  const expected = createHmac('sha256', secret).update(text).digest();
  const given = /^[0-9a-fA-F]{64}$/.test(signature) ? Buffer.from(signature, 'hex') : Buffer.alloc(32);
  return timingSafeEqual(expected, given);
}

/** Ed25519 signs the text itself, RSA (PKCS #1 v1.5) its SHA-256. */
function isSignedBy(key: KeyObject, algorithm: 'sha256' | null, text: string, signature: string): boolean {
  // A plus sign in a query that was not percent-encoded is read as a blank.
  const bytes = Buffer.from(signature.replaceAll(' ', '+'), 'base64');
  return bytes.length > 0 && verify(algorithm, Buffer.from(text), key, bytes);
}

function digestOf(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
