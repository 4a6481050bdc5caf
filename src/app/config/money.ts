/** Money of the configuration (decimal text) as atoms of an account. */
import { assert, decimalsOf } from '#core';

/** Returns `text` (`10000`, `0.5`) in atoms of 10^-`atomDecimals`, exact for any size. */
export function atomsOfMoney(text: string, atomDecimals: number): bigint {
  const decimals = decimalsOf(text);
  assert(decimals >= 0, `money is decimal text, was '${text}'`);
  assert(decimals <= atomDecimals, `money has at most ${atomDecimals} decimals, was '${text}'`);
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(atomDecimals, '0').slice(0, atomDecimals));
}
