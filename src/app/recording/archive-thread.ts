/**
 * Starts and watches the thread that takes the log into the archive. A thread that fails (a full disk, say) is started again after a while:
 * the log keeps everything until then, and starting anew after a failure is what the writer is made for.
 */
import { Worker } from 'node:worker_threads';
import type { Topic } from '#bus';
import { messageOf } from '#core';
import type { ArchiveWriterStats } from '#store/recording';
import type { Log } from '#telemetry';
import type { ArchiveReport, ArchiveWorkerData, StopArchive } from './archive-messages.ts';

/** What the recorder hears of the thread. */
export interface ArchiveThreadParts {
  readonly log: Log;
  readonly onDamage: (topic: Topic, fromUs: number, toUs: number) => void;
  /** Waiting time before a failed thread is started again. */
  readonly restartMs: number;
}

/** The thread, as its recorder sees it. */
export class ArchiveThread {
  readonly #data: ArchiveWorkerData;
  readonly #parts: ArchiveThreadParts;
  #worker: Worker | null = null;
  #timer: NodeJS.Timeout | null = null;
  #stats: ArchiveWriterStats | null = null;
  #fault: string | null = null;
  #failures = 0;
  #isStopping = false;
  #ended: Promise<void> = Promise.resolve();

  constructor(data: ArchiveWorkerData, parts: ArchiveThreadParts) {
    this.#data = data;
    this.#parts = parts;
    this.#start();
  }

  /** What it has done since it was last started; `null` before it first reported. */
  get stats(): ArchiveWriterStats | null {
    return this.#stats;
  }

  /** Why the archive stands still; `null` while it works. */
  get fault(): string | null {
    return this.#fault;
  }

  /** How often the thread has failed. */
  get failures(): number {
    return this.#failures;
  }

  /** Has it take in what is durable and end; resolves when it has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#start();
    }
    this.#worker?.postMessage({ kind: 'stop' } satisfies StopArchive);
    await this.#ended;
  }

  #start(): void {
    this.#timer = null;
    const worker = new Worker(new URL('../workers/archive-writer-worker.ts', import.meta.url), {
      name: 'archive',
      workerData: this.#data,
    });
    this.#worker = worker;
    let hasFailed = false;
    const fail = (message: string): void => {
      if (hasFailed) return;
      hasFailed = true;
      this.#fail(message);
    };
    worker.on('message', (report: ArchiveReport) => {
      if (report.kind === 'failed') fail(report.message);
      else this.#take(report);
    });
    worker.on('error', (error: unknown) => fail(messageOf(error)));
    this.#ended = new Promise((resolve) => {
      worker.once('exit', (code) => {
        if (this.#worker === worker) this.#worker = null;
        if (code !== 0) fail(`its thread ended with exit code ${code}`);
        if (hasFailed && !this.#isStopping) {
          this.#timer = setTimeout(() => this.#start(), this.#parts.restartMs);
        }
        resolve();
      });
    });
  }

  #take(report: Exclude<ArchiveReport, { kind: 'failed' }>): void {
    if (report.kind === 'damage') this.#parts.onDamage(report.topic, report.fromUs, report.toUs);
    else if (report.kind === 'log')
      this.#parts.log[report.level](`archive_${report.event}`, { fields: report.text });
    else {
      this.#stats = report.stats;
      this.#fault = null;
    }
  }

  #fail(message: string): void {
    this.#fault = message;
    this.#failures++;
    this.#parts.log.error('archive_failed', { reason: message, failures: this.#failures });
  }
}
