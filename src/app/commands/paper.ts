/** `xylen paper`: trades on paper. The market is a recorded one (`--replay`) or a simulated exchange in another process (`--connect`). */
import type { Command } from 'commander';
import { XylenError } from '#core';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { holdDataDir } from '../cli/data-dir-hold.ts';
import { isConnected, parseAddress, resumeConnected, startConnected } from '../host/connected.ts';
import { Dashboard } from '../host/dashboard.ts';
import type { FinishedRun } from '../host/recorded-run.ts';
import { type ReplayCompany, resumeReplay, startReplay } from '../host/replay.ts';
import {
  defineReplayOptions,
  refuseOptions,
  replayRequest,
  strategyChoice,
  textOption,
} from '../host/replay-options.ts';
import { summaryJson, summaryLines } from '../host/summary-json.ts';
import { openRun } from '../runs/run-folder.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'trade on paper: replay recorded data through the trader',
  example:
    'xylen paper --replay BTCUSDT_5m.csv.gz --venue binance-usdm --symbol BTCUSDT --speed max --seed 7 --json',
  define(paper: Command): void {
    paper
      .option('--replay <path...>', 'archive, data directory, or files that `xylen import` reads')
      .option('--connect <host:port>', 'trade on a running `xylen exchange` instead')
      .option('--speed <speed>', 'max (default), or times real time')
      .option('--dashboard', 'show the run on the dashboard while it lasts');
    defineReplayOptions(paper);
  },
  async run(_args, options, context): Promise<ExitCode> {
    const finished = await paperRun(options, context);
    if (context.isJson) context.printJson(summaryJson(finished));
    else for (const line of summaryLines(finished)) context.print(line);
    return 0;
  },
};

/** What says which run it is. */
const RUN_OPTIONS = [
  'replay',
  'speed',
  'venue',
  'symbol',
  'from',
  'to',
  'seed',
  'strategy',
  'param',
] as const;

async function paperRun(
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<FinishedRun> {
  const resumed = textOption(options, 'resume');
  if (resumed !== undefined) {
    refuseOptions(options, [...RUN_OPTIONS, 'connect', 'runId'], '--resume: a run goes on as it was started');
    const isLinked = isConnected(openRun(context.dataDir, resumed));
    if (isLinked) return resumeConnected(resumed, context);
    return inCompany(false, options, context, (company) => resumeReplay(resumed, 'replay', context, company));
  }
  const runId = textOption(options, 'runId') ?? null;
  const address = textOption(options, 'connect');
  const paths = Array.isArray(options.replay) ? options.replay.map(String) : [];
  if ((address === undefined) === (paths.length === 0)) {
    throw new XylenError('XY_USAGE', 'expected --replay PATH..., --connect HOST:PORT or --resume RUN');
  }
  if (address !== undefined) {
    const market = RUN_OPTIONS.filter((name) => name !== 'strategy' && name !== 'param');
    refuseOptions(options, market, '--connect: the exchange has its market');
    const strategy = strategyChoice(options);
    return startConnected({ ...parseAddress(address), strategy }, runId, context);
  }
  const request = replayRequest(paths, options, context.config);
  return inCompany(request.speed !== null, options, context, (company) =>
    startReplay(request, 'replay', runId, context, company),
  );
}

/** Runs with the dashboard where that is asked for, and with the reload where the run lasts. */
async function inCompany(
  isPaced: boolean,
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
  run: (company: ReplayCompany) => Promise<FinishedRun>,
): Promise<FinishedRun> {
  await using opened = new AsyncDisposableStack();
  let reloader: ReplayCompany['reloader'] = null;
  if (isPaced || options.dashboard === true) {
    // It lasts: it takes the data directory, so that `config reload` finds it.
    const hold = holdDataDir(context, 'paper');
    opened.defer(() => hold.release());
    reloader = hold.reloader;
  }
  if (options.dashboard !== true) return await run({ dashboard: null, reloader });
  const dashboard = await Dashboard.open(context);
  opened.defer(() => dashboard.close());
  dashboard.announce(context);
  const finished = await run({ dashboard, reloader });
  dashboard.phase(finished.outcome, finished.outcome);
  return finished;
}
