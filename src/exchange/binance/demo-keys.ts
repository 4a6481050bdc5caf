/** The keys of simulated accounts, which everybody knows: good on loopback alone, where nothing but invented money can be moved. */
import type { ApiCredential } from './key-ring.ts';

/** Returns the key of an account: `xylen-demo-key` and `xylen-demo-secret` for the first, `-2`, `-3`, ... behind them for the others. */
export function demoKey(accountIx: number): ApiCredential & { readonly kind: 'hmac' } {
  const suffix = accountIx === 0 ? '' : `-${accountIx + 1}`;
  return { kind: 'hmac', apiKey: `xylen-demo-key${suffix}`, secret: `xylen-demo-secret${suffix}` };
}
