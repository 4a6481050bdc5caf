/** Which feed of Kraken futures carries which of our streams. */
import { XylenError } from '#core';
import type { StreamKind } from '#domain';
import type { Subscription } from '#venues/market';

const FEEDS: Readonly<Partial<Record<StreamKind, 'book' | 'trade' | 'ticker'>>> = {
  book: 'book',
  trades: 'trade',
  liquidations: 'trade',
  quotes: 'ticker',
  'mark-price': 'ticker',
  'funding-rate': 'ticker',
  'open-interest': 'ticker',
};

/** Returns the feed of a stream. @throws XY_USAGE when Kraken futures has none */
export function feedOf(stream: StreamKind): string {
  const feed = FEEDS[stream];
  if (feed !== undefined) return feed;
  throw new XylenError('XY_USAGE', `kraken-futures has no stream '${stream}'`, {
    fields: { venue: 'kraken-futures', stream },
  });
}

/** Names the feed and the product of a subscription; subscriptions of one key share what the venue sends. */
export function feedKey(subscription: Subscription): string {
  return `${feedOf(subscription.stream)} ${subscription.instrument.wireSymbol}`;
}
