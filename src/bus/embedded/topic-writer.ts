/**
 * The end of one topic: frames collect in memory, go to the open segment in large pieces, and become durable with the group that the log
 * flushes next. A write that the disk refuses changes nothing: the frames stay, and whatever reached the file of them is cut off again.
 */
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { assert, messageOf, XylenError } from '#core';
import type { Topic } from '../topics.ts';
import { FRAME_HEADER_BYTES, SEGMENT_HEADER_BYTES, sealFrame, segmentHeader } from './frame.ts';
import { type DiskCalls, makeFolder, segmentPath, syncFolder, topicFolder } from './log-files.ts';
import type { RecoveredTopic } from './recovery.ts';
import type { Watermark } from './watermarks.ts';

/** Bytes that collect at most before they are written without being asked; a longer record collects alone. */
const PENDING_BYTES = 1024 * 1024;

/** A segment and how much of it there is. */
export interface SegmentFacts {
  readonly baseOffset: number;
  readonly path: string;
  bytes: number;
  endOffset: number;
  /** Local time of its newest record, 0 while there is none. */
  lastTsUs: number;
}

/** Where a topic writer works. */
export interface TopicWriterOptions {
  readonly dir: string;
  readonly topic: Topic;
  readonly segmentBytes: number;
  readonly disk: DiskCalls;
}

/** Appends to one topic. */
export class TopicWriter {
  readonly topic: Topic;
  /** Oldest first; the last one is open. */
  readonly segments: SegmentFacts[];
  readonly #options: TopicWriterOptions;
  readonly #pendingMax: number;
  #pending = Buffer.allocUnsafe(0);
  #view = new DataView(this.#pending.buffer);
  #used = 0;
  #pendingCount = 0;
  #pendingTsUs = 0;
  #endOffset: number;
  #fd: number | null = null;
  /** Closed segments whose last bytes are not durable yet. */
  #retired: number[] = [];
  #isFolderDirty = false;
  #isDirty = false;
  readonly #facts = { length: 0, offset: 0, tsLocalUs: 0 };

  /** Goes on behind what recovery found. */
  constructor(options: TopicWriterOptions, recovered: RecoveredTopic) {
    this.#options = options;
    this.topic = options.topic;
    this.segments = recovered.segments.map((segment) => ({ ...segment }));
    this.#endOffset = recovered.endOffset;
    this.#pendingMax = Math.min(PENDING_BYTES, options.segmentBytes);
  }

  /** Offset of the next record. */
  get endOffset(): number {
    return this.#endOffset;
  }

  /** Bytes on the disk and in memory. */
  get bytes(): number {
    let sum = this.#used;
    for (const segment of this.segments) sum += segment.bytes;
    return sum;
  }

  /** True while something appended is not durable. */
  get isDirty(): boolean {
    return this.#isDirty || this.#used > 0;
  }

  /** True when a frame with so long a payload goes into memory as it is. */
  fits(length: number): boolean {
    const bytes = this.#used + FRAME_HEADER_BYTES + length;
    return bytes <= this.#pending.length && (this.#used === 0 || bytes <= this.#pendingMax);
  }

  /** Makes room in memory; nothing may be pending that does not fit beside it. */
  reserve(length: number): void {
    assert(this.#used === 0, 'memory is enlarged when nothing waits in it');
    const bytes = Math.max(this.#pendingMax, FRAME_HEADER_BYTES + length);
    if (bytes <= this.#pending.length) return;
    this.#pending = Buffer.allocUnsafeSlow(bytes);
    this.#view = new DataView(this.#pending.buffer);
  }

  /** Adds a frame to those in memory; the caller has seen that it fits. */
  put(tsLocalUs: number, bytes: Uint8Array, start: number, end: number): void {
    const at = this.#used;
    const payloadAt = at + FRAME_HEADER_BYTES;
    const length = end - start;
    if (length <= COPY_BY_HAND_MAX) {
      const pending = this.#pending;
      for (let i = 0; i < length; i++) pending[payloadAt + i] = bytes[start + i]!;
    } else this.#pending.set(bytes.subarray(start, end), payloadAt);
    this.#facts.length = length;
    this.#facts.offset = this.#endOffset;
    this.#facts.tsLocalUs = tsLocalUs;
    sealFrame(this.#view, this.#pending, at, this.#facts);
    this.#used = payloadAt + length;
    this.#pendingCount++;
    if (tsLocalUs > this.#pendingTsUs) this.#pendingTsUs = tsLocalUs;
    this.#endOffset++;
  }

  /** Hands what is pending to the system. @throws XY_STORE_FAILED when the disk refuses it, and then nothing has changed */
  write(): void {
    if (this.#used === 0) return;
    const segment = this.#openSegment();
    this.#writeAt(segment, this.#pending, this.#used);
    segment.endOffset += this.#pendingCount;
    segment.lastTsUs = Math.max(segment.lastTsUs, this.#pendingTsUs);
    this.#isDirty = true;
    this.#used = 0;
    this.#pendingCount = 0;
    this.#pendingTsUs = 0;
  }

  /** Returns what has to be synchronised for all that is written to be durable, and the mark that then holds; `null` when nothing. */
  takeUnsynced(): {
    readonly fds: readonly number[];
    readonly retired: readonly number[];
    readonly mark: Watermark;
  } | null {
    const segment = this.segments.at(-1);
    if (!this.#isDirty || segment === undefined || this.#fd === null) return null;
    if (this.#isFolderDirty) syncFolder(topicFolder(this.#options.dir, this.topic));
    this.#isFolderDirty = false;
    const retired = this.#retired;
    this.#retired = [];
    this.#isDirty = false;
    const mark = { offset: segment.endOffset, baseOffset: segment.baseOffset, position: segment.bytes };
    return { fds: [...retired, this.#fd], retired, mark };
  }

  /** Makes what recovery left on the disk durable and returns where it ends; `null` when the topic has no segment. */
  async vouch(): Promise<Watermark | null> {
    const segment = this.segments.at(-1);
    if (segment === undefined) return null;
    this.#fd ??= openSync(segment.path, 'r+');
    await this.#options.disk.sync(this.#fd);
    return { offset: segment.endOffset, baseOffset: segment.baseOffset, position: segment.bytes };
  }

  /** Closes the files; what is pending in memory is dropped. */
  close(): void {
    for (const fd of this.#retired) closeSync(fd);
    if (this.#fd !== null) closeSync(this.#fd);
    this.#retired = [];
    this.#fd = null;
  }

  /** Returns the segment that takes the next bytes: a new one where the last is full. */
  #openSegment(): SegmentFacts {
    const last = this.segments.at(-1);
    if (last !== undefined && last.bytes < this.#options.segmentBytes) {
      this.#fd ??= openSync(last.path, 'r+');
      return last;
    }
    const { dir } = this.#options;
    const baseOffset = this.#endOffset - this.#pendingCount;
    const path = segmentPath(dir, this.topic, baseOffset);
    const segment: SegmentFacts = { baseOffset, path, bytes: 0, endOffset: baseOffset, lastTsUs: 0 };
    makeFolder(topicFolder(dir, this.topic));
    const fd = refusable(path, () => openSync(path, 'w'));
    const before = this.#fd;
    this.#fd = fd;
    try {
      this.#writeAt(segment, segmentHeader(baseOffset), SEGMENT_HEADER_BYTES);
    } catch (refused) {
      // The empty file stays; it is made anew by the next attempt and ignored by readers, which see nothing of it as durable.
      closeSync(fd);
      this.#fd = before;
      throw refused;
    }
    if (before !== null) this.#retired.push(before);
    this.#isFolderDirty = true;
    this.segments.push(segment);
    return segment;
  }

  #writeAt(segment: SegmentFacts, bytes: Uint8Array, length: number): void {
    const fd = this.#fd;
    assert(fd !== null, 'a segment is open before it is written');
    try {
      for (let done = 0; done < length; ) {
        const took = this.#options.disk.write(fd, bytes, done, length - done, segment.bytes + done);
        if (took <= 0) throw new Error('the system took no bytes');
        done += took;
      }
    } catch (cause) {
      // A part of it may have reached the file.
      ftruncateSync(fd, segment.bytes);
      throw writeFault(segment.path, cause);
    }
    segment.bytes += length;
  }
}

/** Up to here a loop is faster than `set`, which needs a view of the payload. */
const COPY_BY_HAND_MAX = 96;

function refusable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw writeFault(path, cause);
  }
}

function writeFault(path: string, cause: unknown): XylenError {
  return new XylenError('XY_STORE_FAILED', `${path} cannot be written: ${messageOf(cause)}`, {
    fields: { file: path },
    cause,
  });
}
