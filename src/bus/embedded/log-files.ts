/** Where the files of a log lie, and the two calls on them that a test may make fail. */
import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Topic } from '../topics.ts';

/** The calls through which records reach the disk. */
export interface DiskCalls {
  /** Writes `bytes[start, start + length)` at `position`; returns how many bytes it took. */
  write(fd: number, bytes: Uint8Array, start: number, length: number, position: number): number;
  /** Makes what was written to a file durable. */
  sync(fd: number): Promise<void>;
}

/** The calls of this system. */
export const SYSTEM_DISK: DiskCalls = {
  write: (fd, bytes, start, length, position) => writeSync(fd, bytes, start, length, position),
  sync: (fd) =>
    new Promise((resolve, reject) => {
      fdatasync(fd, (fault) => (fault === null ? resolve() : reject(fault)));
    }),
};

/** A segment file. */
export interface SegmentFile {
  /** Offset of its first record. */
  readonly baseOffset: number;
  readonly path: string;
}

const SEGMENT_NAME = /^(\d{16})\.log$/;

/** Returns the folder of a topic. */
export function topicFolder(dir: string, topic: Topic): string {
  return join(dir, topic);
}

/** Returns the path of the segment that starts at an offset. */
export function segmentPath(dir: string, topic: Topic, baseOffset: number): string {
  return join(topicFolder(dir, topic), `${String(baseOffset).padStart(16, '0')}.log`);
}

/** Returns the segments of a topic, oldest first. */
export function listSegments(dir: string, topic: Topic): SegmentFile[] {
  const folder = topicFolder(dir, topic);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => SEGMENT_NAME.exec(name))
    .filter((match) => match !== null)
    .map((match) => ({ baseOffset: Number(match[1]), path: join(folder, match[0]) }))
    .sort((a, b) => a.baseOffset - b.baseOffset);
}

/** Makes a folder and its parents durable. */
export function makeFolder(path: string): void {
  const first = mkdirSync(path, { recursive: true });
  if (first !== undefined) syncFolder(dirname(first));
}

/** Makes names that came to or went from a folder durable. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes a small file so that it is there whole or not at all. */
export function writeWhole(path: string, text: string): void {
  const aside = `${path}.tmp`;
  const fd = openSync(aside, 'w');
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(aside, path);
  syncFolder(dirname(path));
}
