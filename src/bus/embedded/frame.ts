/**
 * A record in a segment: a header of 20 bytes and the payload, little-endian.
 *
 * | bytes | what |
 * |---|---|
 * | 0-3 | length of the payload |
 * | 4-7 | CRC-32 of everything behind it: bytes 8 to the end of the payload |
 * | 8-11 | the record's offset, low 32 bits: a frame that belongs elsewhere is not taken for this one |
 * | 12-19 | local time, epoch us, as a double |
 *
 * A segment starts with 32 bytes: magic, version, offset of its first record.
 */
import { crc32 } from 'node:zlib';
import { RECORD_BYTES_MAX } from '../event-log.ts';

/** Bytes before the payload. */
export const FRAME_HEADER_BYTES = 20;
/** Bytes before the first frame of a segment. */
export const SEGMENT_HEADER_BYTES = 32;

const CRC_AT = 4;
const CHECKED_FROM = 8;
const TS_AT = 12;
const MAGIC = 'XYBUSLOG';
const VERSION = 1;
const TWO_32 = 4_294_967_296;

/** Returns the header of a segment. */
export function segmentHeader(baseOffset: number): Uint8Array {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.write(MAGIC, 0, 'latin1');
  header.writeUInt32LE(VERSION, 8);
  header.writeDoubleLE(baseOffset, 16);
  header.writeUInt32LE(crc32(header.subarray(0, 24)), 24);
  return header;
}

/** Returns what is wrong with the header of a segment, or `null`. */
export function headerFault(header: Uint8Array, baseOffset: number): string | null {
  const expected = segmentHeader(baseOffset);
  if (header.length < SEGMENT_HEADER_BYTES) return `its header is cut off after ${header.length} bytes`;
  for (let i = 0; i < SEGMENT_HEADER_BYTES; i++) {
    if (header[i] !== expected[i]) return `its header is not that of a segment from record ${baseOffset}`;
  }
  return null;
}

/** Writes the frame header before a payload that stands already at `at + FRAME_HEADER_BYTES`. */
export function sealFrame(view: DataView, bytes: Uint8Array, at: number, frame: FrameFacts): void {
  view.setUint32(at, frame.length, true);
  view.setUint32(at + CHECKED_FROM, frame.offset % TWO_32, true);
  view.setFloat64(at + TS_AT, frame.tsLocalUs, true);
  view.setUint32(
    at + CRC_AT,
    checksum(bytes, at + CHECKED_FROM, at + FRAME_HEADER_BYTES + frame.length),
    true,
  );
}

/** What a frame header says. */
export interface FrameFacts {
  length: number;
  offset: number;
  tsLocalUs: number;
}

/** `short`: it goes on behind `end`; `bad`: these bytes are no frame of that offset. */
export type FrameVerdict = 'whole' | 'short' | 'bad';

/** Judges the frame at `at` of bytes that end at `end`, and fills `facts` when it is whole. */
export function judgeFrame(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  end: number,
  facts: FrameFacts,
): FrameVerdict {
  if (at + FRAME_HEADER_BYTES > end) return 'short';
  const length = view.getUint32(at, true);
  if (length > RECORD_BYTES_MAX || view.getUint32(at + CHECKED_FROM, true) !== facts.offset % TWO_32)
    return 'bad';
  const frameEnd = at + FRAME_HEADER_BYTES + length;
  if (frameEnd > end) return 'short';
  if (checksum(bytes, at + CHECKED_FROM, frameEnd) !== view.getUint32(at + CRC_AT, true)) return 'bad';
  facts.length = length;
  facts.tsLocalUs = view.getFloat64(at + TS_AT, true);
  return 'whole';
}

/** Returns the length that a frame header states, before it is known to be true. */
export function statedFrameBytes(view: DataView, at: number): number {
  return FRAME_HEADER_BYTES + view.getUint32(at, true);
}

/** Returns how far the offset of a whole frame at `at` lies ahead of `offset`; -1 when there is none within `aheadMax`. */
export function frameAhead(
  view: DataView,
  bytes: Uint8Array,
  at: number,
  end: number,
  search: { readonly offset: number; readonly aheadMax: number },
): number {
  if (at + FRAME_HEADER_BYTES > end) return -1;
  const ahead = (view.getUint32(at + CHECKED_FROM, true) - (search.offset % TWO_32) + TWO_32) % TWO_32;
  if (ahead > search.aheadMax) return -1;
  const facts = { length: 0, offset: search.offset + ahead, tsLocalUs: 0 };
  return judgeFrame(view, bytes, at, end, facts) === 'whole' ? ahead : -1;
}

/** Shorter stretches are summed here: a call into zlib needs a view, which is garbage, and costs more than it saves. */
const ZLIB_FROM_BYTES = 320;

const TABLE = crcTable();

function checksum(bytes: Uint8Array, start: number, end: number): number {
  if (end - start >= ZLIB_FROM_BYTES) return crc32(bytes.subarray(start, end));
  let crc = -1;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    const low = crc ^ (bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
    crc =
      TABLE[0x700 | (low & 255)]! ^
      TABLE[0x600 | ((low >>> 8) & 255)]! ^
      TABLE[0x500 | ((low >>> 16) & 255)]! ^
      TABLE[0x400 | (low >>> 24)]! ^
      TABLE[0x300 | bytes[i + 4]!]! ^
      TABLE[0x200 | bytes[i + 5]!]! ^
      TABLE[0x100 | bytes[i + 6]!]! ^
      TABLE[bytes[i + 7]!]!;
  }
  for (; i < end; i++) crc = TABLE[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Eight tables of 256: byte i of eight at once. CRC-32 as in ISO 3309, reflected polynomial 0xEDB88320. */
function crcTable(): Int32Array {
  const table = new Int32Array(8 * 256);
  for (let value = 0; value < 256; value++) {
    let crc = value;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
    table[value] = crc;
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256]!;
    table[i] = table[before & 255]! ^ (before >>> 8);
  }
  return table;
}
