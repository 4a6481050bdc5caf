/**
 * The pool whose models live in one worker thread. The engine's thread asks and waits, bounded by the time limit: models that answered in
 * time have their vote, the others a `timeout`. A thread that was too slow or died is ended and started again at once, then after growing
 * pauses; until it is ready all its models are `unhealthy`, and their votes come back by themselves.
 */
import { assert, XylenError } from '#core';
import type { PredictionReply } from '#domain';
import { noVote } from '../forecast-predictor.ts';
import type { PredictorInfo, PredictorPool, PredictReplies, PredictRequest } from '../port.ts';
import { ModelThread, type StartModels } from './model-thread.ts';

/** How a pool waits. */
export interface WorkerPoolOptions {
  /** A model that answers later has no vote. */
  readonly timeoutMs: number;
  /** A monotonic clock in milliseconds, for the pauses between restarts. */
  readonly nowMs: () => number;
}

/** What is known of the thread. */
export interface PoolHealth {
  readonly isHealthy: boolean;
  readonly restartCount: number;
  readonly timeoutCount: number;
  /** Why the thread was started anew last; `null` = never. */
  readonly lastFailure: string | null;
}

/** Longest time that building the models may take when the pool is opened. */
const START_MS_MAX = 60_000;
/** Pause before the second restart in a row; the first is at once, each further one waits twice as long. */
const RESTART_MS_MIN = 1_000;
const RESTART_MS_MAX = 60_000;

/** Asks models in a worker thread. */
export class WorkerPool implements PredictorPool {
  readonly models: readonly PredictorInfo[];
  readonly #start: StartModels;
  readonly #options: WorkerPoolOptions;
  #thread: ModelThread | null = null;
  #isReady = false;
  #isClosed = false;
  /** Failures since the last answer. */
  #failuresInRow = 0;
  #restartAtMs = 0;
  #restartCount = 0;
  #timeoutCount = 0;
  #lastFailure: string | null = null;
  /** Threads on their way out. */
  readonly #ending = new Set<Promise<void>>();

  constructor(models: readonly PredictorInfo[], start: StartModels, options: WorkerPoolOptions) {
    assert(options.timeoutMs > 0, `a time limit above 0 ms, was ${options.timeoutMs}`);
    this.models = models;
    this.#start = start;
    this.#options = options;
    this.#startThread();
  }

  get health(): PoolHealth {
    return {
      isHealthy: this.#isReady,
      restartCount: this.#restartCount,
      timeoutCount: this.#timeoutCount,
      lastFailure: this.#lastFailure,
    };
  }

  /** Resolves when the models are built for the first time. @throws XY_WORKER_FAILED when they cannot be. */
  async open(): Promise<void> {
    await this.#thread?.ready(START_MS_MAX);
    if (this.#usableThread() === null) {
      const reason = this.#lastFailure ?? `it was not ready after ${START_MS_MAX} ms`;
      await this.close();
      throw new XylenError('XY_WORKER_FAILED', `the models' worker failed: ${reason}`);
    }
    this.#thread?.unref();
  }

  ask(request: PredictRequest): PredictReplies {
    assert(!this.#isClosed, 'a pool that was closed is not asked');
    const { requestId } = request;
    const thread = this.#usableThread();
    if (thread === null) {
      const message = `the models' worker is being restarted: ${this.#lastFailure ?? 'it is not ready yet'}`;
      return { requestId, replies: this.models.map(({ name }) => noVote(name, 'unhealthy', message)) };
    }
    if (!thread.post(request)) {
      const message = `a request of ${request.features.length} features is too large for the worker`;
      return { requestId, replies: this.models.map(({ name }) => noVote(name, 'error', message)) };
    }
    const isAnswered = thread.awaitReply(this.#options.timeoutMs, this.#options.nowMs);
    const replies = this.models.map(({ name }, index) => this.#replyOf(thread, index, name));
    if (isAnswered) this.#failuresInRow = 0;
    else this.#onTimeout(thread);
    return { requestId, replies };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#thread !== null) this.#drop(this.#thread);
    await Promise.all(this.#ending);
  }

  #replyOf(thread: ModelThread, index: number, name: string): PredictionReply {
    const late = `no answer within ${this.#options.timeoutMs} ms`;
    return thread.reply(index, name) ?? noVote(name, 'timeout', late);
  }

  /** Returns the thread when it can be asked; starts a new one when there is none and its pause is over. */
  #usableThread(): ModelThread | null {
    if (this.#thread === null && this.#options.nowMs() >= this.#restartAtMs) this.#restart();
    this.#isReady ||= this.#thread?.isReady === true;
    return this.#isReady ? this.#thread : null;
  }

  #onTimeout(thread: ModelThread): void {
    this.#timeoutCount++;
    this.#fail(thread, `no answer within ${this.#options.timeoutMs} ms`);
  }

  #fail(thread: ModelThread, reason: string): void {
    if (thread !== this.#thread) return;
    this.#drop(thread);
    this.#lastFailure = reason;
    this.#failuresInRow++;
    const pauseMs = Math.min(RESTART_MS_MAX, RESTART_MS_MIN * 2 ** (this.#failuresInRow - 2));
    this.#restartAtMs = this.#failuresInRow === 1 ? 0 : this.#options.nowMs() + pauseMs;
    if (this.#failuresInRow === 1) this.#restart();
  }

  #restart(): void {
    if (this.#isClosed) return;
    this.#restartCount++;
    this.#startThread();
    this.#thread?.unref();
  }

  #startThread(): void {
    const thread: ModelThread = new ModelThread(this.#start, this.models.length, (reason) =>
      this.#fail(thread, reason),
    );
    this.#thread = thread;
  }

  #drop(thread: ModelThread): void {
    this.#thread = null;
    this.#isReady = false;
    const end = thread.end().finally(() => this.#ending.delete(end));
    this.#ending.add(end);
  }
}
