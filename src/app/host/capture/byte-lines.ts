/**
 * The lines of a capture as bytes, one call each: plain, gzip or ZIP, read as a stream, so that the size of the file does not matter. A line
 * longer than the bound is passed over and told, not kept.
 */
import { assert, XylenError } from '#core';
import { ContainerDamage, openByteSource } from '#store/files';
import { checkSignal } from '#store/history';

/** Longest line: the largest message that any feed takes. */
export const LINE_BYTES_MAX = 64 * 1024 * 1024;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Told of a file line by line; lines count from 1. */
export interface LineListener {
  /** A line without its end, valid during the call only. */
  onLine(bytes: Uint8Array, line: number): void;
  onTooLong(line: number): void;
}

/** How far reading has come. */
export interface LineProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
}

/**
 * Reads a file, a piece at a time: reads on when the next one is asked for.
 * @throws XY_FILE_MISSING, XY_FILE_DAMAGED with the line reached, XY_INTERRUPTED.
 */
export async function* bytePieces(
  path: string,
  listener: LineListener,
  signal: AbortSignal,
  onProgress: (progress: LineProgress) => void = () => undefined,
): AsyncGenerator<void> {
  const source = await openByteSource(path);
  const cutter = new LineCutter(listener);
  let bytesRead = 0;
  const onRaw = (piece: Buffer): void => {
    bytesRead += piece.length;
  };
  try {
    for await (const piece of source.chunks(onRaw)) {
      checkSignal(signal);
      cutter.push(piece);
      onProgress({ bytesRead, bytesTotal: source.bytesTotal });
      yield;
    }
  } catch (thrown) {
    if (!(thrown instanceof ContainerDamage)) throw thrown;
    const fields = { file: path, line: cutter.line };
    throw new XylenError('XY_FILE_DAMAGED', `${path}:${cutter.line}: ${thrown.message}`, {
      fields,
      cause: thrown,
    });
  }
  // A program that was killed leaves its last line without an end; whether it is whole is seen when it is read.
  cutter.finish();
}

/** Cuts a stream of bytes into lines. */
export class LineCutter {
  /** Number of the line that is being read. */
  line = 1;
  readonly #listener: LineListener;
  readonly #bytesMax: number;
  /** The beginning of a line whose end has not come. */
  #rest: Uint8Array = new Uint8Array(1_024);
  #restLength = 0;
  #isTooLong = false;

  constructor(listener: LineListener, bytesMax: number = LINE_BYTES_MAX) {
    this.#listener = listener;
    this.#bytesMax = bytesMax;
  }

  /** Takes the next bytes of the file. */
  push(bytes: Uint8Array): void {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.#end(bytes.subarray(start, end));
      start = end + 1;
    }
    this.#keep(bytes.subarray(start));
  }

  /** Takes what is left as a line. */
  finish(): void {
    if (this.#restLength > 0 || this.#isTooLong) this.#end(new Uint8Array(0));
  }

  #end(tail: Uint8Array): void {
    let text = tail;
    if (this.#restLength > 0 || this.#isTooLong) {
      this.#keep(tail);
      text = this.#rest.subarray(0, this.#restLength);
    }
    const { line } = this;
    const isTooLong = this.#isTooLong || text.length > this.#bytesMax;
    this.#restLength = 0;
    this.#isTooLong = false;
    this.line++;
    if (isTooLong) this.#listener.onTooLong(line);
    else this.#listener.onLine(text.at(-1) === RETURN ? text.subarray(0, -1) : text, line);
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#restLength + bytes.length;
    if (this.#isTooLong || length > this.#bytesMax) {
      this.#isTooLong = true;
      this.#restLength = 0;
      return;
    }
    if (length > this.#rest.length) {
      const grown = new Uint8Array(Math.min(this.#bytesMax, Math.max(length, this.#rest.length * 2)));
      grown.set(this.#rest.subarray(0, this.#restLength));
      this.#rest = grown;
    }
    assert(length <= this.#rest.length, 'what is kept of a line fits');
    this.#rest.set(bytes, this.#restLength);
    this.#restLength = length;
  }
}
