/** What the tests of this order entry share: instruments, keys, stamps, orders. Made-up values throughout. */
import type { EntryAdapter, EntryInstrument, EntryOrder, EntryStamp } from '../../../entry/index.ts';
import { limitOrder } from '../../../entry/test/samples.ts';
import { openKrakenFuturesEntry } from '../index.ts';

/** Keys of nobody. */
export const KEYS = {
  apiKey: 'made-up-api-key-0123456789',
  secret: Buffer.from('a made-up secret of a test, 32 bytes or so').toString('base64'),
  passphrase: '',
};

/** Returns a contract with the given decimals. */
export function contract(symbol: string, priceDecimals: number, qtyDecimals: number): EntryInstrument {
  return {
    ix: 0,
    venue: 'kraken-futures',
    symbol,
    wireSymbol: symbol,
    restSymbol: symbol,
    kind: 'perpetual',
    baseAsset: 'BTC',
    quoteAsset: 'USD',
    priceDecimals,
    qtyDecimals,
  };
}

/** The contract of most tests. */
export const XBT = contract('PF_XBTUSD', 0, 4);

/** Opens the adapter over a host that answers to nobody. */
export function openEntry(instruments: readonly EntryInstrument[] = [XBT]): EntryAdapter {
  const hosts = { rest: 'https://venue.test', stream: 'wss://venue.test' };
  return openKrakenFuturesEntry({ hosts, keys: KEYS, instruments });
}

/** Returns the stamp of a request. */
export function stampOf(nonce = 1_700_000_000_000n): EntryStamp {
  return { venueUs: 1_700_000_000_000_000, nonce, random: new Uint8Array(16) };
}

/** Returns a limit order with changes. */
export function orderOf(changes: Partial<EntryOrder> = {}): EntryOrder {
  return limitOrder({ triggerBy: 'mark', instrument: XBT, qtyLots: 15, priceTicks: 70_000, ...changes });
}
