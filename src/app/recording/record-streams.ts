/** Which stream a record tells of. */
import type { Topic } from '#bus';
import type { StreamKind } from '#domain';
import type { RecordKind } from '#store/recording';

/** The stream that a record covers; `null` for records that cover none. */
export const STREAM_OF_RECORD: Readonly<Record<RecordKind, StreamKind | null>> = {
  book: 'book',
  quote: 'quotes',
  'book-order': 'orders',
  'orders-clear': 'orders',
  candle: 'candles',
  trade: 'trades',
  // A settlement says nothing of whether the rates before it were all received.
  funding: null,
  'mark-price': 'mark-price',
  'funding-rate': 'funding-rate',
  'open-interest': 'open-interest',
  liquidation: 'liquidations',
  raw: null,
  ledger: null,
  hours: null,
};

/** Streams whose records a topic holds. */
export const STREAMS_OF_TOPIC: Readonly<Partial<Record<Topic, readonly StreamKind[]>>> = {
  'crypto-orderbooks': ['book', 'quotes', 'orders'],
  'crypto-trades': ['trades', 'candles', 'mark-price', 'funding-rate', 'open-interest', 'liquidations'],
};
