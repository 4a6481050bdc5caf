/** The part of a file that has come: its size, and the way from a stream into it. */
import { closeSync, fsync, openSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

/** Returns the bytes of a file, 0 when there is none. */
export async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** What comes is longer than is allowed. */
export class TooLong extends Error {
  override readonly name = 'TooLong';
}

/** How a stream is written. */
export interface PartOptions {
  readonly bytesMax: number;
  onBytes?: ((count: number) => void) | undefined;
}

/**
 * Writes a stream behind the first `fromByte` bytes of a file and returns how long the file is then. Every byte that came before a break is in the file, which
 * is closed when this returns or throws. @throws TooLong, errors of the stream and of the disk
 */
export async function writePart(
  path: string,
  fromByte: number,
  source: Readable,
  options: PartOptions,
): Promise<number> {
  // At once: a stream that breaks before anybody listens to it says nothing afterwards.
  const fd = openSync(path, fromByte > 0 ? 'a' : 'w');
  try {
    const total = await drain(fd, fromByte, source, options);
    await promisify(fsync)(fd);
    return total;
  } finally {
    closeSync(fd);
  }
}

/** Writes each piece as it is told: pieces that wait in a stream are lost when it breaks. A slow disk holds up the reading, as it should. */
function drain(fd: number, fromByte: number, source: Readable, options: PartOptions): Promise<number> {
  let total = fromByte;
  return new Promise((resolve, reject) => {
    source.on('data', (piece: Buffer) => {
      total += piece.length;
      options.onBytes?.(piece.length);
      try {
        if (total > options.bytesMax) throw new TooLong(`it is longer than ${options.bytesMax} bytes`);
        writeAll(fd, piece);
      } catch (error) {
        reject(error);
        source.destroy();
      }
    });
    source.on('end', () => resolve(total));
    source.on('error', reject);
    source.on('close', () => reject(new Error('the connection broke off')));
  });
}

function writeAll(fd: number, piece: Buffer): void {
  for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at);
}
