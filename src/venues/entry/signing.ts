/** What the signatures of venues are made of: forms, hashes, keyed hashes, private keys. Pure; keys come as text and leave in no message. */
import { createHash, createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { XylenError } from '#core';

/** Parameters in the order in which they are sent; `undefined` = left out. */
export type FormParams = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/** Returns parameters percent-encoded as `a=1&b=2`, in their order. Blanks become `%20`: a plus sign is not read as one everywhere. */
export function formText(params: FormParams): string {
  return Object.entries(params)
    .flatMap(([name, value]) =>
      value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`],
    )
    .join('&');
}

/** Returns the keyed hash of a text. */
export function hmac(
  algorithm: 'sha256' | 'sha512',
  key: string | Uint8Array,
  message: string | Uint8Array,
): Buffer {
  return createHmac(algorithm, key).update(message).digest();
}

/** Returns the SHA-256 of texts and bytes one after the other. */
export function sha256(...parts: readonly (string | Uint8Array)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** True for a private key in PEM form, also with `\n` written out as in JSON downloads. */
export function isPem(secret: string): boolean {
  return secret.includes('-----BEGIN');
}

/** Reads a private key in PEM form. @throws XY_VENUE_FAILED without a word of the key */
export function privateKey(secret: string): KeyObject {
  try {
    return createPrivateKey(secret.replaceAll('\\n', '\n'));
  } catch {
    // The cause may quote the key.
    throw new XylenError('XY_VENUE_FAILED', 'expected a private key in PEM form, found something else');
  }
}

/** Signs with an Ed25519 key. */
export function signEd25519(key: KeyObject, message: string): Buffer {
  return sign(null, Buffer.from(message), key);
}

/** Signs with an elliptic-curve key as JOSE wants it: r and s, 32 bytes each. */
export function signEs256(key: KeyObject, message: string): Buffer {
  return sign('sha256', Buffer.from(message), { key, dsaEncoding: 'ieee-p1363' });
}
