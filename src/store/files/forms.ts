/**
 * The forms of foreign files and how they are told apart: by the first line, never by the name. A form knows the kinds of data it
 * holds, whether it starts with a header, and how to make a parser.
 */
import type { HistoryKind } from '../history-port.ts';
import { type BarLayout, BarParser } from './bar-parser.ts';
import { BOOK_DEPTH_COLUMNS, BookDepthParser } from './book-depth-parser.ts';
import { type ByteSource, ContainerDamage, damaged } from './byte-source.ts';
import { FUNDING_LAYOUTS, type FundingLayout, FundingParser } from './funding-parser.ts';
import { jsonRowsToLines } from './json-rows.ts';
import { L2RawParser } from './l2-raw-parser.ts';
import {
  OPEN_INTEREST_LAYOUTS,
  type OpenInterestLayout,
  OpenInterestParser,
} from './open-interest-parser.ts';
import { printable } from './row-fault.ts';
import type { ParserOptions, RowParser } from './row-parser.ts';
import { TRADE_LAYOUTS, TradeCsvParser, type TradeLayout } from './trade-csv-parser.ts';

/** One form of file. */
export interface FileForm {
  readonly name: string;
  readonly kinds: readonly HistoryKind[];
  readonly hasHeader: boolean;
  readonly encoding: 'latin1' | 'utf8';
  readonly transform?: (bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;
  /** What trade ids count, so that aggregates and single trades never mix. */
  readonly tradeIds?: 'aggregate' | 'single';
  makeParser(options: ParserOptions): RowParser;
}

const CANDLE_COLUMNS = ['ts_ms', 'open', 'high', 'low', 'close', 'volume'];
const MARK_COLUMNS = CANDLE_COLUMNS.slice(0, 5);
const KLINE_COLUMNS = [
  'open_time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'close_time',
  'quote_volume',
  'count',
  'taker_buy_volume',
  'taker_buy_quote_volume',
  'ignore',
];
const KRAKEN_COLUMNS = ['time_s', 'open', 'high', 'low', 'close', 'volume', 'trades'];

function barForm(name: string, kind: 'candles' | 'mark', layout: BarLayout, hasHeader: boolean): FileForm {
  return {
    name,
    kinds: [kind],
    hasHeader,
    encoding: 'latin1',
    makeParser: (options) => new BarParser(layout, options),
  };
}

const CANDLES: BarLayout = { columns: CANDLE_COLUMNS, timeUnit: 'ms or us', hasVolume: true };
const MARK: BarLayout = { columns: MARK_COLUMNS, timeUnit: 'ms or us', hasVolume: false };
const KLINES: BarLayout = { columns: KLINE_COLUMNS, timeUnit: 'ms or us', hasVolume: true };
const KRAKEN: BarLayout = { columns: KRAKEN_COLUMNS, timeUnit: 's', hasVolume: true };

function fundingForm(layout: FundingLayout): FileForm {
  return {
    name: 'funding CSV',
    kinds: ['funding'],
    hasHeader: true,
    encoding: 'latin1',
    makeParser: (options) => new FundingParser(layout, options),
  };
}

const L2_RAW: FileForm = {
  name: 'recorded Binance stream',
  kinds: ['trades', 'book'],
  hasHeader: false,
  encoding: 'utf8',
  tradeIds: 'single',
  makeParser: (options) => new L2RawParser(options),
};

const JSON_CANDLES: FileForm = {
  ...barForm('JSON array of candles', 'candles', CANDLES, false),
  transform: jsonRowsToLines,
};

function tradeForm(layout: TradeLayout, hasHeader: boolean): FileForm {
  const isAggregate = layout.first >= 0;
  return {
    name: isAggregate ? 'aggregate trades CSV' : 'trades CSV',
    kinds: ['trades'],
    hasHeader,
    encoding: 'latin1',
    tradeIds: isAggregate ? 'aggregate' : 'single',
    makeParser: (options) => new TradeCsvParser(layout, options),
  };
}

function openInterestForm(layout: OpenInterestLayout, hasHeader: boolean): FileForm {
  return {
    name: 'open interest CSV',
    kinds: ['open-interest'],
    hasHeader,
    encoding: 'latin1',
    makeParser: (options) => new OpenInterestParser(layout, options),
  };
}

function bookDepthForm(hasHeader: boolean): FileForm {
  return {
    name: 'depth of book CSV',
    kinds: ['book-depth'],
    hasHeader,
    encoding: 'latin1',
    makeParser: (options) => new BookDepthParser(options),
  };
}

/** Forms by their header line. */
const HEADERS: ReadonlyMap<string, FileForm> = new Map([
  [CANDLE_COLUMNS.join(','), barForm('candles CSV', 'candles', CANDLES, true)],
  [MARK_COLUMNS.join(','), barForm('mark bars CSV', 'mark', MARK, true)],
  ...FUNDING_LAYOUTS.map((layout): [string, FileForm] => [layout.columns.join(','), fundingForm(layout)]),
  [KLINE_COLUMNS.join(','), barForm('Binance klines CSV', 'candles', KLINES, true)],
  ...Object.values(TRADE_LAYOUTS).map((layout: TradeLayout): [string, FileForm] => [
    layout.columns.join(','),
    tradeForm(layout, true),
  ]),
  ...Object.values(OPEN_INTEREST_LAYOUTS).map((layout: OpenInterestLayout): [string, FileForm] => [
    layout.columns.join(','),
    openInterestForm(layout, true),
  ]),
  [BOOK_DEPTH_COLUMNS.join(','), bookDepthForm(true)],
]);

/** Tells the form of a first line; `undefined` when it is none that is known. */
export function formOfFirstLine(line: string): FileForm | undefined {
  const header = HEADERS.get(line);
  if (header !== undefined) return header;
  if (/^\s*\[\s*\[/.test(line)) return JSON_CANDLES;
  if (/^\d{16,19} \{/.test(line)) return L2_RAW;
  const cells = line.split(',');
  const first = cells[0] ?? '';
  const isStamp = STAMP.test(first);
  if (cells.length === 12 && isStamp) return barForm('Binance klines CSV', 'candles', KLINES, false);
  if (cells.length === 6 && isStamp) return barForm('candles CSV', 'candles', CANDLES, false);
  if (cells.length === 7 && /^\d{10}$/.test(first) && /^\d+$/.test(cells[6]!)) {
    return barForm('Kraken OHLCVT CSV', 'candles', KRAKEN, false);
  }
  if (UTC_TEXT.test(first)) {
    if (cells.length === BOOK_DEPTH_COLUMNS.length) return bookDepthForm(false);
    const { metrics } = OPEN_INTEREST_LAYOUTS;
    return cells.length === metrics.columns.length ? openInterestForm(metrics, false) : undefined;
  }
  const isFlag = isFlagText(cells.at(-1));
  if (!isFlag || !/^\d+$/.test(first)) return undefined;
  const layouts: readonly TradeLayout[] = Object.values(TRADE_LAYOUTS);
  const layout = layouts.find(
    ({ columns, maker, time }) =>
      columns.length === cells.length && isFlagText(cells[maker]) && STAMP.test(cells[time] ?? ''),
  );
  return layout === undefined ? undefined : tradeForm(layout, false);
}

const UTC_TEXT = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}/;
const STAMP = /^(\d{13}|\d{16})$/;

function isFlagText(text: string | undefined): boolean {
  return /^(true|false)$/i.test(text ?? '');
}

const SNIFF_BYTES = 64 * 1024;

/** Tells the form of a file from its first line. @throws XY_FILE_DAMAGED when it is none that is known. */
export async function sniffForm(source: ByteSource): Promise<FileForm> {
  const line = await firstLineOf(source);
  const form = formOfFirstLine(line);
  if (form !== undefined) return form;
  const known = [...HEADERS.keys()].join(' | ');
  throw damaged(
    source.path,
    `no known form of market data; the first line is '${printable(line)}', known headers are ${known}; also JSON rows of candles and recorded streams (docs/data.md)`,
    1,
  );
}

async function firstLineOf(source: ByteSource): Promise<string> {
  let head = '';
  try {
    for await (const piece of source.chunks()) {
      head += piece.toString('latin1');
      const end = head.indexOf('\n');
      if (end >= 0) head = head.slice(0, end);
      if (end >= 0 || head.length > SNIFF_BYTES) break;
    }
  } catch (thrown) {
    if (thrown instanceof ContainerDamage) throw damaged(source.path, thrown.message, 1);
    throw thrown;
  }
  return head
    .replace(/^\xef\xbb\xbf/, '')
    .replace(/\r$/, '')
    .slice(0, SNIFF_BYTES);
}
