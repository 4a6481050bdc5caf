/**
 * Who may ask the server anything. Three checks, each for a different stranger: the host name a browser was told to connect to (a page
 * elsewhere can let its own name point to this machine), the page a browser acts for (other pages must not read an account through the
 * user's browser), and the token where one is configured. Secrets are compared in constant time.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';

/** Decides about requests. */
export class AccessRules {
  readonly #host: string;
  readonly #tokenDigest: Buffer | null;

  /** `host` is the address that is listened on; `token` is `null` where none is configured. */
  constructor(host: string, token: string | null) {
    this.#host = host;
    this.#tokenDigest = token === null ? null : digestOf(token);
  }

  /** True when requests must bring the token. */
  get needsToken(): boolean {
    return this.#tokenDigest !== null;
  }

  /** True when the `Host` header names this machine. With a token any name will do: the stranger does not have the token. */
  isHostAllowed(hostHeader: string | undefined): boolean {
    if (this.needsToken) return true;
    const name = hostNameOf(hostHeader);
    return name !== null && (isLoopback(name) || name === this.#host);
  }

  /** True when the request comes from our own page, or from no page at all. */
  isOriginAllowed(origin: string | undefined, hostHeader: string | undefined): boolean {
    if (origin === undefined) return true;
    const url = URL.parse(origin);
    return url !== null && hostHeader !== undefined && url.host === hostHeader.toLowerCase();
  }

  /** True when the `Authorization` header brings the token, or none is needed. */
  isAuthorised(authorization: string | undefined): boolean {
    if (!this.needsToken) return true;
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    return token !== undefined && this.isToken(token);
  }

  /** True when the text is the token. */
  isToken(text: string): boolean {
    return this.#tokenDigest !== null && timingSafeEqual(this.#tokenDigest, digestOf(text));
  }
}

/** True for a name or address that only this machine answers to. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (name === 'localhost' || name === '::1') return true;
  return isIP(name) === 4 && name.startsWith('127.');
}

/** Digests have one length, whatever the texts have. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function hostNameOf(hostHeader: string | undefined): string | null {
  return hostHeader === undefined ? null : (URL.parse(`http://${hostHeader}`)?.hostname ?? null);
}
