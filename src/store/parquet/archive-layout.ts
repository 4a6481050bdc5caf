/**
 * Where things lie in the archive: `DATA_DIR/archive/<venue>/<symbol>/<kind>[/<timeframe>]/<partition>.parquet`. Bars and funding are
 * cut by month, trades by day, books by hour, all in UTC. Characters that file systems do not like are percent-encoded.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { formatDurationUs, formatIso, parseDurationUs, US_PER_DAY, US_PER_HOUR, US_PER_MS } from '#core';
import { parseVenueId } from '#domain';
import { type DataSetId, isBarKind, isTimeframe } from '../history/index.ts';
import { HISTORY_KINDS, type HistoryKind } from '../history-port.ts';

/** A stretch of time whose rows lie in one file. */
export interface Partition {
  /** File name without extension: `2024-05`, `2024-05-01` or `2024-05-01T13`. */
  readonly name: string;
  readonly startUs: number;
  readonly endUs: number;
}

/** Extension of archive files. */
export const PARQUET_SUFFIX = '.parquet';

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

/** Returns the partition that holds a moment. */
export function partitionOf(kind: HistoryKind, tsUs: number): Partition {
  const iso = formatIso(tsUs);
  if (kind === 'book') return fixedPartition(iso.slice(0, 13), tsUs, US_PER_HOUR);
  if (kind === 'trades') return fixedPartition(iso.slice(0, 10), tsUs, US_PER_DAY);
  const year = Number(iso.slice(0, 4));
  const month = Number(iso.slice(5, 7));
  return {
    name: iso.slice(0, 7),
    startUs: Date.UTC(year, month - 1, 1) * US_PER_MS,
    endUs: Date.UTC(year, month, 1) * US_PER_MS,
  };
}

function fixedPartition(name: string, tsUs: number, lengthUs: number): Partition {
  const startUs = Math.floor(tsUs / lengthUs) * lengthUs;
  return { name, startUs, endUs: startUs + lengthUs };
}

/** Returns the files of a data set's folder, absolute, in order of time. */
export function partitionFiles(dataDir: string, id: DataSetId): string[] {
  const folder = join(archiveDir(dataDir), dataSetFolder(id));
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => PARTITION_NAME.test(name));
  return names.sort().map((name) => join(folder, name));
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
