/**
 * Tells the dashboard's server what the engine does: rows and candles as they happen, figures a few times a second. Runs on the
 * engine's thread, so it only collects and posts what is at hand; text and JSON are the server's work.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { EpochUs } from '#core';
import type { CandleEvent } from '#domain';
import type { Effect, Engine, EngineEvent, EnsembleStrategy, SessionObserver } from '#engine';
import type { RiskSnapshot } from '#risk';
import type { RecordRow } from '#store';
import type { FeedCandle, FeedMessage, WorkerState } from '../server/feed.ts';
import { decisionCandle, sourceCandle } from './feed-candle.ts';

export interface LiveFeedParts {
  readonly engine: Engine;
  /** `null` when the run has another strategy. */
  readonly ensemble: EnsembleStrategy | null;
  readonly speed: number | null;
  /** Candles from before are not shown. */
  readonly candlesFromUs: EpochUs;
  workers(): readonly WorkerState[];
  post(message: FeedMessage): void;
  /** Monotonic, microseconds. */
  nowUs(): number;
}

const STATUS_EVERY_MS = 250;
/** Rows that are posted at once; a run at full speed must not pile them up. */
const ROWS_MAX = 2_000;
/** Questions whose answer is timed. */
const TIMED_MAX = 1_000;
const US_PER_S = 1e6;

/** Collects and posts. */
export class LiveFeed implements SessionObserver {
  readonly #parts: LiveFeedParts;
  readonly #lag = monitorEventLoopDelay({ resolution: 10 });
  readonly #askedUs = new Map<number, number>();
  #rows: RecordRow[] = [];
  #candles: FeedCandle[] = [];
  #decisionSeconds: number[] = [];
  #timer: NodeJS.Timeout | null = null;
  #lastEventCount = 0;
  #lastStatusUs = 0;

  constructor(parts: LiveFeedParts) {
    this.#parts = parts;
  }

  /** Starts posting figures. */
  start(): void {
    this.#lag.enable();
    this.#lastStatusUs = this.#parts.nowUs();
    this.#timer = setInterval(() => this.flush(), STATUS_EVERY_MS);
  }

  /** Posts what is left and stops. */
  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.flush();
    this.#lag.disable();
  }

  onEvent(event: EngineEvent, effects: readonly Effect[]): void {
    if (event.kind === 'candle') this.#onCandle(event);
    if (event.kind === 'prediction') this.#onAnswer(event.snapshotId);
    for (const effect of effects) {
      if (effect.kind === 'record') this.#rows.push(effect.row);
      else if (effect.kind === 'predict') this.#onQuestion(effect.request.requestId);
    }
    if (this.#rows.length >= ROWS_MAX) this.#postRows();
  }

  /** Posts rows, candles, latencies and the figures of the moment. */
  flush(): void {
    this.#postRows();
    if (this.#decisionSeconds.length > 0) {
      this.#parts.post({ kind: 'latency', decisionSeconds: this.#decisionSeconds });
      this.#decisionSeconds = [];
    }
    this.#postStatus();
  }

  #onCandle(candle: CandleEvent): void {
    const { engine } = this.#parts;
    const state = engine.states[candle.instrumentIx];
    if (state === undefined || candle.openTsUs < this.#parts.candlesFromUs) return;
    if (state.pipeline === null) this.#candles.push(sourceCandle(state.instrument, candle));
    else if (state.pipeline.decisionBarClosed) {
      this.#candles.push(decisionCandle(state.instrument, state.pipeline.decisionBar));
    }
  }

  #onQuestion(snapshotId: number): void {
    if (this.#askedUs.size < TIMED_MAX) this.#askedUs.set(snapshotId, this.#parts.nowUs());
  }

  #onAnswer(snapshotId: number): void {
    const askedUs = this.#askedUs.get(snapshotId);
    if (askedUs === undefined) return;
    this.#askedUs.delete(snapshotId);
    this.#decisionSeconds.push((this.#parts.nowUs() - askedUs) / US_PER_S);
  }

  #postRows(): void {
    if (this.#candles.length > 0) this.#parts.post({ kind: 'candles', candles: this.#candles });
    if (this.#rows.length > 0) this.#parts.post({ kind: 'rows', rows: this.#rows });
    this.#candles = [];
    this.#rows = [];
  }

  #postStatus(): void {
    const { engine, ensemble, nowUs, post, speed, workers } = this.#parts;
    const now = nowUs();
    const seconds = (now - this.#lastStatusUs) / US_PER_S;
    const eventsPerS = seconds > 0 ? (engine.eventSeq - this.#lastEventCount) / seconds : 0;
    this.#lastStatusUs = now;
    this.#lastEventCount = engine.eventSeq;
    const memory = process.memoryUsage();
    const lagNs = this.#lag.percentile(99);
    this.#lag.reset();
    post({
      kind: 'status',
      tsUs: engine.nowUs,
      speed,
      lastTicks: engine.states.map((state) => state.lastTicks),
      isWarm: engine.states.map((state) => state.pipeline?.isWarm ?? true),
      account: engine.portfolio.snapshot(),
      risk: riskOf(engine),
      riskOptions: engine.risk.options,
      performance: engine.statistics.summary(),
      models: ensemble?.tracker.performances() ?? [],
      eventCount: engine.eventSeq,
      eventsPerS,
      loopLagP99Ms: Number.isFinite(lagNs) ? lagNs / 1e6 : null,
      rssBytes: memory.rss,
      heapUsedBytes: memory.heapUsed,
      workers: workers(),
    });
  }
}

/** The state of risk; where entries are held for another reason, nothing but exits is allowed either. */
function riskOf(engine: Engine): RiskSnapshot {
  const snapshot = engine.risk.snapshot(engine.nowUs, engine.portfolio);
  return { ...snapshot, isReduceOnlyMode: snapshot.isReduceOnlyMode || engine.limits.holds.length > 0 };
}
