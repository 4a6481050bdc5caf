/**
 * Where things lie in the archive: `DATA_DIR/archive/<venue>/<symbol>/<kind>[/<timeframe>]/<partition>.parquet`. Characters that file systems do not like are
 * percent-encoded. While a partition is being recorded it lies in parts beside it (`part-name.ts`).
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatDurationUs, parseDurationUs } from '#core';
import { parseVenueId } from '#domain';
import { type DataSetId, isBarKind, isTimeframe } from '../history/index.ts';
import { HISTORY_KINDS, type HistoryKind } from '../history-port.ts';
import { PARQUET_SUFFIX, type PartName, parsePartName } from './part-name.ts';

const PARTITION_NAME = /^\d{4}-\d{2}(-\d{2}(T\d{2})?)?\.parquet$/;

/** Returns the folder of the archive. */
export function archiveDir(dataDir: string): string {
  return join(dataDir, 'archive');
}

/** Returns the folder of a data set, relative to the archive. */
export function dataSetFolder(id: DataSetId): string {
  const parts = [id.venue, id.symbol, id.kind];
  if (id.timeframeUs !== null) parts.push(formatDurationUs(id.timeframeUs));
  return join(...parts.map((part) => encodeURIComponent(part)));
}

/** A file of a data set's folder, by its name. */
export interface PartitionFile {
  readonly path: string;
  /** Name of its partition. */
  readonly partition: string;
  /** What part of it the file is; `null` for the partition's own file. */
  readonly part: PartName | null;
}

/** Returns the files of a data set's folder by partition: its own file first, then its parts as they were recorded. */
export function partitionFiles(dataDir: string, id: DataSetId): PartitionFile[] {
  const folder = join(archiveDir(dataDir), dataSetFolder(id));
  if (!existsSync(folder)) return [];
  const files: PartitionFile[] = [];
  for (const name of readdirSync(folder)) {
    const part = parsePartName(name);
    if (part !== null) files.push({ path: join(folder, name), partition: part.partition, part });
    else if (PARTITION_NAME.test(name))
      files.push({ path: join(folder, name), partition: name.slice(0, -PARQUET_SUFFIX.length), part: null });
  }
  return files.sort((a, b) => compareText(a.partition, b.partition) || comparePart(a, b));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Parts of an older log come before those of the present one only by chance of their tags; their rows are ordered by time. */
function comparePart(a: PartitionFile, b: PartitionFile): number {
  if (a.part === null || b.part === null) return a.part === b.part ? 0 : a.part === null ? -1 : 1;
  return compareText(a.part.logTag, b.part.logTag) || a.part.fromOffset - b.part.fromOffset;
}

/** Returns the data sets that have a folder in the archive, in order of their names. */
export function listDataSets(dataDir: string): DataSetId[] {
  const root = archiveDir(dataDir);
  const ids: DataSetId[] = [];
  for (const venueText of foldersIn(root)) {
    const venue = parseVenueId(decodeURIComponent(venueText));
    if (venue === undefined) continue;
    for (const symbolText of foldersIn(join(root, venueText))) {
      const symbol = decodeURIComponent(symbolText);
      for (const kind of foldersIn(join(root, venueText, symbolText))) {
        if (!isKind(kind)) continue;
        if (!isBarKind(kind)) ids.push({ venue, symbol, kind, timeframeUs: null });
        else
          ids.push(
            ...timeframesIn(join(root, venueText, symbolText, kind)).map((timeframeUs) => ({
              venue,
              symbol,
              kind,
              timeframeUs,
            })),
          );
      }
    }
  }
  return ids;
}

function timeframesIn(folder: string): number[] {
  return foldersIn(folder)
    .map((name) => parseDurationUs(name))
    .filter((us): us is number => us !== undefined && isTimeframe(us))
    .sort((a, b) => a - b);
}

function isKind(text: string): text is HistoryKind {
  return (HISTORY_KINDS as readonly string[]).includes(text);
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}
