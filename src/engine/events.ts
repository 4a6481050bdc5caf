/**
 * What the engine is told: market and private events of the venue, and its own: timers, predictions, control. Every event has
 * the local time at which the engine learns of it; the engine's "now" is that time and nothing else.
 */
import type { EpochUs } from '#core';
import type {
  ExecutionEvent,
  InstrumentIx,
  MarketEvent,
  OrderStatus,
  PredictionReply,
  VenueAccount,
  VenueOrder,
} from '#domain';

/** A timer that the engine or a strategy asked for. */
export interface TimerEvent {
  readonly kind: 'timer';
  readonly tsLocalUs: EpochUs;
  /** Who asked: `engine` or a strategy's name. */
  readonly owner: string;
  readonly key: string;
}

/** The replies of the models to a snapshot. */
export interface PredictionEvent {
  readonly kind: 'prediction';
  readonly tsLocalUs: EpochUs;
  readonly snapshotId: number;
  readonly replies: readonly PredictionReply[];
}

/** A wish of the person or program in charge. */
export interface ControlEvent {
  readonly kind: 'control';
  readonly tsLocalUs: EpochUs;
  readonly command: 'pause' | 'resume' | 'flatten';
  readonly reason: string;
}

/** What this side held when the questions to the venue left: only what has not changed since is compared. */
export interface AccountMark {
  /** Fills booked so far, by instrument. */
  readonly fillCounts: readonly number[];
  readonly orders: readonly {
    readonly clientOrderId: string;
    readonly instrumentIx: InstrumentIx;
    readonly status: OrderStatus;
    readonly filledLots: number;
  }[];
}

/** What the venue answered, or why it did not. */
export type VenueAnswer =
  | {
      readonly kind: 'told';
      readonly openOrders: readonly VenueOrder[];
      /** For each order of the mark that is not listed as open: what the venue knows of it, `null` = nothing. */
      readonly answers: readonly (readonly [clientOrderId: string, order: VenueOrder | null])[];
      /** The account before and after the other questions: a venue that moved in between is asked again. */
      readonly before: VenueAccount;
      readonly account: VenueAccount;
    }
  | { readonly kind: 'silent'; readonly message: string };

/** The account as the venue reports it, to be compared with ours. */
export interface VenueStateEvent {
  readonly kind: 'venue-state';
  readonly tsLocalUs: EpochUs;
  /** Why it was asked for: `start`, `interval`, `confirm`, or in words of whoever wanted it. */
  readonly reason: string;
  readonly asked: AccountMark;
  /** True when fills were still being asked for: positions may differ by them. */
  readonly isTelling: boolean;
  readonly answer: VenueAnswer;
}

/** Anything the engine is told. */
export type EngineEvent =
  | MarketEvent
  | ExecutionEvent
  | TimerEvent
  | PredictionEvent
  | ControlEvent
  | VenueStateEvent;
