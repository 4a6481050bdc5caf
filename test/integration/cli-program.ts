/**
 * A long-running program made of the real shell and one small command, for tests of signals and reloads: `paper` claims its data directory,
 * prints `ready`, prints each config that a reload applies, and waits for the end.
 */
import { XylenError } from '#core';
import type { CommandModule } from '../../src/app/cli/command.ts';
import { holdDataDir } from '../../src/app/cli/data-dir-hold.ts';
import { runInProcess } from '../../src/app/cli/process-shell.ts';

const paper: CommandModule = {
  summary: 'wait',
  example: 'xylen paper',
  define: (command) => {
    command.option('--stubborn', 'go on after the first signal');
    command.option('--leak', 'fail with a stream left open');
  },
  run: async (_args, options, context) => {
    const hold = holdDataDir(context, 'paper');
    // Standard input keeps the process alive, and ends it when the test that holds the other end is gone.
    process.stdin.on('end', () => process.exit(1)).resume();
    hold.reloader.onApplied((config) => context.print(`drawdownMax ${config.risk.drawdownMax}`));
    context.print('ready');
    if (options.leak === true) throw new XylenError('XY_WORKER_FAILED', 'as asked for');
    await new Promise<void>((resolve) => {
      context.signal.addEventListener('abort', () => {
        context.print('asked to end');
        if (options.stubborn !== true) resolve();
      });
    });
    hold.release();
    process.stdin.pause();
    return 0;
  },
};

await runInProcess(process.argv.slice(2), async () => paper);
