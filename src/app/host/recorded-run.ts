/**
 * A trading run with its record in a run folder: what replay, back-test, demo and a run on an exchange in another process have in common once
 * market, world, strategy and models are there.
 */
import { existsSync } from 'node:fs';
import { canonicalJson, XylenError } from '#core';
import type { InstrumentSpec } from '#domain';
import type { Engine, Pacer, SessionObserver, Strategy } from '#engine';
import type { PredictorPool } from '#serving';
import type { Assumption, MarkoutRow, SimulatedWorld } from '#sim';
import type { RunRow } from '#store';
import { hashRecord, openRecord } from '#store/sqlite';
import type { World } from '#venues';
import type { CommandContext } from '../cli/command.ts';
import type { ConfigReloader } from '../config/reload.ts';
import { type RunFolder, writeRunFile } from '../runs/run-folder.ts';
import { openRunIntents, startRunRecorder } from '../runs/run-record.ts';
import type { Dashboard } from './dashboard.ts';
import type { PreparedMarket } from './history-market.ts';
import { buildManifest } from './manifest.ts';
import { allObservers } from './observers.ts';
import { commitId, rssMbMax } from './program.ts';
import { realTime } from './real-time.ts';
import type { RunReportParts } from './summary-json.ts';
import { ensembleOf, TradingRun } from './trading-run.ts';

/** Everything of a run but its record. */
export interface RecordedRunParts {
  readonly mode: RunRow['mode'];
  /** Created or opened, and locked, by the caller. */
  readonly folder: RunFolder;
  /** True when the run is to go on from its last checkpoint. */
  readonly isResumed: boolean;
  readonly seed: number;
  readonly isSynthetic: boolean;
  readonly market: PreparedMarket;
  readonly specs: readonly InstrumentSpec[];
  readonly strategy: Strategy;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly models: PredictorPool | null;
  readonly world: World;
  readonly assumptions: readonly Assumption[];
  /** Asked when the run has ended; absent where the venue is in another process. */
  readonly findings?: () => RunFindings;
  /** True when the venue outlives this process: intents are then durable before they are sent. */
  readonly isVenueElsewhere: boolean;
  readonly checkpointEvents: number;
  readonly pacer: Pacer;
  /** Times real time; `null` = as fast as it goes. */
  readonly speed: number | null;
  /** Makes what watches the run besides the dashboard; `null` = nothing does. */
  readonly observe: ((engine: Engine) => SessionObserver) | null;
  /** `null` = nobody watches. */
  readonly dashboard: Dashboard | null;
  /** `null` = the configuration stays as it is. */
  readonly reloader: ConfigReloader | null;
  /** Monotonic, microseconds: when the command began. */
  readonly startedUs: number;
  /** Cash of the account at the beginning; absent = that of `simulation.start_cash`. */
  readonly startCashAtoms?: bigint;
  /** Time between two comparisons with a real venue; absent = compared once, before the first decision. */
  readonly reconcileEveryUs?: number;
  /** Is handed the run before it begins: whoever ends it in order needs it. */
  readonly onRun?: (run: TradingRun) => void;
}

/** A run that ended or was interrupted. */
export interface FinishedRun extends RunReportParts {
  readonly folder: RunFolder;
  /** What it rests on, what was missing in its data included. */
  readonly assumptions: readonly Assumption[];
  /** How the market moved after its fills. */
  readonly markouts: readonly MarkoutRow[];
}

/** What is known of a simulated market only when a run has ended. */
export interface RunFindings {
  readonly gaps: readonly Assumption[];
  readonly markouts: readonly MarkoutRow[];
}

const NO_FINDINGS: RunFindings = { gaps: [], markouts: [] };

/** Returns the findings of a simulated world, as `RecordedRunParts` asks for them. */
export function findingsOf(world: SimulatedWorld): () => RunFindings {
  return () => ({ gaps: world.gaps(), markouts: world.markouts() });
}

/** Runs it to its end or to the signal. @throws XY_CHECKPOINT_INVALID when it is to go on but is another run. */
export async function runRecorded(parts: RecordedRunParts, context: CommandContext): Promise<FinishedRun> {
  const { config, signal } = context;
  const { assumptions, dashboard, folder, isSynthetic, market, models, reloader, seed, strategy } = parts;
  await using opened = new AsyncDisposableStack();
  const manifest = manifestOf(parts, context);
  const checkpoint = parts.isResumed ? checkpointOf(folder, manifest) : null;
  writeRunFile(folder, 'manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
  const wallStartedAt = context.wallNowUs();
  const intents = parts.isVenueElsewhere
    ? openRunIntents(folder, { durability: config.storage.intentDurability, wallNowUs: wallStartedAt })
    : null;
  opened.defer(() => intents?.close());
  const record = await startRunRecorder(folder, { durability: 'normal', wallNowUs: wallStartedAt });
  opened.defer(() => record.close());
  const run = new TradingRun({
    config,
    mode: parts.mode,
    runId: folder.runId,
    seed,
    manifest,
    market,
    world: parts.world,
    strategies: [strategy],
    models,
    record,
    intents,
    checkpointEvents: parts.checkpointEvents,
    pacer: parts.pacer,
    observe: (engine) => {
      const ensemble = ensembleOf([strategy]);
      const view = { engine, ensemble, market, speed: parts.speed, isSynthetic, assumptions };
      const watching = dashboard?.watch(view) ?? [];
      const own = parts.observe?.(engine);
      return allObservers(own === undefined ? watching : [own, ...watching]);
    },
    wallStartedAt,
    commitId: commitId(),
    startCashAtoms: parts.startCashAtoms,
    reconcileEveryUs: parts.reconcileEveryUs,
  });
  parts.onRun?.(run);
  opened.defer(() => dashboard?.unwatch());
  if (reloader !== null) opened.defer(reloader.onApplied((next, changes) => run.retune(next, changes)));
  const { outcome, summary } = await run.run(signal, checkpoint);
  const found = parts.findings?.() ?? NO_FINDINGS;
  await record.close();
  return {
    folder,
    outcome,
    summary,
    manifest,
    assumptions: [...assumptions, ...found.gaps],
    markouts: found.markouts,
    runId: folder.runId,
    runHash: hashOf(folder),
    hasFunding: market.hasFunding,
    fundingMissing: market.fundingMissing,
    isSynthetic,
    currency: market.instruments.at(0).quoteAsset,
    durationS: (realTime.nowUs() - parts.startedUs) / 1e6,
    rssMbMax: rssMbMax(),
  };
}

function manifestOf(parts: RecordedRunParts, { config }: CommandContext): Readonly<Record<string, unknown>> {
  const { assumptions, isSynthetic, market, models, parameters, seed, specs, strategy } = parts;
  return buildManifest({
    config,
    seed,
    isSynthetic,
    market,
    specs,
    strategies: [{ name: strategy.name, parameters }],
    models: models?.models ?? [],
    assumptions,
  });
}

/** Returns the state to continue from, `null` when there is none yet. The run must be the same run: same data, settings, models, seed. */
function checkpointOf(folder: RunFolder, manifest: Readonly<Record<string, unknown>>): Uint8Array | null {
  if (!existsSync(folder.recordPath)) return null;
  const record = openRecord(folder.recordPath);
  try {
    const run = record.run();
    if (run !== null && run.manifest !== canonicalJson(manifest)) {
      throw new XylenError(
        'XY_CHECKPOINT_INVALID',
        `run '${folder.runId}' was started with other data, settings or models; see ${folder.manifestPath}`,
        { fields: { runId: folder.runId } },
      );
    }
    return record.checkpoint(folder.runId)?.state ?? null;
  } finally {
    record.close();
  }
}

/** Returns the hash that `xylen db hash` prints. */
function hashOf(folder: RunFolder): string {
  const record = openRecord(folder.recordPath);
  try {
    return hashRecord(record);
  } finally {
    record.close();
  }
}
