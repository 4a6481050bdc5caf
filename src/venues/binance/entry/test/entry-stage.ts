/** What tests of this folder share: an adapter over made-up keys, instruments, a stamp, and a sink that keeps what it gets. */
import type {
  EntryAdapter,
  EntryCall,
  EntryInstrument,
  EntryOrder,
  EntryOrderRef,
  EntryStamp,
  PrivateSink,
  SignedRequest,
} from '../../../entry/index.ts';
import { limitOrder } from '../../../entry/test/samples.ts';
import { openBinanceUsdmEntry } from '../index.ts';

/** Made up. */
export const KEYS = {
  apiKey: 'made-up-api-key-0123456789',
  secret: 'made-up-secret-abcdefghij',
  passphrase: '',
};
/** 2026-10-30T20:00:00.123456Z. */
export const STAMP: EntryStamp = {
  venueUs: 1_793_390_400_123_456,
  nonce: 1n,
  random: new Uint8Array(16),
};
export const HOSTS = { rest: 'http://127.0.0.1:1', stream: 'ws://127.0.0.1:1' };

/** Returns an instrument with two decimals of price and three of quantity unless told otherwise. */
export function instrumentOf(symbol: string, ix = 0, priceDecimals = 2, qtyDecimals = 3): EntryInstrument {
  return {
    ix,
    venue: 'binance-usdm',
    symbol,
    wireSymbol: symbol,
    restSymbol: symbol,
    kind: 'perpetual',
    baseAsset: symbol.slice(0, -4),
    quoteAsset: symbol.slice(-4),
    priceDecimals,
    qtyDecimals,
  };
}

export const BTC = instrumentOf('BTCUSDT', 0);
export const ETH = instrumentOf('ETHUSDT', 1);

/** Returns an adapter of these instruments. */
export function openStage(instruments: readonly EntryInstrument[] = [BTC, ETH], keys = KEYS): EntryAdapter {
  return openBinanceUsdmEntry({ hosts: HOSTS, keys, instruments });
}

/** Returns a limit order, changed as told. */
export function orderOf(changes: Partial<EntryOrder> = {}): EntryOrder {
  return limitOrder({ instrument: BTC, qtyLots: 1_500, priceTicks: 6_500_050, ...changes });
}

/** Returns a reference to an order, changed as told. */
export function refOf(changes: Partial<EntryOrderRef> = {}): EntryOrderRef {
  return { instrument: BTC, clientOrderId: 'xy-1', venueOrderId: null, isConditional: false, ...changes };
}

/** Returns what a request says: its path and its parameters, in their order. */
export function readRequest(request: SignedRequest): {
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  /** The text that is signed. */
  readonly payload: string;
} {
  const url = new URL(request.url);
  const text = request.body ?? url.search.slice(1);
  const payload = text.slice(0, Math.max(0, text.lastIndexOf('&signature=')));
  return { path: url.pathname, params: Object.fromEntries(new URLSearchParams(text)), payload };
}

/** Returns the parameters of a call without what every signed one has. */
export function paramsOf(call: EntryCall<unknown> | null): Readonly<Record<string, string>> {
  if (call === null) return {};
  const {
    recvWindow: _recvWindow,
    timestamp: _timestamp,
    signature: _signature,
    ...params
  } = readRequest(call.request(STAMP)).params;
  return params;
}

/** Keeps calls as lists of their arguments under their names. */
export class KeepingSink implements PrivateSink {
  readonly told: [name: string, ...parts: unknown[]][] = [];

  onOrder(...parts: Parameters<PrivateSink['onOrder']>): void {
    this.told.push(['order', ...parts]);
  }

  onFill(...parts: Parameters<PrivateSink['onFill']>): void {
    this.told.push(['fill', ...parts]);
  }

  onBalance(...parts: Parameters<PrivateSink['onBalance']>): void {
    this.told.push(['balance', ...parts]);
  }

  onPosition(...parts: Parameters<PrivateSink['onPosition']>): void {
    this.told.push(['position', ...parts]);
  }

  onFunding(...parts: Parameters<PrivateSink['onFunding']>): void {
    this.told.push(['funding', ...parts]);
  }

  onStreamEnd(...parts: Parameters<PrivateSink['onStreamEnd']>): void {
    this.told.push(['end', ...parts]);
  }

  onNotice(...parts: Parameters<PrivateSink['onNotice']>): void {
    this.told.push(['notice', ...parts]);
  }
}
