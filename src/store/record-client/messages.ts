/**
 * What passes between the engine's thread and the recorder's. Each message counts one in the shared counter when it is done, so that the
 * engine's thread can wait for the recorder without turning its event loop.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Checkpoint } from '../record-port.ts';
import type { RecordBatch } from '../record-schema.ts';

/** Index in the shared `Int32Array` of the number of messages done (wraps around). */
export const CONTROL_DONE = 0;
/** Index of the flag that the recorder raises when it has failed. */
export const CONTROL_FAILED = 1;
/** Words of the shared `Int32Array`. */
export const CONTROL_WORDS = 2;

/** The recorder's end of the link, part of its worker data; `port` must be in the transfer list. */
export interface RecorderLink {
  readonly port: MessagePort;
  readonly control: Int32Array;
}

/** From the engine's thread to the recorder. */
export type RecordMessage =
  | { readonly kind: 'rows'; readonly batch: RecordBatch | null; readonly checkpoint: Checkpoint | null }
  | { readonly kind: 'feature_set'; readonly hash: string; readonly names: readonly string[] }
  | { readonly kind: 'close' };

/** From the recorder, at most once: why it stopped. */
export interface RecordFailure {
  readonly message: string;
}
