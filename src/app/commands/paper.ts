/** `xylen paper`: trades on paper, on a recorded market (`--replay`), a live one (`--feed`) or a simulated exchange in another process (`--connect`). */
import type { Command } from 'commander';
import { parseDurationUs, XylenError } from '#core';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { inCompany, type RunCompany } from '../host/company.ts';
import { isConnected, parseAddress, resumeConnected, startConnected } from '../host/connected.ts';
import type { FinishedRun } from '../host/recorded-run.ts';
import { resumeReplay, startReplay } from '../host/replay.ts';
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
  summary: 'trade on paper: on recorded data, a live feed or a simulated exchange',
  example:
    'xylen paper --replay BTCUSDT_5m.csv.gz --venue binance-usdm --symbol BTCUSDT --speed max --seed 7 --json',
  define(paper: Command): void {
    paper
      .option('--replay <path...>', 'archive, data directory, or files that `xylen import` reads')
      .option('--feed <id>', 'trade on the live market of this venue, orders simulated')
      .option('--for <duration>', 'end after that long, e.g. 8h (with --feed)')
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
    const others = [...RUN_OPTIONS, 'connect', 'feed', 'for', 'runId'] as const;
    refuseOptions(options, others, '--resume: a run goes on as it was started');
    const isLinked = isConnected(openRun(context.dataDir, resumed));
    if (isLinked) return resumeConnected(resumed, context);
    return accompanied(false, options, context, (company) =>
      resumeReplay(resumed, 'replay', context, company),
    );
  }
  const runId = textOption(options, 'runId') ?? null;
  const address = textOption(options, 'connect');
  const feed = textOption(options, 'feed');
  const paths = Array.isArray(options.replay) ? options.replay.map(String) : [];
  if ([address !== undefined, feed !== undefined, paths.length > 0].filter(Boolean).length !== 1) {
    throw new XylenError(
      'XY_USAGE',
      'expected --replay PATH..., --feed ID, --connect HOST:PORT or --resume RUN',
    );
  }
  if (feed !== undefined) return paperFeed(feed, runId, options, context);
  refuseOptions(options, ['for'], '--replay or --connect: it belongs to --feed');
  if (address !== undefined) {
    const market = RUN_OPTIONS.filter((name) => name !== 'strategy' && name !== 'param');
    refuseOptions(options, market, '--connect: the exchange has its market');
    const strategy = strategyChoice(options);
    return startConnected({ ...parseAddress(address), strategy }, runId, context);
  }
  const request = replayRequest(paths, options, context.config);
  return accompanied(request.speed !== null, options, context, (company) =>
    startReplay(request, 'replay', runId, context, company),
  );
}

/** Trades on the live market of a venue. */
function paperFeed(
  feed: string,
  runId: string | null,
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<FinishedRun> {
  refuseOptions(
    options,
    ['venue', 'from', 'to', 'speed'],
    '--feed: a live market has its venue and its time',
  );
  // Venue, symbols, seed and strategy are checked as those of a replay are.
  const { seed, strategy, symbols, venue } = replayRequest(
    ['live'],
    { ...options, venue: feed },
    context.config,
  );
  const duration = textOption(options, 'for');
  const forUs = duration === undefined ? null : (parseDurationUs(duration) ?? 0);
  if (forUs !== null && forUs <= 0)
    throw new XylenError('XY_USAGE', `--for: expected a duration such as 8h, found '${duration}'`);
  const request = { venue, symbols, seed, strategy, forUs };
  return accompanied(true, options, context, async (company) => {
    // Sockets and adapters are loaded for a live market only.
    const { startPaperFeed } = await import('../host/live/paper-feed.ts');
    return await startPaperFeed(request, runId, company, context);
  });
}

/** Runs with the dashboard where that is asked for, and with the reload where the run lasts. */
function accompanied(
  lasts: boolean,
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
  run: (company: RunCompany) => Promise<FinishedRun>,
): Promise<FinishedRun> {
  return inCompany({ command: 'paper', lasts, hasDashboard: options.dashboard === true }, context, run);
}
