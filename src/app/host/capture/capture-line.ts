/**
 * One line of a capture, whoever wrote it: a bare frame, `{"t": seconds, "raw": "frame"}`, `NANOSECONDS frame`, and the lines of cryptofeed:
 * `SECONDS: frame`, `URL <-> SECONDS` (connected), `URL <- SECONDS: message` (sent), `URL -> SECONDS: body` (the answer to a request). What
 * the frames mean is not asked here. Pure.
 */
import type { EpochUs } from '#core';
import { bytesOf, FrameFault, JsonCursor } from '#venues/market';

/** What a line says. Times are when it was received; `null` = not stated. */
export type CaptureLine =
  | { readonly kind: 'frame'; readonly tsUs: EpochUs | null; readonly bytes: Uint8Array }
  | {
      readonly kind: 'answer';
      readonly tsUs: EpochUs | null;
      readonly url: string;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'sent'; readonly tsUs: EpochUs | null; readonly bytes: Uint8Array }
  | { readonly kind: 'connected'; readonly tsUs: EpochUs | null; readonly url: string }
  /** Blank, or a remark of the program that wrote the file. */
  | { readonly kind: 'remark' }
  | { readonly kind: 'damaged'; readonly reason: string };

const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const SPACE = 0x20;
const TAB = 0x09;
const T = bytesOf('t');
const RAW = bytesOf('raw');
/** What may stand before a frame: a time, or an address with arrow and time. */
const HEAD_BYTES_MAX = 16_384;
const TEXT = new TextDecoder();
const BYTES = new TextEncoder();

const TIMED = /^(\d{1,19})(?:\.(\d+))?:?\s+$/;
const ARROWED = /^([a-z]+:\/\/\S+) (<->|<-|->) (\d{1,19})(?:\.(\d+))?(?:: ?)?\s*$/;
const REMARK = /^configuration:/;

/** Reads lines, one at a time. */
export class CaptureLineReader {
  readonly #cursor = new JsonCursor();

  /** Reads a line without its end. The bytes of the result may be part of `line`. */
  read(line: Uint8Array): CaptureLine {
    const start = textStart(line);
    if (start === line.length) return { kind: 'remark' };
    const first = line[start];
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) return this.#readBare(line.subarray(start));
    return readHeaded(line.subarray(start));
  }

  /** A frame, or an object that holds one as text. */
  #readBare(bytes: Uint8Array): CaptureLine {
    const cursor = this.#cursor;
    cursor.load(bytes);
    if (!cursor.isObject) return { kind: 'frame', tsUs: null, bytes };
    try {
      cursor.beginObject();
      if (!cursor.nextKey()) return { kind: 'frame', tsUs: null, bytes };
      // A wrapper begins with one of its two members; all other frames are left to those who know them.
      if (!cursor.textIs(T) && !cursor.textIs(RAW)) return { kind: 'frame', tsUs: null, bytes };
      return this.#readWrapper() ?? { kind: 'frame', tsUs: null, bytes };
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      return { kind: 'damaged', reason: error.message };
    }
  }

  /** Goes on behind the first key; `undefined` when it is no wrapper. */
  #readWrapper(): CaptureLine | undefined {
    const cursor = this.#cursor;
    let tsUs: EpochUs | null = null;
    let raw: string | undefined;
    do {
      if (cursor.textIs(RAW) && cursor.isString) raw = cursor.stringText();
      else if (cursor.textIs(T)) tsUs = this.#readSeconds();
      else cursor.skip();
    } while (cursor.nextKey());
    cursor.finish();
    return raw === undefined ? undefined : { kind: 'frame', tsUs, bytes: BYTES.encode(raw) };
  }

  #readSeconds(): EpochUs | null {
    const first = this.#cursor.peek();
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      this.#cursor.skip();
      return null;
    }
    if (this.#cursor.takeNull()) return null;
    const [whole = '', fraction = ''] = this.#cursor.scalarText().split('.');
    return momentUs(whole, fraction) ?? null;
  }
}

/** A line that does not begin with its frame. */
function readHeaded(line: Uint8Array): CaptureLine {
  const bodyAt = bodyStart(line);
  const head = TEXT.decode(line.subarray(0, Math.min(bodyAt, HEAD_BYTES_MAX)));
  if (REMARK.test(head)) return { kind: 'remark' };
  const bytes = line.subarray(bodyAt);
  const timed = TIMED.exec(head);
  if (timed !== null) {
    const [, whole = '', fraction = ''] = timed;
    const tsUs = momentUs(whole, fraction);
    if (tsUs !== undefined && bytes.length > 0) return { kind: 'frame', tsUs, bytes };
  }
  const arrowed = ARROWED.exec(head);
  const [, url = '', arrow = '', whole = '', fraction = ''] = arrowed ?? [];
  const tsUs = momentUs(whole, fraction);
  if (arrowed === null || tsUs === undefined || (bytes.length === 0) !== (arrow === '<->')) {
    return { kind: 'damaged', reason: `expected a frame, found '${head.slice(0, 60)}'` };
  }
  if (arrow === '<->') return { kind: 'connected', tsUs, url };
  return arrow === '<-' ? { kind: 'sent', tsUs, bytes } : { kind: 'answer', tsUs, url, bytes };
}

/** Seconds with a fraction, or whole milli-, micro- or nanoseconds, told apart by their size; digits below a microsecond are dropped. */
function momentUs(whole: string, fraction: string): EpochUs | undefined {
  if (!/^\d{1,19}$/.test(whole) || !/^\d*$/.test(fraction)) return undefined;
  const digits = whole.length;
  if (digits > 16) return Number(BigInt(whole) / 1_000n);
  const value = Number(whole);
  if (digits > 14) return value;
  if (digits > 11) return value * 1_000;
  return value * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

function textStart(line: Uint8Array): number {
  // A mark of the byte order may stand at the beginning of a file.
  let at = line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? 3 : 0;
  while (at < line.length && (line[at] ?? 0) <= SPACE) at++;
  return at;
}

/** Where the JSON begins: at the first bracket after a space. */
function bodyStart(line: Uint8Array): number {
  const end = Math.min(line.length, HEAD_BYTES_MAX);
  for (let at = 1; at < end; at++) {
    const byte = line[at];
    const isSpaced = line[at - 1] === SPACE || line[at - 1] === TAB;
    if ((byte === OPEN_OBJECT || byte === OPEN_ARRAY) && isSpaced) return at;
  }
  return line.length;
}
