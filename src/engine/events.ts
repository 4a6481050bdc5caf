/**
 * What the engine is told: market and private events of the venue, and its own: timers, predictions, control. Every event has
 * the local time at which the engine learns of it; the engine's "now" is that time and nothing else.
 */
import type { EpochUs } from '#core';
import type { ExecutionEvent, MarketEvent, PredictionReply } from '#domain';

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

/** Anything the engine is told. */
export type EngineEvent = MarketEvent | ExecutionEvent | TimerEvent | PredictionEvent | ControlEvent;
