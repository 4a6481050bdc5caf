/** What the tests of this order entry share: instruments, keys, stamps, orders. Made-up values throughout. */
import type { EntryAdapter, EntryInstrument, EntryOrder, EntryStamp } from '../../../entry/index.ts';
import { bytesOf, limitOrder } from '../../../entry/test/samples.ts';
import { openKucoinFuturesEntry, openKucoinSpotEntry } from '../index.ts';

/** Keys of nobody. */
export const KEYS = {
  apiKey: 'made-up-api-key-0123456789',
  secret: 'made-up-secret-0123456789',
  passphrase: 'made-up-passphrase',
};

/** The moment of all stamps. */
export const NOW_US = 1_700_000_000_000_000;

/** Returns a pair of the spot market. */
export function pair(symbol: string, priceDecimals: number, qtyDecimals: number): EntryInstrument {
  const [baseAsset = '', quoteAsset = ''] = symbol.split('-');
  return {
    ix: 0,
    venue: 'kucoin-spot',
    symbol,
    wireSymbol: symbol,
    restSymbol: symbol,
    kind: 'spot',
    baseAsset,
    quoteAsset,
    priceDecimals,
    qtyDecimals,
  };
}

/** Returns a contract of the futures market. */
export function contract(symbol: string, priceDecimals: number, lotsPerContract: number): EntryInstrument {
  return {
    ...pair('BTC-USDT', priceDecimals, 3),
    venue: 'kucoin-futures',
    symbol,
    wireSymbol: symbol,
    restSymbol: symbol,
    kind: 'perpetual',
    lotsPerContract,
  };
}

/** The pair of most tests. */
export const BTC = pair('BTC-USDT', 1, 5);
/** The contract of most tests: one is 5 lots of 0.001. */
export const XBT = contract('XBTUSDTM', 1, 5);

/** Opens the adapter of the spot market over a host that answers to nobody. */
export function openSpot(instruments: readonly EntryInstrument[] = [BTC], stream = ''): EntryAdapter {
  return openKucoinSpotEntry({ hosts: { rest: 'https://venue.test', stream }, keys: KEYS, instruments });
}

/** Opens the adapter of the futures market over a host that answers to nobody. */
export function openFutures(instruments: readonly EntryInstrument[] = [XBT]): EntryAdapter {
  const hosts = { rest: 'https://api-futures.venue.test', stream: '' };
  return openKucoinFuturesEntry({ hosts, keys: KEYS, instruments });
}

/** Returns the stamp of a request. */
export function stampOf(): EntryStamp {
  return { venueUs: NOW_US, nonce: 1n, random: new Uint8Array(16) };
}

/** Returns a limit order with changes. */
export function orderOf(changes: Partial<EntryOrder> = {}): EntryOrder {
  return limitOrder({ instrument: BTC, qtyLots: 15, priceTicks: 700_005, ...changes });
}

/** Returns data as the venue wraps them. */
export function good(data: unknown): Uint8Array {
  return bytesOf({ code: '200000', data });
}
