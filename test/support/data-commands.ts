/** Runs `xylen import` and `xylen quality` in the process, as the shell would, and returns what they print. */
import type { CommandContext } from '../../src/app/cli/command.ts';
import { command as importCommand } from '../../src/app/commands/import.ts';
import { command as qualityCommand } from '../../src/app/commands/quality.ts';
import { type CommandOptions, type CommandResult, runCommand } from './command-run.ts';

/** Imports files into the archive of a data directory. */
export function runImport(
  dataDir: string,
  paths: readonly string[],
  options: CommandOptions,
  context: Partial<CommandContext> = {},
): Promise<CommandResult> {
  return runCommand(importCommand, dataDir, [paths], options, context);
}

/** Reports on the archive of a data directory, or on files. */
export function runQuality(dataDir: string, options: CommandOptions): Promise<CommandResult> {
  return runCommand(qualityCommand, dataDir, [], options);
}
