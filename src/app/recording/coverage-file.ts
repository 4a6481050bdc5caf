/**
 * What a recorder remembers between sessions of how far each stream was covered: a small file, written now and then, and the end of the log
 * behind it, which is read when a recorder starts. The file may be old; what came after it stands in the log.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import type { LogSource, Topic, TopicOffsets } from '#bus';
import type { EpochUs } from '#core';
import { EventDecoder, type RecordKind, streamKey } from '#store/recording';
import { STREAM_OF_RECORD } from './record-streams.ts';

/** Coverage as saved: by stream, and the records it takes into account. */
export interface SavedCoverage {
  readonly logId: string;
  readonly offsets: TopicOffsets;
  readonly streams: Readonly<Record<string, EpochUs>>;
}

/** Topics whose records cover streams. */
export const COVERING_TOPICS: readonly Topic[] = ['crypto-orderbooks', 'crypto-trades'];

/** What is known of earlier sessions. */
export interface EarlierSessions {
  readonly streams: ReadonlyMap<string, EpochUs>;
  /** Local time of the newest record, 0 when there is none: the new session's clock starts behind it. */
  readonly lastLocalUs: EpochUs;
}

/** Reads the file, and the log from where it ends. A file that cannot be read counts for nothing: then the log is read from its start. */
export async function readCoverage(path: string, source: LogSource): Promise<EarlierSessions> {
  const saved = readFile(path);
  const isOfThisLog = saved !== null && saved.logId === source.id;
  const streams = new Map(Object.entries(saved?.streams ?? {}));
  let lastLocalUs = Math.max(0, ...streams.values());
  for (const topic of COVERING_TOPICS) {
    const { durableOffset, startOffset } = await source.range(topic);
    const from = Math.max(startOffset, isOfThisLog ? (saved.offsets[topic] ?? 0) : 0);
    if (from >= durableOffset) continue;
    lastLocalUs = Math.max(lastLocalUs, await scan(source, topic, from, streams));
  }
  return { streams, lastLocalUs };
}

/** Writes the file; not forced to the disk, since an older one does as well. */
export function writeCoverage(path: string, coverage: SavedCoverage): void {
  const aside = `${path}.tmp`;
  const fd = openSync(aside, 'w');
  try {
    writeSync(fd, JSON.stringify(coverage));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(aside, path);
}

async function scan(
  source: LogSource,
  topic: Topic,
  from: number,
  streams: Map<string, EpochUs>,
): Promise<EpochUs> {
  const reader = source.reader(topic, from);
  const decoder = new EventDecoder();
  const known = new Map<object, Map<RecordKind, string | null>>();
  let lastUs = 0;
  try {
    for (;;) {
      const batch = await readSound(reader);
      if (batch.count === 0) return lastUs;
      for (let i = 0; i < batch.count; i++) {
        decoder.head(batch.bytes, batch.starts[i], batch.ends[i]);
        const { instrument, kind, tsLocalUs } = decoder;
        lastUs = Math.max(lastUs, tsLocalUs);
        if (instrument === null) continue;
        let keys = known.get(instrument);
        if (keys === undefined) {
          keys = new Map();
          known.set(instrument, keys);
        }
        let key = keys.get(kind);
        if (key === undefined) {
          const stream = STREAM_OF_RECORD[kind];
          key = stream === null ? null : streamKey(instrument, stream);
          keys.set(kind, key);
        }
        if (key !== null) streams.set(key, Math.max(tsLocalUs, streams.get(key) ?? 0));
      }
    }
  } finally {
    reader.close();
  }
}

/** Reads on; damaged records cover nothing and are passed over here, the archive's writer reports them. */
async function readSound(reader: ReturnType<LogSource['reader']>): ReturnType<typeof reader.read> {
  try {
    return await reader.read();
  } catch (thrown) {
    if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'XY_FILE_DAMAGED') throw thrown;
    await reader.skipDamage();
    return readSound(reader);
  }
}

function readFile(path: string): SavedCoverage | null {
  if (!existsSync(path)) return null;
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isCoverage(value) ? value : null;
  } catch {
    // It is a shortcut, not a record: without it the log is read from its start.
    return null;
  }
}

function isCoverage(value: unknown): value is SavedCoverage {
  if (typeof value !== 'object' || value === null) return false;
  const { logId, offsets, streams }: { logId?: unknown; offsets?: unknown; streams?: unknown } = value;
  return typeof logId === 'string' && isNumbers(offsets) && isNumbers(streams);
}

function isNumbers(value: unknown): value is Record<string, number> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((item) => Number.isSafeInteger(item))
  );
}
