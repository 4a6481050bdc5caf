/**
 * The one order of market events: by the venue's time, then by kind, then by arrival, out of a bounded `ReorderWindow`. Live, recorded and
 * replayed runs feed it the same arrivals and so see the same order (`EventHash` proves it).
 */
import { assert, type EpochUs, ReorderWindow, US_PER_SECOND } from '#core';
import type { FeedEvent } from './feed.ts';

/**
 * Order among events of one moment of the venue. What ends comes before what begins: a candle [open, end) and a settlement of funding at `end` do
 * not know the trades at `end`. Cause comes before consequence: a liquidation before its trades, a trade before the book that lacks what it
 * took (nobody may see the quantity gone before the trade that says why), the book before the best bid and ask that are read off it.
 * What the venue derives from all of them (mark, funding rate, open interest) comes last.
 */
export const EVENT_RANKS = {
  funding: 0,
  candle: 1,
  liquidation: 2,
  trade: 3,
  'book-order': 4,
  book: 5,
  quote: 6,
  'mark-price': 7,
  'funding-rate': 8,
  'open-interest': 9,
} as const satisfies Readonly<Record<FeedEvent['kind'], number>>;

/** Bounds of a feed's reorder window. */
export interface EventOrderOptions {
  /** How long events wait for earlier ones of slower streams. */
  readonly windowUs: number;
  /** Bound on the events held; the oldest goes early for one more. */
  readonly heldMax: number;
  /** Instruments are numbered [0, instrumentsMax). */
  readonly instrumentsMax: number;
  /** How far a venue's clock may be ahead of ours; times beyond are cut to it for the order alone. */
  readonly aheadMaxUs: number;
}

/** Defaults: a quarter of a second of waiting, ten seconds of clock difference. */
export const EVENT_ORDER_DEFAULTS: EventOrderOptions = {
  windowUs: US_PER_SECOND / 4,
  heldMax: 65_536,
  instrumentsMax: 4_096,
  aheadMaxUs: 10 * US_PER_SECOND,
};

/**
 * Returns a window over the events of a feed. Changes of a book (by level, by order) keep the order of their arrival within their
 * instrument: their sequence numbers say that it is right, whatever the times say. A late event is released at once, flagged, with its
 * own times.
 */
export function feedReorderWindow(
  release: (event: FeedEvent, isLate: boolean) => void,
  options: Partial<EventOrderOptions> = {},
): ReorderWindow<FeedEvent> {
  const { windowUs, heldMax, instrumentsMax, aheadMaxUs } = { ...EVENT_ORDER_DEFAULTS, ...options };
  assert(instrumentsMax >= 1, 'a feed has instruments');
  return new ReorderWindow<FeedEvent>({
    windowUs,
    heldMax,
    aheadMaxUs,
    lanesMax: 2 * instrumentsMax,
    arrivalUsOf: (event): EpochUs => event.tsLocalUs,
    timeUsOf: (event): EpochUs => event.tsVenueUs,
    rankOf: (event) => EVENT_RANKS[event.kind],
    laneOf,
    release,
  });
}

function laneOf(event: FeedEvent): number {
  if (event.kind === 'book') return 2 * event.instrumentIx;
  return event.kind === 'book-order' ? 2 * event.instrumentIx + 1 : -1;
}
