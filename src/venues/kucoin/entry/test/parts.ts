/** What the tests of this order entry share: instruments, keys, stamps, orders, and ears for what is told. Made-up values throughout. */
import type { HttpAnswer } from '#net';
import type {
  EntryAdapter,
  EntryInstrument,
  EntryOrder,
  EntryStamp,
  PrivateSink,
} from '../../../entry/index.ts';
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
  return {
    clientOrderId: 'xy-1',
    instrument: BTC,
    side: 'buy',
    type: 'limit',
    qtyLots: 15,
    priceTicks: 700_005,
    triggerTicks: null,
    triggerBy: 'last',
    callbackBps: null,
    timeInForce: 'GTC',
    reduceOnly: false,
    positionSide: 'both',
    ...changes,
  };
}

/** Returns a value as the bytes of its JSON text. */
export function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Returns data as the venue wraps them. */
export function good(data: unknown): Uint8Array {
  return bytesOf({ code: '200000', data });
}

/** Returns an answer of the venue. */
export function answerOf(value: unknown, status = 200, headers: Record<string, string> = {}): HttpAnswer {
  return { kind: 'answer', status, headers, body: bytesOf(value) };
}

/** Writes down what a private connection tells, in its order. */
export class Told implements PrivateSink {
  readonly words: string[] = [];
  readonly orders: Parameters<PrivateSink['onOrder']>[0][] = [];
  readonly fills: Parameters<PrivateSink['onFill']>[0][] = [];
  readonly positions: Parameters<PrivateSink['onPosition']>[0][] = [];
  readonly balances: Parameters<PrivateSink['onBalance']>[0][] = [];

  onOrder(record: Parameters<PrivateSink['onOrder']>[0]): void {
    this.orders.push(record);
    this.words.push(`order ${record.venueOrderId} ${record.status} ${record.filledLots}/${record.qtyLots}`);
  }

  onFill(record: Parameters<PrivateSink['onFill']>[0]): void {
    this.fills.push(record);
    this.words.push(`fill ${record.execId} ${record.qtyLots}`);
  }

  onBalance(record: Parameters<PrivateSink['onBalance']>[0]): void {
    this.balances.push(record);
    this.words.push(`balance ${record.total.asset}`);
  }

  onPosition(record: Parameters<PrivateSink['onPosition']>[0]): void {
    this.positions.push(record);
    this.words.push(`position ${record.instrument.symbol} ${record.qtyLots}`);
  }

  onFunding(...[instrument, { asset, units }]: Parameters<PrivateSink['onFunding']>): void {
    this.words.push(`funding ${instrument?.symbol ?? 'unknown'} ${units} ${asset}`);
  }

  onStreamEnd(reason: string): void {
    this.words.push(`end ${reason}`);
  }

  onNotice(detail: string): void {
    this.words.push(`notice ${detail}`);
  }
}
