/** An account at Kraken for tests: instruments, orders, stamps, answers. */
import type { EpochUs } from '#core';
import type { EntryAdapter, EntryInstrument, EntryOrder, EntryStamp } from '../../../entry/index.ts';
import { bytesOf, limitOrder } from '../../../entry/test/samples.ts';
import { openKrakenSpotEntry } from '../index.ts';

export const NOW_US: EpochUs = 1_790_000_000_123_456;
/** Made up: the base64 of a sentence. */
export const SECRET = Buffer.from('a secret of tests, known to everybody').toString('base64');
export const API_KEY = 'key-of-tests';

export const BTC_USD: EntryInstrument = {
  ix: 0,
  venue: 'kraken-spot',
  symbol: 'BTC/USD',
  wireSymbol: 'BTC/USD',
  restSymbol: 'XBTUSD',
  kind: 'spot',
  baseAsset: 'BTC',
  quoteAsset: 'USD',
  priceDecimals: 1,
  qtyDecimals: 8,
};

export const OUR_ID = 'xy-1a2b3c4d-7z9-e';

export const STAMP: EntryStamp = {
  venueUs: NOW_US,
  nonce: 1_790_000_000_123_456_789n,
  random: new Uint8Array(16),
};

export function open(instruments: readonly EntryInstrument[] = [BTC_USD]): EntryAdapter {
  return openKrakenSpotEntry({
    hosts: { rest: 'https://api.kraken.com', stream: 'wss://ws-auth.kraken.com' },
    keys: { apiKey: API_KEY, secret: SECRET, passphrase: '' },
    instruments,
  });
}

export function order(changes: Partial<EntryOrder> = {}): EntryOrder {
  return limitOrder({
    clientOrderId: OUR_ID,
    instrument: BTC_USD,
    qtyLots: 125_000_000,
    priceTicks: 375_000,
    ...changes,
  });
}

export function good(result: unknown): Uint8Array {
  return bytesOf({ error: [], result });
}
