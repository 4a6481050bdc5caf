/** `xylen live`: trades an account at a venue, its test system, or nobody's account (`--dry-run`), with the same engine, costs and risk as on paper. */
import type { Command } from 'commander';
import { parseDurationUs, XylenError } from '#core';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { inCompany } from '../host/company.ts';
import type { LiveConsent } from '../host/live/live-gate.ts';
import type { LiveMode, LiveRequest } from '../host/live/live-request.ts';
import type { FinishedLive } from '../host/live/live-run.ts';
import { liveJson, liveLines } from '../host/live/live-summary.ts';
import { integerOption, refuseOptions, replayRequest, SEED_MAX, textOption } from '../host/replay-options.ts';

type Options = Readonly<Record<string, unknown>>;

/** What says which run it is. */
const RUN_OPTIONS = [
  'venue',
  'symbol',
  'strategy',
  'param',
  'seed',
  'for',
  'testnet',
  'dryRun',
  'runId',
] as const;

/** The command. */
export const command: CommandModule = {
  summary: 'trade an account at a venue, its test system, or decide without sending (--dry-run)',
  example: 'xylen live --dry-run --venue binance-usdm --symbol BTCUSDT --for 8h',
  define(live: Command): void {
    live
      .option('--venue <id>', 'venue that is traded (default: venues.id)')
      .option('--symbol <symbol...>', 'symbols, all on one account (default: venues.symbols)')
      .option('--strategy <file>', 'module with your own strategy class instead of the ensemble')
      .option('--param <key=value...>', 'parameters of the strategy')
      .option('--seed <n>', 'seed of everything random')
      .option('--for <duration>', 'end in order after that long, e.g. 8h (default: when interrupted)')
      .option('--testnet', "trade the venue's test system, with the keys of that")
      .option('--dry-run', 'decide on live data and say what would be sent; needs no keys')
      .option('--resume <run>', 'continue an interrupted or crashed run')
      .option('--run-id <id>', 'name of the run (default: mode and time)')
      .option('--dashboard', 'show the run on the dashboard while it lasts')
      .option('--confirm <text>', 'the words that the plan asks for, where nobody sits at a terminal')
      .option(
        '--yes-this-key-cannot-withdraw',
        'where the venue cannot say it: you have looked, and it cannot',
      );
  },
  async run(_args, options, context): Promise<ExitCode> {
    const finished = await liveRun(options, context);
    if (context.isJson) context.printJson(liveJson(finished));
    else for (const line of liveLines(finished)) context.print(line);
    return finished.killed === null || finished.killed.isFlat ? 0 : 1;
  },
};

async function liveRun(options: Options, context: CommandContext): Promise<FinishedLive> {
  const consent: LiveConsent = {
    confirm: textOption(options, 'confirm') ?? null,
    isKeySaidSafe: options.yesThisKeyCannotWithdraw === true,
  };
  const wish = { command: 'live', lasts: true, hasDashboard: options.dashboard === true };
  const resumed = textOption(options, 'resume');
  if (resumed !== undefined) refuseOptions(options, RUN_OPTIONS, '--resume: a run goes on as it was started');
  const request = resumed === undefined ? liveRequest(options, context) : null;
  const runId = textOption(options, 'runId') ?? null;
  return await inCompany(wish, context, async (company) => {
    // Sockets and adapters are loaded once they are needed.
    const { resumeLive, startLive } = await import('../host/live/live-run.ts');
    if (request === null) return await resumeLive(resumed ?? '', consent, company, context);
    return await startLive(request, runId, consent, company, context);
  });
}

function liveRequest(options: Options, { config }: CommandContext): LiveRequest {
  // Venue, symbols and strategy are checked as those of a replay are.
  const { strategy, symbols, venue } = replayRequest(['live'], options, config);
  const seed = integerOption(options, 'seed', 0, SEED_MAX) ?? config.simulation.seed;
  return { venue, symbols, seed, strategy, forUs: durationOf(options), mode: modeOf(options) };
}

function modeOf({ dryRun, testnet }: Options): LiveMode {
  if (dryRun === true && testnet === true)
    throw new XylenError('XY_USAGE', '--dry-run does not go with --testnet: it sends nothing anywhere');
  if (dryRun === true) return 'dry-run';
  return testnet === true ? 'testnet' : 'live';
}

function durationOf(options: Options): number | null {
  const duration = textOption(options, 'for');
  if (duration === undefined) return null;
  const us = parseDurationUs(duration) ?? 0;
  if (us > 0) return us;
  throw new XylenError('XY_USAGE', `--for: expected a duration such as 8h, found '${duration}'`);
}
