/**
 * The memory that the engine's thread and the models' thread share: one request and one reply at a time, as numbers and a little text, no
 * JSON. The side that wrote last raises a counter in `control`; that store publishes everything written before it.
 */
import { NO_VOTE_MESSAGE_MAX } from '../forecast-predictor.ts';

/** Number of the request that was asked last. */
export const CONTROL_REQUEST = 0;
/** Number of the request that was answered last by all models. */
export const CONTROL_REPLY = 1;
/** 1 once the predictors are built. */
export const CONTROL_READY = 2;
/** One word a model: number of the request that it answered last. */
export const CONTROL_DONE = 3;

/** Features of one request at most. */
export const FEATURES_MAX = 1_024;
/** Bytes of symbol and feature-set hash together at most. */
export const TEXT_BYTES_MAX = 512;
/** UTF-8 needs up to three bytes for a UTF-16 unit. */
export const MESSAGE_BYTES_MAX = 3 * NO_VOTE_MESSAGE_MAX;

/** Numbers before the features of a request. */
export const REQUEST_HEADER = 8;
/** Index of the first number of the first reply. */
export const REPLIES_AT = REQUEST_HEADER + FEATURES_MAX;
/** Numbers of one reply. */
export const REPLY_NUMBERS = 10;

/** Both ends of the link hold the same views; it is part of the worker's data. */
export interface ModelLink {
  readonly modelCount: number;
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly numbers: Float64Array<SharedArrayBuffer>;
  /** Text of the request, then one message a model. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

/** Makes the memory for `modelCount` models. */
export function modelLink(modelCount: number): ModelLink {
  const shared = (byteLength: number): SharedArrayBuffer => new SharedArrayBuffer(byteLength);
  return {
    modelCount,
    control: new Int32Array(shared(4 * (CONTROL_DONE + modelCount))),
    numbers: new Float64Array(shared(8 * (REPLIES_AT + REPLY_NUMBERS * modelCount))),
    bytes: new Uint8Array(shared(TEXT_BYTES_MAX + MESSAGE_BYTES_MAX * modelCount)),
  };
}
