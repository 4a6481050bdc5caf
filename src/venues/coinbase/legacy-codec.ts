/**
 * Frames of the older Exchange feed (`wss://ws-feed...`), for captures made before Advanced Trade: `snapshot`, `l2update`, `match`, `last_match`, `ticker`,
 * `subscriptions`, `heartbeat`, `error`. They are told apart by `type`, carry no number of the connection, and are read in two steps (where each
 * member stands, then what is needed), which is slow enough for replays only. The order-by-order channel (`received`, `open`, `done`, ...) is
 * passed over.
 */
import type { BookUpdate, LevelBuffer } from '#book';
import {
  type FeedInstrument,
  FrameFault,
  type JsonCursor,
  readLots,
  readRfc3339,
  scaleLevels,
  type WireSymbols,
  wireQtyDecimals,
} from '../market/index.ts';
import { type FrameStage, stageTrade } from './frame-stage.ts';

/** Members of a frame; the feed has a dozen. */
const MEMBERS_MAX = 64;

/** Reads legacy frames into the stage. */
export class LegacyFrames {
  readonly #cursor: JsonCursor;
  readonly #symbols: WireSymbols;
  readonly #stage: FrameStage;
  readonly #places = new Map<string, number>();

  constructor(cursor: JsonCursor, symbols: WireSymbols, stage: FrameStage) {
    this.#cursor = cursor;
    this.#symbols = symbols;
    this.#stage = stage;
  }

  /** Reads the whole frame that the cursor was loaded with. @throws FrameFault */
  read(frame: Uint8Array): void {
    this.#findMembers(frame);
    const type = this.#text('type');
    if (type === 'snapshot') this.#readSnapshot();
    else if (type === 'l2update') this.#readChanges();
    else if (type === 'match' || type === 'last_match') this.#readTrade();
    else if (type === 'ticker') this.#readTicker();
    else if (type === 'subscriptions') this.#readSubscriptions();
    else if (type === 'heartbeat') this.#stage.addControl({ kind: 'heartbeat' }, 0);
    else if (type === 'error') this.#readError();
  }

  #findMembers(frame: Uint8Array): void {
    const cursor = this.#cursor;
    this.#places.clear();
    cursor.load(frame);
    cursor.beginObject();
    while (cursor.nextKey()) {
      const key = cursor.text();
      cursor.peek();
      if (this.#places.size < MEMBERS_MAX) this.#places.set(key, cursor.at);
      cursor.skip();
    }
    cursor.finish();
  }

  /** Goes to a member. @throws FrameFault when it is missing */
  #go(key: string): JsonCursor {
    const at = this.#places.get(key);
    if (at === undefined) throw new FrameFault(`expected a member '${key}'`, 0);
    this.#cursor.at = at;
    return this.#cursor;
  }

  #text(key: string): string {
    return this.#places.has(key) ? this.#go(key).stringText() : '';
  }

  #instrument(): FeedInstrument | undefined {
    return this.#symbols.named(this.#go('product_id').stringText());
  }

  #readSnapshot(): void {
    const instrument = this.#instrument();
    if (instrument === undefined) return;
    const book = this.#takeBook(instrument);
    book.isSnapshot = true;
    const qtyDecimals = wireQtyDecimals(instrument);
    for (const side of ['bids', 'asks'] as const) {
      this.#go(side).readLevels(book[side], instrument.priceDecimals, qtyDecimals);
      scaleLevels(book[side], 0, instrument, this.#cursor.at);
    }
  }

  /** A snapshot has no time of its own: 0 stands for the time of its arrival. */
  #takeBook(instrument: FeedInstrument): BookUpdate {
    const book = this.#stage.books.take(0);
    book.clear();
    book.instrumentIx = instrument.ix;
    book.tsVenueUs = this.#places.has('time') ? readRfc3339(this.#go('time')) : 0;
    return book;
  }

  /** Reads price, quantity and the rest of a level, up to the end of its array. */
  #readLevel(side: LevelBuffer, instrument: FeedInstrument): void {
    const cursor = this.#cursor;
    const priceTicks = cursor.nextItem() ? cursor.readDecimal(instrument.priceDecimals) : Number.NaN;
    const qtyLots = cursor.nextItem() ? readLots(cursor, instrument) : Number.NaN;
    while (cursor.nextItem()) cursor.skip();
    if (!(priceTicks > 0) || !(qtyLots >= 0)) {
      throw new FrameFault('expected a level with a price above 0 and a quantity of at least 0', cursor.at);
    }
    if (!side.push(priceTicks, qtyLots)) throw new FrameFault('more levels than a book may have', cursor.at);
  }

  #readChanges(): void {
    const instrument = this.#instrument();
    if (instrument === undefined) return;
    const book = this.#takeBook(instrument);
    const cursor = this.#go('changes');
    cursor.beginArray();
    while (cursor.nextItem()) {
      cursor.beginArray();
      const side = cursor.nextItem() ? cursor.stringText() : '';
      if (side !== 'buy' && side !== 'sell') throw new FrameFault("expected 'buy' or 'sell'", cursor.at);
      this.#readLevel(side === 'buy' ? book.bids : book.asks, instrument);
    }
  }

  #readTrade(): void {
    const instrument = this.#instrument();
    if (instrument === undefined) return;
    const side = this.#text('side');
    const priceTicks = this.#go('price').readDecimal(instrument.priceDecimals);
    const qtyLots = readLots(this.#go('size'), instrument);
    const idText = this.#go('trade_id').scalarText();
    const tsVenueUs = readRfc3339(this.#go('time'));
    if ((side !== 'buy' && side !== 'sell') || !(priceTicks > 0) || !(qtyLots >= 0)) {
      throw new FrameFault('expected a match with side, price above 0 and size', 0);
    }
    const fields = { instrumentIx: instrument.ix, tsVenueUs, priceTicks, qtyLots };
    stageTrade(this.#stage.trades.take(0), idText, side, fields);
  }

  /** Tickers of 2021 have no quantities, and a quote without them is none. */
  #readTicker(): void {
    const instrument = this.#instrument();
    if (instrument === undefined || !this.#places.has('best_bid_size')) return;
    const { priceDecimals } = instrument;
    this.#stage.timestampUs = readRfc3339(this.#go('time'));
    const bidTicks = this.#go('best_bid').readDecimal(priceDecimals);
    const bidLots = readLots(this.#go('best_bid_size'), instrument);
    const askTicks = this.#go('best_ask').readDecimal(priceDecimals);
    const askLots = readLots(this.#go('best_ask_size'), instrument);
    if (!(bidTicks > 0 && bidLots > 0 && askTicks > 0 && askLots > 0)) return;
    const quote = this.#stage.quotes.take(0);
    Object.assign(quote, { instrumentIx: instrument.ix, updateId: -1, bidTicks, bidLots, askTicks, askLots });
  }

  #readSubscriptions(): void {
    const cursor = this.#go('channels');
    cursor.beginArray();
    while (cursor.nextItem()) {
      let channel = '';
      const symbols: string[] = [];
      cursor.beginObject();
      while (cursor.nextKey()) {
        const key = cursor.text();
        if (key === 'name') channel = cursor.stringText();
        else if (key === 'product_ids') {
          cursor.beginArray();
          while (cursor.nextItem()) symbols.push(cursor.stringText());
        } else cursor.skip();
      }
      for (const symbol of symbols) {
        this.#stage.addControl({ kind: 'subscribed', channel, symbol }, cursor.at);
      }
    }
  }

  #readError(): void {
    const reason = this.#text('reason');
    const message = this.#text('message') + (reason === '' ? '' : `: ${reason}`);
    this.#stage.addControl({ kind: 'refused', id: null, channel: null, symbol: null, message }, 0);
  }
}
