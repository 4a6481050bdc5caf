/**
 * Walks the frames of one segment through a window of it that is held in memory. Knows how far the file goes, not how much of it is
 * durable: the caller sets the limit.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { XylenError } from '#core';
import {
  FRAME_HEADER_BYTES,
  type FrameVerdict,
  frameAhead,
  headerFault,
  judgeFrame,
  SEGMENT_HEADER_BYTES,
  statedFrameBytes,
} from './frame.ts';

const WINDOW_BYTES = 1024 * 1024;
/** A frame found behind damage continues the topic by at most so many records. */
const AHEAD_MAX = 1_048_576;

/** A position in a segment that moves frame by frame. */
export class FrameScan {
  readonly path: string;
  readonly baseOffset: number;
  /** Offset of the frame at `position`. */
  offset: number;
  /** Where in the file it starts. */
  position: number;
  /** The window, and where in it the payload of the frame judged last lies. */
  bytes: Buffer = Buffer.allocUnsafe(0);
  payloadStart = 0;
  payloadEnd = 0;
  lastTsUs = 0;
  readonly #fd: number;
  readonly #facts = { length: 0, offset: 0, tsLocalUs: 0 };
  #view = new DataView(this.bytes.buffer);
  /** File position of the window's first byte, and of its end. */
  #windowStart = 0;
  #windowEnd = 0;

  /** Opens a segment at a frame. */
  constructor(path: string, offset: number, position = SEGMENT_HEADER_BYTES, baseOffset = offset) {
    this.path = path;
    this.baseOffset = baseOffset;
    this.offset = offset;
    this.position = position;
    this.#fd = openSync(path, 'r');
  }

  get fileBytes(): number {
    return fstatSync(this.#fd).size;
  }

  /** When the file was last written, epoch us: what stands for the time of its newest record when nobody has read it. */
  get modifiedUs(): number {
    return Math.floor(fstatSync(this.#fd).mtimeMs * 1_000);
  }

  /** Returns what is wrong with the segment's header, or `null`. */
  headerFault(): string | null {
    const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
    const count = this.#read(header, SEGMENT_HEADER_BYTES, 0);
    return headerFault(header.subarray(0, count), this.baseOffset);
  }

  /** Makes the window start at the frame and hold `wanted` bytes, or what there is before `limit`. */
  load(wanted: number, limit: number): void {
    const length = Math.max(0, Math.min(wanted, limit - this.position));
    if (length > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(length, Math.min(wanted, WINDOW_BYTES)));
      this.#view = new DataView(this.bytes.buffer);
    }
    this.#windowStart = this.position;
    this.#windowEnd = this.position + this.#read(this.bytes, length, this.position);
  }

  /** Judges the frame at the position by what the window holds. */
  judge(): FrameVerdict {
    const at = this.position - this.#windowStart;
    const facts = this.#facts;
    facts.offset = this.offset;
    const verdict = judgeFrame(this.#view, this.bytes, at, this.#windowEnd - this.#windowStart, facts);
    if (verdict === 'whole') {
      this.payloadStart = at + FRAME_HEADER_BYTES;
      this.payloadEnd = this.payloadStart + facts.length;
      this.lastTsUs = facts.tsLocalUs;
    }
    return verdict;
  }

  /** Moves behind the frame judged to be whole. */
  pass(): void {
    this.offset++;
    this.position = this.#windowStart + this.payloadEnd;
  }

  /** Bytes the frame at the position says it has; the frame header lies in the window. */
  get statedBytes(): number {
    const at = this.position - this.#windowStart;
    if (at + FRAME_HEADER_BYTES > this.#windowEnd - this.#windowStart) return FRAME_HEADER_BYTES;
    return statedFrameBytes(this.#view, at);
  }

  /** Moves over whole frames up to the first that is not, or the end of the file. */
  toBreak(): void {
    const limit = this.fileBytes;
    while (this.position < limit) {
      this.load(WINDOW_BYTES, limit);
      let isMoved = false;
      while (this.judge() === 'whole') {
        this.pass();
        isMoved = true;
      }
      if (isMoved) continue;
      if (this.judge() === 'bad' || this.position + this.statedBytes > limit) return;
      this.load(this.statedBytes, limit);
      if (this.judge() !== 'whole') return;
      this.pass();
    }
  }

  /** Moves over frames up to one of an offset, judging each. @throws XY_FILE_DAMAGED */
  toOffset(offset: number, limit: number): void {
    while (this.offset < offset) {
      this.load(WINDOW_BYTES, limit);
      let isMoved = false;
      while (this.offset < offset && this.judge() === 'whole') {
        this.pass();
        isMoved = true;
      }
      if (isMoved) continue;
      if (this.position + this.statedBytes <= limit) this.load(this.statedBytes, limit);
      if (this.judge() !== 'whole') throw this.damage();
      this.pass();
    }
  }

  /** Returns the file position of the next whole frame behind the present place (and moves there), or -1. */
  findWhole(limit = this.fileBytes): number {
    const search = { offset: this.offset, aheadMax: AHEAD_MAX };
    const end = limit;
    for (let from = this.position + 1; from < end; ) {
      this.position = from;
      this.load(2 * WINDOW_BYTES, end);
      const held = this.#windowEnd - this.#windowStart;
      const isLast = this.#windowEnd >= end;
      const last = isLast ? held - FRAME_HEADER_BYTES : held - WINDOW_BYTES;
      for (let at = 0; at <= last; at++) {
        const ahead = this.#aheadAt(at, held, end, search);
        if (ahead < 0) continue;
        this.position = this.#windowStart + at;
        this.offset = search.offset + ahead;
        return this.position;
      }
      if (isLast) break;
      from = this.#windowStart + last + 1;
    }
    return -1;
  }

  /** Returns the error that names this place. */
  damage(): XylenError {
    return new XylenError(
      'XY_FILE_DAMAGED',
      `${this.path}: record ${this.offset} at byte ${this.position} is not as it was written`,
      { fields: { file: this.path, position: this.position, offset: this.offset } },
    );
  }

  close(): void {
    closeSync(this.#fd);
  }

  #aheadAt(
    at: number,
    held: number,
    end: number,
    search: { readonly offset: number; readonly aheadMax: number },
  ): number {
    const ahead = frameAhead(this.#view, this.bytes, at, held, search);
    if (ahead >= 0) return ahead;
    // A long frame may reach beyond the window: it is looked at alone.
    const stated = at + FRAME_HEADER_BYTES <= held ? statedFrameBytes(this.#view, at) : 0;
    const position = this.#windowStart + at;
    if (at + stated <= held || position + stated > end || !this.#isNear(at, search)) return -1;
    const long = new FrameScan(this.path, search.offset, position);
    try {
      long.load(stated, end);
      return frameAhead(long.#view, long.bytes, 0, stated, search);
    } finally {
      long.close();
    }
  }

  /** True when the frame that may start here names an offset that may come next. */
  #isNear(at: number, search: { readonly offset: number; readonly aheadMax: number }): boolean {
    const low = this.#view.getUint32(at + 8, true);
    return (low - (search.offset % 4_294_967_296) + 4_294_967_296) % 4_294_967_296 <= search.aheadMax;
  }

  #read(into: Buffer, length: number, position: number): number {
    let done = 0;
    while (done < length) {
      const count = readSync(this.#fd, into, done, length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }
}
