/**
 * The shape of a command of `bin/xylen`. Each command is one module under `src/app/commands`, loaded only when it is called.
 * Global options (`--config FILE`, `--data-dir DIR`, `--json`, `--log-level`) are added by the shell, not by the command.
 * A module exports its command as `command` (`export const command: CommandModule = {...}`) and is listed in `registry.ts`.
 */
import type { Command } from 'commander';
import type { Log, Progress } from '#telemetry';
import type { XylenConfig } from '../config/schema.ts';

/** 0 done, 1 failed, 2 wrong use or config, 3 refused by a safety rule. */
export type ExitCode = 0 | 1 | 2 | 3;

/** What a command gets from the shell: everything that touches the outside is passed in. */
export interface CommandContext {
  /** The validated configuration (file, defaults, environment). */
  readonly config: XylenConfig;
  /** Absolute; `--data-dir`, else `XYLEN_DATA_DIR`, else `storage.data_dir` of the config. Everything that is written lies under it. */
  readonly dataDir: string;
  /** True when `--json` was given: the only thing on stdout is then one JSON document. */
  readonly isJson: boolean;
  /** Writes a line to stdout. */
  print(line: string): void;
  /** Writes `value` as the one JSON document of `--json`. */
  printJson(value: unknown): void;
  readonly log: Log;
  /** A bar on stderr when it is a terminal, sparse lines otherwise, nothing with `--json`. */
  readonly progress: Progress;
  /** Wall clock, epoch microseconds. */
  wallNowUs(): number;
  /** Aborted by the first SIGINT or SIGTERM; the command then ends cleanly in bounded time. A second signal ends the process at once. */
  readonly signal: AbortSignal;
}

/** One command. */
export interface CommandModule {
  /** One line for `xylen --help`. */
  readonly summary: string;
  /** One real command line for `--help`. */
  readonly example: string;
  /** Adds arguments and options to the commander command (no action). */
  define(command: Command): void;
  /**
   * Runs it. `args` are the positional arguments as commander hands them over; with sub-commands (`config check FILE`) the
   * sub-command's name comes first. `options` are the parsed options of the command, its sub-command and the shell (validate before use).
   */
  run(
    args: readonly unknown[],
    options: Readonly<Record<string, unknown>>,
    context: CommandContext,
  ): Promise<ExitCode>;
}
