/**
 * What every long-running command does first: it claims its data directory and answers SIGHUP. In this order, because a process that is
 * named in the pid file and does not listen to SIGHUP would be ended by `xylen config reload`.
 */
import type { ConfigReloader } from '../config/reload.ts';
import { reloadOnSignal } from '../config/reload-signal.ts';
import type { CommandContext } from './command.ts';
import { reloaderOf } from './context.ts';
import { acquirePidFile } from './pid-file.ts';

/** A claimed data directory. */
export interface DataDirHold {
  /** Holds the configuration in force; subscribe with `onApplied`. */
  readonly reloader: ConfigReloader;
  /** Gives the directory back; safe to call twice. */
  release(): void;
}

/** Claims the data directory for `command` until `release`. @throws XY_PROCESS_RUNNING when another program holds it. */
export function holdDataDir(context: CommandContext, command: string): DataDirHold {
  const reloader = reloaderOf(context);
  const stopListening = reloadOnSignal({ reloader, dataDir: context.dataDir, log: context.log });
  try {
    const pidFile = acquirePidFile(context.dataDir, command);
    return {
      reloader,
      release: () => {
        pidFile.release();
        stopListening();
      },
    };
  } catch (error) {
    stopListening();
    throw error;
  }
}
