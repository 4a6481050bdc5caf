/**
 * The record sink whose writer lives in a worker thread. The engine's thread only packs rows into flat batches and posts them. The number of
 * batches under way is bounded twice: from the soft bound on `isBehind` asks the engine to wait; at the hard bound the sink itself
 * blocks the thread, so that neither memory grows nor a row is dropped when nobody asks. A dead worker makes every
 * call throw XY_WORKER_FAILED.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads';
import { messageOf, XylenError } from '#core';
import type { Checkpoint, RecordSink } from '../record-port.ts';
import { BatchBuilder, FeatureSets, type RecordBatch } from '../record-schema.ts';
import type { RecordRow } from '../rows.ts';
import {
  CONTROL_DONE,
  CONTROL_FAILED,
  CONTROL_WORDS,
  type RecorderLink,
  type RecordFailure,
  type RecordMessage,
} from './messages.ts';

/** Messages under way from which on the writer counts as behind. */
export const IN_FLIGHT_SOFT = 4;
/** Messages under way at which a write blocks; a message holds up to 512 rows or about a quarter of a megabyte of text. */
export const IN_FLIGHT_HARD = 8;
/** Longest time that a blocked thread waits without any message being done; a dead worker shows in no other way while it blocks. */
const STALL_MS_MAX = 60_000;

/** Longest wait between two looks at the counter of messages done. */
const LOOK_AGAIN_MS = 50;

/** Bounds of a sink, for tests. */
export interface WorkerSinkOptions {
  readonly stallMsMax?: number;
}

/** Writes rows through a worker thread. */
export class WorkerRecordSink implements RecordSink {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #control: Int32Array;
  readonly #stallMsMax: number;
  readonly #exited: Promise<void>;
  readonly #featureSets = new FeatureSets();
  readonly #builder = new BatchBuilder(this.#featureSets);
  /** Messages posted, modulo 2^32 like the counter of those done; the opening of the record is the first. */
  #posted = 1;
  #failure: XylenError | null = null;
  #isClosing = false;

  constructor(worker: Worker, port: MessagePort, control: Int32Array, options: WorkerSinkOptions) {
    this.#worker = worker;
    this.#port = port;
    this.#control = control;
    this.#stallMsMax = options.stallMsMax ?? STALL_MS_MAX;
    port.on('message', (failure: RecordFailure) => this.#fail(failure.message));
    worker.on('error', (error: unknown) => this.#fail(messageOf(error)));
    this.#exited = new Promise((resolve) => {
      worker.once('exit', (code) => {
        if (!this.#isClosing || code !== 0) this.#fail(`its thread ended with exit code ${code}`);
        resolve();
      });
    });
  }

  /** Messages that the worker has not done yet. */
  get inFlight(): number {
    return (this.#posted - Atomics.load(this.#control, CONTROL_DONE)) | 0;
  }

  get isBehind(): boolean {
    return this.inFlight >= IN_FLIGHT_SOFT;
  }

  /** Makes the names behind a feature-set hash known; needed before snapshots with that hash. */
  registerFeatureSet(hash: string, names: readonly string[]): void {
    this.#featureSets.register(hash, names);
    this.#post({ kind: 'feature_set', hash, names }, []);
  }

  write(row: RecordRow): void {
    this.#requireAlive();
    this.#builder.add(row);
    if (this.#builder.isFull) this.#postRows(null);
  }

  checkpoint({ eventSeq, tsUs, state }: Checkpoint): void {
    // A view would carry the whole buffer behind it across; the copy is also safe from later changes.
    this.#postRows({ eventSeq, tsUs, state: new Uint8Array(state) });
  }

  async drained(): Promise<void> {
    await this.#until(IN_FLIGHT_SOFT - 1);
  }

  /** Blocks the thread until the writer is within its bound: for a replay loop that never yields. Throws when the writer failed. */
  drainSync(): void {
    this.#untilSync(IN_FLIGHT_SOFT - 1);
  }

  async flush(): Promise<void> {
    await this.#until(0);
  }

  /** Ends the worker; rows after the last checkpoint are dropped, as after a crash. Rejects when the writer had failed. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    if (this.#readFailure() === null) {
      this.#isClosing = true;
      this.#post({ kind: 'close' }, []);
    } else await this.#worker.terminate();
    await this.#exited;
    this.#requireAlive();
  }

  #postRows(checkpoint: Checkpoint | null): void {
    const batch = this.#builder.rowCount > 0 ? this.#builder.take() : null;
    const buffers = [...(batch === null ? [] : buffersOf(batch))];
    if (checkpoint !== null) buffers.push(checkpoint.state.buffer as ArrayBuffer);
    this.#post({ kind: 'rows', batch, checkpoint }, buffers);
  }

  #post(message: RecordMessage, transfer: readonly ArrayBuffer[]): void {
    this.#requireAlive();
    if (this.inFlight >= IN_FLIGHT_HARD) this.drainSync();
    this.#port.postMessage(message, transfer);
    this.#posted = (this.#posted + 1) | 0;
  }

  async #until(inFlightMax: number): Promise<void> {
    for (;;) {
      this.#requireAlive();
      const done = Atomics.load(this.#control, CONTROL_DONE);
      if (this.inFlight <= inFlightMax) return;
      const wait = Atomics.waitAsync(this.#control, CONTROL_DONE, done);
      // Under load the wake-up of `waitAsync` was seen to be lost once; looking again costs nothing.
      if (wait.async) await Promise.race([wait.value, sleep(LOOK_AGAIN_MS)]);
    }
  }

  #untilSync(inFlightMax: number): void {
    for (;;) {
      this.#requireAlive();
      const done = Atomics.load(this.#control, CONTROL_DONE);
      if (this.inFlight <= inFlightMax) return;
      if (Atomics.wait(this.#control, CONTROL_DONE, done, this.#stallMsMax) === 'timed-out') {
        this.#fail(`it did nothing for ${this.#stallMsMax} ms with ${this.inFlight} batches waiting`);
      }
    }
  }

  #requireAlive(): void {
    const failure = this.#readFailure();
    if (failure !== null) throw failure;
  }

  /** Looks at the shared flag too: a thread that never yields gets no events. */
  #readFailure(): XylenError | null {
    if (this.#failure === null && Atomics.load(this.#control, CONTROL_FAILED) === 1) {
      const received: { readonly message: RecordFailure } | undefined = receiveMessageOnPort(this.#port);
      this.#fail(received?.message.message ?? 'it gave no reason');
    }
    return this.#failure;
  }

  /** The first reason stays; whoever waits is woken to see it. */
  #fail(reason: string): void {
    this.#failure ??= new XylenError('XY_WORKER_FAILED', `the recorder's worker failed: ${reason}`);
    Atomics.notify(this.#control, CONTROL_DONE);
  }
}

/**
 * Starts a recorder's worker and returns its sink once the record is open. `start` creates the worker, which must call `serveRecord` with
 * the link.
 *
 * @throws XY_WORKER_FAILED when the record cannot be opened.
 */
export async function connectRecorder(
  start: (link: RecorderLink) => Worker,
  options: WorkerSinkOptions = {},
): Promise<WorkerRecordSink> {
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  const { port1, port2 } = new MessageChannel();
  const sink = new WorkerRecordSink(start({ port: port2, control }), port1, control, options);
  await sink.flush();
  return sink;
}

function buffersOf({ shapes, numbers, atoms }: RecordBatch): ArrayBuffer[] {
  return [shapes.buffer, numbers.buffer, atoms.buffer].map((buffer) => buffer as ArrayBuffer);
}
