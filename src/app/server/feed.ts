/**
 * What the engine's thread posts to the server's thread. The values are the ones that the engine has at hand (rows, snapshots of account and
 * risk), posted as they are: turning them into text, figures for people and JSON is the server's work. All of it is plain data of the
 * structured-clone kind. Nothing here is awaited; a server that is behind or gone never holds the engine up.
 *
 * Order: `run` once before any other kind but `phase` and `log`; then `rows` and `candles` as they happen, `status` a few times a second.
 */
import type { EpochUs } from '#core';
import type { Instrument, InstrumentIx } from '#domain';
import type { ModelPerformance } from '#ensemble';
import type { AccountSnapshot, PerformanceSummary } from '#portfolio';
import type { RiskOptions, RiskSnapshot } from '#risk';
import type { RecordRow, RunRow } from '#store';
import type { RunPhase } from '#wire';

/** Facts of the run that do not change. */
export interface RunFeed {
  readonly kind: 'run';
  readonly runId: string;
  readonly mode: RunRow['mode'];
  readonly seed: number;
  /** True when the market itself is made up. */
  readonly isSynthetic: boolean;
  readonly currency: string;
  readonly equityStartAtoms: bigint;
  readonly decisionTimeframeUs: number;
  readonly instruments: readonly Instrument[];
  /** False when no funding data were given. */
  readonly hasFunding: boolean;
  /** What the simulation assumes, a sentence each. */
  readonly assumptions: readonly string[];
  /** Names of the values in `SnapshotRow.features`; empty when the run has no features. */
  readonly featureNames: readonly string[];
}

/** Where the program is: starting, training, trading, ended. */
export interface PhaseFeed extends RunPhase {
  readonly kind: 'phase';
}

/** Rows of the record, in the order in which the engine emitted them; some hundreds a message. */
export interface RowsFeed {
  readonly kind: 'rows';
  readonly rows: readonly RecordRow[];
}

/** A candle of the decision timeframe; one of the same `openTsUs` replaces the one before (a bar under way may be posted). */
export interface FeedCandle {
  readonly instrumentIx: InstrumentIx;
  readonly openTsUs: EpochUs;
  /** Prices in quote currency, volume in base currency. */
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Candles, oldest first for each instrument. Those of the warm-up may come at once. */
export interface CandlesFeed {
  readonly kind: 'candles';
  readonly candles: readonly FeedCandle[];
}

/** A worker thread of the program. */
export interface WorkerState {
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'failed';
}

/** The figures of the moment. */
export interface StatusFeed {
  readonly kind: 'status';
  /** The run's own clock. */
  readonly tsUs: EpochUs;
  /** Simulated seconds a second; `null` = as fast as it goes. */
  readonly speed: number | null;
  /** By instrument, in the order of `RunFeed.instruments`: last price in ticks (0 = none yet) and whether its features count. */
  readonly lastTicks: readonly number[];
  readonly isWarm: readonly boolean[];
  readonly account: AccountSnapshot;
  readonly risk: RiskSnapshot;
  readonly riskOptions: RiskOptions;
  readonly performance: PerformanceSummary;
  /** Of the ensemble; empty for other strategies. */
  readonly models: readonly ModelPerformance[];
  readonly eventCount: number;
  readonly eventsPerS: number;
  /** 99th percentile of the engine's event loop over the last seconds; `null` when not measured. */
  readonly loopLagP99Ms: number | null;
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly workers: readonly WorkerState[];
}

/** A line of the program's log. */
export interface LogFeed {
  readonly kind: 'log';
  /** As the JSON log writes it, secrets already taken out: `{"level","time","event",...fields}`. `feedLog` makes them. */
  readonly line: string;
}

/** Times from trigger to decision, by the wall clock. */
export interface LatencyFeed {
  readonly kind: 'latency';
  readonly decisionSeconds: readonly number[];
}

/** Anything that the engine's thread posts. */
export type FeedMessage = RunFeed | PhaseFeed | RowsFeed | CandlesFeed | StatusFeed | LogFeed | LatencyFeed;
