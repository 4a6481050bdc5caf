/** An account at Kraken for tests: instruments, orders, stamps, answers, a sink that writes down what it is told. */
import type { EpochUs } from '#core';
import type { HttpAnswer } from '#net';
import type {
  EntryAdapter,
  EntryInstrument,
  EntryOrder,
  EntryStamp,
  PrivateSink,
} from '../../../entry/index.ts';
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
  return {
    clientOrderId: OUR_ID,
    instrument: BTC_USD,
    side: 'buy',
    type: 'limit',
    qtyLots: 125_000_000,
    priceTicks: 375_000,
    triggerTicks: null,
    triggerBy: 'last',
    callbackBps: null,
    timeInForce: 'GTC',
    reduceOnly: false,
    positionSide: 'both',
    ...changes,
  };
}

export function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}

export function good(result: unknown): Uint8Array {
  return bytes({ error: [], result });
}

export function answer(body: unknown, status = 200): HttpAnswer {
  return { kind: 'answer', status, headers: {}, body: bytes(body) };
}

/** Writes down what it is told. */
export class Heard implements PrivateSink {
  readonly told: { readonly what: string; readonly record: unknown }[] = [];
  readonly onOrder = (record: unknown): void => this.#note('order', record);
  readonly onFill = (record: unknown): void => this.#note('fill', record);
  readonly onBalance = (record: unknown): void => this.#note('balance', record);
  readonly onPosition = (record: unknown): void => this.#note('position', record);
  readonly onFunding = (record: unknown): void => this.#note('funding', record);
  readonly onStreamEnd = (reason: string): void => this.#note('end', reason);
  readonly onNotice = (detail: string): void => this.#note('notice', detail);

  #note(what: string, record: unknown): void {
    this.told.push({ what, record });
  }

  /** Records of one kind, and forgets all. */
  take(what: string): readonly Record<string, unknown>[] {
    return this.told
      .splice(0)
      .filter((line) => line.what === what)
      .map(({ record }) => record as Record<string, unknown>);
  }
}
