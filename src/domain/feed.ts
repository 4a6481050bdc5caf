/**
 * What a venue's market feed says beyond what the engine trades on (`market.ts`), and what a feed says of itself: its streams, its
 * subscriptions and its ledger of losses. Numbers are integers: ticks, lots, E8 = 10^-8 of the quote currency, E12 = 10^-12.
 */
import type { EpochUs } from '#core';
import type { InstrumentIx } from './instrument.ts';
import type { BookEvent, BookOrderEvent, CandleEvent, FundingEvent, TradeEvent } from './market.ts';
import type { Side } from './side.ts';
import type { VenueId } from './venue.ts';

/** What can be asked of a venue's feed; the same words in `--kinds`, in files and in metrics. */
export const STREAM_KINDS = [
  'book',
  'trades',
  'candles',
  'quotes',
  'mark-price',
  'funding-rate',
  'open-interest',
  'liquidations',
  'orders',
] as const;

/** One kind of stream; `orders` = order by order (level 3). */
export type StreamKind = (typeof STREAM_KINDS)[number];

interface FeedEventBase {
  readonly instrumentIx: InstrumentIx;
  /** When it happened at the venue; `tsLocalUs` where the venue states no time. */
  readonly tsVenueUs: EpochUs;
  /** When this program received it: strictly increasing over all events of a feed, so that it also is their order. */
  readonly tsLocalUs: EpochUs;
}

/** Mark and index price as the venue states them. */
export interface MarkPriceEvent extends FeedEventBase {
  readonly kind: 'mark-price';
  readonly markE8: number;
  /** -1 = not stated. */
  readonly indexE8: number;
}

/** The funding rate that the next settlement would have now; the settlement itself is a `FundingEvent`. */
export interface FundingRateEvent extends FeedEventBase {
  readonly kind: 'funding-rate';
  /** Fraction x 10^12 for one interval of the venue. */
  readonly rateE12: number;
  /** -1 = not stated. */
  readonly nextFundingUs: EpochUs;
}

/** Open contracts, in lots of the instrument. */
export interface OpenInterestEvent extends FeedEventBase {
  readonly kind: 'open-interest';
  readonly openInterestLots: number;
}

/** A forced order of the venue; `side` is the side of that order (a liquidated long sells). */
export interface LiquidationEvent extends FeedEventBase {
  readonly kind: 'liquidation';
  readonly side: Side;
  readonly priceTicks: number;
  readonly qtyLots: number;
}

/** The venue's own best bid and ask. */
export interface QuoteEvent extends FeedEventBase {
  readonly kind: 'quote';
  /** Comparable with the ids of the book where the venue has such an id; else -1. */
  readonly updateId: number;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

/** Anything a feed delivers, live, recorded or replayed. */
export type FeedEvent =
  | BookEvent
  | TradeEvent
  | CandleEvent
  | FundingEvent
  | MarkPriceEvent
  | FundingRateEvent
  | OpenInterestEvent
  | LiquidationEvent
  | QuoteEvent
  | BookOrderEvent;

/**
 * Why data are missing or not to be trusted. `sequence-gap`: the venue's numbers say that messages were lost; `checksum`: the venue's
 * checksum disagrees; `crossed`: bid at or above ask for longer than a moment; `disconnect`: the connection ended; `stall`: it lives but says
 * nothing; `damaged-frame`: a message could not be read; `overload`: this program could not keep up; `recorder-down`: it did not run.
 */
export const LEDGER_CAUSES = [
  'sequence-gap',
  'checksum',
  'crossed',
  'disconnect',
  'stall',
  'damaged-frame',
  'overload',
  'recorder-down',
] as const;

/** A cause of the ledger. */
export type LedgerCause = (typeof LEDGER_CAUSES)[number];

/** One loss in the gap ledger: nothing in (`fromUs`, `toUs`) of this stream is complete. Written when it ends. */
export interface LedgerEntry {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly stream: StreamKind;
  readonly cause: LedgerCause;
  /** Local time of the last good message before the loss. */
  readonly fromUs: EpochUs;
  /** Local time from which the stream is right again (for a book: the snapshot that healed it was applied). */
  readonly toUs: EpochUs;
  /** First and last update id that were lost, where the venue numbers its messages; else -1. */
  readonly lostFromId: number;
  readonly lostToId: number;
  /** What was expected and what was found, in words of at most 200 characters. */
  readonly detail: string;
}

/**
 * How good one hour of one recorded stream is, or a part of that hour: several of one hour add up (`lag` by `messages`, the largest `lagP99Us` and
 * the `clockOffsetUs` furthest from 0 count).
 */
export interface FeedHour {
  readonly venue: VenueId;
  readonly symbol: string;
  readonly stream: StreamKind;
  /** Start of the hour, UTC, by local time. */
  readonly hourUs: EpochUs;
  readonly messages: number;
  /** Losses that the venue's numbers revealed. */
  readonly gaps: number;
  /** Snapshots after the first of a session. */
  readonly resyncs: number;
  readonly checksumFailures: number;
  /** Time in which the stream was not complete while the recorder ran. */
  readonly staleUs: number;
  /** Local time less venue time, of all messages; -1 = the venue states no time. */
  readonly lagP50Us: number;
  readonly lagP99Us: number;
  /** How far the local clock is ahead of the venue's; 0 when it was not measured. */
  readonly clockOffsetUs: number;
  /** Time in which the recorder did not run. */
  readonly downUs: number;
}
