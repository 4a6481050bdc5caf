/** Requests of Binance's public REST interface as values. */
import type { RestCall } from '../market/index.ts';

/** Returns a GET with its parameters in the order given; names of symbols may be of any script, so they are encoded. */
export function getCall<T>(
  url: string,
  query: Readonly<Record<string, string>>,
  weight: number,
  parse: (body: Uint8Array) => T,
): RestCall<T> {
  const text = Object.entries(query)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return { method: 'GET', url: text === '' ? url : `${url}?${text}`, headers: {}, body: null, weight, parse };
}
