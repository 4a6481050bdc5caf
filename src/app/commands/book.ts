/**
 * `xylen book`: runs a capture of a venue's stream through the venue's adapter and says, for each market, whether its book is right and what it is.
 * Reads; changes nothing.
 */
import type { Command } from 'commander';
import { XylenError } from '#core';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { runCapture } from '../host/capture/run-capture.ts';
import { ADAPTED_VENUES, loadAdapter } from '../host/venue-adapters.ts';
import { linesOf } from './book/report-lines.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'rebuild order books from a capture of a venue and check them',
  example: 'xylen book --venue binance-usdm --raw capture.ndjson.gz --snapshot depth.json',
  define,
  run,
};

function define(command: Command): void {
  command
    .requiredOption('--venue <id>', `whose capture it is: ${ADAPTED_VENUES.join(' | ')}`)
    .requiredOption(
      '--raw <file...>',
      'captured frames, one a line: bare, {"t","raw"}, NANOSECONDS {json}, or of cryptofeed; plain or gzip; several in their order',
    )
    .option('--snapshot <file...>', 'books by request, where the venue needs them (Binance, KuCoin)')
    .option('--symbol <symbol...>', 'only these markets');
}

async function run(
  _args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<ExitCode> {
  const [venue] = texts(options.venue);
  const wish = {
    rawFiles: texts(options.raw),
    snapshotFiles: texts(options.snapshot),
    symbols: texts(options.symbol),
  };
  if (venue === undefined || wish.rawFiles.length === 0) {
    throw new XylenError('XY_USAGE', 'expected --venue ID and --raw FILE');
  }
  const adapter = await loadAdapter(venue);
  const report = await runCapture(adapter, wish, {
    signal: context.signal,
    onProgress: (done, total) => context.progress.update({ label: 'reading', done, total, unit: 'bytes' }),
  });
  if (context.isJson) context.printJson(report);
  else for (const line of linesOf(report)) context.print(line);
  return 0;
}

function texts(option: unknown): readonly string[] {
  const values = Array.isArray(option) ? option : [option];
  return values.filter((value): value is string => typeof value === 'string' && value !== '');
}
