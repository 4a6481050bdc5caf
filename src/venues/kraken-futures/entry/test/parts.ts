/** What the tests of this order entry share: instruments, keys, stamps, orders, and ears for what is told. Made-up values throughout. */
import type { HttpAnswer } from '#net';
import type {
  EntryAdapter,
  EntryInstrument,
  EntryOrder,
  EntryStamp,
  PrivateSink,
} from '../../../entry/index.ts';
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
  return {
    clientOrderId: 'xy-1',
    instrument: XBT,
    side: 'buy',
    type: 'limit',
    qtyLots: 15,
    priceTicks: 70_000,
    triggerTicks: null,
    triggerBy: 'mark',
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

  onFunding(): void {
    this.words.push('funding');
  }

  onStreamEnd(reason: string): void {
    this.words.push(`end ${reason}`);
  }

  onNotice(detail: string): void {
    this.words.push(`notice ${detail}`);
  }
}
