/**
 * A strict JSON reader over the bytes of one message: no text is built, no object is made, numbers become scaled integers straight from their
 * digits. It accepts what `JSON.parse` accepts (nesting beyond `DEPTH_MAX` excepted) and refuses the rest by throwing `FrameFault`; a decoder
 * that has called `finish` has seen a whole, valid document. Grammar: RFC 8259.
 */
import { assert, POW10, parseDecimal } from '#core';

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
const NINE = 0x39;
const SPACE = 0x20;

const TRUE = bytesOf('true');
const FALSE = bytesOf('false');
const NULL = bytesOf('null');
const TEXT = new TextDecoder('utf-8');
const NOTHING = new Uint8Array(0);

/** Returns the bytes of ASCII text, to compare keys and words with. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** Reads one message at a time, from its first value to `finish`. */
export class JsonCursor {
  /** The message; replaced by `load`. */
  bytes: Uint8Array = NOTHING;
  /** Next byte to be read. */
  at = 0;
  /** Range of the last key or string, without its quotes. */
  textStart = 0;
  textEnd = 0;
  #end = 0;
  /** True right after an opening bracket: no comma is expected. */
  #isFirst = false;
  #hasEscapes = false;
  /** Brackets that `skip` is inside of; 1 = object. */
  readonly #inObject = new Uint8Array(DEPTH_MAX);

  /** Begins a message. */
  load(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.at = 0;
    this.#end = bytes.length;
    this.#isFirst = false;
  }

  /** Refuses the message. */
  fail(expected: string): never {
    const found = this.at < this.#end ? `byte 0x${this.bytes[this.at]!.toString(16)}` : 'the end';
    throw new FrameFault(`expected ${expected}, found ${found} at ${this.at}`, this.at);
  }

  /** First byte of the next value, or -1 at the end; tells objects, arrays, strings and numbers apart. */
  peek(): number {
    this.#space();
    return this.at < this.#end ? this.bytes[this.at]! : -1;
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

  /** The last key or string as one byte where it has one character, else -1: short keys are compared by it. */
  get textByte(): number {
    return this.textEnd - this.textStart === 1 ? this.bytes[this.textStart]! : -1;
  }

  /** True when the last key or string is this one, written without escapes. */
  textIs(word: Uint8Array): boolean {
    const { bytes, textStart } = this;
    if (this.textEnd - textStart !== word.length || this.#hasEscapes) return false;
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
    this.#string();
    return this.#decimalOf(this.textStart, this.textEnd, decimals);
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

  #space(): void {
    const { bytes } = this;
    let { at } = this;
    while (at < this.#end) {
      const byte = bytes[at]!;
      if (byte > SPACE || (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) break;
      at++;
    }
    this.at = at;
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
    const end = this.#end;
    let at = this.at + 1;
    this.textStart = at;
    this.#hasEscapes = false;
    while (at < end) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.textEnd = at;
        this.at = at + 1;
        return;
      }
      if (byte < SPACE) break;
      if (byte === BACKSLASH) {
        this.at = at;
        at = this.#escape();
      } else at++;
    }
    this.at = at;
    this.fail("'\"'");
  }

  /** Checks an escape and returns the position behind it. */
  #escape(): number {
    const { bytes, at } = this;
    this.#hasEscapes = true;
    const kind = at + 1 < this.#end ? String.fromCharCode(bytes[at + 1]!) : '';
    if (kind !== '' && '"\\/bfnrt'.includes(kind)) return at + 2;
    if (kind !== 'u' || at + 6 > this.#end) this.fail('an escape');
    for (let i = at + 2; i < at + 6; i++) {
      if (!/[0-9a-fA-F]/.test(String.fromCharCode(bytes[i]!))) this.fail('four hexadecimal digits');
    }
    return at + 6;
  }

  /** Reads `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`. */
  #number(): void {
    if (this.#byte() === MINUS) this.at++;
    if (this.#byte() === ZERO) this.at++;
    else this.#digits();
    if (this.#byte() === DOT) {
      this.at++;
      this.#digits();
    }
    const exponent = this.#byte() | 0x20;
    if (exponent !== 0x65) return;
    this.at++;
    const sign = this.#byte();
    if (sign === MINUS || sign === 0x2b) this.at++;
    this.#digits();
  }

  #digits(): void {
    const start = this.at;
    let byte = this.#byte();
    while (byte >= ZERO && byte <= NINE) {
      this.at++;
      byte = this.#byte();
    }
    if (this.at === start) this.fail('a digit');
  }

  #byte(): number {
    return this.at < this.#end ? this.bytes[this.at]! : -1;
  }

  #word(word: Uint8Array): void {
    for (let i = 0; i < word.length; i++) {
      if (this.#byte() !== word[i]) this.fail(`'${TEXT.decode(word)}'`);
      this.at++;
    }
  }

  /** Digits, with a point or not, in one pass; anything else (exponents, faults) the slow way. */
  #decimalOf(start: number, end: number, decimals: number): number {
    const { bytes } = this;
    let value = 0;
    let at = start;
    while (at < end) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      at++;
    }
    const wholeEnd = at;
    let missing = decimals;
    if (at < end && at > start && bytes[at] === DOT) {
      at++;
      while (at < end) {
        const digit = bytes[at]! - ZERO;
        if (digit < 0 || digit > 9) break;
        if (missing > 0) {
          value = value * 10 + digit;
          missing--;
        } else if (digit !== 0) break;
        at++;
      }
    }
    const isPlain = at === end && wholeEnd > start && at !== wholeEnd + 1;
    if (!isPlain) return this.#slowDecimal(start, end, decimals);
    value *= POW10[missing]!;
    if (value > Number.MAX_SAFE_INTEGER) this.#refuseDecimal(start, end, decimals);
    return value;
  }

  #slowDecimal(start: number, end: number, decimals: number): number {
    const value = parseDecimal(TEXT.decode(this.bytes.subarray(start, end)), decimals);
    if (Number.isNaN(value)) this.#refuseDecimal(start, end, decimals);
    return value;
  }

  #refuseDecimal(start: number, end: number, decimals: number): never {
    const found = TEXT.decode(this.bytes.subarray(start, Math.min(end, start + 40)));
    const message = `expected a number with at most ${decimals} decimals, found '${found}' at ${start}`;
    throw new FrameFault(message, start);
  }
}
