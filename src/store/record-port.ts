/** The record port: rows go in, and become durable together with the checkpoint that follows them. */
import type { EpochUs } from '#core';
import type { OrderRequest } from '#domain';
import type { RecordRow } from './rows.ts';

/** A moment of a run from which it can continue. */
export interface Checkpoint {
  /** How many events the engine had stepped through. */
  readonly eventSeq: number;
  readonly tsUs: EpochUs;
  /** Serialised state of engine and world (structured-clone format). */
  readonly state: Uint8Array;
}

/**
 * Takes the rows of a run, in order. Rows become durable only together with the next checkpoint, in one transaction: after a crash
 * the record holds exactly the rows up to its last checkpoint.
 */
export interface RecordSink {
  write(row: RecordRow): void;
  /** Ends a transaction: all rows since the last one and this checkpoint become durable together (soon, in order). */
  checkpoint(checkpoint: Checkpoint): void;
  /** True when the writer is behind its bound; the caller then waits for `drained` before writing more. */
  readonly isBehind: boolean;
  /** Resolves when the writer is within its bound again; rejects when the writer failed. */
  drained(): Promise<void>;
  /** Resolves when everything handed over is durable. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** An order as intended, durable before anything is sent. */
export interface OrderIntentRecord {
  readonly orderId: number;
  readonly tsUs: EpochUs;
  readonly eventSeq: number;
  readonly request: OrderRequest;
}

/** The write-ahead log of order intents; lives on the engine's thread, each `append` is durable when it returns. */
export interface IntentLog {
  /** Appends an intent. The same intent again (same client order id, same content) is ignored; another content under a known id is a bug. */
  append(intent: OrderIntentRecord): 'new' | 'known';
  /** Returns all intents with `eventSeq` above the given one, in order. */
  since(eventSeq: number): readonly OrderIntentRecord[];
  close(): void;
}
