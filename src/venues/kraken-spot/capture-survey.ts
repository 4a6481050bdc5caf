/**
 * What a capture tells about its own pairs, for reading it without a list of instruments: the decimals of prices and quantities, which the digits of
 * the checksum depend on, and the depth to which books were subscribed, without which they cannot be cut right. Looks at book messages and
 * at answers to subscriptions, of v2 and v1.
 */
import { decimalsOf } from '#core';
import { bytesOf, FrameFault, JsonCursor } from '#venues/market';
import { BOOK_DEPTHS } from './settings.ts';

const CHANNEL = bytesOf('channel');
const DATA = bytesOf('data');
const RESULT = bytesOf('result');
const SYMBOL = bytesOf('symbol');
const DEPTH = bytesOf('depth');
const BOOK = bytesOf('book');
const BIDS = bytesOf('bids');
const ASKS = bytesOf('asks');
const PRICE = bytesOf('price');
const QTY = bytesOf('qty');
const LEGACY_SIDES = ['as', 'bs', 'a', 'b'].map(bytesOf);
const LEGACY_BOOK = /^book-(\d{1,4})$/;
/** Pairs of one capture; more are not looked at. */
const PAIRS_MAX = 4_096;

/** A pair as its messages show it. */
export interface SurveyedPair {
  readonly wireSymbol: string;
  readonly priceDecimals: number;
  readonly qtyDecimals: number;
  /** Levels of a side that were subscribed: as stated, or the smallest offered depth that holds the largest snapshot. */
  readonly bookDepth: number;
}

interface Findings {
  priceDecimals: number;
  qtyDecimals: number;
  statedDepth: number;
  levelsMax: number;
}

/** Gathers what frames tell; those that cannot be read tell nothing. */
export class CaptureSurvey {
  readonly #cursor = new JsonCursor();
  readonly #pairs = new Map<string, Findings>();

  /** Looks at a frame. */
  add(frame: Uint8Array): void {
    this.#cursor.load(frame);
    try {
      if (this.#cursor.isArray) this.#addLegacy();
      else if (this.#cursor.isObject) this.#addObject();
    } catch (cause) {
      // A damaged frame is the decoder's to report.
      if (!(cause instanceof FrameFault)) throw cause;
    }
  }

  /** Returns the pairs whose levels were seen, by name. */
  pairs(): readonly SurveyedPair[] {
    const seen = [...this.#pairs].filter(([, found]) => found.priceDecimals >= 0);
    seen.sort(([a], [b]) => (a < b ? -1 : 1));
    return seen.map(([wireSymbol, { priceDecimals, qtyDecimals, statedDepth, levelsMax }]) => ({
      wireSymbol,
      priceDecimals,
      qtyDecimals,
      bookDepth: isOffered(statedDepth) ? statedDepth : depthFor(levelsMax),
    }));
  }

  #addObject(): void {
    const cursor = this.#cursor;
    let isBook = false;
    let dataAt = -1;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (cursor.textIs(CHANNEL)) {
        cursor.readString();
        isBook = cursor.textIs(BOOK);
      } else if (cursor.textIs(RESULT) && cursor.isObject) this.#addAnswer();
      else {
        if (cursor.textIs(DATA)) dataAt = cursor.at;
        cursor.skip();
      }
    }
    if (!isBook || dataAt < 0) return;
    cursor.at = dataAt;
    cursor.beginArray();
    while (cursor.nextItem()) this.#addBook();
  }

  #addAnswer(): void {
    const cursor = this.#cursor;
    let symbol = '';
    let depth = 0;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (cursor.textIs(SYMBOL) && cursor.isString) symbol = cursor.stringText();
      else if (cursor.textIs(DEPTH)) depth = cursor.readInteger();
      else cursor.skip();
    }
    if (symbol !== '' && depth > 0) this.#findingsOf(symbol).statedDepth = depth;
  }

  #addBook(): void {
    const cursor = this.#cursor;
    const found: Findings = { priceDecimals: -1, qtyDecimals: -1, statedDepth: 0, levelsMax: 0 };
    let symbol = '';
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (cursor.textIs(SYMBOL)) symbol = cursor.stringText();
      else if (cursor.textIs(BIDS) || cursor.textIs(ASKS)) this.#addSide(found, () => this.#addLevel(found));
      else cursor.skip();
    }
    this.#note(symbol, found);
  }

  #addLevel(found: Findings): void {
    const cursor = this.#cursor;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (cursor.textIs(PRICE)) found.priceDecimals = Math.max(found.priceDecimals, this.#decimals());
      else if (cursor.textIs(QTY)) found.qtyDecimals = Math.max(found.qtyDecimals, this.#decimals());
      else cursor.skip();
    }
  }

  /** `[channelID, {...}, ..., "book-1000", "XBT/CHF"]`. */
  #addLegacy(): void {
    const cursor = this.#cursor;
    const found: Findings = { priceDecimals: -1, qtyDecimals: -1, statedDepth: 0, levelsMax: 0 };
    const texts: string[] = [];
    cursor.beginArray();
    while (cursor.nextItem()) {
      if (cursor.isObject) this.#addLegacyPart(found);
      else if (cursor.isString) texts.push(cursor.stringText());
      else cursor.skip();
    }
    const depth = LEGACY_BOOK.exec(texts[0] ?? '')?.[1];
    if (depth === undefined || texts.length !== 2) return;
    found.statedDepth = Number(depth);
    this.#note(texts[1] ?? '', found);
  }

  #addLegacyPart(found: Findings): void {
    const cursor = this.#cursor;
    cursor.beginObject();
    while (cursor.nextKey()) {
      if (LEGACY_SIDES.some((word) => cursor.textIs(word)) && cursor.isArray) {
        this.#addSide(found, () => {
          cursor.beginArray();
          for (let at = 0; cursor.nextItem(); at++) {
            if (at === 0) found.priceDecimals = Math.max(found.priceDecimals, this.#decimals());
            else if (at === 1) found.qtyDecimals = Math.max(found.qtyDecimals, this.#decimals());
            else cursor.skip();
          }
        });
      } else cursor.skip();
    }
  }

  #addSide(found: Findings, addLevel: () => void): void {
    const cursor = this.#cursor;
    let levels = 0;
    cursor.beginArray();
    for (; cursor.nextItem(); levels++) addLevel();
    found.levelsMax = Math.max(found.levelsMax, levels);
  }

  /** Decimals as written: trailing zeros are digits of the checksum too. */
  #decimals(): number {
    const text = this.#cursor.scalarText();
    const dot = text.indexOf('.');
    if (/[eE]/.test(text)) return decimalsOf(text);
    return dot < 0 ? 0 : text.length - dot - 1;
  }

  #note(symbol: string, found: Findings): void {
    if (symbol === '') return;
    const known = this.#findingsOf(symbol);
    known.priceDecimals = Math.max(known.priceDecimals, found.priceDecimals);
    known.qtyDecimals = Math.max(known.qtyDecimals, found.qtyDecimals);
    known.levelsMax = Math.max(known.levelsMax, found.levelsMax);
    if (found.statedDepth > 0) known.statedDepth = found.statedDepth;
  }

  #findingsOf(symbol: string): Findings {
    let found = this.#pairs.get(symbol);
    if (found === undefined) {
      found = { priceDecimals: -1, qtyDecimals: -1, statedDepth: 0, levelsMax: 0 };
      if (this.#pairs.size < PAIRS_MAX) this.#pairs.set(symbol, found);
    }
    return found;
  }
}

function depthFor(levels: number): number {
  return BOOK_DEPTHS.find((depth) => depth >= levels) ?? Math.max(...BOOK_DEPTHS);
}

function isOffered(depth: number): boolean {
  return (BOOK_DEPTHS as readonly number[]).includes(depth);
}
