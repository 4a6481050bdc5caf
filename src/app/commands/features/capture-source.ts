/** Events of a recorded capture, read as `xylen book` reads it: by the adapter of its venue, twice, as a stream. */
import type { VenueId } from '#domain';
import type { FrameEvent } from '#features';
import type { CommandContext } from '../../cli/command.ts';
import { type CaptureWish, type OpenedCapture, openCapture } from '../../host/capture/run-capture.ts';
import { loadAdapter } from '../../host/venue-adapters.ts';
import { CaptureEvents } from './capture-events.ts';
import type { FollowedInstrument, FrameSource } from './frame-source.ts';

/** A capture of one venue. */
export interface CaptureSide extends CaptureWish {
  readonly kind: 'capture';
  readonly venue: string;
}

/** Opens a capture; its instruments are numbered from `firstIx` on. @throws as `openCapture`; XY_USAGE for a venue without captures. */
export async function openCaptureSource(
  side: CaptureSide,
  firstIx: number,
  { progress, signal }: CommandContext,
): Promise<FrameSource> {
  const adapter = await loadAdapter(side.venue);
  const events = new CaptureEvents(firstIx);
  const opened = await openCapture(adapter, side, {
    signal,
    watcher: events,
    onProgress: (done, total) => progress.update({ label: 'reading', done, total, unit: 'bytes' }),
  });
  return {
    instruments: opened.capture.books.map((book) => ({
      ...instrumentOf(book.instrument, adapter.venue),
      depth: book.depth,
    })),
    streams: () => [arrivals(opened, events)],
    report: () => reportOf(opened, events),
    close: async () => undefined,
  };
}

type Named = Pick<FollowedInstrument, 'symbol' | 'priceDecimals' | 'qtyDecimals'>;

function instrumentOf(
  { priceDecimals, qtyDecimals, symbol }: Named,
  venue: VenueId,
): Omit<FollowedInstrument, 'depth'> {
  return { venue, symbol, priceDecimals, qtyDecimals, completeFromUs: null };
}

async function* arrivals(
  opened: OpenedCapture,
  events: CaptureEvents,
): AsyncGenerator<readonly FrameEvent[], void> {
  for await (const _piece of opened.pieces()) yield events.take();
  yield events.take();
  events.end();
}

function reportOf({ capture }: OpenedCapture, events: CaptureEvents): Readonly<Record<string, unknown>> {
  const { damaged, damagedPlaces, ignored, symbols } = capture.finish();
  const books = Object.entries(symbols).map(([symbol, book]) => {
    const { applied, checksumFailures, crossed, dropped, frames, gaps, resyncs, stale } = book;
    return [symbol, { frames, applied, dropped, gaps, resyncs, checksumFailures, crossed, stale }] as const;
  });
  const { repeatedTradeCount: repeatedTrades } = events;
  return { damaged, damagedPlaces, ignored, repeatedTrades, books: Object.fromEntries(books) };
}
