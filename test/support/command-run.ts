/** Runs a command in the process, as the shell would, and returns what it prints. Nothing of the configuration is there for it. */
import { silentLog } from '#telemetry';
import type { CommandContext, CommandModule } from '../../src/app/cli/command.ts';

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly exitCode: number;
  readonly lines: readonly string[];
  readonly documents: readonly unknown[];
  /** The last of the documents. */
  readonly json: unknown;
  /** How far it said it was, from 0 to 1; empty when the caller listens itself. */
  readonly shares: readonly number[];
}

/** Options of a call, by their long names in camel case. */
export type CommandOptions = Readonly<Record<string, unknown>>;

/** Runs a command in the process; what of the context is not given is that of a quiet shell. */
export async function runCommand(
  command: CommandModule,
  dataDir: string,
  args: readonly unknown[],
  options: CommandOptions,
  given: Partial<CommandContext> = {},
): Promise<CommandResult> {
  const lines: string[] = [];
  const documents: unknown[] = [];
  const shares: number[] = [];
  const context: Omit<CommandContext, 'config'> = {
    dataDir,
    isJson: options.json === true,
    print: (line) => void lines.push(line),
    printJson: (value) => void documents.push(value),
    log: silentLog,
    progress: { update: ({ done, total }) => void shares.push(done / total) },
    wallNowUs: () => 0,
    signal: new AbortController().signal,
    ...given,
  };
  // These commands read nothing of the configuration.
  const exitCode = await command.run(args, options, context as CommandContext);
  return { exitCode, lines, documents, json: documents.at(-1), shares };
}
