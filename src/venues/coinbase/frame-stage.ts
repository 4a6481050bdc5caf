/**
 * What one frame of Coinbase holds, put aside until its last byte was found good. Readers fill it, the decoder delivers it; nothing in it outlives the
 * next frame.
 */
import { BookUpdate } from '#book';
import type { EpochUs } from '#core';
import {
  type ControlMessage,
  FrameFault,
  newVenueCandle,
  type QuotePrint,
  RecordPool,
  type TradePrint,
  type VenueCandle,
} from '../market/index.ts';

/** Books that one frame may speak of; the venue sends one. */
const BOOKS_MAX = 64;
/** Trades, quotes and candles that one frame may hold; snapshots of trades have some hundreds. */
const PRINTS_MAX = 16_384;
/** Answers that one frame may hold: an acknowledgement lists all products of all channels. */
const CONTROLS_MAX = 65_536;

/** A trade with the text of its id, which may be no number. */
export interface StagedTrade {
  readonly print: TradePrint;
  idText: string;
}

/** One frame. */
export class FrameStage {
  /** The venue's time of the frame; `NaN` = not stated. */
  timestampUs: EpochUs = Number.NaN;
  /** Number of the frame on its connection; -1 = none. */
  sequence = -1;
  readonly books = new RecordPool('books', BOOKS_MAX, () => new BookUpdate());
  readonly trades = new RecordPool<StagedTrade>('trades', PRINTS_MAX, newTrade);
  readonly quotes = new RecordPool<QuotePrint>('quotes', PRINTS_MAX, newQuote);
  readonly candles = new RecordPool<VenueCandle>('candles', PRINTS_MAX, newVenueCandle);
  controls: ControlMessage[] = [];

  /** True when the frame said nothing that this program listens to. */
  get isEmpty(): boolean {
    const prints = this.trades.count + this.quotes.count + this.candles.count;
    return this.books.count + prints + this.controls.length === 0;
  }

  /** Adds an answer. @throws FrameFault when the frame holds too many */
  addControl(message: ControlMessage, at: number): void {
    if (this.controls.length === CONTROLS_MAX) {
      throw new FrameFault(`expected at most ${CONTROLS_MAX} answers in a frame`, at);
    }
    this.controls.push(message);
  }

  /** Forgets the frame before. */
  clear(): void {
    this.timestampUs = Number.NaN;
    this.sequence = -1;
    this.books.clear();
    this.trades.clear();
    this.quotes.clear();
    this.candles.clear();
    if (this.controls.length > 0) this.controls = [];
  }
}

/** Fills a staged trade; the venue states the maker's side. */
export function stageTrade(
  trade: StagedTrade,
  idText: string,
  makerSide: 'buy' | 'sell',
  fields: Omit<TradePrint, 'tradeId' | 'takerSide'>,
): void {
  const id = /^\d{1,16}$/.test(idText) ? Number(idText) : Number.NaN;
  Object.assign(trade.print, fields);
  trade.idText = idText;
  trade.print.tradeId = Number.isSafeInteger(id) ? id : -1;
  trade.print.takerSide = makerSide === 'buy' ? 'sell' : 'buy';
}

function newTrade(): StagedTrade {
  return {
    idText: '',
    print: { instrumentIx: 0, tsVenueUs: 0, tradeId: 0, priceTicks: 0, qtyLots: 0, takerSide: 'buy' },
  };
}

function newQuote(): QuotePrint {
  return { instrumentIx: 0, tsVenueUs: 0, updateId: -1, bidTicks: 0, bidLots: 0, askTicks: 0, askLots: 0 };
}
