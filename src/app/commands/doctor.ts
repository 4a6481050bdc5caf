/** `xylen doctor`: looks whether this machine, a venue and an account are fit for trading, says what to do about what is not, and changes nothing. */
import type { Command } from 'commander';
import { XylenError } from '#core';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { type CheckFinding, failed, passed, reportLines } from '../host/live/check-report.ts';
import { checkSystem } from '../host/live/system-checks.ts';
import { replayRequest } from '../host/replay-options.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'check this machine, a venue and an account before anything is traded',
  example: 'xylen doctor --venue binance-usdm --symbol BTCUSDT',
  define(doctor: Command): void {
    doctor
      .option('--venue <id>', 'ask this venue as well: its market, and the account where there are keys')
      .option('--symbol <symbol...>', 'symbols that are to be traded (default: venues.symbols)')
      .option('--testnet', "the venue's test system instead, with the keys of that");
  },
  async run(_args, options, context): Promise<ExitCode> {
    const findings = [...configFindings(context)];
    if (findings.every(({ state }) => state !== 'failed')) {
      findings.push(...checkSystem(context.dataDir, context.wallNowUs(), process.pid));
      findings.push(...(await venueFindings(options, context)));
    }
    const isOk = findings.every(({ state }) => state !== 'failed');
    if (context.isJson) context.printJson({ ok: isOk, checks: findings });
    else {
      for (const line of reportLines(findings)) context.print(line);
      context.print(isOk ? 'nothing stands in the way' : 'something has to be done first');
    }
    return isOk ? 0 : 1;
  },
};

function configFindings(context: CommandContext): readonly CheckFinding[] {
  try {
    const { timeframesUs } = context.config;
    return [passed('configuration', `valid, ${timeframesUs.length} timeframes`)];
  } catch (error) {
    if (!(error instanceof XylenError)) throw error;
    return [failed('configuration', error.message, 'mend the file: xylen config check names every line')];
  }
}

async function venueFindings(
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<readonly CheckFinding[]> {
  if (options.venue === undefined) {
    if (options.symbol === undefined && options.testnet !== true) return [];
    throw new XylenError('XY_USAGE', '--symbol and --testnet go with --venue: without it no venue is asked');
  }
  // Venue and symbols are checked as those of a replay are.
  const { symbols, venue } = replayRequest(['doctor'], options, context.config);
  const { checkVenue } = await import('../host/live/venue-checks.ts');
  return await checkVenue({ venue, symbols, isTestnet: options.testnet === true }, context);
}
