/** `xylen backtest`: the same run as `xylen paper --replay --speed max`, with a report. */
import type { Command } from 'commander';
import type { CommandModule, ExitCode } from '../cli/command.ts';
import { resumeReplay, startReplay } from '../host/replay.ts';
import { defineReplayOptions, refuseOptions, replayRequest, textOption } from '../host/replay-options.ts';
import { writeReports } from '../host/report-files.ts';
import { summaryJson, summaryLines } from '../host/summary-json.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'replay recorded data and write a report',
  example:
    'xylen backtest BTCUSDT_5m.csv.gz --venue binance-usdm --symbol BTCUSDT --strategy ./examples/ema-cross.ts',
  define(backtest: Command): void {
    backtest
      .argument('[path...]', 'archive, data directory, or files that `xylen import` reads')
      .option('--out <dir>', "folder of the report (default: the run's own folder)");
    defineReplayOptions(backtest);
  },
  async run([paths], options, context): Promise<ExitCode> {
    const resumed = textOption(options, 'resume');
    if (resumed !== undefined) {
      const own = ['venue', 'symbol', 'from', 'to', 'seed', 'strategy', 'param', 'runId'];
      refuseOptions(options, own, '--resume: a run goes on as it was started');
    }
    const finished =
      resumed === undefined
        ? await startReplay(
            replayRequest(Array.isArray(paths) ? paths.map(String) : [], options, context.config),
            'replay',
            textOption(options, 'runId') ?? null,
            context,
          )
        : await resumeReplay(resumed, 'replay', context);
    const files = writeReports(finished, textOption(options, 'out') ?? null);
    if (context.isJson) context.printJson({ ...summaryJson(finished), reports: files });
    else {
      for (const line of summaryLines(finished)) context.print(line);
      for (const [form, path] of Object.entries(files)) context.print(`${form.padEnd(17)}  ${path}`);
    }
    return 0;
  },
};
