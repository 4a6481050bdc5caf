/**
 * `xylen record`: receives the market data of one or several venues and keeps them: messages as they came and events as read, through the log into
 * the archive, with a ledger of everything that was missed. Goes on until Ctrl-C; a killed recorder goes on where its log ended.
 */
import type { Command } from 'commander';
import { Prng, parseDurationUs, XylenError } from '#core';
import { parseVenueId, VENUE_IDS, type VenueId } from '#domain';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'record market data of venues into the archive, with a ledger of losses',
  example: 'xylen record --venue binance-usdm --symbol BTCUSDT ETHUSDT --kinds book trades',
  define,
  run,
};

function define(record: Command): void {
  record
    .requiredOption('--venue <id...>', 'venues')
    .requiredOption(
      '--symbol <symbol...>',
      'symbols, of every venue named or of one (VENUE=SYMBOL); all = everything that trades',
    )
    .option('--kinds <kind...>', 'kinds of streams (default: recording.kinds)')
    .option('--for <duration>', 'end after that long, e.g. 24h')
    .option('--seed <n>', 'seed of the pauses between connection attempts', '1')
    .option('--no-metrics', 'do not serve metrics');
}

async function run(
  _args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<ExitCode> {
  const wish = parseWish(options);
  // Sockets, adapters and the archive's thread are loaded for this command only.
  const { runRecorder } = await import('../recording/run-recorder.ts');
  const result = await runRecorder(wish, context);
  if (context.isJson) context.printJson(result.json);
  else for (const line of result.lines) context.print(line);
  return 0;
}

function parseWish(options: Readonly<Record<string, unknown>>) {
  const venues = listOf(options.venue).map((text): VenueId => {
    const venue = parseVenueId(text);
    if (venue === undefined) throw usage(`--venue: expected one of ${VENUE_IDS.join(', ')}, found '${text}'`);
    return venue;
  });
  const twice = venues.find((venue, at) => venues.indexOf(venue) !== at);
  if (twice !== undefined) throw usage(`--venue: expected each venue once, found '${twice}' twice`);
  const forText = options.for === undefined ? null : String(options.for);
  const forUs = forText === null ? null : (parseDurationUs(forText) ?? 0);
  if (forUs !== null && forUs <= 0) throw usage(`--for: expected a duration such as 24h, found '${forText}'`);
  const seed = Number(options.seed);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw usage(`--seed: expected a whole number, found '${options.seed}'`);
  return {
    venues,
    symbols: listOf(options.symbol),
    kinds: options.kinds === undefined ? null : listOf(options.kinds),
    forUs,
    prng: new Prng(seed).split('record'),
    hasMetrics: options.metrics !== false,
  };
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function usage(message: string): XylenError {
  return new XylenError('XY_USAGE', message);
}
