/**
 * The binary form of what a recorder takes: one record an event, little-endian. Version 1:
 *
 * | bytes | what |
 * |---|---|
 * | 1 | version |
 * | 1 | kind (`RECORD_CODES`) |
 * | 8 | local time, epoch us, as a double |
 * | names | of an instrument: venue, symbol (each a length byte and UTF-8), price decimals, quantity decimals, what trade ids count; of a frame, a loss or an hour: venue and socket or symbol |
 * | 8 | venue time, epoch us, as a double (events of an instrument only) |
 * | rest | the numbers of the kind, in the order of its encoder |
 *
 * Whole numbers are written in 1 to 8 bytes: six bits, a sign (bit 6) and a mark that more follows (bit 7), then seven bits and the mark each,
 * the lowest bits first. A book's levels are count of bids, count of asks, then price (less the price before it) and quantity of each.
 */
import type { VenueId } from '#domain';
import type { RecordedTopic } from '../recording-port.ts';

/** Version of the form; a reader refuses another one. */
export const RECORD_VERSION = 1;

/** Kinds of records and the byte that stands for each; never changed, only added to. */
export const RECORD_CODES = {
  candle: 1,
  trade: 2,
  book: 3,
  funding: 4,
  'mark-price': 5,
  'funding-rate': 6,
  'open-interest': 7,
  liquidation: 8,
  quote: 9,
  'book-order': 10,
  'orders-clear': 11,
  raw: 12,
  ledger: 13,
  hours: 14,
} as const;

/** What a record says. */
export type RecordKind = keyof typeof RECORD_CODES;

/** The topic that each kind of record belongs in: one data set is fed by one topic. */
export const TOPIC_OF_KIND: Readonly<Record<RecordKind, RecordedTopic>> = {
  book: 'crypto-orderbooks',
  quote: 'crypto-orderbooks',
  'book-order': 'crypto-orderbooks',
  'orders-clear': 'crypto-orderbooks',
  candle: 'crypto-trades',
  trade: 'crypto-trades',
  funding: 'crypto-trades',
  'mark-price': 'crypto-trades',
  'funding-rate': 'crypto-trades',
  'open-interest': 'crypto-trades',
  liquidation: 'crypto-trades',
  raw: 'raw-frames',
  ledger: 'feed-ledger',
  hours: 'feed-ledger',
};

/** Kinds by their byte. */
export const RECORD_KINDS: readonly (RecordKind | undefined)[] = kindsByCode();

/** Numbers of the kinds that have nothing else, in the order in which they are written. */
export const RECORD_FIELDS = {
  candle: ['timeframeUs', 'openTsUs', 'openTicks', 'highTicks', 'lowTicks', 'closeTicks', 'volumeLots'],
  trade: ['tradeId', 'priceTicks', 'qtyLots', 'takerSign'],
  funding: ['rateE12'],
  'mark-price': ['markE8', 'indexE8'],
  'funding-rate': ['rateE12', 'nextFundingUs'],
  'open-interest': ['openInterestLots'],
  liquidation: ['sideSign', 'priceTicks', 'qtyLots'],
  quote: ['updateId', 'bidTicks', 'bidLots', 'askTicks', 'askLots'],
  'book-order': ['action', 'sideSign', 'priceTicks', 'qtyLots'],
  'orders-clear': ['checksum'],
  ledger: ['stream', 'cause', 'fromUs', 'toUs', 'lostFromId', 'lostToId'],
  hours: [
    'stream',
    'hourUs',
    'messages',
    'gaps',
    'resyncs',
    'checksumFailures',
    'staleUs',
    'lagP50Us',
    'lagP99Us',
    'clockOffsetUs',
    'downUs',
  ],
} as const satisfies Partial<Readonly<Record<RecordKind, readonly string[]>>>;

/** Most numbers of a kind. */
export const RECORD_NUMBERS_MAX = 11;

/** Codes of changes of an order, as in the column `action` of the archive. */
export const ORDER_ACTIONS = ['clear', 'add', 'modify', 'delete'] as const;

/** Longest text of a record, in bytes. */
export const RECORD_TEXT_BYTES_MAX = 1_024;

/** Flags of a book record. */
export const BOOK_FLAGS = { snapshot: 1, checksum: 2 } as const;

/** Levels of one side that a record may hold. */
export const RECORD_LEVELS_MAX = 1_048_576;

/** An instrument as records name it: with the scale of its numbers, so that a record can be read by itself. */
export interface RecordedInstrument {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** What its trade ids count: prints one by one, or aggregates of prints (Binance `aggTrade`). */
  readonly tradeIds: 'single' | 'aggregate';
}

function kindsByCode(): (RecordKind | undefined)[] {
  const kinds: (RecordKind | undefined)[] = [];
  for (const [kind, code] of Object.entries(RECORD_CODES)) kinds[code] = kind as RecordKind;
  return kinds;
}
