/**
 * What is used of an exchange of ccxt: an interface that its classes satisfy by their form, so that tests have one in memory, and the loader of the real
 * ones. ccxt is large (a second and some 90 MB to load), so it is loaded when a venue is asked for and not before.
 */
import { XylenError } from '#core';
import { type ClientSource, guardSends } from './send-guard.ts';

/** A number as ccxt gives it: a double, or text where an exchange was told so. */
export type CcxtNumber = number | string | undefined;

/** Entries of a side: price, quantity, and with some exchanges a count or an order's id. */
export type CcxtLevel = readonly unknown[];

/** A book of ccxt; it lives on after it was handed out, and changes with every message. */
export interface CcxtBook {
  readonly bids: readonly CcxtLevel[];
  readonly asks: readonly CcxtLevel[];
  /** Milliseconds; absent where the venue states no time. */
  readonly timestamp?: CcxtNumber;
}

/** A public trade. */
export interface CcxtTrade {
  readonly id?: string | undefined;
  readonly timestamp?: CcxtNumber;
  /** Side of the taker. */
  readonly side?: string | undefined;
  readonly price?: CcxtNumber;
  readonly amount?: CcxtNumber;
}

/** `[openMs, open, high, low, close, volume]`. */
export type CcxtCandle = readonly unknown[];

interface MinMax {
  readonly min?: CcxtNumber;
  readonly max?: CcxtNumber;
}

/** A market as ccxt lists it. */
export interface CcxtMarket {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly active?: boolean | undefined;
  readonly spot?: boolean | undefined;
  readonly swap?: boolean | undefined;
  readonly linear?: boolean | undefined;
  readonly contractSize?: CcxtNumber;
  readonly precision: { readonly amount?: CcxtNumber; readonly price?: CcxtNumber };
  readonly limits: {
    readonly amount?: MinMax | undefined;
    readonly cost?: MinMax | undefined;
    readonly leverage?: MinMax | undefined;
  };
}

/** An exchange of `ccxt.pro`. */
export interface CcxtExchange {
  readonly id: string;
  /** What it offers: `true`, `'emulated'` or nothing. */
  readonly has: Readonly<Record<string, boolean | string | undefined>>;
  /** Lengths of candles by ccxt's names; nothing where it has none. */
  readonly timeframes?: Readonly<Record<string, unknown>>;
  /** How `precision` is meant: 2 = decimal places, 3 = significant digits, 4 = step. */
  readonly precisionMode?: number | undefined;
  loadMarkets(): Promise<Readonly<Record<string, CcxtMarket | undefined>>>;
  fetchTicker(symbol: string): Promise<{ readonly last?: CcxtNumber; readonly close?: CcxtNumber }>;
  fetchOHLCV(
    symbol: string,
    timeframe?: string,
    sinceMs?: number,
    limit?: number,
  ): Promise<readonly CcxtCandle[]>;
  watchOrderBook(symbol: string, limit?: number): Promise<CcxtBook>;
  watchTrades(symbol: string): Promise<readonly CcxtTrade[]>;
  watchOHLCV(symbol: string, timeframe?: string): Promise<readonly CcxtCandle[]>;
  unWatchOrderBook(symbol: string): Promise<unknown>;
  /** Ends all sockets; what waits for them is rejected. */
  close(): Promise<unknown>;
}

/** Trades and candles that ccxt keeps of each symbol: a thousand trades between two looks is more than a venue sends. */
const TRADES_KEPT = 1_000;
const CANDLES_KEPT = 100;

/** Loads an exchange of ccxt by its name (`bybit`). @throws XY_USAGE when ccxt has none of that name with streams */
export async function loadCcxtExchange(name: string): Promise<CcxtExchange> {
  const { pro } = await import('ccxt');
  // The base class is there, too, in upper case.
  const isName = /^[a-z][a-z0-9_]*$/.test(name) && Object.hasOwn(pro, name);
  const found: unknown = isName ? Reflect.get(pro, name) : undefined;
  if (typeof found !== 'function') {
    throw new XylenError('XY_USAGE', `expected an exchange that ccxt has streams of, found '${name}'`, {
      fields: { exchange: name },
    });
  }
  const Exchange = found as new (settings: object) => CcxtExchange & ClientSource;
  const exchange = new Exchange({
    enableRateLimit: true,
    newUpdates: true,
    options: { tradesLimit: TRADES_KEPT, OHLCVLimit: CANDLES_KEPT },
  });
  guardSends(exchange);
  return exchange;
}
