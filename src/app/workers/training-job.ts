/** What passes between a program and its training thread: the job, its progress, and how it ended. All plain data. */
import { ERROR_CODES, type ErrorCode, type ErrorFields, messageOf, XylenError } from '#core';
import type { BadHourRule, InstrumentSpec, VenueId } from '#domain';
import type { SyntheticMarketOptions } from '#sim';
import type { Progress } from '#telemetry';
import type { ModelManifest, TrainModelOptions } from '#training';

/** Where the candles come from. */
export type TrainingSource =
  /** The archive of `dataDir`. */
  | { readonly kind: 'archive' }
  | { readonly kind: 'files'; readonly paths: readonly string[] }
  /** An invented market: its end is its newest row. */
  | { readonly kind: 'synthetic'; readonly options: SyntheticMarketOptions & { readonly endUs: number } };

/** One training, all of it. */
export interface TrainingJob {
  readonly dataDir: string;
  readonly source: TrainingSource;
  readonly venue: VenueId;
  readonly symbols: readonly string[];
  readonly fromUs: number | null;
  readonly toUs: number | null;
  /** Trading rules of the configuration: they decide the decimals of recorded data. */
  readonly specs: readonly InstrumentSpec[];
  /** As configured; scaled up where the candles are coarser. */
  readonly timeframesUs: readonly number[];
  readonly horizonBars: number;
  readonly quarantineUs: number;
  /** What becomes of rows in hours that were recorded badly. */
  readonly badHours: BadHourRule;
  readonly model: TrainModelOptions;
  readonly commit: string;
  /** Wall clock, for the record only. */
  readonly nowUs: number;
}

/** How a training ended. */
export interface TrainingResult {
  readonly manifest: ModelManifest;
  /** True when the model serves now. */
  readonly isPromoted: boolean;
}

/** What the thread is started with. */
export interface TrainingWorkerData {
  readonly job: TrainingJob;
  /** One word: 1 = stop. */
  readonly stop: Int32Array<SharedArrayBuffer>;
}

/** What the thread says. */
export type TrainingMessage =
  | { readonly kind: 'progress'; readonly state: Parameters<Progress['update']>[0] }
  | { readonly kind: 'done'; readonly result: TrainingResult }
  | { readonly kind: 'failed'; readonly failure: TrainingFailure };

/** An error as plain data; `code` is `null` for a bug. */
export interface TrainingFailure {
  readonly code: string | null;
  readonly message: string;
  readonly fields: ErrorFields;
}

/** Returns an error as plain data. */
export function failureOf(thrown: unknown): TrainingFailure {
  const isOperational = thrown instanceof XylenError;
  return {
    code: isOperational ? thrown.code : null,
    message: messageOf(thrown),
    fields: isOperational ? thrown.fields : {},
  };
}

/** Returns the error again; a bug becomes XY_WORKER_FAILED. */
export function errorOf({ code, fields, message }: TrainingFailure): XylenError {
  if (code !== null && Object.hasOwn(ERROR_CODES, code))
    return new XylenError(code as ErrorCode, message, { fields });
  return new XylenError('XY_WORKER_FAILED', `the training failed: ${message}`);
}
