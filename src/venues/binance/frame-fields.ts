/**
 * Where the members of an object of a Binance message begin. The venue names them by single letters whose meaning depends on the event, and the event
 * may stand behind them; so an object is walked once, checked to its last byte, and read from the places noted here. As with `JSON.parse`
 * the last of several members of one name counts.
 */
import { bytesOf, FrameFault, type JsonCursor } from '../market/index.ts';

/** Names of more than one letter that matter, as codes below the letters. */
export const FIELD = {
  stream: 1,
  data: 2,
  result: 3,
  id: 4,
  error: 5,
  code: 6,
  msg: 7,
  lastUpdateId: 8,
  bids: 9,
  asks: 10,
  previous: 11,
  subType: 12,
  symbol: 13,
} as const;

/** The words of `FIELD` as the venue writes them. */
const WORDS: readonly (readonly [word: string, code: number])[] = [
  ['stream', FIELD.stream],
  ['data', FIELD.data],
  ['result', FIELD.result],
  ['id', FIELD.id],
  ['error', FIELD.error],
  ['code', FIELD.code],
  ['msg', FIELD.msg],
  ['lastUpdateId', FIELD.lastUpdateId],
  ['bids', FIELD.bids],
  ['asks', FIELD.asks],
  ['pu', FIELD.previous],
  ['st', FIELD.subType],
  ['symbol', FIELD.symbol],
];
const WORD_BYTES_MAX = 12;
const WORDS_BY_LENGTH = Array.from({ length: WORD_BYTES_MAX + 1 }, (_, length) =>
  WORDS.filter(([word]) => word.length === length).map(([word, code]) => ({ bytes: bytesOf(word), code })),
);
const CODES = 128;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const TRUE = bytesOf('true');
const FALSE = bytesOf('false');
/** The names of two letters, as one number. */
const PREVIOUS = 0x7075;
const SUB_TYPE = 0x7374;

/** Returns the code of a member named by one letter. */
export function letter(name: string): number {
  return name.charCodeAt(0);
}

/** The members of one object. */
export class FrameFields {
  readonly #starts = new Int32Array(CODES).fill(-1);

  /** Forgets all members. */
  clear(): void {
    this.#starts.fill(-1);
  }

  /** Walks the object at the cursor. `data`, when given, takes the members of an object named `data` on the way. */
  read(cursor: JsonCursor, data: FrameFields | null): void {
    this.clear();
    cursor.beginObject();
    while (cursor.nextKey()) {
      const code = codeOf(cursor);
      cursor.peek();
      if (code >= 0) this.#starts[code] = cursor.at;
      if (code === FIELD.data && data !== null) {
        data.clear();
        if (cursor.isObject) {
          data.read(cursor, null);
          continue;
        }
      }
      cursor.skip();
    }
  }

  /**
   * As `read` for an object in the usual form: no white space, names of one or two letters, plain strings, integers and truth values alone. False
   * for any other, right or wrong, and then members and cursor are worth nothing.
   */
  readPlain(cursor: JsonCursor): boolean {
    this.clear();
    const { bytes } = cursor;
    if (bytes[cursor.at] !== OPEN_OBJECT) return false;
    do {
      const code = takePlainName(cursor);
      if (code < 0) return false;
      if (code < CODES) this.#starts[code] = cursor.at;
      if (!takePlainValue(cursor)) return false;
    } while (bytes[cursor.at] === COMMA);
    return bytes[cursor.at++] === CLOSE_OBJECT;
  }

  /** True when there is such a member. */
  has(code: number): boolean {
    return this.#starts[code]! >= 0;
  }

  /** Sets the cursor on the value of a member. @throws FrameFault when there is none */
  seek(cursor: JsonCursor, code: number): void {
    const start = this.#starts[code]!;
    if (start < 0) throw new FrameFault(`expected a member '${nameOf(code)}'`, cursor.at);
    cursor.at = start;
  }
}

/** Passes over the bracket or comma at the cursor, a name and its colon; returns the code of the name, `CODES` when it does not matter, -1 for other forms. */
function takePlainName(cursor: JsonCursor): number {
  const { at, bytes } = cursor;
  const first = bytes[at + 2]!;
  const second = bytes[at + 3]!;
  if (bytes[at + 1] !== QUOTE || !isPlain(first)) return -1;
  if (second === QUOTE) {
    cursor.at = at + 5;
    return bytes[at + 4] === COLON ? Math.min(first, CODES) : -1;
  }
  if (!isPlain(second) || bytes[at + 4] !== QUOTE || bytes[at + 5] !== COLON) return -1;
  cursor.at = at + 6;
  const name = (first << 8) | second;
  if (name === PREVIOUS) return FIELD.previous;
  return name === SUB_TYPE ? FIELD.subType : CODES;
}

function takePlainValue(cursor: JsonCursor): boolean {
  const first = cursor.bytes[cursor.at]!;
  if (first === QUOTE) return cursor.takeString();
  if (first >= ZERO) return cursor.takeDigits() >= 0 || cursor.take(TRUE) || cursor.take(FALSE);
  return false;
}

function isPlain(byte: number): boolean {
  return byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH;
}

/** Returns the code of the key that was just read; -1 for a name that does not matter. */
function codeOf(cursor: JsonCursor): number {
  const byte = cursor.textByte;
  if (byte >= 0) return byte > FIELD.symbol && byte < CODES ? byte : -1;
  const length = cursor.hasEscapes ? cursor.text().length : cursor.textEnd - cursor.textStart;
  const words = WORDS_BY_LENGTH[length];
  if (words === undefined) return -1;
  for (const { bytes, code } of words) if (cursor.textIs(bytes)) return code;
  return -1;
}

function nameOf(code: number): string {
  return WORDS.find(([, of]) => of === code)?.[0] ?? String.fromCharCode(code);
}
