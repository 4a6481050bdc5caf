/**
 * A strict JSON reader over the bytes of one message: no text is built, no object is made, numbers become scaled integers straight from their
 * digits. It accepts what `JSON.parse` accepts (nesting beyond `DEPTH_MAX` excepted) and refuses the rest by throwing `FrameFault`; a decoder
 * that has called `finish` has seen a whole, valid document. Grammar: RFC 8259.
 *
 * The message is copied into memory of the cursor with zero bytes behind it: a zero ends every loop over digits, letters and white space (it is
 * valid nowhere in JSON), so that none of them watches the end, and whoever sent the bytes may use them again.
 */
import type { LevelBuffer } from '#book';
import { assert, POW10, parseDecimal } from '#core';
import { scanLevels, scanUnits } from './level-scan.ts';

/** Nesting of values that are passed over. */
export const DEPTH_MAX = 256;

/** Why a message was not taken; thrown by the cursor and by decoders, caught where the frame came in. */
export class FrameFault extends Error {
  override readonly name = 'FrameFault';
  /** Byte position. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const ZERO = 0x30;
const SPACE = 0x20;
const PLUS = 0x2b;
const LETTER_E = 0x65;
const LOWER_CASE = 0x20;

const TRUE = bytesOf('true');
const FALSE = bytesOf('false');
const NULL = bytesOf('null');
const TEXT = new TextDecoder('utf-8');
/** Memory of a new cursor; it doubles until the longest message fits, whose length the transport bounds. */
const BYTES_START = 4_096;
/** Zero bytes behind the message, so that words are read whole. */
const PADDING = 8;
/** Digits of an integer that is certainly safe. */
const DIGITS_MAX = 15;

/** Returns the bytes of ASCII text, to compare keys and words with. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Reads one message at a time, from its first value to `finish`. */
export class JsonCursor {
  /** Memory that begins with the message; replaced by `load` when it is too short. */
  bytes = new Uint8Array(BYTES_START);
  /** Next byte to be read. */
  at = 0;
  /** Range of the last key or string, without its quotes. */
  textStart = 0;
  textEnd = 0;
  #view = new DataView(this.bytes.buffer);
  #end = 0;
  /** True right after an opening bracket: no comma is expected. */
  #isFirst = false;
  #hasEscapes = false;
  /** Takes one number from the scanner. */
  readonly #units = new Float64Array(1);
  /** Brackets that `skip` is inside of; 1 = object. */
  readonly #inObject = new Uint8Array(DEPTH_MAX);

  /** Begins a message; it is copied. */
  load(bytes: Uint8Array): void {
    const end = bytes.length;
    if (end + PADDING > this.bytes.length) this.#grow(end);
    this.bytes.set(bytes);
    this.#view.setFloat64(end, 0);
    this.at = 0;
    this.#end = end;
    this.#isFirst = false;
    this.#hasEscapes = false;
  }

  /** Refuses the message. */
  fail(expected: string): never {
    const found = this.at < this.#end ? `byte 0x${this.bytes[this.at]!.toString(16)}` : 'the end';
    throw new FrameFault(`expected ${expected}, found ${found} at ${this.at}`, this.at);
  }

  /** First byte of the next value, or -1 at the end; tells objects, arrays, strings and numbers apart. */
  peek(): number {
    let byte = this.bytes[this.at]!;
    if (byte > SPACE) return byte;
    while (byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = this.bytes[++this.at]!;
    return byte !== 0 || this.at < this.#end ? byte : -1;
  }

  /** True behind the last byte of the message. */
  get isEnd(): boolean {
    return this.at === this.#end;
  }

  /** True when the next value is an array. */
  get isArray(): boolean {
    return this.peek() === OPEN_ARRAY;
  }

  /** True when the next value is an object. */
  get isObject(): boolean {
    return this.peek() === OPEN_OBJECT;
  }

  /** True when the next value is a string. */
  get isString(): boolean {
    return this.peek() === QUOTE;
  }

  /** Enters an object; `nextKey` goes through its members. */
  beginObject(): void {
    if (this.peek() !== OPEN_OBJECT) this.fail('an object');
    this.at++;
    this.#isFirst = true;
  }

  /** Goes to the next member and reads its key; false when the object has ended. The value must be read or skipped. */
  nextKey(): boolean {
    if (!this.#nextPart(CLOSE_OBJECT)) return false;
    this.#string();
    if (this.peek() !== COLON) this.fail("':'");
    this.at++;
    return true;
  }

  /** Enters an array; `nextItem` goes through its items. */
  beginArray(): void {
    if (this.peek() !== OPEN_ARRAY) this.fail('an array');
    this.at++;
    this.#isFirst = true;
  }

  /** Goes to the next item; false when the array has ended. The item must be read or skipped. */
  nextItem(): boolean {
    return this.#nextPart(CLOSE_ARRAY);
  }

  /** True when the last key or string was written with escapes: its bytes are not its text. */
  get hasEscapes(): boolean {
    return this.#hasEscapes;
  }

  /** The last key or string as one byte where it is one ASCII character, else -1: short keys are compared by it. */
  get textByte(): number {
    if (this.#hasEscapes) return asciiOf(this.text());
    return this.textEnd - this.textStart === 1 ? this.bytes[this.textStart]! : -1;
  }

  /** True when the last key or string is this one. */
  textIs(word: Uint8Array): boolean {
    const { bytes, textStart } = this;
    if (this.#hasEscapes) return this.text() === TEXT.decode(word);
    if (this.textEnd - textStart !== word.length) return false;
    for (let i = 0; i < word.length; i++) if (bytes[textStart + i] !== word[i]) return false;
    return true;
  }

  /** Returns the last key or string as text. */
  text(): string {
    const raw = TEXT.decode(this.bytes.subarray(this.textStart, this.textEnd));
    return this.#hasEscapes ? (JSON.parse(`"${raw}"`) as string) : raw;
  }

  /** Reads a string; its range is in `textStart` and `textEnd`. */
  readString(): void {
    if (this.peek() !== QUOTE) this.fail('a string');
    this.#string();
  }

  /** Reads a string and returns it. */
  stringText(): string {
    this.readString();
    return this.text();
  }

  /** Reads a string or a number and returns its characters; ids of venues come as either. */
  scalarText(): string {
    if (this.peek() === QUOTE) return this.stringText();
    const start = this.at;
    this.#number();
    return TEXT.decode(this.bytes.subarray(start, this.at));
  }

  /** Reads true or false. */
  readBoolean(): boolean {
    const first = this.peek();
    if (first === TRUE[0]) this.#word(TRUE);
    else if (first === FALSE[0]) this.#word(FALSE);
    else this.fail('true or false');
    return first === TRUE[0];
  }

  /** Reads null where it stands and returns true; else reads nothing. */
  takeNull(): boolean {
    if (this.peek() !== NULL[0]) return false;
    this.#word(NULL);
    return true;
  }

  /** Reads an integer in the safe range, as a number or as a number in quotes. */
  readInteger(): number {
    return this.readDecimal(0);
  }

  /**
   * Reads a decimal, as a number or as a number in quotes, as an integer count of 10^-`decimals`; exact. Refuses one with significant digits
   * beyond `decimals` or outside the safe integers.
   */
  readDecimal(decimals: number): number {
    assert(decimals >= 0 && decimals < POW10.length, 'decimals are at most 15');
    if (this.peek() !== QUOTE) {
      const start = this.at;
      this.#number();
      return this.#decimalOf(start, this.at, decimals);
    }
    const end = scanUnits(this.bytes, this.at + 1, decimals, this.#units, 0);
    if (end >= 0) {
      this.textStart = this.at + 1;
      this.textEnd = end;
      this.#hasEscapes = false;
      this.at = end + 1;
      return this.#units[0]!;
    }
    this.#string();
    return this.#decimalOf(this.textStart, this.textEnd, decimals);
  }

  /** Passes over exactly these bytes; where others stand it reads nothing and returns false. For messages whose form is known to the byte. */
  take(word: Uint8Array): boolean {
    const { at, bytes } = this;
    for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
    this.at = at + word.length;
    return true;
  }

  /** Reads the digits of a plain integer here, without white space; -1 where there is none or one of more than 15 digits. */
  takeDigits(): number {
    const { at: start, bytes } = this;
    let at = start;
    let value = 0;
    let digit = bytes[at]! - ZERO;
    while (digit >>> 0 <= 9) {
      value = value * 10 + digit;
      digit = bytes[++at]! - ZERO;
    }
    const count = at - start;
    if (count === 0 || count > DIGITS_MAX || (bytes[start] === ZERO && count > 1)) return -1;
    this.at = at;
    return value;
  }

  /** Passes over a string without escapes here and notes its range; else returns false, and where the cursor stands is not defined. */
  takeString(): boolean {
    const { at: quote, bytes } = this;
    if (bytes[quote] !== QUOTE) return false;
    let at = quote + 1;
    this.textStart = at;
    let byte = bytes[at]!;
    while (byte !== QUOTE && byte !== BACKSLASH && byte >= SPACE) byte = bytes[++at]!;
    this.textEnd = at;
    this.#hasEscapes = false;
    this.at = at + 1;
    return byte === QUOTE;
  }

  /** As `readLevels` where the levels are written as usual; else it reads nothing and returns false. */
  takeLevels(levels: LevelBuffer, priceDecimals: number, qtyDecimals: number): boolean {
    const end = scanLevels(this.bytes, this.#view, this.at, levels, priceDecimals, qtyDecimals);
    if (end < 0) return false;
    this.at = end;
    return true;
  }

  /**
   * Reads `[[price, quantity], ...]`, numbers or numbers in quotes, and appends them as integer counts of 10^-decimals; further items of a level
   * are passed over. Refuses a price that is not above 0, a negative quantity and more levels than the buffer may hold.
   */
  readLevels(levels: LevelBuffer, priceDecimals: number, qtyDecimals: number): void {
    if (this.isArray && this.takeLevels(levels, priceDecimals, qtyDecimals)) return;
    this.beginArray();
    while (this.nextItem()) {
      this.beginArray();
      if (!this.nextItem()) this.fail('a price');
      const price = this.readDecimal(priceDecimals);
      if (!this.nextItem()) this.fail('a quantity');
      const qty = this.readDecimal(qtyDecimals);
      while (this.nextItem()) this.skip();
      if (price <= 0 || qty < 0)
        this.fail('a level with a price above 0 and a quantity of at least 0 before this');
      if (!levels.push(price, qty)) this.fail('fewer levels in one message');
    }
  }

  /** Reads any value and checks its form. */
  skip(): void {
    const inObject = this.#inObject;
    let depth = 0;
    do {
      const first = this.peek();
      if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
        if (depth === DEPTH_MAX) this.fail(`at most ${DEPTH_MAX} levels of nesting`);
        inObject[depth++] = first === OPEN_OBJECT ? 1 : 0;
        this.at++;
        this.#isFirst = true;
      } else this.#scalar(first);
      while (depth > 0 && !(inObject[depth - 1] === 1 ? this.nextKey() : this.nextItem())) depth--;
    } while (depth > 0);
  }

  /** Refuses anything but white space after the document. */
  finish(): void {
    if (this.peek() !== -1) this.fail('the end');
  }

  #scalar(first: number): void {
    if (first === QUOTE) this.#string();
    else if (first === TRUE[0]) this.#word(TRUE);
    else if (first === FALSE[0]) this.#word(FALSE);
    else if (first === NULL[0]) this.#word(NULL);
    else this.#number();
  }

  #nextPart(close: number): boolean {
    const byte = this.peek();
    if (byte === close) {
      this.at++;
      this.#isFirst = false;
      return false;
    }
    if (this.#isFirst) this.#isFirst = false;
    else {
      if (byte !== COMMA) this.fail(`',' or '${String.fromCharCode(close)}'`);
      this.at++;
    }
    if (close === CLOSE_OBJECT && this.peek() !== QUOTE) this.fail('a key');
    return true;
  }

  /** Reads from the opening quote to the closing one. */
  #string(): void {
    const { bytes } = this;
    let at = this.at + 1;
    this.textStart = at;
    this.#hasEscapes = false;
    let byte = bytes[at]!;
    while (byte !== QUOTE) {
      if (byte < SPACE) {
        this.at = at;
        this.fail("'\"'");
      }
      if (byte === BACKSLASH) {
        this.at = at;
        at = this.#escape();
      } else at++;
      byte = bytes[at]!;
    }
    this.textEnd = at;
    this.at = at + 1;
  }

  /** Checks an escape and returns the position behind it. */
  #escape(): number {
    const { bytes, at } = this;
    this.#hasEscapes = true;
    const kind = String.fromCharCode(bytes[at + 1]!);
    if ('"\\/bfnrt'.includes(kind)) return at + 2;
    if (kind !== 'u' || at + 6 > this.#end) this.fail('an escape');
    for (let i = at + 2; i < at + 6; i++) {
      if (!/[0-9a-fA-F]/.test(String.fromCharCode(bytes[i]!))) this.fail('four hexadecimal digits');
    }
    return at + 6;
  }

  /** Reads `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`. */
  #number(): void {
    const { bytes } = this;
    if (bytes[this.at] === MINUS) this.at++;
    if (bytes[this.at] === ZERO) this.at++;
    else this.#digits();
    if (bytes[this.at] === DOT) {
      this.at++;
      this.#digits();
    }
    if ((bytes[this.at]! | LOWER_CASE) !== LETTER_E) return;
    this.at++;
    const sign = bytes[this.at];
    if (sign === MINUS || sign === PLUS) this.at++;
    this.#digits();
  }

  #digits(): void {
    const { at: start, bytes } = this;
    let at = start;
    while ((bytes[at]! - ZERO) >>> 0 <= 9) at++;
    if (at === start) this.fail('a digit');
    this.at = at;
  }

  #word(word: Uint8Array): void {
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.at] !== word[i]) this.fail(`'${TEXT.decode(word)}'`);
      this.at++;
    }
  }

  /** Digits, with a point or not, in one pass; anything else (exponents, faults) the slow way. */
  #decimalOf(start: number, end: number, decimals: number): number {
    const { bytes } = this;
    let value = 0;
    let at = start;
    let digit = bytes[at]! - ZERO;
    while (digit >>> 0 <= 9) {
      value = value * 10 + digit;
      digit = bytes[++at]! - ZERO;
    }
    const wholeEnd = at;
    let missing = decimals;
    if (digit === DOT - ZERO && at < end) {
      digit = bytes[++at]! - ZERO;
      while (digit >>> 0 <= 9) {
        if (missing > 0) {
          value = value * 10 + digit;
          missing--;
        } else if (digit !== 0) break;
        digit = bytes[++at]! - ZERO;
      }
    }
    const isPlain = at === end && wholeEnd > start && at !== wholeEnd + 1;
    if (!isPlain) return this.#slowDecimal(start, end, decimals);
    value *= POW10[missing]!;
    if (value > Number.MAX_SAFE_INTEGER) this.#refuseDecimal(start, end, decimals);
    return value;
  }

  #slowDecimal(start: number, end: number, decimals: number): number {
    const isEscaped = this.#hasEscapes && start === this.textStart;
    const text = isEscaped ? this.text() : TEXT.decode(this.bytes.subarray(start, end));
    const value = parseDecimal(text, decimals);
    if (Number.isNaN(value)) this.#refuseDecimal(start, end, decimals);
    return value;
  }

  #refuseDecimal(start: number, end: number, decimals: number): never {
    const found = TEXT.decode(this.bytes.subarray(start, Math.min(end, start + 40)));
    const message = `expected a number with at most ${decimals} decimals, found '${found}' at ${start}`;
    throw new FrameFault(message, start);
  }

  #grow(length: number): void {
    let size = this.bytes.length;
    while (size < length + PADDING) size *= 2;
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }
}

function asciiOf(text: string): number {
  return text.length === 1 && text.charCodeAt(0) < 0x80 ? text.charCodeAt(0) : -1;
}
