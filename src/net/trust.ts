/** Whom a client of TLS trusts. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { messageOf, XylenError } from '#core';

/** Returns a context that trusts an authority in PEM besides the usual ones. @throws XY_CONFIG_INVALID when the text is none. */
export function trustBesides(authority: string): SecureContext {
  const found = authority.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    // OpenSSL passes over what it cannot read without a word, and then nobody would be trusted.
    for (const text of found) new X509Certificate(text);
    if (found.length === 0) throw new Error('there is no certificate in it');
    return createSecureContext({ ca: [...getCACertificates('default'), ...found] });
  } catch (cause) {
    const message = `expected a certificate authority in PEM: ${messageOf(cause)}`;
    throw new XylenError('XY_CONFIG_INVALID', message, { cause });
  }
}
