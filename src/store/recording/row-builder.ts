/** Rows of the archive out of decoded records: which data set a record belongs to, at what time, and what its columns say. */
import { assert, type EpochUs } from '#core';
import { LEDGER_CAUSES, STREAM_KINDS, type VenueId } from '#domain';
import {
  CHUNK_ROWS_MAX,
  columnCount,
  type Decimals,
  KIND_BLOBS,
  ORDER_ACTION,
  type RowChunk,
  VENUE_WIDE,
} from '../history/index.ts';
import type { HistoryKind } from '../history-port.ts';
import type { EventDecoder } from './event-decoder.ts';
import { ORDER_ACTIONS, type RecordKind } from './record-form.ts';

/** The kind of data set that records of a kind go into. */
export const HISTORY_OF_RECORD: Readonly<Record<RecordKind, HistoryKind>> = {
  candle: 'candles',
  trade: 'trades',
  book: 'book',
  funding: 'funding',
  'mark-price': 'mark-price',
  'funding-rate': 'funding-rate',
  'open-interest': 'open-interest',
  liquidation: 'liquidations',
  quote: 'quotes',
  'book-order': 'orders',
  'orders-clear': 'orders',
  raw: 'raw',
  ledger: 'ledger',
  hours: 'feed-hours',
};

/** Returns the time by which a decoded record is ordered and cut into partitions. */
export function rowTimeOf(record: EventDecoder): EpochUs {
  switch (record.kind) {
    case 'candle':
      return record.numbers[1]!;
    case 'funding':
      return record.tsVenueUs;
    case 'ledger':
      return record.numbers[3]!;
    case 'hours':
      return record.numbers[1]!;
    default:
      return record.tsLocalUs;
  }
}

/** True for kinds whose row time stands in the head of the record. */
export function isTimedByHead(kind: RecordKind): boolean {
  return kind !== 'candle' && kind !== 'ledger' && kind !== 'hours';
}

/** Returns the venue of a decoded record. */
export function venueOf(record: EventDecoder): VenueId {
  return record.instrument?.venue ?? record.venue;
}

/** Returns the symbol that a decoded record is filed under. */
export function symbolOf(record: EventDecoder): string {
  if (record.instrument !== null) return record.instrument.symbol;
  return record.kind === 'raw' ? VENUE_WIDE : record.subject;
}

/** Collects rows of one kind and scale. */
export class RowBuilder {
  rowCount = 0;
  readonly #kind: HistoryKind;
  readonly #decimals: Decimals;
  readonly #columns: Float64Array[];
  #blobs: Uint8Array[][];
  #capacity = CHUNK_ROWS_MAX;

  constructor(kind: HistoryKind, decimals: Decimals) {
    this.#kind = kind;
    this.#decimals = decimals;
    this.#columns = Array.from({ length: columnCount(kind) }, () => new Float64Array(this.#capacity));
    this.#blobs = KIND_BLOBS[kind].map(() => []);
  }

  /** True when the rows should be taken. */
  get isFull(): boolean {
    return this.rowCount >= CHUNK_ROWS_MAX;
  }

  /** Adds the rows of a record; frames point into `bytes`, which must stay as they are until the rows are written. */
  add(record: EventDecoder, bytes: Uint8Array): void {
    const { kind, numbers } = record;
    if (kind === 'book') {
      this.#addBook(record);
      return;
    }
    this.#reserve(1);
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = numbers;
    switch (kind) {
      case 'candle':
        this.#row(b, c, d, e, f, g);
        break;
      case 'funding':
        this.#row(record.tsVenueUs, a);
        break;
      case 'orders-clear':
        this.#stamped(record, ORDER_ACTION.clear, 0, 0, 0);
        this.#blobs[0]?.push(NO_BYTES);
        break;
      case 'book-order':
        this.#stamped(record, ORDER_ACTION[ORDER_ACTIONS[a] ?? 'clear'], b, c, d);
        this.#blobs[0]?.push(Buffer.from(record.text));
        break;
      case 'raw':
        this.#row(record.tsLocalUs);
        this.#blobs[0]?.push(wordBytes(record.subject));
        this.#blobs[1]?.push(bytes.subarray(record.frameStart, record.frameEnd));
        break;
      case 'ledger':
        this.#row(d, c, e, f);
        this.#blobs[0]?.push(wordBytes(STREAM_KINDS[a] ?? ''));
        this.#blobs[1]?.push(wordBytes(LEDGER_CAUSES[b] ?? ''));
        this.#blobs[2]?.push(Buffer.from(record.text));
        break;
      case 'hours':
        this.#row(...numbers.subarray(1, 1 + columnCount('feed-hours')));
        this.#blobs[0]?.push(wordBytes(STREAM_KINDS[a] ?? ''));
        break;
      default:
        // Trades, marks, rates, open interest, liquidations and quotes have their columns in the order of their numbers.
        this.#stamped(record, ...numbers.subarray(0, columnCount(this.#kind) - 2));
    }
  }

  /** Returns the rows so far and starts anew; the columns are used again, so the rows are read before more are added. */
  take(): RowChunk {
    const { rowCount } = this;
    const blobs = this.#blobs.length === 0 ? {} : { blobs: this.#blobs };
    const columns = this.#columns.map((values) => values.subarray(0, rowCount));
    this.rowCount = 0;
    this.#blobs = KIND_BLOBS[this.#kind].map(() => []);
    return { kind: this.#kind, rowCount, ...this.#decimals, columns, ...blobs };
  }

  #addBook(record: EventDecoder): void {
    const { askCount, bidCount } = record;
    const levels = bidCount + askCount;
    this.#reserve(Math.max(1, levels));
    for (let i = 0; i < levels; i++)
      this.#level(record, i, i < bidCount ? 1 : -1, record.priceTicks[i]!, record.qtyLots[i]!);
    if (levels === 0) this.#level(record, 0, 0, 0, 0);
  }

  #level(record: EventDecoder, ix: number, side: number, priceTicks: number, qtyLots: number): void {
    const row = this.rowCount++;
    const columns = this.#columns;
    columns[0]![row] = record.tsLocalUs;
    columns[1]![row] = record.tsVenueUs;
    columns[2]![row] = record.firstId;
    columns[3]![row] = record.lastId;
    columns[4]![row] = record.previousId;
    columns[5]![row] = record.isSnapshot ? 1 : 0;
    columns[6]![row] = ix;
    columns[7]![row] = side;
    columns[8]![row] = priceTicks;
    columns[9]![row] = qtyLots;
  }

  #stamped(record: EventDecoder, ...values: number[]): void {
    this.#row(record.tsLocalUs, record.tsVenueUs, ...values);
  }

  #row(...values: number[]): void {
    assert(values.length === this.#columns.length, `rows of ${this.#kind} have all their columns`);
    const row = this.rowCount++;
    for (let ix = 0; ix < values.length; ix++) this.#columns[ix]![row] = values[ix]!;
  }

  #reserve(rows: number): void {
    if (this.rowCount + rows <= this.#capacity) return;
    this.#capacity = Math.max(this.rowCount + rows, 2 * this.#capacity);
    for (const [ix, values] of this.#columns.entries()) {
      const larger = new Float64Array(this.#capacity);
      larger.set(values.subarray(0, this.rowCount));
      this.#columns[ix] = larger;
    }
  }
}

const NO_BYTES = new Uint8Array(0);

/** Bytes of words that come again and again: streams, causes, sockets. */
const WORDS = new Map<string, Uint8Array>();
const WORDS_MAX = 4_096;

function wordBytes(word: string): Uint8Array {
  let bytes = WORDS.get(word);
  if (bytes === undefined) {
    bytes = Buffer.from(word);
    if (WORDS.size >= WORDS_MAX) WORDS.clear();
    WORDS.set(word, bytes);
  }
  return bytes;
}
