/** Which addresses may be talked to without TLS: by default those that never leave the machine. Pure. */

/** Returns what is wrong with an address, in words, or `undefined`. `schemes` are the plain and the secure one, as `ws:` and `wss:`. */
export function addressFault(
  url: URL | null,
  text: string,
  schemes: readonly [string, string],
  isPlainAllowed: boolean,
): string | undefined {
  const [plain, secure] = schemes;
  if (url === null || (url.protocol !== plain && url.protocol !== secure)) {
    return `expected an address ${secure}//..., found '${text.slice(0, 200)}'`;
  }
  if (url.protocol === secure || isPlainAllowed || isLoopback(url.hostname)) return undefined;
  return `expected ${secure} for ${url.hostname}, found ${plain}: without TLS anybody on the way could change what is read`;
}

/** True for this machine itself: `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
