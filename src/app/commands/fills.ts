/**
 * `xylen fills`: plays a schedule of orders against recorded depth and trades and says when each would have been filled; compares with a file of
 * fills (exit code 1 when there are differences). `fit` estimates latency and queue from own fills, `study` shows what partial fills, own use, impact and latency
 * change. Writes FILLS.csv and nothing else.
 */
import type { Command } from 'commander';
import { XylenError } from '#core';
import { EXCHANGE_MODELS, QUEUE_MODEL_FORMS } from '#sim';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import type { CsvReading } from '../host/fills/csv-rows.ts';
import { runFills } from '../host/fills/run-fills.ts';
import { runFit } from '../host/fills/run-fit.ts';
import { runStudy } from '../host/fills/run-study.ts';
import { fitLinesOf } from './fills/fit-lines.ts';
import { fillsWishOf, fitWishOf, LOT_SIZE, studyWishOf } from './fills/options.ts';
import { linesOf } from './fills/report-lines.ts';
import { studyLinesOf } from './fills/study-lines.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'play an order schedule against recorded depth and trades',
  example:
    'xylen fills --events events.csv.gz --orders orders.csv --queue power_prob_2 --latency 5ms,5ms --exchange no-partial --out fills.csv',
  define,
  run,
};

function define(command: Command): void {
  command
    .argument(
      '[task]',
      'fit: estimate latency and queue from own orders and --fills; study: what partial fills, own use, impact and latency change',
    )
    .requiredOption(
      '--events <file>',
      'depth and trades: ev,exch_ts,local_ts,side,price_ticks,qty_lots; plain or gzip',
    )
    .requiredOption(
      '--orders <file>',
      'order_id,submit_local_ts,side,price_ticks,qty_lots,cancel_local_ts and maybe time_in_force',
    )
    .option('--queue <model>', `guess of the place in the queue: ${QUEUE_MODEL_FORMS.join(' | ')}`)
    .option(
      '--latency <entry,response>',
      'time of a request to the exchange and of the answer back, e.g. 5ms,5ms',
    )
    .option('--exchange <model>', `how orders fill: ${EXCHANGE_MODELS.join(' | ')}`)
    .option('--lot <size>', 'one lot in base currency; counts for log_prob and log_prob2 alone', LOT_SIZE)
    .option('--out <file>', 'where the fills go')
    .option('--fills <file>', 'fit: what became of the orders, in the form of --out')
    .option('--seed <n>', 'fit: seed of the resampling', '1')
    .option('--scale <n>', 'study: order quantities times this whole number', '1')
    .option('--compare <file>', 'fills to compare with; exit code 1 when any value differs');
}

async function run(
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<ExitCode> {
  const [task] = args;
  if (task !== undefined && task !== 'fit' && task !== 'study')
    throw new XylenError(
      'XY_USAGE',
      `expected nothing or 'fit' or 'study' after 'xylen fills', found '${String(task)}'`,
    );
  const reading: CsvReading = {
    signal: context.signal,
    onProgress: ({ bytesRead, bytesTotal }) =>
      context.progress.update({ label: 'reading', done: bytesRead, total: bytesTotal, unit: 'bytes' }),
  };
  if (task === 'fit') return fit(options, reading, context);
  return task === 'study' ? study(options, reading, context) : play(options, reading, context);
}

async function play(
  options: Readonly<Record<string, unknown>>,
  reading: CsvReading,
  context: CommandContext,
): Promise<ExitCode> {
  const report = await runFills(fillsWishOf(options), reading);
  if (context.isJson) context.printJson(report);
  else for (const line of linesOf(report)) context.print(line);
  return (report.differences ?? []).length === 0 ? 0 : 1;
}

async function fit(
  options: Readonly<Record<string, unknown>>,
  reading: CsvReading,
  context: CommandContext,
): Promise<ExitCode> {
  const report = await runFit(fitWishOf(options), reading);
  if (context.isJson) context.printJson(report);
  else for (const line of fitLinesOf(report)) context.print(line);
  return 0;
}

async function study(
  options: Readonly<Record<string, unknown>>,
  reading: CsvReading,
  context: CommandContext,
): Promise<ExitCode> {
  const report = await runStudy(studyWishOf(options), reading);
  if (context.isJson) context.printJson(report);
  else for (const line of studyLinesOf(report)) context.print(line);
  return 0;
}
