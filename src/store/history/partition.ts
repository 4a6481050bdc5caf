/**
 * How data sets are cut into files: bars and funding by month, books, orders and raw frames by hour, everything else by day, all in
 * UTC.
 */
import { formatIso, US_PER_DAY, US_PER_HOUR, US_PER_MS } from '#core';
import type { HistoryKind } from '../history-port.ts';

/** A stretch of time whose rows lie in one file. */
export interface Partition {
  /** File name without extension: `2024-05`, `2024-05-01` or `2024-05-01T13`. */
  readonly name: string;
  readonly startUs: number;
  readonly endUs: number;
}

/** Kinds that are cut by hour and by month; the others by day. */
const HOURLY: readonly HistoryKind[] = ['book', 'orders', 'raw'];
const MONTHLY: readonly HistoryKind[] = ['candles', 'mark', 'funding'];

/** Returns the partition that holds a moment. */
export function partitionOf(kind: HistoryKind, tsUs: number): Partition {
  const iso = formatIso(tsUs);
  if (HOURLY.includes(kind)) return fixedPartition(iso.slice(0, 13), tsUs, US_PER_HOUR);
  if (!MONTHLY.includes(kind)) return fixedPartition(iso.slice(0, 10), tsUs, US_PER_DAY);
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
