/**
 * Everything a feed delivers in the one order of events: by the moment at which an event counts (`orderedUs`), then by kind, then by arrival, out
 * of a bounded `ReorderWindow`. Live, recorded and replayed runs feed it the same arrivals and so see the same order; `FeedHash` proves it.
 */
import { assert, type EpochUs, ReorderWindow, US_PER_SECOND } from '#core';
import { isLate, orderedUs } from './event-moment.ts';
import type { FeedEvent } from './feed.ts';

/**
 * Order among events of one moment. What ends comes before what begins: a candle [open, end) and a settlement of funding at `end` do not know
 * the trades at `end`. Cause comes before consequence: a liquidation before its trades, a trade before the book that lacks what it took
 * (nobody may see the quantity gone before the trade that says why), the book before the best bid and ask that are read off it. What the
 * venue derives from all of them (mark, funding rate, open interest) comes last.
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
export interface FeedOrderOptions {
  /** How long events wait for earlier ones of slower streams. */
  readonly windowUs: number;
  /** Bound on the events held; the oldest goes early for one more. */
  readonly heldMax: number;
  /** Instruments are numbered [0, instrumentsMax). */
  readonly instrumentsMax: number;
}

/** Defaults: a quarter of a second of waiting; two seconds of 20,000 events a second; all instruments of a few venues. */
export const FEED_ORDER_DEFAULTS: FeedOrderOptions = {
  windowUs: US_PER_SECOND / 4,
  heldMax: 65_536,
  instrumentsMax: 4_096,
};

/**
 * Returns a window over the events of a feed. Events keep their own times. One that came later than the window counts as having happened a window
 * before it came; so does its place, and it is flagged late, as is one that the bound on the events held let come too late. Changes of a
 * book (by level, by order) never overtake each other within their instrument: their sequence numbers say that the order of arrival is right,
 * whatever the times say.
 */
export function feedReorderWindow(
  release: (event: FeedEvent, isLate: boolean) => void,
  options: Partial<FeedOrderOptions> = {},
): ReorderWindow<FeedEvent> {
  const { windowUs, heldMax, instrumentsMax } = { ...FEED_ORDER_DEFAULTS, ...options };
  assert(Number.isInteger(instrumentsMax) && instrumentsMax >= 1, 'a feed has instruments');
  return new ReorderWindow<FeedEvent>({
    windowUs,
    heldMax,
    aheadMaxUs: 0,
    lanesMax: 2 * instrumentsMax,
    arrivalUsOf: (event): EpochUs => event.tsLocalUs,
    timeUsOf: (event): EpochUs => orderedUs(event.tsVenueUs, event.tsLocalUs, windowUs),
    rankOf: (event) => EVENT_RANKS[event.kind],
    laneOf,
    release: (event, isOvertaken) =>
      release(event, isOvertaken || isLate(event.tsVenueUs, event.tsLocalUs, windowUs)),
  });
}

function laneOf(event: FeedEvent): number {
  if (event.kind === 'book') return 2 * event.instrumentIx;
  return event.kind === 'book-order' ? 2 * event.instrumentIx + 1 : -1;
}
