/** One thread of models as the asking side sees it: its shared memory, its life, and the wait for an answer. */
import type { Worker } from 'node:worker_threads';
import { messageOf } from '#core';
import type { PredictionReply } from '#domain';
import type { PredictRequest } from '../port.ts';
import {
  CONTROL_DONE,
  CONTROL_READY,
  CONTROL_REPLY,
  CONTROL_REQUEST,
  type ModelLink,
  modelLink,
} from './model-link.ts';
import { ReplyReader } from './reply-codec.ts';
import { RequestWriter } from './request-codec.ts';

/** Starts a thread that calls `serveModels` with the link. */
export type StartModels = (link: ModelLink) => Worker;

/** A running (or dying) thread of models. */
export class ModelThread {
  readonly #link: ModelLink;
  readonly #worker: Worker;
  readonly #requests: RequestWriter;
  readonly #replies: ReplyReader;
  #isEnded = false;
  #requestSeq = 0;

  /** `onDeath` is told why the thread ended by itself. */
  constructor(start: StartModels, modelCount: number, onDeath: (reason: string) => void) {
    this.#link = modelLink(modelCount);
    this.#requests = new RequestWriter(this.#link);
    this.#replies = new ReplyReader(this.#link);
    this.#worker = start(this.#link);
    // The first word wins: an error is followed by the exit.
    const end = (reason: string): void => {
      if (!this.#isEnded) onDeath(reason);
      this.#isEnded = true;
      // Whoever waits for it to become ready waits in vain.
      Atomics.notify(this.#link.control, CONTROL_READY);
    };
    this.#worker.on('error', (error: unknown) => end(messageOf(error)));
    this.#worker.on('exit', (code) => end(`its thread ended with exit code ${code}`));
  }

  /** True once the predictors are built. */
  get isReady(): boolean {
    return Atomics.load(this.#link.control, CONTROL_READY) === 1;
  }

  /** Resolves when the thread is ready, has died, or `msMax` have passed. */
  async ready(msMax: number): Promise<void> {
    const wait = Atomics.waitAsync(this.#link.control, CONTROL_READY, 0, msMax);
    if (wait.async) await wait.value;
  }

  /** From now on the thread does not keep the process alive. */
  unref(): void {
    this.#worker.unref();
  }

  /** Writes a request for the models and wakes them; false when it is too large. */
  post(request: PredictRequest): boolean {
    if (!this.#requests.write(request)) return false;
    this.#requestSeq = (this.#requestSeq + 1) | 0;
    Atomics.store(this.#link.control, CONTROL_REQUEST, this.#requestSeq);
    Atomics.notify(this.#link.control, CONTROL_REQUEST);
    return true;
  }

  /** Blocks until all models have answered; false after `msMax`. */
  awaitReply(msMax: number, nowMs: () => number): boolean {
    const { control } = this.#link;
    const seq = this.#requestSeq;
    const untilMs = nowMs() + msMax;
    for (let leftMs = msMax; leftMs > 0; leftMs = untilMs - nowMs()) {
      // Asleep at once: a round trip takes about 20 us either way, and the other threads have use for the processor. No request is posted
      // before the last one was answered, so that the counter can only stand one behind.
      const woken = Atomics.wait(control, CONTROL_REPLY, (seq - 1) | 0, leftMs);
      if (Atomics.load(control, CONTROL_REPLY) === seq) return true;
      // Woken without a reply: the wake-up of the reply before came late, after its counter had been seen.
      if (woken === 'timed-out') return false;
    }
    return false;
  }

  /** Returns the reply of the model at `index` to the last request; `null` when it has not answered. */
  reply(index: number, modelName: string): PredictionReply | null {
    const isDone = Atomics.load(this.#link.control, CONTROL_DONE + index) === this.#requestSeq;
    return isDone ? this.#replies.read(index, modelName) : null;
  }

  /** Ends the thread, whatever it is doing; resolves when it is gone. */
  async end(): Promise<void> {
    this.#isEnded = true;
    await this.#worker.terminate();
  }
}
