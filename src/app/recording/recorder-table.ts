/** What a recorder shows of itself: a line a venue with its rates, its lag, its losses, and a line about log and archive. */
import type { VenueId } from '#domain';
import type { VenueState } from './recorder.ts';
import type { RecordingStats } from './recording.ts';

/** One venue in figures, since the recorder was started. */
export interface VenueFigures {
  readonly venue: VenueId;
  readonly messages: number;
  readonly bytes: number;
  readonly events: number;
  readonly messagesPerS: number;
  /** Lag of the slowest stream, 99th percentile; `null` when nothing has a venue time. */
  readonly lagP99Ms: number | null;
  /** Losses in the ledger; what is missing now. */
  readonly losses: number;
  readonly outages: number;
  readonly resyncs: number;
  readonly checksumFailures: number;
  readonly books: number;
  readonly booksStale: number;
  readonly duplicates: number;
}

/** Returns the figures of a venue; `before` is the state some seconds ago. */
export function figuresOf(
  { counts, feed, venue }: VenueState,
  before: { readonly messages: number; readonly seconds: number },
): VenueFigures {
  const lags = feed?.lags.filter(({ count }) => count > 0).map(({ p99Us }) => p99Us) ?? [];
  const books = feed?.books ?? [];
  const sum = (pick: (book: (typeof books)[number]) => number): number =>
    books.reduce((total, book) => total + pick(book), 0);
  return {
    venue,
    messages: counts.messages,
    bytes: counts.bytes,
    events: counts.events,
    messagesPerS: before.seconds > 0 ? (counts.messages - before.messages) / before.seconds : 0,
    lagP99Ms: lags.length === 0 ? null : Math.max(...lags) / 1_000,
    losses: counts.losses,
    outages: feed?.outages.length ?? 0,
    resyncs: sum(({ resyncCount }) => resyncCount),
    checksumFailures: sum(({ counts: of }) => of.checksumFailures),
    books: books.length,
    booksStale: books.filter(({ isUsable }) => !isUsable).length,
    duplicates: feed?.duplicateCount ?? 0,
  };
}

const HEAD = ['venue', 'msg/s', 'lag p99', 'books', 'stale', 'losses', 'missing', 're-syncs', 'MB'];

/** Returns the table as lines. */
export function tableLines(venues: readonly VenueFigures[], recording: RecordingStats): string[] {
  const rows = venues.map((figures) => [
    figures.venue,
    figures.messagesPerS.toFixed(0),
    figures.lagP99Ms === null ? '-' : `${figures.lagP99Ms.toFixed(0)} ms`,
    String(figures.books),
    String(figures.booksStale),
    String(figures.losses),
    String(figures.outages),
    String(figures.resyncs),
    (figures.bytes / 1e6).toFixed(1),
  ]);
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
  return [...lines, recordingLine(recording)];
}

function recordingLine({ archive, archiveFault, log, refused, taken }: RecordingStats): string {
  const parts =
    archive === null
      ? 'archive starting'
      : `${archive.parts} parts, ${(archive.partBytes / 1e6).toFixed(1)} MB in the archive`;
  const faults = [log.fault, archiveFault].filter((fault) => fault !== null);
  const held = refused === 0 ? '' : `, ${refused} refused`;
  const trouble = faults.length === 0 ? '' : `  ${faults.join('; ')}`;
  return `${taken.toLocaleString('en-US')} records, log ${(log.bytes / 1e6).toFixed(1)} MB, ${parts}${held}${trouble}`;
}
