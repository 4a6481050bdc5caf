/**
 * How far each topic is durable: one small file with a slot a topic, written after every group of records that was made durable. Whoever
 * reads a topic reads up to its mark; whoever opens the log for writing knows that damage before the mark is damage, and that a
 * broken end behind it was never reported durable.
 *
 * The file itself is not forced to the disk: after a power cut an older mark may be there, which is a lower one.
 */
import { closeSync, existsSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { TOPICS, type Topic } from '../topics.ts';

/** A place in a topic: everything before it is durable. */
export interface Watermark {
  /** Offset of the first record that is not. */
  readonly offset: number;
  /** The segment it belongs in, and where in it. */
  readonly baseOffset: number;
  readonly position: number;
}

const SLOT_BYTES = 32;
const FILE_NAME = 'watermarks';
/** Looks at a slot that is just being written. */
const LOOKS_MAX = 100;

/** The file of marks, open for reading or writing. */
export class WatermarkFile {
  readonly #fd: number;
  readonly #slot = Buffer.alloc(SLOT_BYTES);

  /** Opens the file of a log's folder; a writer makes it where it is missing. */
  constructor(dir: string, mode: 'read' | 'write') {
    const path = join(dir, FILE_NAME);
    this.#fd = openSync(path, mode === 'read' ? 'r' : existsSync(path) ? 'r+' : 'w+');
  }

  /** Returns the mark of a topic, `null` when it has none that can be read. */
  read(topic: Topic): Watermark | null {
    const slot = this.#slot;
    for (let look = 0; look < LOOKS_MAX; look++) {
      const count = readSync(this.#fd, slot, 0, SLOT_BYTES, TOPICS.indexOf(topic) * SLOT_BYTES);
      // A slot that was never written is missing or a hole of zeros.
      if (count === 0 || slot.readDoubleLE(16) === 0) return null;
      if (count < SLOT_BYTES || crc32(slot.subarray(0, 24)) !== slot.readUInt32LE(24)) continue;
      return {
        offset: slot.readDoubleLE(0),
        baseOffset: slot.readDoubleLE(8),
        position: slot.readDoubleLE(16),
      };
    }
    return null;
  }

  /** Moves the mark of a topic. */
  write(topic: Topic, { offset, baseOffset, position }: Watermark): void {
    const slot = this.#slot;
    slot.writeDoubleLE(offset, 0);
    slot.writeDoubleLE(baseOffset, 8);
    slot.writeDoubleLE(position, 16);
    slot.writeUInt32LE(crc32(slot.subarray(0, 24)), 24);
    writeSync(this.#fd, slot, 0, SLOT_BYTES, TOPICS.indexOf(topic) * SLOT_BYTES);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
