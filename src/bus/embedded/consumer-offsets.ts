/** How far consumers have come: a small file each, written whole. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, messageOf, XylenError } from '#core';
import { isConsumerName, type TopicOffsets } from '../event-log.ts';
import { parseTopic } from '../topics.ts';
import { makeFolder, writeWhole } from './log-files.ts';

/** Returns what a consumer of a log has committed; empty for a log of another id. @throws XY_FILE_DAMAGED */
export function readOffsets(dir: string, logId: string, consumer: string): TopicOffsets {
  const path = offsetsPath(dir, consumer);
  if (!existsSync(path)) return {};
  const { log, offsets } = parsed(path);
  if (log !== logId) return {};
  const entries = Object.entries(typeof offsets === 'object' && offsets !== null ? offsets : {});
  const checked = entries.map(([name, offset]) => {
    const topic = parseTopic(name);
    if (topic === undefined || !Number.isSafeInteger(offset) || Number(offset) < 0)
      throw damaged(path, `its offset of '${name}' is none`);
    return [topic, Number(offset)] as const;
  });
  return Object.fromEntries(checked);
}

/** Remembers how far a consumer has come. */
export function writeOffsets(dir: string, logId: string, consumer: string, offsets: TopicOffsets): void {
  const all = { ...readOffsets(dir, logId, consumer), ...offsets };
  makeFolder(join(dir, 'consumers'));
  writeWhole(offsetsPath(dir, consumer), `${JSON.stringify({ log: logId, offsets: all })}\n`);
}

function offsetsPath(dir: string, consumer: string): string {
  assert(isConsumerName(consumer), `a consumer is named in lower case, was '${consumer}'`);
  return join(dir, 'consumers', `${consumer}.json`);
}

function parsed(path: string): { readonly log?: unknown; readonly offsets?: unknown } {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? value : {};
  } catch (cause) {
    throw damaged(path, messageOf(cause), cause);
  }
}

function damaged(path: string, what: string, cause?: unknown): XylenError {
  return new XylenError('XY_FILE_DAMAGED', `${path} cannot be read: ${what}`, {
    fields: { file: path },
    cause,
  });
}
