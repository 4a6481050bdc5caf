/**
 * What a frame of a venue is about, without understanding it: which market, and how many decimals its prices and quantities have. A capture
 * states no instruments, so they are found like this before the venue's own decoder reads it. Whatever does not have the expected form says
 * nothing here; the decoder will judge it. Pure.
 */
import type { VenueId } from '#domain';
import { itemsOf, type JsonTree, memberOf, textOf } from './json-tree.ts';

/** Hears what a frame is about. */
export interface SketchListener {
  /** The market has a book in this capture. */
  onBook(symbol: string): void;
  /** A number of the market; `undefined` is passed over. */
  onPrice(symbol: string, text: string | undefined): void;
  onQty(symbol: string, text: string | undefined): void;
  /** The subscribed depth of the books is stated (`symbol` null: of all), or a snapshot with so many levels was seen. */
  onDepth(symbol: string | null, depth: number): void;
  onSnapshotLevels(symbol: string, count: number): void;
}

/** Stands for the one market of the capture where a book by request does not name its own. */
export const NAMELESS = '';

/** Looks at one frame. */
export type Sketch = (frame: JsonTree, listener: SketchListener) => void;

/** Returns the way to look at frames of a venue; `undefined` when it has none. */
export function sketchOf(venue: VenueId): Sketch | undefined {
  if (venue.startsWith('binance')) return sketchBinance;
  if (venue === 'coinbase') return sketchCoinbase;
  if (venue === 'kraken-spot') return sketchKrakenSpot;
  if (venue === 'kraken-futures') return sketchKrakenFutures;
  return venue.startsWith('kucoin') ? sketchKucoin : undefined;
}

/** Returns bids and asks of a book by request, which stand at the top or in `data`; `undefined` when it is none. */
export function requestedSides(body: JsonTree): readonly [bids: JsonTree, asks: JsonTree] | undefined {
  const data = memberOf(body, 'data') ?? body;
  const bids = memberOf(data, 'bids');
  const asks = memberOf(data, 'asks');
  return Array.isArray(bids) && Array.isArray(asks) ? [bids, asks] : undefined;
}

/** Notes the levels of a book by request. Returns false when it is none. */
export function sketchSnapshot(body: JsonTree, symbol: string, listener: SketchListener): boolean {
  const sides = requestedSides(body) ?? [];
  for (const side of sides) pairs(side, symbol, listener);
  return sides.length > 0;
}

/** The market that a book by request names itself; not all do. */
export function snapshotSymbol(body: JsonTree): string | undefined {
  return textOf(body, 'symbol') ?? textOf(memberOf(body, 'data'), 'symbol');
}

/** `[[price, quantity, ...], ...]` */
function pairs(levels: JsonTree, symbol: string, listener: SketchListener): void {
  for (const level of itemsOf(levels)) {
    const [price, qty] = itemsOf(level);
    listener.onPrice(symbol, typeof price === 'string' ? price : undefined);
    listener.onQty(symbol, typeof qty === 'string' ? qty : undefined);
  }
}

/** `[{price, qty}, ...]` under whatever names. */
function records(
  levels: JsonTree,
  symbol: string,
  names: readonly [string, string],
  listener: SketchListener,
): void {
  for (const level of itemsOf(levels)) numbers(level, symbol, [names[0]], [names[1]], listener);
}

function numbers(
  record: JsonTree,
  symbol: string,
  prices: readonly string[],
  quantities: readonly string[],
  listener: SketchListener,
): void {
  for (const name of prices) listener.onPrice(symbol, textOf(record, name));
  for (const name of quantities) listener.onQty(symbol, textOf(record, name));
}

/** Streams of the best levels alone, and those with retail orders, send the same form and are another book. */
const DIFF_DEPTH = /@depth(@|$)/;

function sketchBinance(frame: JsonTree, listener: SketchListener): void {
  const stream = textOf(frame, 'stream');
  const data = stream === undefined ? frame : memberOf(frame, 'data');
  const isDiff = stream === undefined || DIFF_DEPTH.test(stream);
  for (const event of Array.isArray(data) ? itemsOf(data) : [data])
    sketchBinanceEvent(event, isDiff, listener);
}

function sketchBinanceEvent(event: JsonTree, isDiff: boolean, listener: SketchListener): void {
  const order = memberOf(event, 'o');
  if (textOf(event, 'lastUpdateId') !== undefined)
    sketchSnapshot(event, snapshotSymbol(event) ?? NAMELESS, listener);
  const symbol = textOf(event, 's') ?? textOf(order, 's');
  if (symbol === undefined) return;
  const bids = memberOf(event, 'b');
  if (Array.isArray(bids)) {
    if (isDiff) listener.onBook(symbol);
    pairs(bids, symbol, listener);
    pairs(memberOf(event, 'a'), symbol, listener);
  } else if (textOf(event, 'e') === 'kline') {
    numbers(memberOf(event, 'k'), symbol, ['o', 'h', 'l', 'c'], ['v'], listener);
  } else if (order instanceof Map) numbers(order, symbol, ['p'], ['q'], listener);
  else if (/rade$/.test(textOf(event, 'e') ?? '')) numbers(event, symbol, ['p'], ['q'], listener);
  else if (textOf(event, 'u') !== undefined) numbers(event, symbol, ['b', 'a'], ['B', 'A'], listener);
}

function sketchCoinbase(frame: JsonTree, listener: SketchListener): void {
  for (const event of itemsOf(memberOf(frame, 'events'))) {
    const symbol = textOf(event, 'product_id');
    const updates = memberOf(event, 'updates');
    if (symbol !== undefined && Array.isArray(updates)) {
      listener.onBook(symbol);
      records(updates, symbol, ['price_level', 'new_quantity'], listener);
    }
    for (const trade of itemsOf(memberOf(event, 'trades'))) sketchCoinbasePrint(trade, listener);
    for (const ticker of itemsOf(memberOf(event, 'tickers'))) sketchCoinbasePrint(ticker, listener);
    for (const candle of itemsOf(memberOf(event, 'candles'))) {
      const name = textOf(candle, 'product_id');
      if (name !== undefined) numbers(candle, name, ['open', 'high', 'low', 'close'], ['volume'], listener);
    }
  }
  const symbol = textOf(frame, 'product_id');
  const type = textOf(frame, 'type');
  if (symbol === undefined || type === undefined) return;
  if (type === 'snapshot' || type === 'l2update') {
    listener.onBook(symbol);
    pairs(memberOf(frame, 'bids'), symbol, listener);
    pairs(memberOf(frame, 'asks'), symbol, listener);
    for (const change of itemsOf(memberOf(frame, 'changes')))
      pairs([itemsOf(change).slice(1)], symbol, listener);
  } else sketchCoinbasePrint(frame, listener);
}

const COINBASE_PRICES = ['price', 'best_bid', 'best_ask'];
const COINBASE_QUANTITIES = [
  'size',
  'best_bid_quantity',
  'best_ask_quantity',
  'best_bid_size',
  'best_ask_size',
];

function sketchCoinbasePrint(print: JsonTree, listener: SketchListener): void {
  const symbol = textOf(print, 'product_id');
  if (symbol !== undefined) numbers(print, symbol, COINBASE_PRICES, COINBASE_QUANTITIES, listener);
}

/** Books alone: the checksums are those of their digits, and nothing else may add one. */
function sketchKrakenSpot(frame: JsonTree, listener: SketchListener): void {
  if (Array.isArray(frame)) sketchKrakenLegacy(itemsOf(frame), listener);
  else if (textOf(frame, 'channel') === 'book') {
    for (const book of itemsOf(memberOf(frame, 'data'))) {
      const symbol = textOf(book, 'symbol');
      if (symbol === undefined) continue;
      const sides = [memberOf(book, 'bids'), memberOf(book, 'asks')];
      listener.onBook(symbol);
      for (const side of sides) records(side, symbol, ['price', 'qty'], listener);
      if (textOf(frame, 'type') === 'snapshot') noteLevels(sides, symbol, listener);
    }
  } else sketchKrakenAnswer(frame, listener);
}

/** The venue says which depth was subscribed; so does the request, in a capture that holds what was sent. */
function sketchKrakenAnswer(frame: JsonTree, listener: SketchListener): void {
  const subject = memberOf(frame, 'result') ?? memberOf(frame, 'params') ?? memberOf(frame, 'subscription');
  const channel = textOf(subject, 'channel') ?? textOf(subject, 'name');
  const depth = Number(textOf(subject, 'depth') ?? Number.NaN);
  if (channel !== 'book' || !Number.isSafeInteger(depth) || depth < 1) return;
  listener.onDepth(textOf(subject, 'symbol') ?? textOf(frame, 'pair') ?? null, depth);
}

/** `[channelID, part, ..., "book-1000", "XBT/USD"]` */
function sketchKrakenLegacy(frame: readonly JsonTree[], listener: SketchListener): void {
  const symbol = frame.at(-1);
  const channel = frame.at(-2);
  const depth = typeof channel === 'string' ? /^book-(\d{1,5})$/.exec(channel)?.[1] : undefined;
  if (typeof symbol !== 'string' || depth === undefined) return;
  listener.onBook(symbol);
  listener.onDepth(symbol, Number(depth));
  for (const part of frame.slice(1, -2)) {
    for (const name of ['as', 'bs', 'a', 'b']) pairs(memberOf(part, name), symbol, listener);
  }
}

function noteLevels(sides: readonly JsonTree[], symbol: string, listener: SketchListener): void {
  for (const side of sides) listener.onSnapshotLevels(symbol, itemsOf(side).length);
}

function sketchKrakenFutures(frame: JsonTree, listener: SketchListener): void {
  const symbol = textOf(frame, 'product_id');
  const feed = textOf(frame, 'feed');
  if (symbol === undefined || feed === undefined) return;
  if (feed === 'book_snapshot' || feed === 'book') listener.onBook(symbol);
  if (feed === 'trade_snapshot') records(memberOf(frame, 'trades'), symbol, ['price', 'qty'], listener);
  for (const name of ['bids', 'asks']) records(memberOf(frame, name), symbol, ['price', 'qty'], listener);
  numbers(frame, symbol, ['price', 'bid', 'ask'], ['qty', 'bid_size', 'ask_size'], listener);
}

function sketchKucoin(frame: JsonTree, listener: SketchListener): void {
  const [topic = '', symbol = ''] = (textOf(frame, 'topic') ?? '').split(':');
  const data = memberOf(frame, 'data');
  if (symbol === '' || symbol.includes(',') || !(data instanceof Map)) return;
  if (/\/level2$/.test(topic)) {
    listener.onBook(symbol);
    const changes = memberOf(data, 'changes');
    for (const name of ['bids', 'asks']) pairs(memberOf(changes, name), symbol, listener);
    const [price, , size] = (textOf(data, 'change') ?? '').split(',');
    listener.onPrice(symbol, price);
    listener.onQty(symbol, size);
    return;
  }
  numbers(
    data,
    symbol,
    ['price', 'bestBid', 'bestAsk', 'bestBidPrice', 'bestAskPrice'],
    KUCOIN_QUANTITIES,
    listener,
  );
  const candle = itemsOf(memberOf(data, 'candles'));
  for (const text of candle.slice(1, 5))
    listener.onPrice(symbol, typeof text === 'string' ? text : undefined);
  listener.onQty(symbol, typeof candle[5] === 'string' ? candle[5] : undefined);
}

const KUCOIN_QUANTITIES = ['size', 'bestBidSize', 'bestAskSize'];
