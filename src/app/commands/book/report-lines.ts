/** The report of a capture for people. Pure. */
import type { CaptureReport } from '../../host/capture/book-capture.ts';
import type { BookReport } from '../../host/capture/captured-book.ts';
import { textTable } from '../../runs/text-table.ts';

const COLUMNS = [
  'frames',
  'applied',
  'dropped',
  'gaps',
  'resyncs',
  'checksumFailures',
  'crossed',
  'lastSequence',
] as const;

/** Returns a table of all books, the best levels of each, and what could not be read. */
export function linesOf(report: CaptureReport): readonly string[] {
  const books = Object.entries(report.symbols);
  const rows = books.map(([symbol, book]) => [
    symbol,
    book.stale ? 'stale' : 'right',
    ...COLUMNS.map((column) => book[column]),
  ]);
  const lines = [...textTable([report.venue, 'book', ...COLUMNS], rows)];
  for (const [symbol, book] of books) lines.push('', ...levelLines(symbol, book));
  if (report.damaged > 0) {
    lines.push('', `${report.damaged} damaged ${report.damaged === 1 ? 'line' : 'lines'}`);
    for (const { file, line, reason } of report.damagedPlaces) lines.push(`  ${file}:${line}: ${reason}`);
    if (report.damaged > report.damagedPlaces.length) lines.push('  ...');
  }
  return lines;
}

function levelLines(symbol: string, { asks, bids, stale }: BookReport): readonly string[] {
  const title = stale ? `${symbol} (stale: as it was when it was last right, or empty)` : symbol;
  const count = Math.max(bids.length, asks.length);
  if (count === 0) return [`${title}: no levels`];
  const rows = Array.from({ length: count }, (_, at) => [
    bids[at]?.[1] ?? '',
    bids[at]?.[0] ?? '',
    asks[at]?.[0] ?? '',
    asks[at]?.[1] ?? '',
  ]);
  return [title, ...textTable(['bid qty', 'bid', 'ask', 'ask qty'], rows).map((line) => `  ${line}`)];
}
