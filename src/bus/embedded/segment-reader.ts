/**
 * Reads one topic of a log's folder, in any thread or process: follows the segments as they come and stops at the durable mark. Whatever
 * lies before the mark and is not a whole frame is damage.
 */
import { messageOf, XylenError } from '#core';
import {
  type DamagedStretch,
  RECORD_BYTES_MAX,
  type ReadLimits,
  type RecordBatch,
  type TopicReader,
} from '../event-log.ts';
import type { Topic } from '../topics.ts';
import { FRAME_HEADER_BYTES, SEGMENT_HEADER_BYTES } from './frame.ts';
import { FrameScan } from './frame-scan.ts';
import { listSegments, type SegmentFile, topicFolder } from './log-files.ts';
import type { Watermark, WatermarkFile } from './watermarks.ts';

const READ_RECORDS = 8_192;
const READ_BYTES = 1024 * 1024;

/** A batch that is filled again by every read. */
interface OpenBatch extends RecordBatch {
  firstOffset: number;
  count: number;
  bytes: Uint8Array;
  tsLocalUs: Float64Array;
  starts: Uint32Array;
  ends: Uint32Array;
}

/** A position in a topic. */
export class SegmentReader implements TopicReader {
  readonly topic: Topic;
  readonly #dir: string;
  readonly #marks: WatermarkFile;
  #offset: number;
  #scan: FrameScan | null = null;
  readonly #batch: OpenBatch = {
    firstOffset: 0,
    count: 0,
    bytes: new Uint8Array(0),
    tsLocalUs: new Float64Array(READ_RECORDS),
    starts: new Uint32Array(READ_RECORDS),
    ends: new Uint32Array(READ_RECORDS),
  };

  constructor(dir: string, topic: Topic, marks: WatermarkFile, offset: number) {
    this.#dir = dir;
    this.topic = topic;
    this.#marks = marks;
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  async read(limits: ReadLimits = {}): Promise<RecordBatch> {
    const batch = this.#batch;
    batch.firstOffset = this.#offset;
    batch.count = 0;
    const mark = this.#marks.read(this.topic);
    if (mark === null || this.#offset >= mark.offset) {
      this.#checkEnd(mark);
      return batch;
    }
    const scan = this.#scanAt(mark);
    this.#fill(scan, this.#limitOf(scan, mark), limits);
    return batch;
  }

  async skipDamage(): Promise<DamagedStretch> {
    const fromOffset = this.#offset;
    const mark = this.#marks.read(this.topic);
    if (mark === null || fromOffset >= mark.offset)
      throw new XylenError(
        'XY_USAGE',
        `${this.topic}: record ${fromOffset} is not there yet, so it is not damaged`,
      );
    const files = listSegments(this.#dir, this.topic);
    const file = fileOf(files, fromOffset);
    if (file === undefined) return this.#passMissing(files, mark);
    const scan = this.#scan?.path === file.path ? this.#scan : new FrameScan(file.path, file.baseOffset);
    if (scan !== this.#scan) this.#replaceScan(scan);
    const limit = this.#limitOf(scan, mark);
    try {
      scan.toOffset(fromOffset, limit);
    } catch (fault) {
      // The damage may lie before the record that was asked for: then everything up to the next whole frame is lost to it.
      if (!(fault instanceof XylenError) || fault.code !== 'XY_FILE_DAMAGED') throw fault;
    }
    const { position } = scan;
    const nextBase = files.find(({ baseOffset }) => baseOffset > file.baseOffset)?.baseOffset;
    if (scan.findWhole(limit) < 0) {
      this.#offset = nextBase === undefined || nextBase > mark.offset ? mark.offset : nextBase;
      this.#replaceScan(null);
    } else this.#offset = Math.max(scan.offset, fromOffset);
    return { topic: this.topic, fromOffset, toOffset: this.#offset, file: file.path, position };
  }

  close(): void {
    this.#replaceScan(null);
  }

  #fill(scan: FrameScan, limit: number, limits: ReadLimits): void {
    const batch = this.#batch;
    const recordsMax = Math.min(limits.records ?? READ_RECORDS, READ_RECORDS);
    scan.load(limits.bytes ?? READ_BYTES, limit);
    let verdict = scan.judge();
    if (verdict === 'short') {
      // Not even one record fits: it is read alone, if the file has so much and a record may be so long.
      const wanted = scan.statedBytes;
      scan.load(Math.max(wanted, FRAME_HEADER_BYTES), limit);
      if (scan.statedBytes > wanted && scan.statedBytes <= RECORD_BYTES_MAX + FRAME_HEADER_BYTES)
        scan.load(scan.statedBytes, limit);
      verdict = scan.judge();
    }
    // Nothing but whole frames lies before the mark.
    if (verdict !== 'whole') throw scan.damage();
    batch.bytes = scan.bytes;
    while (verdict === 'whole' && batch.count < recordsMax) {
      batch.tsLocalUs[batch.count] = scan.lastTsUs;
      batch.starts[batch.count] = scan.payloadStart;
      batch.ends[batch.count] = scan.payloadEnd;
      batch.count++;
      scan.pass();
      verdict = scan.position < limit ? scan.judge() : 'short';
    }
    this.#offset = scan.offset;
  }

  /** Returns the scan that stands at the next record. */
  #scanAt(mark: Watermark): FrameScan {
    const open = this.#scan;
    if (open !== null && open.offset === this.#offset && open.position < this.#limitOf(open, mark))
      return open;
    const files = listSegments(this.#dir, this.topic);
    const file = fileOf(files, this.#offset);
    if (file === undefined) throw this.#gone(files, mark);
    const scan = this.#openScan(file);
    this.#replaceScan(scan);
    const fault = scan.headerFault();
    if (fault !== null) {
      throw new XylenError('XY_FILE_DAMAGED', `${file.path}: ${fault}`, {
        fields: { file: file.path, position: 0, offset: file.baseOffset },
      });
    }
    const limit = this.#limitOf(scan, mark);
    scan.toOffset(this.#offset, limit);
    // A closed segment that ends before its successor starts has lost records.
    if (scan.position >= limit) throw scan.damage();
    return scan;
  }

  #openScan(file: SegmentFile): FrameScan {
    try {
      return new FrameScan(file.path, file.baseOffset);
    } catch (cause) {
      throw new XylenError('XY_DATA_INSUFFICIENT', `${file.path} cannot be opened: ${messageOf(cause)}`, {
        fields: { file: file.path },
        cause,
      });
    }
  }

  /** How far the segment of a scan is durable. */
  #limitOf(scan: FrameScan, mark: Watermark): number {
    return scan.baseOffset === mark.baseOffset ? mark.position : scan.fileBytes;
  }

  #replaceScan(scan: FrameScan | null): void {
    this.#scan?.close();
    this.#scan = scan;
  }

  #checkEnd(mark: Watermark | null): void {
    const end = mark?.offset ?? 0;
    if (this.#offset <= end) return;
    const folder = topicFolder(this.#dir, this.topic);
    throw new XylenError(
      'XY_FILE_DAMAGED',
      `${folder} ends before record ${end}, and record ${this.#offset} was read before or asked for`,
      { fields: { file: folder, offset: this.#offset } },
    );
  }

  /** A hole in the files: the next segment there is goes on. */
  #passMissing(files: readonly SegmentFile[], mark: Watermark): DamagedStretch {
    const fromOffset = this.#offset;
    const next = files.find(({ baseOffset }) => baseOffset > fromOffset);
    this.#offset = Math.min(next?.baseOffset ?? mark.offset, mark.offset);
    this.#replaceScan(null);
    const file = topicFolder(this.#dir, this.topic);
    return { topic: this.topic, fromOffset, toOffset: this.#offset, file, position: SEGMENT_HEADER_BYTES };
  }

  #gone(files: readonly SegmentFile[], mark: Watermark): XylenError {
    const first = files[0]?.baseOffset ?? mark.offset;
    return new XylenError(
      'XY_DATA_INSUFFICIENT',
      `${this.topic}: record ${this.#offset} was dropped by retention; the first there is ${first}`,
      { fields: { topic: this.topic, offset: this.#offset, firstOffset: first } },
    );
  }
}

/** Returns the segment that holds an offset, if it is there. */
function fileOf(files: readonly SegmentFile[], offset: number): SegmentFile | undefined {
  return files.findLast(({ baseOffset }) => baseOffset <= offset);
}
