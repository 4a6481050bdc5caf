/** What went wrong with ccxt, told apart by the names of its errors: what passes, what costs the book, what will not get better by itself. */
import { messageOf } from '#core';
import type { LedgerCause } from '#domain';

/** Something of ccxt that is not as it must be (a price that is none, a trade without a side). */
export class CcxtFault extends Error {
  override readonly name = 'CcxtFault';
}

/** Trying again cannot help soon: the symbol, the stream or the permission is not there. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccountNotEnabled',
  'AccountSuspended',
  'ArgumentsRequired',
  'AuthenticationError',
  'BadRequest',
  'BadSymbol',
  'MarketClosed',
  'NotSupported',
  'PermissionDenied',
  'RestrictedLocation',
]);

/** Errors of ccxt's own books. */
const CAUSES: Readonly<Record<string, LedgerCause>> = {
  ChecksumError: 'checksum',
  InvalidNonce: 'sequence-gap',
  CcxtFault: 'damaged-frame',
};

/** True when another try soon cannot help. */
export function isRefusal(thrown: unknown): boolean {
  return thrown instanceof Error && REFUSALS.has(thrown.name);
}

/** Returns the ledger's word for what was thrown. */
export function causeOf(thrown: unknown): LedgerCause {
  return (thrown instanceof Error ? CAUSES[thrown.name] : undefined) ?? 'disconnect';
}

/** Returns what was thrown in words: ccxt's errors begin with their name, which its messages leave out. */
export function wordsOf(thrown: unknown): string {
  const name = thrown instanceof Error ? thrown.name : 'error';
  return `${name}: ${messageOf(thrown).replaceAll(/\s+/g, ' ')}`;
}
