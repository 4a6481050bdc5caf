/**
 * `xylen demo`: trains on the past of a seeded synthetic market, then trades its future on paper in accelerated time, and shows it on the
 * dashboard until it is interrupted. Nothing in it is real, and it says so wherever a number stands.
 */
import type { Command } from 'commander';
import { formatDurationUs, XylenError } from '#core';
import type { PredictorPool } from '#serving';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { type DataDirHold, holdDataDir } from '../cli/data-dir-hold.ts';
import { Dashboard } from '../host/dashboard.ts';
import { demoModelsDir, prepareDemoMarket, trainOnPast } from '../host/demo-market.ts';
import { openModels } from '../host/models.ts';
import { Narrator } from '../host/narrator.ts';
import { pacedPacer } from '../host/pacer.ts';
import { realTime } from '../host/real-time.ts';
import { type FinishedRun, findingsOf, runRecorded } from '../host/recorded-run.ts';
import { integerOption, numberOption, SEED_MAX, textOption } from '../host/replay-options.ts';
import { ensembleStrategy } from '../host/strategies.ts';
import { summaryJson, summaryLines } from '../host/summary-json.ts';
import { simulatedWorld } from '../host/trading-run.ts';
import {
  createRun,
  newRunId,
  openRun,
  type RunFolder,
  readRunFile,
  writeRunFile,
} from '../runs/run-folder.ts';
import { lockRun } from '../runs/run-lock.ts';
import type { TrainingResult } from '../workers/training-job.ts';

type Options = Readonly<Record<string, unknown>>;

/** What a demo is made from; kept beside the run, so that it can be continued. */
interface DemoRequest {
  readonly seed: number;
  /** Times real time. */
  readonly speed: number;
}

const REQUEST_FILE = 'demo.json';
const SPEED_MAX = 100_000;

/** The command. */
export const command: CommandModule = {
  summary: 'train on synthetic history and trade it on paper, with a dashboard',
  example: 'xylen demo --seed 7 --speed 600',
  define(demo: Command): void {
    demo
      .option('--seed <n>', 'seed of the market and of everything else random')
      .option('--speed <n>', 'times real time (default: demo.speed)')
      .option('--run-id <id>', 'name of the run (default: demo and time)')
      .option('--resume <run>', 'continue an interrupted demo from its last checkpoint');
  },
  async run(_args, options, context): Promise<ExitCode> {
    const hold = holdDataDir(context, 'demo');
    try {
      const finished = await demo(options, context, hold);
      if (finished === null) return 0;
      if (context.isJson) context.printJson(summaryJson(finished));
      else tellEnd(finished, context);
      return 0;
    } finally {
      hold.release();
    }
  },
};

/** Returns what the demo came to, `null` when it was interrupted before it traded. */
async function demo(
  options: Options,
  context: CommandContext,
  hold: DataDirHold,
): Promise<FinishedRun | null> {
  const startedUs = realTime.nowUs();
  const resumed = textOption(options, 'resume');
  const request = resumed === undefined ? requestOf(options, context) : savedRequest(resumed, context);
  await using opened = new AsyncDisposableStack();
  const dashboard = await Dashboard.open(context);
  opened.defer(() => dashboard.close());
  dashboard.announce(context);
  const { historyDays } = context.config.synthetic;
  say(context, `SYNTHETIC market, seed ${request.seed}: training on ${historyDays} days of its history`);
  try {
    const trained = await train(request, context, dashboard);
    if (trained === null) return null;
    say(context, trainedLine(trained));
    dashboard.log.info('model_trained', { version: trained.manifest.version, votes: trained.isPromoted });
    const models = await openModels(
      { config: context.config, dataDir: demoModelsDir(context.dataDir, request.seed) },
      context.config.timeframesUs,
    );
    opened.defer(() => models.close());
    const folder =
      resumed === undefined ? newFolder(request, options, context) : openRun(context.dataDir, resumed);
    const lock = lockRun(folder);
    opened.defer(() => lock.release());
    say(
      context,
      `run ${folder.runId} at ${request.speed} times real time, on paper; Ctrl-C ends it with a summary`,
    );
    const isResumed = resumed !== undefined;
    dashboard.log.info('run_started', { run: folder.runId, ...request });
    const finished = await trade({ request, folder, isResumed, models, dashboard, hold, startedUs }, context);
    dashboard.phase(finished.outcome, finished.outcome === 'ended' ? 'the market ended' : 'interrupted');
    return finished;
  } catch (error) {
    dashboard.phase('failed', error instanceof XylenError ? error.message : 'the program failed');
    throw error;
  }
}

/** Trains; returns `null` when that was interrupted. */
async function train(
  { seed }: DemoRequest,
  context: CommandContext,
  dashboard: Dashboard,
): Promise<TrainingResult | null> {
  dashboard.phase('training', 'training on synthetic history');
  try {
    return await trainOnPast(context, seed, dashboard.progress('training', context.progress));
  } catch (error) {
    if (!(error instanceof XylenError && error.code === 'XY_INTERRUPTED')) throw error;
    say(context, 'interrupted while it trained; nothing was traded');
    return null;
  }
}

interface DemoRun {
  readonly request: DemoRequest;
  readonly folder: RunFolder;
  readonly isResumed: boolean;
  readonly models: PredictorPool;
  readonly dashboard: Dashboard;
  readonly hold: DataDirHold;
  /** Monotonic, microseconds. */
  readonly startedUs: number;
}

function trade(
  { request, folder, isResumed, models, dashboard, hold, startedUs }: DemoRun,
  context: CommandContext,
): Promise<FinishedRun> {
  const { config, signal } = context;
  const { seed, speed } = request;
  const market = prepareDemoMarket(context, seed);
  const [decisionUs = market.sourceTimeframeUs] = market.timeframesUs;
  const world = simulatedWorld(market, config, seed);
  const pacer = pacedPacer({ speed, fromUs: market.tradeFromUs }, realTime, signal);
  return runRecorded(
    {
      mode: 'demo',
      folder,
      isResumed,
      seed,
      isSynthetic: true,
      market,
      specs: market.specs,
      strategy: ensembleStrategy(config, decisionUs),
      parameters: {},
      models,
      world,
      assumptions: world.assumptions(),
      findings: findingsOf(world),
      isVenueElsewhere: false,
      checkpointEvents: config.storage.checkpointEvents,
      pacer: dashboard.politePacer(pacer),
      speed,
      observe: (engine) =>
        new Narrator({
          engine,
          tradeFromUs: market.tradeFromUs,
          isSynthetic: true,
          print: (line) => say(context, line),
        }),
      dashboard,
      reloader: hold.reloader,
      startedUs,
    },
    context,
  );
}

function requestOf(options: Options, { config }: CommandContext): DemoRequest {
  return {
    seed: integerOption(options, 'seed', 0, SEED_MAX) ?? config.simulation.seed,
    speed: numberOption(options, 'speed', 1, SPEED_MAX) ?? config.demo.speed,
  };
}

/** @throws XY_RUN_MISSING when there is no such run, or it was no demo */
function savedRequest(name: string, { dataDir }: CommandContext): DemoRequest {
  const folder = openRun(dataDir, name);
  const text = readRunFile(folder, REQUEST_FILE);
  if (text !== null) return JSON.parse(text) as DemoRequest;
  throw new XylenError('XY_RUN_MISSING', `run '${folder.runId}' was not a demo`, {
    fields: { run: folder.runId },
  });
}

function newFolder(
  request: DemoRequest,
  options: Options,
  { dataDir, wallNowUs }: CommandContext,
): RunFolder {
  const folder = createRun(dataDir, textOption(options, 'runId') ?? newRunId(dataDir, 'demo', wallNowUs()));
  writeRunFile(folder, REQUEST_FILE, `${JSON.stringify(request)}\n`);
  return folder;
}

/** One line of how the training went: what was learned, and whether it may vote. */
function trainedLine({ isPromoted, manifest }: TrainingResult): string {
  const { content, version } = manifest;
  const horizon = formatDurationUs(content.horizonBars * (content.timeframesUs[0] ?? 0));
  const verdict = isPromoted ? 'passed the gate and votes' : 'did not pass the gate and does not vote';
  return `${content.name} ${version} (${content.rounds} rounds, ${content.data.rowCount} rows, ${horizon} ahead) ${verdict}`;
}

function tellEnd(finished: FinishedRun, context: CommandContext): void {
  context.print('');
  for (const line of summaryLines(finished)) context.print(line);
  context.print(
    'this market was made with trends to be found (synthetic.trend_strength); real ones hold next to nothing of them',
  );
  context.print(`continue with  bin/xylen demo --resume ${finished.runId}`);
}

/** For people only: with `--json` stdout is one document. */
function say(context: CommandContext, line: string): void {
  if (!context.isJson) context.print(line);
}
