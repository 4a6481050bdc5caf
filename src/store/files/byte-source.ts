/**
 * The bytes of a foreign file, out of their container: plain, gzip or a ZIP with one file in it, told by the first bytes, not by the
 * name. Streaming; a container that is cut off, corrupt or has something behind its end is reported as damage.
 */
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from 'node:zlib';
import { assert, messageOf, XylenError } from '#core';
import { Crc32Check, type ZipEntry, zipEntryOf } from './zip.ts';

/** How the bytes were packed. A packed file vouches for its own end, a plain one does not. */
export type Container = 'plain' | 'gzip' | 'zip';

/** A file whose content can be streamed, again and again. */
export interface ByteSource {
  readonly path: string;
  readonly container: Container;
  /** Bytes on disk that a full read takes. */
  readonly bytesTotal: number;
  /** Streams the content. `onRaw` sees each piece as it lies on disk: for progress and fingerprints. */
  chunks(onRaw?: (piece: Buffer) => void): AsyncGenerator<Buffer>;
}

/** Damage of a container; the reader of lines adds how far it had come. */
export class ContainerDamage extends Error {
  override readonly name = 'ContainerDamage';
}

const READ_BYTES = 64 * 1024;

/** Opens a file. @throws XY_FILE_MISSING, XY_FILE_DAMAGED */
export async function openByteSource(path: string): Promise<ByteSource> {
  const { size, magic } = await headOf(path);
  if (size === 0) throw damaged(path, 'the file is empty');
  if (magic[0] === 0x1f && magic[1] === 0x8b) {
    return { path, container: 'gzip', bytesTotal: size, chunks: (onRaw) => gunzipped(path, size, onRaw) };
  }
  if (magic.toString('latin1', 0, 4) === 'PK\x03\x04' || magic.toString('latin1', 0, 4) === 'PK\x05\x06') {
    const entry = await zipEntryOf(path, size);
    return {
      path,
      container: 'zip',
      bytesTotal: entry.compressedBytes,
      chunks: (onRaw) => unzipped(path, entry, onRaw),
    };
  }
  return { path, container: 'plain', bytesTotal: size, chunks: (onRaw) => rawBytes(path, 0, size, onRaw) };
}

/** Returns a damage error of a whole file. */
export function damaged(path: string, what: string, line = 0): XylenError {
  const place = line > 0 ? `${path}:${line}` : path;
  return new XylenError('XY_FILE_DAMAGED', `${place}: ${what}`, { fields: { file: path, line } });
}

async function headOf(path: string): Promise<{ size: number; magic: Buffer }> {
  try {
    const file = await open(path, 'r');
    try {
      const stat = await file.stat();
      if (!stat.isFile())
        throw new XylenError('XY_FILE_MISSING', `${path} is not a file`, { fields: { file: path } });
      const magic = Buffer.alloc(4);
      await file.read(magic, 0, 4, 0);
      return { size: stat.size, magic };
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof XylenError) throw cause;
    throw new XylenError('XY_FILE_MISSING', `${path} cannot be read: ${messageOf(cause)}`, {
      fields: { file: path },
      cause,
    });
  }
}

async function* rawBytes(
  path: string,
  start: number,
  end: number,
  onRaw?: (piece: Buffer) => void,
): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    for (let at = start; at < end; ) {
      const piece = Buffer.allocUnsafe(Math.min(READ_BYTES, end - at));
      const { bytesRead } = await file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new ContainerDamage('the file became shorter while it was read');
      const bytes = piece.subarray(0, bytesRead);
      onRaw?.(bytes);
      at += bytesRead;
      yield bytes;
    }
  } finally {
    await file.close();
  }
}

/** Runs bytes through a zlib engine; its errors come out as damage. */
async function* inflated(raw: AsyncIterable<Buffer>, engine: Gunzip | InflateRaw): AsyncGenerator<Buffer> {
  // The callback is required; errors reach the loop below through the engine, which `pipeline` destroys with them.
  pipeline(Readable.from(raw, { objectMode: false }), engine, () => undefined);
  try {
    for await (const piece of engine) {
      assert(Buffer.isBuffer(piece), 'zlib hands out buffers');
      yield piece;
    }
  } catch (cause) {
    if (cause instanceof ContainerDamage || cause instanceof XylenError) throw cause;
    throw new ContainerDamage(`the compressed data are damaged or cut off (${messageOf(cause)})`);
  } finally {
    engine.destroy();
  }
}

async function* gunzipped(
  path: string,
  size: number,
  onRaw?: (piece: Buffer) => void,
): AsyncGenerator<Buffer> {
  const engine = createGunzip({ chunkSize: READ_BYTES });
  yield* inflated(rawBytes(path, 0, size, onRaw), engine);
  if (engine.bytesWritten !== size) {
    throw new ContainerDamage(`${size - engine.bytesWritten} bytes follow the end of the gzip data`);
  }
}

async function* unzipped(
  path: string,
  entry: ZipEntry,
  onRaw?: (piece: Buffer) => void,
): AsyncGenerator<Buffer> {
  const raw = rawBytes(path, entry.dataStart, entry.dataStart + entry.compressedBytes, onRaw);
  const check = new Crc32Check();
  const content = entry.isDeflated ? inflated(raw, createInflateRaw({ chunkSize: READ_BYTES })) : raw;
  for await (const piece of content) {
    check.add(piece);
    yield piece;
  }
  const fault = check.faultAgainst(entry);
  if (fault !== undefined) throw new ContainerDamage(fault);
}
