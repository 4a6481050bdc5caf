/**
 * A trading run in this process: engine, simulated world, models, record, put together and run to its end. Replay, back-test and
 * demo differ only in what they hand over here.
 */
import { deserialize, serialize } from 'node:v8';
import { assert, canonicalJson, Prng } from '#core';
import {
  Engine,
  type EngineSummary,
  type EngineTuning,
  type EnsembleStrategy,
  type Pacer,
  Session,
  type SessionObserver,
  type Strategy,
} from '#engine';
import { featureSet } from '#features';
import { runTag } from '#orders';
import type { PredictorPool } from '#serving';
import { SimulatedWorld } from '#sim';
import type { IntentLog, RecordSink, RunRow } from '#store';
import type { World } from '#venues';
import { atomsOfMoney } from '../config/money.ts';
import type { ConfigChange } from '../config/reload.ts';
import type { XylenConfig } from '../config/schema.ts';
import type { PreparedMarket } from './history-market.ts';
import { costModelOf, riskOptionsOf, simRulesOf } from './settings.ts';
import { ensembleOptionsOf, levelOptionsOf } from './strategies.ts';

/** A record sink that knows the names of features. */
export interface RunRecorder extends RecordSink {
  registerFeatureSet(hash: string, names: readonly string[]): void;
}

export interface TradingRunParts {
  readonly config: XylenConfig;
  readonly mode: RunRow['mode'];
  readonly runId: string;
  readonly seed: number;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly market: PreparedMarket;
  readonly world: World;
  readonly strategies: readonly Strategy[];
  readonly models: PredictorPool | null;
  readonly record: RunRecorder | null;
  readonly intents: IntentLog | null;
  /** Events between two checkpoints. */
  readonly checkpointEvents: number;
  readonly pacer: Pacer;
  /** Makes what watches the run; `null` = nothing does. */
  readonly observe: ((engine: Engine) => SessionObserver | null) | null;
  readonly wallStartedAt: number;
  readonly commitId: string;
  /** Cash of the account at the beginning; absent = that of `simulation.start_cash`. */
  readonly startCashAtoms?: bigint | undefined;
  /** Time between two comparisons with a real venue; absent = compared once, before the first decision. */
  readonly reconcileEveryUs?: number | undefined;
}

/** How a run ended. */
export interface TradingRunResult {
  readonly outcome: 'ended' | 'interrupted';
  readonly summary: EngineSummary;
}

/** Events between two turns for the rest of the process. */
const YIELD_EVENTS = 4_096;

/** The feature set of a run whose strategies read none. */
const NO_FEATURES = { hash: '', names: [] } as const;

/** An engine in its world, ready to run. */
export class TradingRun {
  readonly engine: Engine;
  readonly session: Session;

  constructor(parts: TradingRunParts) {
    const { config, market } = parts;
    const { instruments } = market;
    const startCashAtoms =
      parts.startCashAtoms ?? atomsOfMoney(config.simulation.startCash, instruments.atomDecimals);
    const currency = instruments.all[0]?.quoteAsset;
    assert(currency !== undefined, 'a run has at least one instrument');
    const manifest = canonicalJson(parts.manifest);
    this.engine = new Engine({
      instruments,
      run: {
        table: 'runs',
        runId: parts.runId,
        mode: parts.mode,
        seed: parts.seed,
        atomDecimals: instruments.atomDecimals,
        currency,
        equityStartAtoms: startCashAtoms,
        manifest,
        wallStartedAt: parts.wallStartedAt,
        commitId: parts.commitId,
      },
      runTag: runTag(manifest),
      startCashAtoms,
      leverage: config.simulation.leverage,
      startUs: market.startUs,
      tradeFromUs: market.tradeFromUs,
      sourceTimeframeUs: market.sourceTimeframeUs,
      timeframesUs: market.timeframesUs,
      triggers: config.engine.triggers,
      models: parts.models?.models ?? [],
      tuning: tuningOf(config, instruments.atomDecimals),
      strategies: parts.strategies,
      isRecorded: parts.record !== null || parts.observe !== null,
    });
    this.session = new Session(
      {
        engine: this.engine,
        world: parts.world,
        models: parts.models,
        record: parts.record,
        intents: parts.intents,
        pacer: parts.pacer,
        observer: parts.observe?.(this.engine) ?? null,
        serialize: (state) => serialize(state),
      },
      {
        checkpointEvents: parts.checkpointEvents,
        modelLatencyUs: config.models.simulatedLatencyUs,
        yieldEvents: YIELD_EVENTS,
        reconcileEveryUs: parts.reconcileEveryUs ?? null,
      },
    );
    const { hash, names } = this.engine.needsFeatures ? featureSet(market.timeframesUs) : NO_FEATURES;
    parts.record?.registerFeatureSet(hash, names);
  }

  /** Takes a changed configuration over between two events. */
  retune(config: XylenConfig, changes: readonly ConfigChange[]): void {
    const { engine, session } = this;
    session.between(() => {
      ensembleOf(engine.options.strategies)?.retune(ensembleOptionsOf(config), levelOptionsOf(config));
      const tuning = tuningOf(config, engine.options.instruments.atomDecimals);
      return engine.retune(
        tuning,
        changes.map((change) => ({ ...change })),
      );
    });
  }

  /** Runs from the beginning, or from a checkpoint's state. */
  async run(signal: AbortSignal, checkpoint: Uint8Array | null): Promise<TradingRunResult> {
    if (checkpoint === null) await this.session.start();
    else await this.session.resume(deserialize(checkpoint));
    const outcome = await this.session.run(signal);
    return { outcome, summary: this.engine.summary() };
  }
}

/** In one process venue and trader are restored together and nothing is sent twice; a small memory makes small checkpoints. */
const IN_PROCESS_ORDERS_KEPT = 256;

/** Builds the simulated world of a market; a venue that outlives its trader keeps more finished orders (`ordersKeptMax`). */
export function simulatedWorld(
  market: PreparedMarket,
  config: XylenConfig,
  seed: number,
  ordersKeptMax = IN_PROCESS_ORDERS_KEPT,
): SimulatedWorld {
  const { instruments } = market;
  return new SimulatedWorld({
    source: market.source,
    instruments,
    cashAtoms: atomsOfMoney(config.simulation.startCash, instruments.atomDecimals),
    rules: simRulesOf(config, costModelOf(config), { atomDecimals: instruments.atomDecimals, ordersKeptMax }),
    prng: new Prng(seed).split('venue'),
  });
}

function tuningOf(config: XylenConfig, atomDecimals: number): EngineTuning {
  return {
    heartbeatUs: config.engine.heartbeatUs,
    decisionsPerMinuteMax: config.engine.decisionRateMaxPerMinute,
    decisionTimeoutUs: config.engine.decisionTimeoutUs,
    risk: riskOptionsOf(config, atomDecimals),
  };
}

/** Finds the ensemble among the strategies of a run. */
export function ensembleOf(strategies: readonly Strategy[]): EnsembleStrategy | null {
  return (
    (strategies.find((strategy) => strategy.name === 'ensemble') as EnsembleStrategy | undefined) ?? null
  );
}
