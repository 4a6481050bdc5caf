/**
 * What a writer finds when it opens a topic: the segments, and behind the durable mark whatever a crash left there. Whole frames behind
 * the mark are kept; the first that is not whole ends the topic, and it and all behind it go: none of it was ever reported durable.
 *
 * Without a mark (its file is lost) a broken end cannot be told from damage: it is cut off only when no whole frame follows it.
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, rmSync } from 'node:fs';
import { XylenError } from '#core';
import type { Topic } from '../topics.ts';
import { SEGMENT_HEADER_BYTES } from './frame.ts';
import { FrameScan } from './frame-scan.ts';
import { listSegments, type SegmentFile, syncFolder, topicFolder } from './log-files.ts';
import type { Watermark } from './watermarks.ts';

/** A segment as recovery leaves it. */
export interface RecoveredSegment {
  readonly baseOffset: number;
  readonly path: string;
  readonly bytes: number;
  readonly endOffset: number;
  readonly lastTsUs: number;
}

/** What recovery made of a topic. */
export interface RecoveredTopic {
  readonly segments: readonly RecoveredSegment[];
  /** Offset of the next record. */
  readonly endOffset: number;
  /** Bytes of a broken end that were cut off. */
  readonly bytesDropped: number;
}

/** Brings a topic into order for its writer. @throws XY_FILE_DAMAGED when less is there than was durable */
export function recoverTopic(dir: string, topic: Topic, known: Watermark | null): RecoveredTopic {
  const files = listSegments(dir, topic);
  const mark = known ?? startOfLast(files);
  if (mark === null) return { segments: [], endOffset: 0, bytesDropped: 0 };
  const segments = files.filter((file) => file.baseOffset < mark.baseOffset).map(closedSegment(files));
  const open = files.filter((file) => file.baseOffset >= mark.baseOffset);
  if (open[0]?.baseOffset !== mark.baseOffset) throw missing(topicFolder(dir, topic), mark);
  let bytesDropped = 0;
  let isBroken = false;
  let at = { offset: mark.offset, position: mark.position };
  for (const file of open) {
    const isStart = file.baseOffset === mark.baseOffset;
    // Behind a broken place, or where records are missing in between, nothing was durable.
    isBroken ||= !isStart && file.baseOffset !== at.offset;
    const end: SegmentEnd | null = isBroken ? null : endOf(file, at, known === null);
    if (end === null) {
      bytesDropped += dropFile(file);
      isBroken = true;
      continue;
    }
    segments.push({ ...file, bytes: end.position, endOffset: end.offset, lastTsUs: end.lastTsUs });
    bytesDropped += end.bytesDropped;
    isBroken = end.bytesDropped > 0;
    at = { offset: end.offset, position: SEGMENT_HEADER_BYTES };
  }
  if (bytesDropped > 0) syncFolder(topicFolder(dir, topic));
  return { segments, endOffset: at.offset, bytesDropped };
}

function startOfLast(files: readonly SegmentFile[]): Watermark | null {
  const last = files.at(-1);
  if (last === undefined) return null;
  const { baseOffset } = last;
  return { offset: baseOffset, baseOffset, position: SEGMENT_HEADER_BYTES };
}

/** Segments before the open one are whole: they were durable before the next was begun. Their times are read when they are needed. */
function closedSegment(files: readonly SegmentFile[]): (file: SegmentFile, ix: number) => RecoveredSegment {
  return (file, ix) => {
    const scan = new FrameScan(file.path, file.baseOffset);
    try {
      const endOffset = files[ix + 1]?.baseOffset ?? file.baseOffset;
      return { ...file, bytes: scan.fileBytes, endOffset, lastTsUs: scan.modifiedUs };
    } finally {
      scan.close();
    }
  };
}

/** Where the whole frames of a segment end. */
interface SegmentEnd {
  readonly offset: number;
  readonly position: number;
  readonly lastTsUs: number;
  readonly bytesDropped: number;
}

/** Follows whole frames from a place on and cuts off what comes behind them; `null` when not even the header is whole. */
function endOf(
  file: SegmentFile,
  from: { readonly offset: number; readonly position: number },
  isUnmarked: boolean,
): SegmentEnd | null {
  const scan = new FrameScan(file.path, from.offset, from.position, file.baseOffset);
  try {
    const { fileBytes } = scan;
    if (from.position > SEGMENT_HEADER_BYTES) {
      if (fileBytes < from.position) throw tooShort(file, fileBytes, from.position);
    } else if (scan.headerFault() !== null) {
      if (isUnmarked && scan.findWhole() >= 0) throw headerDamage(file);
      return null;
    }
    scan.toBreak();
    const { offset, position, lastTsUs } = scan;
    const bytesDropped = fileBytes - position;
    if (bytesDropped > 0) {
      if (isUnmarked && scan.findWhole() >= 0) throw damageAt(file, offset, position);
      cut(file.path, position);
    }
    return { offset, position, lastTsUs: lastTsUs === 0 ? scan.modifiedUs : lastTsUs, bytesDropped };
  } finally {
    scan.close();
  }
}

function cut(path: string, bytes: number): void {
  const fd = openSync(path, 'r+');
  try {
    ftruncateSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function dropFile(file: SegmentFile): number {
  const fd = openSync(file.path, 'r');
  const { size } = fstatSync(fd);
  closeSync(fd);
  rmSync(file.path);
  return Math.max(1, size);
}

function headerDamage(file: SegmentFile): XylenError {
  return new XylenError('XY_FILE_DAMAGED', `${file.path}: the header at byte 0 is not as it was written`, {
    fields: { file: file.path, position: 0, offset: file.baseOffset },
  });
}

function damageAt(file: SegmentFile, offset: number, position: number): XylenError {
  return new XylenError(
    'XY_FILE_DAMAGED',
    `${file.path}: record ${offset} at byte ${position} is not as it was written`,
    { fields: { file: file.path, position, offset } },
  );
}

function tooShort(file: SegmentFile, bytes: number, durable: number): XylenError {
  return new XylenError(
    'XY_FILE_DAMAGED',
    `${file.path} ends after ${bytes} bytes, ${durable} of it were durable`,
    { fields: { file: file.path, position: bytes } },
  );
}

function missing(folder: string, mark: Watermark): XylenError {
  return new XylenError(
    'XY_FILE_DAMAGED',
    `${folder} has no segment from record ${mark.baseOffset}, which was durable up to record ${mark.offset}`,
    { fields: { file: folder, position: 0 } },
  );
}
