/**
 * What the engine wants done. `step` returns effects in the order in which they must be carried out; the session carries them out
 * and feeds what comes of them back as events. An order intent is made durable before its `submit` is sent.
 */
import type { EpochUs } from '#core';
import type { InstrumentIx, OrderRequest, RiskApproved } from '#domain';
import type { PredictRequest } from '#serving';
import type { RecordRow } from '#store';

/** Send an order, after its intent is durable. */
export interface SubmitEffect {
  readonly kind: 'submit';
  readonly orderId: number;
  readonly order: RiskApproved<OrderRequest>;
}

/** Ask the venue to end an order. */
export interface CancelEffect {
  readonly kind: 'cancel';
  readonly clientOrderId: string;
  readonly instrumentIx: InstrumentIx;
}

/** Ask all models; the replies come back as a `prediction` event. */
export interface PredictEffect {
  readonly kind: 'predict';
  readonly request: PredictRequest;
}

/** Wake the engine at a moment. */
export interface TimerEffect {
  readonly kind: 'timer';
  readonly atUs: EpochUs;
  readonly owner: string;
  readonly key: string;
}

/** Keep a row. */
export interface RecordEffect {
  readonly kind: 'record';
  readonly row: RecordRow;
}

/** Have the venue tell the fills of an instrument again from a moment (its time) on; those that are known count once. */
export interface TellFillsEffect {
  readonly kind: 'tell-fills';
  readonly instrumentIx: InstrumentIx;
  readonly fromUs: EpochUs;
}

/** Have the gateway take over an order that this process has not sent. */
export interface AdoptEffect {
  readonly kind: 'adopt';
  readonly request: OrderRequest;
  /** When it was sent, or earlier. */
  readonly sentUs: EpochUs;
}

/** Have the account compared with the venue's before it is due: something was not heard that should have been. */
export interface CompareEffect {
  readonly kind: 'compare';
  readonly reason: string;
}

/** Anything the engine wants done. */
export type Effect =
  | SubmitEffect
  | CancelEffect
  | PredictEffect
  | TimerEffect
  | RecordEffect
  | TellFillsEffect
  | CompareEffect
  | AdoptEffect;
