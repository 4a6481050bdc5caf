/** A replay of recorded data as one run: what `xylen paper --replay` and `xylen backtest` share. */
import { readFileSync } from 'node:fs';
import type { EpochUs } from '#core';
import type { InstrumentSpec, VenueId } from '#domain';
import type { Strategy } from '#engine';
import type { PredictorPool } from '#serving';
import type { SimulatedWorld } from '#sim';
import type { RunRow } from '#store';
import type { CommandContext } from '../cli/command.ts';
import { badHourRule } from '../config/bad-hour-rule.ts';
import type { ConfigReloader } from '../config/reload.ts';
import { createRun, newRunId, openRun, writeRunFile } from '../runs/run-folder.ts';
import { lockRun } from '../runs/run-lock.ts';
import type { Dashboard } from './dashboard.ts';
import { type PreparedMarket, prepareHistoryMarket } from './history-market.ts';
import { openModels } from './models.ts';
import { progressObserver } from './observers.ts';
import { openHistory } from './open-history.ts';
import { maxSpeedPacer, pacedPacer } from './pacer.ts';
import { realTime } from './real-time.ts';
import { type FinishedRun, findingsOf, type RecordedRunParts, runRecorded } from './recorded-run.ts';
import { buildStrategy, type StrategyChoice } from './strategies.ts';
import { simulatedWorld } from './trading-run.ts';

/** What is replayed and how. Kept beside the run, so that `--resume` can build the same run again. */
export interface ReplayRequest {
  readonly paths: readonly string[];
  readonly venue: VenueId;
  readonly symbols: readonly string[];
  readonly fromUs: EpochUs | null;
  readonly toUs: EpochUs | null;
  readonly seed: number;
  /** Times real time; `null` = as fast as it goes. */
  readonly speed: number | null;
  readonly strategy: StrategyChoice;
}

/** What goes with a replay that lasts. */
export interface ReplayCompany {
  readonly dashboard: Dashboard | null;
  readonly reloader: ConfigReloader | null;
}

const ALONE: ReplayCompany = { dashboard: null, reloader: null };

/** At full speed so many events are a fraction of a second; more checkpoints would cost more than they save. */
const MAX_SPEED_CHECKPOINT_EVENTS = 8_192;

const REQUEST_FILE = 'request.json';
const PROGRESS_EVENTS = 2_048;

/** Runs a replay from its beginning. */
export async function startReplay(
  request: ReplayRequest,
  mode: RunRow['mode'],
  runId: string | null,
  context: CommandContext,
  company: ReplayCompany = ALONE,
): Promise<FinishedRun> {
  const name = runId ?? newRunId(context.dataDir, mode, context.wallNowUs());
  return runReplay(request, mode, { name, isResumed: false }, context, company);
}

/** Continues an interrupted or crashed replay from its last checkpoint. @throws XY_RUN_MISSING, XY_CHECKPOINT_INVALID. */
export async function resumeReplay(
  name: string,
  mode: RunRow['mode'],
  context: CommandContext,
  company: ReplayCompany = ALONE,
): Promise<FinishedRun> {
  const folder = openRun(context.dataDir, name);
  const request = JSON.parse(readFileSync(`${folder.path}/${REQUEST_FILE}`, 'utf8')) as ReplayRequest;
  return runReplay(request, mode, { name: folder.runId, isResumed: true }, context, company);
}

interface RunName {
  readonly name: string;
  readonly isResumed: boolean;
}

async function runReplay(
  request: ReplayRequest,
  mode: RunRow['mode'],
  { isResumed, name }: RunName,
  context: CommandContext,
  { dashboard, reloader }: ReplayCompany,
): Promise<FinishedRun> {
  const { config, signal } = context;
  const startedUs = realTime.nowUs();
  await using opened = new AsyncDisposableStack();
  const prepared = await prepareReplay(request, context, opened);
  const { market } = prepared;
  const folder = isResumed ? openRun(context.dataDir, name) : createRun(context.dataDir, name);
  const lock = lockRun(folder);
  opened.defer(() => lock.release());
  if (!isResumed) writeRunFile(folder, REQUEST_FILE, `${JSON.stringify(request)}\n`);
  const { checkpointEvents } = config.storage;
  const isPaced = request.speed !== null;
  const pacer =
    request.speed === null
      ? maxSpeedPacer(realTime)
      : pacedPacer({ speed: request.speed, fromUs: market.tradeFromUs }, realTime, signal);
  const parts: RecordedRunParts = {
    ...prepared,
    mode,
    folder,
    isResumed,
    seed: request.seed,
    isSynthetic: false,
    parameters: request.strategy.parameters,
    assumptions: prepared.world.assumptions(),
    findings: findingsOf(prepared.world),
    // Venue and trader live and die together here: the checkpoint holds both.
    isVenueElsewhere: false,
    checkpointEvents: isPaced ? checkpointEvents : Math.max(checkpointEvents, MAX_SPEED_CHECKPOINT_EVENTS),
    pacer: dashboard?.politePacer(pacer) ?? pacer,
    speed: request.speed,
    observe: () => progressObserver('replaying', market, context, PROGRESS_EVENTS),
    dashboard,
    reloader,
    startedUs,
  };
  return await runRecorded(parts, context);
}

/** Everything of a replay but its record. */
interface PreparedReplay {
  readonly market: PreparedMarket;
  readonly specs: readonly InstrumentSpec[];
  readonly strategy: Strategy;
  readonly models: PredictorPool | null;
  readonly world: SimulatedWorld;
}

async function prepareReplay(
  request: ReplayRequest,
  context: CommandContext,
  opened: AsyncDisposableStack,
): Promise<PreparedReplay> {
  const { config, log, progress, signal } = context;
  const history = await openHistory({ ...request, specs: config.venues.instruments, signal, progress });
  opened.defer(() => history.close());
  const market = await prepareHistoryMarket(history, {
    ...request,
    timeframesUs: config.timeframesUs,
    feedLatencyUs: config.simulation.feedLatencyUs,
    reorderWindowUs: config.feeds.reorderWindowUs,
    badHours: badHourRule(config),
  });
  for (const words of market.badHours ?? []) log.warn('bad_hours', { words });
  const [decisionUs = market.sourceTimeframeUs] = market.timeframesUs;
  const strategy = await buildStrategy(request.strategy, config, decisionUs);
  const models = strategy.name === 'ensemble' ? await openModels(context, market.timeframesUs) : null;
  if (models !== null) opened.defer(() => models.close());
  const world = simulatedWorld(market, config, request.seed);
  const specs = request.symbols.map((symbol) => history.instrumentSpec(request.venue, symbol));
  return { market, specs, strategy, models, world };
}
