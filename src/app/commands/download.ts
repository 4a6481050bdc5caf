/**
 * `xylen download`: history into the archive here. From the public archives of Binance: files with their checksums, several at a time, continued where
 * they broke off, verified, unpacked as a stream and imported; what they have not yet, and the history of other venues, by request.
 */
import type { Command } from 'commander';
import { XylenError } from '#core';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { DOWNLOAD_KINDS } from '../host/download/download-kinds.ts';
import { checkRequest, type JobOutcome, runDownload } from '../host/download/run-download.ts';
import { jsonOf, linesOf } from './download/download-report.ts';
import {
  ARCHIVE_URL,
  PARALLEL_DEFAULT,
  PARALLEL_MAX,
  parseDownload,
  withRestUrl,
} from './download/download-wish.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'load history from public archives and by request',
  example:
    'xylen download klines --venue binance-usdm --symbol BTCUSDT --timeframe 5m --from 2024-01-01 --to 2024-03-01',
  define,
  run,
};

function define(command: Command): void {
  command
    .argument('<kind...>', DOWNLOAD_KINDS.join(' | '))
    .requiredOption('--venue <id>', 'venue the history is of; archives are of binance-usdm and binance-spot')
    .requiredOption('--symbol <symbol...>', 'symbols as the venue spells them, e.g. BTCUSDT')
    .requiredOption('--from <moment>', 'first day, e.g. 2024-01-01')
    .option('--to <moment>', 'end, exclusive (default: now)')
    .option('--timeframe <duration>', 'bar length of klines, e.g. 5m')
    .option('--parallel <n>', `files at a time, 1 to ${PARALLEL_MAX}`, String(PARALLEL_DEFAULT))
    .option('--replace', 'let downloaded rows take the place of archived rows they disagree with')
    .option('--no-rest', 'take archives alone, ask the venue for nothing')
    .option('--archive-url <url>', 'a mirror of the public archives', ARCHIVE_URL)
    .option(
      '--rest-url <url>',
      "address of the venue's requests (default: feeds.endpoints, then the public one)",
    );
}

async function run(
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<ExitCode> {
  const request = parseDownload(args, options, context.wallNowUs());
  const config = withRestUrl(context.config, request.venue, options);
  await checkRequest(request, config);
  const outcomes = await runDownload(request, config, context);
  const { venue } = request;
  if (context.isJson) context.printJson({ dataSets: outcomes.map((outcome) => jsonOf(venue, outcome)) });
  else for (const outcome of outcomes) for (const line of linesOf(venue, outcome)) context.print(line);
  throwFault(outcomes);
  return outcomes.every(({ imported }) => (imported?.outcomes.length ?? 0) > 0) ? 0 : 1;
}

/** Ends with the first fault, after all that could be done is done and told. */
function throwFault(outcomes: readonly JobOutcome[]): void {
  const failed = outcomes.flatMap(({ fault, job }) => (fault === null ? [] : [{ fault, job }]));
  const [first] = failed;
  if (first === undefined) return;
  const { code, fields, message } = first.fault;
  const rest = `${failed.length} of ${outcomes.length} data sets failed`;
  const text = outcomes.length === 1 ? message : `${rest}; ${first.job.symbol} ${first.job.kind}: ${message}`;
  throw new XylenError(code, text, { fields, cause: first.fault });
}
