/** What an exchange of ccxt streams: books, trades and candles where it says so; ccxt has no unified form of the other kinds that a recorder could trust. */
import type { StreamKind } from '#domain';
import type { StreamSupport } from '../market/index.ts';
import type { CcxtExchange } from './exchange.ts';

/** Returns how each kind of stream is offered, as an adapter's table says it. */
export function ccxtStreams({ has }: CcxtExchange): Readonly<Record<StreamKind, StreamSupport>> {
  const offered = (name: string): StreamSupport => (has[name] === true ? 'stream' : 'none');
  return {
    book: offered('watchOrderBook'),
    trades: offered('watchTrades'),
    candles: offered('watchOHLCV'),
    quotes: 'none',
    'mark-price': 'none',
    'funding-rate': 'none',
    'open-interest': 'none',
    liquidations: 'none',
    orders: 'none',
  };
}
