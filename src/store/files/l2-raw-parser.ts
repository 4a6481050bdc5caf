/**
 * Recorded Binance streams: each line is the local receive time in nanoseconds (19 digits; microseconds, 16, in recordings of 2023),
 * a space, and the JSON as received: combined-stream frames of `depthUpdate`, `trade` and `bookTicker`, and REST book snapshots
 * (`lastUpdateId`). One recording gives trades and book events; every line is validated, those of the other kind are passed over.
 *
 * The venue time is the matching time `T` where the venue sends it, else the event time `E`, else (REST snapshots of spot) the local
 * time. Collectors' clocks may be slow: the local time can lie before the venue's. Lines are ordered by local time.
 */
import { assert, formatIso, US_PER_MS } from '#core';
import { BOOK, type ChunkBuilder, DecimalScan, TRADE } from '../history/index.ts';
import type { RowFault } from './row-fault.ts';
import { type NumberTarget, type ParserOptions, type RowParser, setNumber } from './row-parser.ts';
import { TradeOrder } from './trade-order.ts';

type JsonRecord = Readonly<Record<string, unknown>>;

const BOOK_PRICE: NumberTarget = { role: 'price', column: BOOK.price, name: 'level price' };
const BOOK_QTY: NumberTarget = { role: 'qty', column: BOOK.qty, name: 'level quantity' };
const TRADE_PRICE: NumberTarget = { role: 'price', column: TRADE.price, name: 'p' };
const TRADE_QTY: NumberTarget = { role: 'qty', column: TRADE.qty, name: 'q' };

/** Partial books look like differences but for the name of their stream; taken for differences they would ruin the book. */
const PARTIAL_DEPTH = /@depth(5|10|20)(@|$)/;

/** Parses the trades or the book events of a recording, whichever the builder is for. */
export class L2RawParser implements RowParser {
  readonly passedOver = new Map<string, number>();
  readonly #builder: ChunkBuilder;
  readonly #scan = new DecimalScan();
  readonly #order = new TradeOrder('local time', 't');
  #symbol: string | null;
  #lastLocalUs = -1;

  constructor(options: ParserOptions) {
    const { kind } = options.builder;
    assert(kind === 'trades' || kind === 'book', 'a recording holds trades and book events');
    this.#builder = options.builder;
    this.#symbol = options.symbol === null ? null : plainSymbol(options.symbol);
  }

  /** The symbol that the lines name, letters and digits only; `null` before the first. */
  get symbol(): string | null {
    return this.#symbol;
  }

  parse(line: string): RowFault | undefined {
    const space = line.indexOf(' ');
    const localUs = localTimeUs(line.slice(0, Math.max(space, 0)));
    if (Number.isNaN(localUs)) {
      const expected = 'a local time in nanoseconds (19 digits) or microseconds (16), a space, JSON';
      return { check: 'time', column: 'local time', value: line.slice(0, 40), expected };
    }
    if (localUs < this.#lastLocalUs) {
      const expected = `a time not before the line before (${formatIso(this.#lastLocalUs)})`;
      return { check: 'disorder', column: 'local time', value: line.slice(0, space), expected };
    }
    const message = parseJson(line.slice(space + 1));
    if (message === undefined) return jsonFault('message', line.slice(space + 1), 'a JSON object');
    const fault = this.#message(localUs, message);
    if (fault === undefined) this.#lastLocalUs = localUs;
    return fault;
  }

  #message(localUs: number, message: JsonRecord): RowFault | undefined {
    if ('lastUpdateId' in message) return this.#snapshot(localUs, message);
    const data = recordOf(message.data);
    if (data === undefined) return jsonFault('data', textOf(message.data), 'the payload of a stream frame');
    const fault = this.#symbolFault(data.s);
    if (fault !== undefined) return fault;
    // Spot's bookTicker has no event name: the stream's tells.
    const event = typeof data.e === 'string' ? data.e : String(message.stream).split('@')[1];
    if (PARTIAL_DEPTH.test(String(message.stream))) return this.#passOver('partial depth');
    if (event === 'depthUpdate') return this.#depthUpdate(localUs, data);
    if (event === 'trade') return this.#trade(localUs, data);
    if (event === 'bookTicker') return this.#passOver('bookTicker');
    if (typeof event === 'string' && /^[A-Za-z]{1,30}$/.test(event)) return this.#passOver(event);
    return jsonFault('e', textOf(data.e), 'the name of an event');
  }

  #snapshot(localUs: number, message: JsonRecord): RowFault | undefined {
    const id = message.lastUpdateId;
    if (!isId(id)) return jsonFault('lastUpdateId', textOf(id), 'a whole number');
    const fault = message.symbol === undefined ? undefined : this.#symbolFault(message.symbol);
    if (fault !== undefined) return fault;
    const tsVenueUs = venueTimeUs(message) ?? localUs;
    const ids = { firstId: id, lastId: id, previousId: -1, isSnapshot: 1 };
    return this.#bookEvent({ localUs, tsVenueUs, ...ids }, message.bids, message.asks);
  }

  #depthUpdate(localUs: number, data: JsonRecord): RowFault | undefined {
    const { U: firstId, u: lastId, pu } = data;
    if (!isId(firstId)) return jsonFault('U', textOf(firstId), 'a whole number');
    if (!isId(lastId) || lastId < firstId)
      return jsonFault('u', textOf(lastId), `a whole number of at least U (${firstId})`);
    if (pu !== undefined && !isId(pu)) return jsonFault('pu', textOf(pu), 'a whole number');
    const tsVenueUs = venueTimeUs(data);
    if (tsVenueUs === undefined)
      return jsonFault('T or E', textOf(data.T ?? data.E), 'an epoch time in milliseconds');
    const ids = { firstId, lastId, previousId: pu ?? -1, isSnapshot: 0 };
    return this.#bookEvent({ localUs, tsVenueUs, ...ids }, data.b, data.a);
  }

  #bookEvent(
    head: {
      readonly localUs: number;
      readonly tsVenueUs: number;
      readonly firstId: number;
      readonly lastId: number;
      readonly previousId: number;
      readonly isSnapshot: number;
    },
    bids: unknown,
    asks: unknown,
  ): RowFault | undefined {
    const isKept = this.#builder.kind === 'book';
    const first = this.#builder.rowCount;
    const row = (side: number, levelIx: number): void => {
      const builder = this.#builder;
      builder.set(BOOK.tsLocal, head.localUs);
      builder.set(BOOK.tsVenue, head.tsVenueUs);
      builder.set(BOOK.firstId, head.firstId);
      builder.set(BOOK.lastId, head.lastId);
      builder.set(BOOK.previousId, head.previousId);
      builder.set(BOOK.isSnapshot, head.isSnapshot);
      builder.set(BOOK.levelIx, levelIx);
      builder.set(BOOK.side, side);
    };
    for (const [levels, side, name] of [
      [bids, 1, 'bids'],
      [asks, -1, 'asks'],
    ] as const) {
      if (!Array.isArray(levels)) return jsonFault(name, textOf(levels), 'an array of [price, quantity]');
      for (const level of levels as readonly unknown[]) {
        const fault = isKept ? this.#level(level, name) : levelFault(level, name);
        if (fault !== undefined) return fault;
        if (!isKept) continue;
        row(side, this.#builder.rowCount - first);
        this.#builder.endRow();
      }
    }
    if (!isKept) return this.#passOver('depthUpdate');
    if (this.#builder.rowCount > first) return undefined;
    row(0, 0);
    this.#builder.set(BOOK.price, 0);
    this.#builder.set(BOOK.qty, 0);
    this.#builder.endRow();
    return undefined;
  }

  #level(level: unknown, name: string): RowFault | undefined {
    const fault = levelFault(level, name);
    if (fault !== undefined) return fault;
    const [price, qty] = level as readonly [string, string];
    const refused =
      setNumber(this.#builder, this.#scan, BOOK_PRICE, price) ??
      setNumber(this.#builder, this.#scan, BOOK_QTY, qty);
    if (refused !== undefined) return refused;
    if (!(this.#builder.at(BOOK.price) > 0))
      return { check: 'price', column: name, value: price, expected: 'a price above zero' };
    if (this.#builder.at(BOOK.qty) >= 0) return undefined;
    return { check: 'quantity', column: name, value: qty, expected: 'a quantity of at least zero' };
  }

  #trade(localUs: number, data: JsonRecord): RowFault | undefined {
    const { t: id, m: isBuyerMaker, p: price, q: qty, X: type } = data;
    if (this.#builder.kind !== 'trades') return this.#passOver('trade');
    // Futures streams also tell of insurance fund and ADL takeovers, some with price 0: no trade of the market.
    if (type !== undefined && type !== 'MARKET') return this.#passOver(`trade of type ${textOf(type)}`);
    if (!isId(id)) return jsonFault('t', textOf(id), 'a whole number');
    if (typeof isBuyerMaker !== 'boolean') return jsonFault('m', textOf(isBuyerMaker), 'true or false');
    if (typeof price !== 'string') return jsonFault('p', textOf(price), 'a decimal in quotes');
    if (typeof qty !== 'string') return jsonFault('q', textOf(qty), 'a decimal in quotes');
    const tsVenueUs = venueTimeUs(data);
    if (tsVenueUs === undefined) return jsonFault('T', textOf(data.T), 'an epoch time in milliseconds');
    const builder = this.#builder;
    const fault =
      this.#order.faultOf(localUs, id) ??
      setNumber(builder, this.#scan, TRADE_PRICE, price) ??
      setNumber(builder, this.#scan, TRADE_QTY, qty);
    if (fault !== undefined) return fault;
    if (!(builder.at(TRADE.price) > 0))
      return { check: 'price', column: 'p', value: price, expected: 'a price above zero' };
    if (!(builder.at(TRADE.qty) > 0))
      return { check: 'quantity', column: 'q', value: qty, expected: 'a quantity above zero' };
    builder.set(TRADE.tsLocal, localUs);
    builder.set(TRADE.tsVenue, tsVenueUs);
    builder.set(TRADE.id, id);
    builder.set(TRADE.sign, isBuyerMaker ? -1 : 1);
    builder.endRow();
    this.#order.take(localUs, id);
    return undefined;
  }

  #symbolFault(value: unknown): RowFault | undefined {
    if (typeof value !== 'string') return jsonFault('s', textOf(value), 'a symbol');
    const symbol = plainSymbol(value);
    this.#symbol ??= symbol;
    if (symbol === this.#symbol) return undefined;
    return { check: 'symbol', column: 's', value, expected: `the symbol ${this.#symbol}` };
  }

  #passOver(what: string): undefined {
    this.passedOver.set(what, (this.passedOver.get(what) ?? 0) + 1);
    return undefined;
  }
}

/** Returns a symbol as letters and digits in upper case: `BTC-USDT`, `btcusdt` and `BTCUSDT` are one. */
export function plainSymbol(symbol: string): string {
  return symbol.toUpperCase().replace(/[-_/:]/g, '');
}

function localTimeUs(text: string): number {
  if (/^\d{19}$/.test(text)) return Number(text.slice(0, 16));
  return /^\d{16}$/.test(text) && Number(text) <= Number.MAX_SAFE_INTEGER ? Number(text) : Number.NaN;
}

function venueTimeUs(data: JsonRecord): number | undefined {
  const ms = data.T ?? data.E;
  return isId(ms) && ms >= 1e12 && isId(ms * US_PER_MS) ? ms * US_PER_MS : undefined;
}

function levelFault(level: unknown, name: string): RowFault | undefined {
  const isPair =
    Array.isArray(level) && level.length >= 2 && typeof level[0] === 'string' && typeof level[1] === 'string';
  return isPair ? undefined : jsonFault(name, textOf(level), '[price, quantity] as decimals in quotes');
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function parseJson(text: string): JsonRecord | undefined {
  try {
    return recordOf(JSON.parse(text));
  } catch {
    // The fault is reported by the caller, with its line.
    return undefined;
  }
}

function recordOf(value: unknown): JsonRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonRecord)
    : undefined;
}

function textOf(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
}

function jsonFault(column: string, value: string, expected: string): RowFault {
  return { check: 'json', column, value, expected };
}
