/** `xylen features` as the shell would call it, for tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silentLog, silentProgress } from '#telemetry';
import type { CommandContext } from '../../../cli/command.ts';
import { loadConfig } from '../../../config/load.ts';
import { command } from '../../features.ts';

/** A call and what it says. */
export interface CommandCall {
  readonly context: CommandContext;
  readonly lines: string[];
  readonly documents: Record<string, unknown>[];
  /** Runs `--microstructure` with these options. */
  run(options: Readonly<Record<string, unknown>>): Promise<number>;
}

/** Returns a call over a data directory. */
export function commandCall(
  dataDir: string,
  given: { readonly isJson?: boolean; readonly signal?: AbortSignal } = {},
): CommandCall {
  const lines: string[] = [];
  const documents: Record<string, unknown>[] = [];
  const context: CommandContext = {
    config: loadConfig({ cwd: dataDir, environment: {}, file: undefined }).config,
    dataDir,
    isJson: given.isJson ?? false,
    print: (line) => lines.push(line),
    printJson: (value) => documents.push(value as Record<string, unknown>),
    log: silentLog,
    progress: silentProgress,
    wallNowUs: () => 0,
    signal: given.signal ?? new AbortController().signal,
  };
  const run = async (options: Readonly<Record<string, unknown>>): Promise<number> =>
    command.run([], { microstructure: true, ...options }, context);
  return { context, lines, documents, run };
}

/** Runs the command into a file and returns its text and what was said of it. */
export async function runFeatures(
  dataDir: string,
  options: Readonly<Record<string, unknown>>,
): Promise<{ readonly text: string; readonly document: Readonly<Record<string, unknown>> }> {
  const out = join(dataDir, 'features.csv');
  const call = commandCall(dataDir, { isJson: true });
  await call.run({ out, ...options });
  const [document = {}] = call.documents;
  return { text: readFileSync(out, 'utf8'), document };
}

/** Returns the rows of a file, by column. */
export function rowsOf(text: string): readonly Readonly<Record<string, string>>[] {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const names = head.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i] ?? '', cell])));
}
