/**
 * The smallest ZIP reader that serves venue archives: one file inside, stored or deflated, found through the central directory,
 * checked by length and CRC-32. Encrypted, split and ZIP64 archives are refused by name.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { XylenError } from '#core';

/** Where the one file of an archive lies. */
export interface ZipEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly dataStart: number;
  readonly compressedBytes: number;
  readonly contentBytes: number;
  readonly crc: number;
}

const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65_535;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const SIGNATURE_END = 0x06054b50;
const SIGNATURE_ENTRY = 0x02014b50;
const SIGNATURE_LOCAL = 0x04034b50;
const U16_MAX = 0xffff;
const U32_MAX = 0xffffffff;

/** Finds the one file of a ZIP archive. @throws XY_FILE_DAMAGED when there is none, more than one, or the archive is not readable. */
export async function zipEntryOf(path: string, size: number): Promise<ZipEntry> {
  const file = await open(path, 'r');
  try {
    const directory = await readDirectory(file, path, size);
    const entries = parseEntries(directory, path).filter((entry) => !entry.name.endsWith('/'));
    const [entry] = entries;
    if (entry === undefined || entries.length > 1) {
      const names = entries.slice(0, 5).map(({ name }) => name);
      throw bad(
        path,
        `a ZIP archive with one file is expected, found ${entries.length}: ${names.join(', ')}`,
      );
    }
    if (entry.flags & 1) throw bad(path, `${entry.name} is encrypted`);
    if (entry.method !== 0 && entry.method !== 8)
      throw bad(path, `${entry.name} uses compression method ${entry.method}`);
    const dataStart = await dataStartOf(file, path, entry.localStart, size);
    if (dataStart + entry.compressedBytes > size) throw bad(path, 'the ZIP archive is cut off');
    return { ...entry, isDeflated: entry.method === 8, dataStart };
  } finally {
    await file.close();
  }
}

/** Adds up what came out of an archive and compares it with what the archive says. */
export class Crc32Check {
  #crc = 0;
  #bytes = 0;

  /** Adds a piece. */
  add(piece: Buffer): void {
    this.#crc = crc32(piece, this.#crc);
    this.#bytes += piece.length;
  }

  /** Returns what does not fit, or `undefined`. */
  faultAgainst(entry: ZipEntry): string | undefined {
    if (this.#bytes !== entry.contentBytes) {
      return `${entry.name} has ${this.#bytes} bytes, the archive says ${entry.contentBytes}`;
    }
    return this.#crc === entry.crc ? undefined : `the checksum of ${entry.name} is wrong`;
  }
}

interface DirectoryEntry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly contentBytes: number;
  readonly localStart: number;
}

function bad(path: string, what: string): XylenError {
  return new XylenError('XY_FILE_DAMAGED', `${path}: ${what}`, { fields: { file: path, line: 0 } });
}

async function readExactly(file: FileHandle, path: string, start: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, start);
  if (bytesRead !== bytes) throw bad(path, 'the ZIP archive is cut off');
  return buffer;
}

async function readDirectory(file: FileHandle, path: string, size: number): Promise<Buffer> {
  const tailBytes = Math.min(size, END_BYTES + COMMENT_BYTES_MAX);
  const tail = await readExactly(file, path, size - tailBytes, tailBytes);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== SIGNATURE_END) continue;
    // A comment could hold the signature: the record whose comment ends with the file is the one.
    if (at + END_BYTES + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const bytes = tail.readUInt32LE(at + 12);
    const start = tail.readUInt32LE(at + 16);
    if (start === U32_MAX || bytes === U32_MAX || tail.readUInt16LE(at + 10) === U16_MAX) {
      throw bad(path, 'ZIP64 archives are not read; unpack the file first');
    }
    if (start + bytes > size) throw bad(path, 'the ZIP archive is cut off');
    return readExactly(file, path, start, bytes);
  }
  throw bad(path, 'the ZIP archive is cut off: it has no directory');
}

function parseEntries(directory: Buffer, path: string): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (let at = 0; at < directory.length; ) {
    if (at + ENTRY_BYTES > directory.length || directory.readUInt32LE(at) !== SIGNATURE_ENTRY) {
      throw bad(path, 'the directory of the ZIP archive is damaged');
    }
    const nameBytes = directory.readUInt16LE(at + 28);
    const next =
      at + ENTRY_BYTES + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    const entry = {
      name: directory.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes),
      flags: directory.readUInt16LE(at + 8),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      compressedBytes: directory.readUInt32LE(at + 20),
      contentBytes: directory.readUInt32LE(at + 24),
      localStart: directory.readUInt32LE(at + 42),
    };
    if ([entry.compressedBytes, entry.contentBytes, entry.localStart].includes(U32_MAX)) {
      throw bad(path, 'ZIP64 archives are not read; unpack the file first');
    }
    entries.push(entry);
    at = next;
  }
  return entries;
}

async function dataStartOf(
  file: FileHandle,
  path: string,
  localStart: number,
  size: number,
): Promise<number> {
  if (localStart + LOCAL_BYTES > size) throw bad(path, 'the ZIP archive is cut off');
  const local = await readExactly(file, path, localStart, LOCAL_BYTES);
  if (local.readUInt32LE(0) !== SIGNATURE_LOCAL)
    throw bad(path, 'the directory of the ZIP archive is damaged');
  return localStart + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
}
