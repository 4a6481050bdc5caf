/**
 * Runs the files of a capture: once to find its markets and the precision of their numbers, once through the adapter. Files are read as streams;
 * what is kept is the books and the snapshots.
 */
import { XylenError } from '#core';
import type { VenueId } from '#domain';
import type { MarketAdapter } from '#venues/market';
import { BookCapture, type CaptureReport, type CaptureWatcher } from './book-capture.ts';
import { bytePieces, LINE_BYTES_MAX } from './byte-lines.ts';
import { type CaptureLine, CaptureLineReader } from './capture-line.ts';
import { MarketScan, type ScannedMarket } from './market-scan.ts';
import { type RequestedBook, readSnapshotFile, requestedBook } from './snapshot-file.ts';
import { NAMELESS } from './wire-sketch.ts';

/** What is to be run. */
export interface CaptureWish {
  /** Files of one connection, in the order in which they were written. */
  readonly rawFiles: readonly string[];
  readonly snapshotFiles: readonly string[];
  /** Names on the wire, or the same letters and digits without the rest; none = all. */
  readonly symbols: readonly string[];
}

/** Where a run may be watched and stopped. */
export interface CaptureSurroundings {
  readonly signal: AbortSignal;
  /** `done` and `total` are bytes on disk of both passes. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly watcher?: CaptureWatcher;
}

/** A capture whose markets are known. */
export interface OpenedCapture {
  readonly capture: BookCapture;
  /** Runs it to its end, a piece of a file at a time: reads on when the next one is asked for. */
  pieces(): AsyncGenerator<void>;
}

/**
 * Returns what became of the books of a capture.
 * @throws as `openCapture`
 */
export async function runCapture(
  adapter: MarketAdapter,
  wish: CaptureWish,
  surroundings: CaptureSurroundings,
): Promise<CaptureReport> {
  const { capture, pieces } = await openCapture(adapter, wish, surroundings);
  await drain(pieces());
  return capture.finish();
}

/**
 * Finds the markets of a capture and makes it ready to be run.
 * @throws XY_FILE_MISSING, XY_FILE_DAMAGED, XY_VENUE_REPLY for a snapshot that is not the venue's, XY_USAGE for markets that are not there or snapshots
 * that cannot be told to be of one, XY_DATA_INSUFFICIENT when there is no book, XY_INTERRUPTED; so does running it.
 */
export async function openCapture(
  adapter: MarketAdapter,
  wish: CaptureWish,
  surroundings: CaptureSurroundings,
): Promise<OpenedCapture> {
  const snapshots = (await Promise.all(wish.snapshotFiles.map(readSnapshotFile))).flat();
  if (snapshots.length > 0 && adapter.hasStreamSnapshot) {
    const message = `the books of ${adapter.venue} begin with a snapshot on the stream; --snapshot is for venues without one`;
    throw new XylenError('XY_USAGE', message);
  }
  const scan = await scanFiles(adapter.venue, wish.rawFiles, surroundings);
  const symbolOf = (book: RequestedBook): string => book.symbol ?? NAMELESS;
  for (const book of snapshots) scan.addSnapshot(book.body, symbolOf(book));
  const markets = chosenMarkets(scan.markets(), wish.symbols);
  const capture = new BookCapture(adapter, markets, surroundings.watcher);
  for (const book of snapshots) {
    if (capture.addRequested(book) || book.symbol !== null) continue;
    const names = markets.map(({ symbol }) => symbol).join(', ');
    const message = `the snapshot does not name its market and the capture has ${names}; choose one with --symbol`;
    throw new XylenError('XY_USAGE', message);
  }
  const listener: FileListener = {
    onLine: (line, file, lineNumber) => capture.add(line, file, lineNumber),
    onDamage: (reason, file, lineNumber) => capture.addDamage(reason, file, lineNumber),
  };
  return { capture, pieces: () => filePieces(wish.rawFiles, surroundings, 1, listener) };
}

async function drain(pieces: AsyncGenerator<void>): Promise<void> {
  while ((await pieces.next()).done !== true);
}

async function scanFiles(
  venue: VenueId,
  files: readonly string[],
  surroundings: CaptureSurroundings,
): Promise<MarketScan> {
  const scan = new MarketScan(venue);
  const listener: FileListener = {
    onLine: (line) => {
      if (line.kind === 'frame' || line.kind === 'sent') scan.addFrame(line.bytes);
      if (line.kind !== 'answer') return;
      const book = requestedBook(line);
      if (book !== undefined) scan.addSnapshot(book.body, book.symbol ?? NAMELESS);
    },
    onDamage: () => undefined,
  };
  await drain(filePieces(files, surroundings, 0, listener));
  return scan;
}

interface FileListener {
  onLine(line: CaptureLine, file: string, lineNumber: number): void;
  onDamage(reason: string, file: string, lineNumber: number): void;
}

async function* filePieces(
  files: readonly string[],
  { onProgress, signal }: CaptureSurroundings,
  pass: 0 | 1,
  listener: FileListener,
): AsyncGenerator<void> {
  const reader = new CaptureLineReader();
  for (const [index, file] of files.entries()) {
    yield* bytePieces(
      file,
      {
        onLine: (bytes, line) => listener.onLine(reader.read(bytes), file, line),
        onTooLong: (line) =>
          listener.onDamage(`expected at most ${LINE_BYTES_MAX} bytes in a line`, file, line),
      },
      signal,
      // Files of one capture are taken to be of one size: the share that is done is for the eye.
      ({ bytesRead, bytesTotal }) => {
        const share = (index + bytesRead / bytesTotal) / files.length;
        onProgress?.(Math.round(((pass + share) / 2) * bytesTotal), bytesTotal);
      },
    );
  }
}

function chosenMarkets(found: readonly ScannedMarket[], wished: readonly string[]): readonly ScannedMarket[] {
  const names = found.map(({ symbol }) => symbol).join(', ');
  if (found.length === 0) {
    throw new XylenError('XY_DATA_INSUFFICIENT', 'the capture holds no frame of a book of that venue');
  }
  if (wished.length === 0) return found;
  const chosen = new Set<ScannedMarket>();
  for (const name of wished) {
    const exact = found.filter(({ symbol }) => symbol === name);
    const alike = exact.length > 0 ? exact : found.filter(({ symbol }) => plain(symbol) === plain(name));
    if (alike.length !== 1) {
      const message = `expected a market of the capture (${names}), found '${name}'`;
      throw new XylenError('XY_USAGE', message, { fields: { symbol: name } });
    }
    for (const market of alike) chosen.add(market);
  }
  return [...chosen];
}

/** Letters and digits alone: `BTC-USD`, `btc/usd` and `BTCUSD` are one market to whoever types them. */
function plain(symbol: string): string {
  return symbol.toUpperCase().replace(/[^A-Z0-9]/g, '');
}
