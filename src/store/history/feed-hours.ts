/**
 * How good recorded hours are: what the recorder counted of an hour, held together with the gap ledger. The ledger knows what the
 * counts cannot: losses that reach over several hours, and the hours in which the recorder did not run.
 */
import { US_PER_HOUR, XylenError } from '#core';
import { type FeedHour, LEDGER_CAUSES, type LedgerEntry, STREAM_KINDS } from '#domain';
import { HOUR, LEDGER, type RowChunk } from './columns.ts';
import type { HistoryTable } from './history-table.ts';

/** The tables of one symbol that tell of its quality. */
export interface HourTables {
  readonly hours: HistoryTable | undefined;
  readonly ledger: HistoryTable | undefined;
}

/** A stretch of time; open ends reach as far as the tables do. */
export interface HourRange {
  readonly fromUs?: number;
  readonly toUs?: number;
}

/** Returns the losses of a ledger that overlap a range, in the order in which they ended. @throws XY_FILE_DAMAGED */
export async function readLosses(ledger: HistoryTable, range: HourRange): Promise<readonly LedgerEntry[]> {
  const { fromUs = Number.NEGATIVE_INFINITY, toUs = Number.POSITIVE_INFINITY } = range;
  const found: LedgerEntry[] = [];
  for await (const chunk of ledger.read(fromUs, Number.POSITIVE_INFINITY)) {
    for (let row = 0; row < chunk.rowCount; row++) {
      const entry = lossAt(ledger, chunk, row);
      if (entry.toUs > fromUs && entry.fromUs < toUs) found.push(entry);
    }
  }
  return found;
}

/** Returns what is known of the hours that overlap a range, by stream and time. @throws XY_FILE_DAMAGED */
export async function readHours(tables: HourTables, range: HourRange): Promise<readonly FeedHour[]> {
  const from = range.fromUs === undefined ? Number.NEGATIVE_INFINITY : hourOf(range.fromUs);
  const to = range.toUs ?? Number.POSITIVE_INFINITY;
  const parts: FeedHour[] = [];
  if (tables.hours !== undefined) {
    for await (const chunk of tables.hours.read(from, to)) {
      for (let row = 0; row < chunk.rowCount; row++) {
        const hour = hourAt(tables.hours, chunk, row);
        if (hour.hourUs >= from && hour.hourUs < to) parts.push(hour);
      }
    }
  }
  const counted = mergeHours(parts);
  if (tables.ledger === undefined) return counted;
  const losses = await readLosses(tables.ledger, { fromUs: from, toUs: to });
  return withLosses(counted, losses, { from, to });
}

/** Adds up the parts of each hour; ordered by stream and time. */
export function mergeHours(parts: readonly FeedHour[]): FeedHour[] {
  const merged = new Map<string, FeedHour>();
  for (const part of parts) {
    const key = `${part.venue}|${part.symbol}|${part.stream}|${part.hourUs}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? part : added(known, part));
  }
  return [...merged.values()].sort(byStreamAndTime);
}

function hourOf(tsUs: number): number {
  return Math.floor(tsUs / US_PER_HOUR) * US_PER_HOUR;
}

function added(a: FeedHour, b: FeedHour): FeedHour {
  const messages = a.messages + b.messages;
  const lagKnown = [a, b].filter(({ lagP50Us }) => lagP50Us >= 0);
  const weight = lagKnown.reduce((sum, part) => sum + part.messages, 0);
  const weighted = lagKnown.reduce((sum, part) => sum + part.lagP50Us * part.messages, 0);
  return {
    ...a,
    messages,
    gaps: a.gaps + b.gaps,
    resyncs: a.resyncs + b.resyncs,
    checksumFailures: a.checksumFailures + b.checksumFailures,
    staleUs: Math.min(US_PER_HOUR, a.staleUs + b.staleUs),
    lagP50Us: weight === 0 ? Math.max(a.lagP50Us, b.lagP50Us) : Math.round(weighted / weight),
    lagP99Us: Math.max(a.lagP99Us, b.lagP99Us),
    clockOffsetUs: Math.abs(a.clockOffsetUs) >= Math.abs(b.clockOffsetUs) ? a.clockOffsetUs : b.clockOffsetUs,
    downUs: Math.min(US_PER_HOUR, a.downUs + b.downUs),
  };
}

function byStreamAndTime(a: FeedHour, b: FeedHour): number {
  return STREAM_KINDS.indexOf(a.stream) - STREAM_KINDS.indexOf(b.stream) || a.hourUs - b.hourUs;
}

/** Lays the ledger over the hours: the larger of what was counted and what the ledger says holds. */
function withLosses(
  counted: readonly FeedHour[],
  losses: readonly LedgerEntry[],
  range: { readonly from: number; readonly to: number },
): FeedHour[] {
  const hours = new Map(counted.map((hour) => [`${hour.stream}|${hour.hourUs}`, hour]));
  for (const stream of new Set(losses.map((loss) => loss.stream))) {
    const own = losses.filter((loss) => loss.stream === stream);
    const down = hourShares(
      own.filter(({ cause }) => cause === 'recorder-down'),
      range,
    );
    const stale = hourShares(
      own.filter(({ cause }) => cause !== 'recorder-down'),
      range,
    );
    for (const hourUs of new Set([...down.keys(), ...stale.keys()])) {
      const key = `${stream}|${hourUs}`;
      const hour = hours.get(key) ?? silentHour(own[0], hourUs);
      if (hour === undefined) continue;
      hours.set(key, {
        ...hour,
        staleUs: Math.max(hour.staleUs, stale.get(hourUs) ?? 0),
        downUs: Math.max(hour.downUs, down.get(hourUs) ?? 0),
      });
    }
  }
  return [...hours.values()].sort(byStreamAndTime);
}

/** Returns the time of each hour that lies in at least one of the losses. */
function hourShares(
  losses: readonly LedgerEntry[],
  { from, to }: { readonly from: number; readonly to: number },
): Map<number, number> {
  const shares = new Map<number, number>();
  let doneUs = Number.NEGATIVE_INFINITY;
  for (const loss of [...losses].sort((a, b) => a.fromUs - b.fromUs)) {
    const endUs = Math.min(loss.toUs, to);
    for (let tsUs = Math.max(loss.fromUs, from, doneUs); tsUs < endUs; ) {
      const hourUs = hourOf(tsUs);
      const until = Math.min(endUs, hourUs + US_PER_HOUR);
      shares.set(hourUs, (shares.get(hourUs) ?? 0) + until - tsUs);
      tsUs = until;
    }
    doneUs = Math.max(doneUs, endUs);
  }
  return shares;
}

/** An hour of which nothing was counted. */
function silentHour(loss: LedgerEntry | undefined, hourUs: number): FeedHour | undefined {
  if (loss === undefined) return undefined;
  const { stream, symbol, venue } = loss;
  const none = {
    messages: 0,
    gaps: 0,
    resyncs: 0,
    checksumFailures: 0,
    staleUs: 0,
    clockOffsetUs: 0,
    downUs: 0,
  };
  return { venue, symbol, stream, hourUs, ...none, lagP50Us: -1, lagP99Us: -1 };
}

function lossAt(table: HistoryTable, chunk: RowChunk, row: number): LedgerEntry {
  const at = (column: number): number => chunk.columns[column]![row]!;
  const { symbol, venue } = table.id;
  return {
    venue,
    symbol,
    stream: wordAt(table, chunk, LEDGER.stream, row, STREAM_KINDS),
    cause: wordAt(table, chunk, LEDGER.cause, row, LEDGER_CAUSES),
    fromUs: at(LEDGER.fromTs),
    toUs: at(LEDGER.toTs),
    lostFromId: at(LEDGER.lostFromId),
    lostToId: at(LEDGER.lostToId),
    detail: textAt(chunk, LEDGER.detail, row),
  };
}

function hourAt(table: HistoryTable, chunk: RowChunk, row: number): FeedHour {
  const at = (column: number): number => chunk.columns[column]![row]!;
  const { symbol, venue } = table.id;
  return {
    venue,
    symbol,
    stream: wordAt(table, chunk, 0, row, STREAM_KINDS),
    hourUs: at(HOUR.ts),
    messages: at(HOUR.messages),
    gaps: at(HOUR.gaps),
    resyncs: at(HOUR.resyncs),
    checksumFailures: at(HOUR.checksumFailures),
    staleUs: at(HOUR.staleUs),
    lagP50Us: at(HOUR.lagP50Us),
    lagP99Us: at(HOUR.lagP99Us),
    clockOffsetUs: at(HOUR.clockOffsetUs),
    downUs: at(HOUR.downUs),
  };
}

function textAt(chunk: RowChunk, blobIx: number, row: number): string {
  const bytes = chunk.blobs?.[blobIx]?.[row];
  return bytes === undefined
    ? ''
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function wordAt<T extends string>(
  table: HistoryTable,
  chunk: RowChunk,
  blobIx: number,
  row: number,
  words: readonly T[],
): T {
  const text = textAt(chunk, blobIx, row);
  const word = words.find((known) => known === text);
  if (word !== undefined) return word;
  throw new XylenError(
    'XY_FILE_DAMAGED',
    `${table.source}: expected one of ${words.join(', ')}, found '${text}'`,
    {
      fields: { file: table.source },
    },
  );
}
