/**
 * Order entry of Binance USD-M futures: the port's adapter, put together. Pure: it builds and signs requests, reads replies and private messages, and knows
 * the venue's budgets, errors and forms.
 */
import { assert } from '#core';
import { EntryInstruments, type OpenEntry } from '../../entry/index.ts';
import { accountCalls } from './account-calls.ts';
import { fillsCall } from './fill-calls.ts';
import { USDM_LIMITS, usageOf } from './limits.ts';
import { orderCalls } from './order-calls.ts';
import { privatePlan } from './private-stream.ts';
import { SignedCalls, VENUE } from './signed-calls.ts';
import { judgeOf } from './verdict.ts';

/** Makes the adapter. Keys are HMAC secrets, or Ed25519 (or RSA) private keys as PEM. @throws XY_VENUE_FAILED for a private key that cannot be used */
export const openBinanceUsdmEntry: OpenEntry = ({ hosts, keys, instruments }) => {
  for (const { venue, lotsPerContract, symbol } of instruments) {
    assert(venue === VENUE, `${symbol} is an instrument of ${VENUE}, was of ${venue}`);
    assert(lotsPerContract === undefined, `${symbol}: quantities of ${VENUE} count the base currency`);
  }
  const secrets = [keys.apiKey, keys.secret, keys.passphrase];
  const known = new EntryInstruments(instruments);
  const calls = new SignedCalls(hosts, keys);
  return {
    venue: VENUE,
    limits: USDM_LIMITS,
    judge: judgeOf(secrets),
    usage: usageOf,
    ...orderCalls(calls, known, secrets),
    fills: (range) => fillsCall(calls, range),
    ...accountCalls(calls, known),
    stream: privatePlan(calls, hosts, secrets),
  };
};
