/** Runs `xylen import` and `xylen quality` in the process, as the shell would, and returns what they print. */

import { silentLog } from '#telemetry';
import type { CommandContext, CommandModule } from '../../src/app/cli/command.ts';
import { command as importCommand } from '../../src/app/commands/import.ts';
import { command as qualityCommand } from '../../src/app/commands/quality.ts';

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly exitCode: number;
  readonly lines: readonly string[];
  readonly json: unknown;
}

/** Options of a call, by their long names in camel case. */
export type CommandOptions = Readonly<Record<string, unknown>>;

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
  return runCommand(qualityCommand, dataDir, [], options, {});
}

/** Runs a command in the process; what of the context is not given is that of a quiet shell. */
export async function runCommand(
  command: CommandModule,
  dataDir: string,
  args: readonly unknown[],
  options: CommandOptions,
  given: Partial<CommandContext>,
): Promise<CommandResult> {
  const lines: string[] = [];
  let json: unknown;
  const context: Omit<CommandContext, 'config'> = {
    dataDir,
    isJson: options.json === true,
    print: (line) => void lines.push(line),
    printJson: (value) => {
      json = value;
    },
    log: silentLog,
    progress: { update: () => undefined },
    wallNowUs: () => 0,
    signal: new AbortController().signal,
    ...given,
  };
  // These commands read nothing of the configuration.
  const exitCode = await command.run(args, options, context as CommandContext);
  return { exitCode, lines, json };
}
