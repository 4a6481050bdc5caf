/** An account at Coinbase for tests: instruments, keys made for them, orders, stamps. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { EpochUs } from '#core';
import type { EntryAdapter, EntryInstrument, EntryOrder, EntryStamp } from '../../../entry/index.ts';
import { limitOrder } from '../../../entry/test/samples.ts';
import { openCoinbaseEntry } from '../index.ts';

export const NOW_US: EpochUs = 1_790_000_000_123_456;
export const KEY_NAME = 'organizations/o-1/apiKeys/k-1';
export const HOSTS = { rest: 'https://api.coinbase.com', stream: 'wss://user.example' };

export const BTC_USD: EntryInstrument = {
  ix: 0,
  venue: 'coinbase',
  symbol: 'BTC-USD',
  wireSymbol: 'BTC-USD',
  restSymbol: 'BTC-USD',
  kind: 'spot',
  baseAsset: 'BTC',
  quoteAsset: 'USD',
  priceDecimals: 2,
  qtyDecimals: 8,
};
/** Told as `BTC-USD` on the market stream: its product id alone tells it apart. */
export const BTC_USDC: EntryInstrument = {
  ...BTC_USD,
  ix: 1,
  symbol: 'BTC-USDC',
  restSymbol: 'BTC-USDC',
  quoteAsset: 'USDC',
};
/** Contracts of a hundredth of a bitcoin. */
export const BTC_CDE: EntryInstrument = {
  ...BTC_USD,
  ix: 2,
  symbol: 'BIP-20DEC30-CDE',
  wireSymbol: 'BIP-20DEC30-CDE',
  restSymbol: 'BIP-20DEC30-CDE',
  kind: 'perpetual',
  qtyDecimals: 2,
  lotsPerContract: 1,
};

export const OUR_ID = 'xy-1a2b3c4d-7z9-e';
export const STAMP: EntryStamp = {
  venueUs: NOW_US,
  nonce: 1n,
  random: Uint8Array.from({ length: 16 }, (_, at) => at),
};

const PAIR = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const PUBLIC_KEY: KeyObject = PAIR.publicKey;
export const SECRET = PAIR.privateKey.export({ type: 'sec1', format: 'pem' }).toString();

export function open(
  instruments: readonly EntryInstrument[] = [BTC_USD],
  secret: string = SECRET,
): EntryAdapter {
  return openCoinbaseEntry({ hosts: HOSTS, keys: { apiKey: KEY_NAME, secret, passphrase: '' }, instruments });
}

export function order(changes: Partial<EntryOrder> = {}): EntryOrder {
  return limitOrder({
    clientOrderId: OUR_ID,
    instrument: BTC_USD,
    qtyLots: 100_000,
    priceTicks: 1_000_050,
    ...changes,
  });
}
