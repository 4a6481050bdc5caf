/**
 * Recorded market data as plain tables: one column list a kind, chunks of integer columns with the decimals they are scaled by.
 * Readers make chunks, the archive stores them, histories hand them on. No I/O, no floats: every value is a safe integer, or bytes as they
 * came (texts are UTF-8).
 *
 * A *record* is what a kind counts: a bar, a settlement, a trade, a book event. All kinds but `book` have one row a record; a book
 * event has one row a level, in the order received, and starts at `level_ix` 0. Chunks never split a record.
 */
import { assert, POW10, XylenError } from '#core';
import type { HistoryKind } from '../history-port.ts';

/** What the numbers of a column are: epoch us, units of 10^-priceDecimals, of 10^-qtyDecimals, of 10^-12, of 10^-8, of 10^-4, ids, or small codes. */
export type ColumnRole = 'time' | 'price' | 'qty' | 'rate' | 'e8' | 'e4' | 'id' | 'code';

/** Decimals of the role `e8`. */
export const E8_DECIMALS = 8;
/** Decimals of the role `e4`: amounts of quote currency that are sums, too large for more. */
export const E4_DECIMALS = 4;

/** One column of a kind: its name in Parquet files and what its numbers are. */
export interface ColumnSpec {
  readonly name: string;
  readonly role: ColumnRole;
}

const column = (name: string, role: ColumnRole): ColumnSpec => ({ name, role });

const STAMPS = [column('local_time', 'time'), column('venue_time', 'time')];

const BAR_PRICES = [
  column('open_time', 'time'),
  column('open', 'price'),
  column('high', 'price'),
  column('low', 'price'),
  column('close', 'price'),
];

/** The columns of each kind; column 0 is the time that rows are ordered and selected by. */
export const KIND_COLUMNS: Readonly<Record<HistoryKind, readonly ColumnSpec[]>> = {
  candles: [...BAR_PRICES, column('volume', 'qty')],
  mark: BAR_PRICES,
  funding: [column('time', 'time'), column('rate', 'rate')],
  trades: [
    column('local_time', 'time'),
    column('venue_time', 'time'),
    column('trade_id', 'id'),
    column('price', 'price'),
    column('quantity', 'qty'),
    column('taker_sign', 'code'),
  ],
  book: [
    column('local_time', 'time'),
    column('venue_time', 'time'),
    column('first_update_id', 'id'),
    column('last_update_id', 'id'),
    column('previous_update_id', 'id'),
    column('is_snapshot', 'code'),
    column('level_ix', 'code'),
    column('side', 'code'),
    column('price', 'price'),
    column('quantity', 'qty'),
  ],
  quotes: [
    ...STAMPS,
    column('update_id', 'id'),
    column('bid_price', 'price'),
    column('bid_quantity', 'qty'),
    column('ask_price', 'price'),
    column('ask_quantity', 'qty'),
  ],
  'mark-price': [...STAMPS, column('mark', 'e8'), column('index', 'e8')],
  'funding-rate': [...STAMPS, column('rate', 'rate'), column('next_funding_time', 'time')],
  'open-interest': [...STAMPS, column('open_interest', 'qty')],
  'book-depth': [
    column('time', 'time'),
    column('band_bps', 'code'),
    column('depth', 'qty'),
    column('notional', 'e4'),
  ],
  liquidations: [...STAMPS, column('side', 'code'), column('price', 'price'), column('quantity', 'qty')],
  orders: [
    ...STAMPS,
    column('action', 'code'),
    column('side', 'code'),
    column('price', 'price'),
    column('quantity', 'qty'),
  ],
  ledger: [
    column('to_time', 'time'),
    column('from_time', 'time'),
    column('lost_from_id', 'id'),
    column('lost_to_id', 'id'),
  ],
  'feed-hours': [
    column('hour', 'time'),
    column('messages', 'id'),
    column('gaps', 'id'),
    column('resyncs', 'id'),
    column('checksum_failures', 'id'),
    column('stale_us', 'id'),
    column('lag_p50_us', 'id'),
    column('lag_p99_us', 'id'),
    column('clock_offset_us', 'id'),
    column('down_us', 'id'),
  ],
  raw: [column('local_time', 'time')],
};

/** A column of texts or of bytes. */
export interface BlobSpec {
  readonly name: string;
  readonly isText: boolean;
}

const text = (name: string): BlobSpec => ({ name, isText: true });

/** The columns of texts and bytes that a kind has behind its numbers. */
export const KIND_BLOBS: Readonly<Record<HistoryKind, readonly BlobSpec[]>> = {
  candles: [],
  mark: [],
  funding: [],
  trades: [],
  book: [],
  quotes: [],
  'mark-price': [],
  'funding-rate': [],
  'open-interest': [],
  'book-depth': [],
  liquidations: [],
  orders: [text('order_id')],
  ledger: [text('stream'), text('cause'), text('detail')],
  'feed-hours': [text('stream')],
  raw: [text('socket'), { name: 'frame', isText: false }],
};

/** Column positions of bars (`volume` is absent in mark bars). */
export const BAR = { ts: 0, open: 1, high: 2, low: 3, close: 4, volume: 5 } as const;
/** Column positions of funding settlements. */
export const FUNDING = { ts: 0, rate: 1 } as const;
/** Column positions of trades; `sign` is +1 when the taker bought, -1 when it sold. */
export const TRADE = { tsLocal: 0, tsVenue: 1, id: 2, price: 3, qty: 4, sign: 5 } as const;
/** Column positions of book levels; `side` is +1 bid, -1 ask, 0 for the one row of an event without levels. */
export const BOOK = {
  tsLocal: 0,
  tsVenue: 1,
  firstId: 2,
  lastId: 3,
  previousId: 4,
  isSnapshot: 5,
  levelIx: 6,
  side: 7,
  price: 8,
  qty: 9,
} as const;

/** Column positions of mark and index prices. */
export const MARK_PRICE = { tsLocal: 0, tsVenue: 1, mark: 2, index: 3 } as const;
/** Column positions of funding rates to come. */
export const FUNDING_RATE = { tsLocal: 0, tsVenue: 1, rate: 2, nextFunding: 3 } as const;
/** Column positions of liquidations; `side` is +1 when the forced order bought, -1 when it sold. */
export const LIQUIDATION = { tsLocal: 0, tsVenue: 1, side: 2, price: 3, qty: 4 } as const;
/** Column positions of open interest. */
export const OPEN_INTEREST = { tsLocal: 0, tsVenue: 1, lots: 2 } as const;
/**
 * Column positions of the depth of a book: how much stands between the middle and a distance from it, in hundredths of a percent (below zero:
 * bids). Several rows have one time.
 */
export const BOOK_DEPTH = { ts: 0, bandBps: 1, depth: 2, notional: 3 } as const;
/** Column positions of recorded quotes. */
export const QUOTE = {
  tsLocal: 0,
  tsVenue: 1,
  updateId: 2,
  bidPrice: 3,
  bidQty: 4,
  askPrice: 5,
  askQty: 6,
} as const;
/** Column positions of the gap ledger, which is ordered by when losses ended, and of its texts. */
export const LEDGER = {
  toTs: 0,
  fromTs: 1,
  lostFromId: 2,
  lostToId: 3,
  stream: 0,
  cause: 1,
  detail: 2,
} as const;
/** Column positions of recorded hours; their text is the stream. */
export const HOUR = {
  ts: 0,
  messages: 1,
  gaps: 2,
  resyncs: 3,
  checksumFailures: 4,
  staleUs: 5,
  lagP50Us: 6,
  lagP99Us: 7,
  clockOffsetUs: 8,
  downUs: 9,
} as const;
/** Codes of the column `action` of `orders`; `clear`: all orders are forgotten and adds follow. */
export const ORDER_ACTION = { clear: 0, add: 1, modify: 2, delete: 3 } as const;

/** Rows of a chunk; only a single book event may be longer. */
export const CHUNK_ROWS_MAX = 8_192;

/** Scale of prices and of quantities. */
export interface Decimals {
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
}

/** Rows of one kind as integer columns in the order of `KIND_COLUMNS`; arrays may be longer than `rowCount`. */
export interface RowChunk extends Decimals {
  readonly kind: HistoryKind;
  readonly rowCount: number;
  readonly columns: readonly Float64Array[];
  /** Texts and bytes in the order of `KIND_BLOBS`; absent for kinds without. Lists may be longer than `rowCount`. */
  readonly blobs?: readonly (readonly Uint8Array[])[];
}

/** Returns how many columns a kind has. */
export function columnCount(kind: HistoryKind): number {
  return KIND_COLUMNS[kind].length;
}

/** Returns the row after the record that starts at `row`. */
export function recordEnd(chunk: RowChunk, row: number): number {
  if (chunk.kind !== 'book') return row + 1;
  const levelIx = chunk.columns[BOOK.levelIx]!;
  let end = row + 1;
  while (end < chunk.rowCount && levelIx[end]! > 0) end++;
  return end;
}

/** Returns how many records a chunk holds. */
export function recordCount(chunk: RowChunk): number {
  if (chunk.kind !== 'book') return chunk.rowCount;
  const levelIx = chunk.columns[BOOK.levelIx]!;
  let count = 0;
  for (let row = 0; row < chunk.rowCount; row++) if (levelIx[row] === 0) count++;
  return count;
}

/** Returns the first row at or after `from` whose time is not below `tsUs`; times never decrease. */
export function lowerBound(chunk: RowChunk, tsUs: number, from = 0): number {
  const ts = chunk.columns[0]!;
  let low = from;
  let high = chunk.rowCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ts[middle]! < tsUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the rows [`start`, `end`) of a chunk without copying. */
export function sliceRows(chunk: RowChunk, start: number, end: number): RowChunk {
  assert(start >= 0 && start <= end && end <= chunk.rowCount, 'the slice lies inside the chunk');
  if (start === 0 && end === chunk.rowCount) return chunk;
  return {
    ...chunk,
    rowCount: end - start,
    columns: chunk.columns.map((values) => values.subarray(start, end)),
    ...(chunk.blobs === undefined ? {} : { blobs: chunk.blobs.map((values) => values.slice(start, end)) }),
  };
}

/** Decimals that a role's numbers are scaled by. */
function decimalsFor(role: ColumnRole, decimals: Decimals): number {
  return role === 'price' ? decimals.priceDecimals : role === 'qty' ? decimals.qtyDecimals : 0;
}

/**
 * Returns the chunk with its numbers in other decimals. More decimals are exact; fewer are rounded down (quantities only: less
 * liquidity is the safe side). @throws XY_ROW_INVALID when a number would leave the safe integers.
 */
export function scaleChunk(chunk: RowChunk, target: Decimals): RowChunk {
  const { priceDecimals, qtyDecimals } = target;
  if (chunk.priceDecimals === priceDecimals && chunk.qtyDecimals === qtyDecimals) return chunk;
  assert(priceDecimals >= chunk.priceDecimals, 'prices are never rounded');
  const columns = KIND_COLUMNS[chunk.kind].map((spec, ix) => {
    const shift = decimalsFor(spec.role, target) - decimalsFor(spec.role, chunk);
    return shift === 0 ? chunk.columns[ix]! : shiftColumn(chunk, ix, shift);
  });
  return { ...chunk, priceDecimals, qtyDecimals, columns };
}

function shiftColumn(chunk: RowChunk, ix: number, shift: number): Float64Array {
  const source = chunk.columns[ix]!;
  const out = new Float64Array(chunk.rowCount);
  const factor = POW10[Math.abs(shift)]!;
  for (let row = 0; row < chunk.rowCount; row++) {
    const value = shift > 0 ? source[row]! * factor : Math.floor(source[row]! / factor);
    if (value > Number.MAX_SAFE_INTEGER || value < -Number.MAX_SAFE_INTEGER) {
      const name = KIND_COLUMNS[chunk.kind][ix]!.name;
      throw new XylenError(
        'XY_ROW_INVALID',
        `${name} ${source[row]} needs ${shift} more decimals (another row is that fine) and would leave the safe integers`,
        { fields: { column: name, value: source[row]!, tsUs: chunk.columns[0]![row]! } },
      );
    }
    out[row] = value;
  }
  return out;
}
