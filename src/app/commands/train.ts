/**
 * `xylen train`: trains a model on recorded candles, prints how it did on rows it has not seen beside those who know nothing, and lets it
 * serve only when it passes the gate. A model that does not pass is kept, unpromoted, and the command still ends with 0.
 */
import type { Command } from 'commander';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { commitId } from '../host/program.ts';
import { trainInWorker } from '../workers/train-in-worker.ts';
import type { TrainingResult } from '../workers/training-job.ts';
import { trainingReport } from './train/training-report.ts';
import { TRAINABLE, trainingJob } from './train/training-wish.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'train a model on the archive',
  example: 'xylen train --venue binance-usdm --symbol BTCUSDT --to 2024-07-01',
  define,
  run,
};

function define(command: Command): void {
  command
    .option('--model <kind>', `what is trained: ${TRAINABLE.join(', ')}`, TRAINABLE[0])
    .option('--name <name>', 'name in the registry (default: the kind)')
    .option('--venue <id>', 'venue of the candles (default: venues.id)')
    .option('--symbol <symbol...>', 'symbols to learn from (default: venues.symbols)')
    .option('--from <moment>', 'first candle, UTC; the features warm up from here on')
    .option('--to <moment>', 'end, exclusive; the 30 days before it are not learned from')
    .option('--data <file...>', 'files or folders instead of the archive')
    .option('--seed <n>', 'seed of everything random (default: learning.seed)');
}

async function run(
  _args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<ExitCode> {
  const { config, dataDir, progress, signal } = context;
  const occasion = { dataDir, nowUs: context.wallNowUs(), commit: commitId() };
  const result = await trainInWorker(trainingJob(options, config, occasion), { progress, signal });
  if (context.isJson) context.printJson(jsonOf(result));
  else for (const line of linesOf(result)) context.print(line);
  return 0;
}

function jsonOf({ isPromoted, manifest }: TrainingResult): unknown {
  const { circumstances, content, version } = manifest;
  return {
    promoted: isPromoted,
    version,
    gate: circumstances.gate,
    parent: circumstances.parent,
    ...content,
  };
}

function linesOf({ isPromoted, manifest }: TrainingResult): readonly string[] {
  const { content, version } = manifest;
  const promoted = isPromoted
    ? `promoted: true (${content.name} ${version} serves now)`
    : `promoted: false (${content.name} ${version} is kept in the registry and does not serve)`;
  return [...trainingReport(manifest), promoted];
}
