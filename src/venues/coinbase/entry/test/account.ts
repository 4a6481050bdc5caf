/** An account at Coinbase for tests: instruments, keys made for them, orders, stamps, answers, a sink that writes down what it is told. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { EpochUs } from '#core';
import type { HttpAnswer } from '#net';
import type {
  EntryAdapter,
  EntryInstrument,
  EntryOrder,
  EntryStamp,
  PrivateSink,
} from '../../../entry/index.ts';
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
  return {
    clientOrderId: OUR_ID,
    instrument: BTC_USD,
    side: 'buy',
    type: 'limit',
    qtyLots: 100_000,
    priceTicks: 1_000_050,
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
