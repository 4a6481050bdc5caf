/**
 * The server's thread as the main thread sees it. Posting is cheap and never waits: what is under way is bounded, what exceeds the bound is
 * dropped and counted, and a server that died is told about once and then ignored. Trading never depends on being watched.
 */
import { Worker } from 'node:worker_threads';
import { assert, XylenError } from '#core';
import type { FeedMessage } from './feed.ts';
import {
  CONTROL_DONE,
  CONTROL_DROPPED,
  CONTROL_WORDS,
  FEED_WEIGHT_HARD,
  FEED_WEIGHT_SOFT,
  weightOf,
} from './feed-weight.ts';
import type { ServerOptions } from './server.ts';
import type { FromServerWorker, ServerWorkerData, ToServerWorker, WebNotice } from './worker-messages.ts';

/** How the thread is started. */
export interface ServerThreadOptions extends ServerOptions {
  /** The repository; the dashboard is built from it when it is stale. `null` = serve `distDir` as it is. */
  readonly buildRoot: string | null;
  /** Told once what became of the dashboard's build. */
  onWeb?(notice: WebNotice): void;
  /** Told once when the thread ends by itself; the program goes on without it. */
  onFailure?(message: string): void;
}

/** The state of a run, a few lists and the libraries: far from this much. */
const WORKER_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 };
/** After this long a thread that does not end is ended. */
const CLOSE_MS_MAX = 4_000;

/** Starts the server's thread; resolves when both ports are open. @throws XY_PORT_IN_USE, XY_CONFIG_INVALID, XY_WORKER_FAILED. */
export async function startServerThread(options: ServerThreadOptions): Promise<ServerThread> {
  const { buildRoot, onFailure, onWeb, ...serverOptions } = options;
  const control = new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * Int32Array.BYTES_PER_ELEMENT));
  const workerData: ServerWorkerData = { options: serverOptions, buildRoot, control };
  const worker = new Worker(new URL('../workers/server-worker.ts', import.meta.url), {
    name: 'server',
    workerData,
    resourceLimits: WORKER_LIMITS,
  });
  const urls = await readyOf(worker);
  worker.on('message', (message: FromServerWorker) => {
    if (message.kind === 'web') onWeb?.(message.notice);
  });
  const thread = new ServerThread(worker, control, urls);
  worker.on('error', (error) => thread.fail(`the server's thread failed: ${error.message}`, onFailure));
  worker.on('exit', (code) => thread.fail(`the server's thread ended with code ${code}`, onFailure));
  // A program that forgot to close it must still be able to end.
  worker.unref();
  return thread;
}

/** Resolves when the servers listen. What they say about the build comes later, after the caller's listeners are there. */
function readyOf(worker: Worker): Promise<{ readonly dashboardUrl: string; readonly metricsUrl: string }> {
  return new Promise((done, fail) => {
    const stop = (error: Error): void => {
      void worker.terminate();
      fail(error);
    };
    worker.once('error', (cause) => {
      stop(new XylenError('XY_WORKER_FAILED', `the server's thread failed: ${cause.message}`, { cause }));
    });
    worker.once('exit', (code) => {
      stop(new XylenError('XY_WORKER_FAILED', `the server's thread ended with code ${code} while starting`));
    });
    worker.once('message', (message: FromServerWorker) => {
      worker.removeAllListeners('error');
      worker.removeAllListeners('exit');
      if (message.kind === 'ready') {
        done(message);
        return;
      }
      assert(message.kind === 'refused', `the first message says how the start went, was ${message.kind}`);
      stop(new XylenError(message.code ?? 'XY_WORKER_FAILED', message.message, { fields: message.fields }));
    });
  });
}

/** The running servers. */
export class ServerThread {
  readonly dashboardUrl: string;
  /** Without the path: `/metrics` and `/health`. */
  readonly metricsUrl: string;
  readonly #worker: Worker;
  readonly #control: Int32Array;
  #postedWeight = 0;
  #state: 'open' | 'closing' | 'gone' = 'open';

  constructor(
    worker: Worker,
    control: Int32Array,
    urls: { readonly dashboardUrl: string; readonly metricsUrl: string },
  ) {
    this.#worker = worker;
    this.#control = control;
    this.dashboardUrl = urls.dashboardUrl;
    this.metricsUrl = urls.metricsUrl;
  }

  /** `running` until it is closed, `failed` when it ended by itself. */
  get state(): 'running' | 'stopped' | 'failed' {
    if (this.#state === 'open') return 'running';
    return this.#state === 'closing' ? 'stopped' : 'failed';
  }

  /** Messages that were not posted because the thread was behind. */
  get droppedCount(): number {
    return Atomics.load(this.#control, CONTROL_DROPPED);
  }

  /** True when so much is under way that whoever can wait should. */
  get isBehind(): boolean {
    return this.#weightUnderWay() > FEED_WEIGHT_SOFT;
  }

  /** Posts a message; false when it was dropped because the thread is behind or gone. */
  post(message: FeedMessage): boolean {
    if (this.#state !== 'open') return false;
    const weight = weightOf(message);
    if (isDroppable(message) && this.#weightUnderWay() + weight > FEED_WEIGHT_HARD) {
      Atomics.add(this.#control, CONTROL_DROPPED, 1);
      return false;
    }
    this.#postedWeight = (this.#postedWeight + weight) | 0;
    this.#send({ kind: 'feed', message });
    return true;
  }

  /** Ends the thread: what was posted is shown, browsers are told, ports are free. In bounded time; may be called twice. */
  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    const ended = new Promise<void>((done) => this.#worker.once('exit', () => done()));
    this.#send({ kind: 'close' });
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_MS_MAX);
    await ended;
    clearTimeout(timer);
  }

  /** Notes that the thread is gone; called by its listeners. */
  fail(message: string, onFailure: ((message: string) => void) | undefined): void {
    if (this.#state !== 'open') return;
    this.#state = 'gone';
    onFailure?.(message);
  }

  #weightUnderWay(): number {
    return (this.#postedWeight - Atomics.load(this.#control, CONTROL_DONE)) | 0;
  }

  #send(message: ToServerWorker): void {
    this.#worker.postMessage(message);
  }
}

/** What the run is and where it is comes seldom and is never said again. */
function isDroppable({ kind }: FeedMessage): boolean {
  return kind !== 'run' && kind !== 'phase';
}
