/**
 * The commands of `bin/xylen`: a table of names. A module is imported when its command is called and not before, so that the shell starts
 * light whatever the commands need; its summary stands here too, for `xylen --help`, and a test holds both equal.
 */
import { XylenError } from '#core';
import type { CommandModule } from './command.ts';

/** One line of the table. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** False for a command that must run when the configuration is not valid; it then loads it itself. */
  readonly needsConfig: boolean;
}

const entry = (name: string, summary: string, needsConfig = true): CommandEntry => ({
  name,
  summary,
  needsConfig,
});

/** Every command, in the order of `xylen --help`. */
export const COMMANDS: readonly CommandEntry[] = [
  entry('demo', 'train on synthetic history and trade it on paper, with a dashboard'),
  entry('paper', 'trade on paper: on recorded data, a live feed or a simulated exchange'),
  entry('backtest', 'replay recorded data and write a report'),
  entry('live', 'trade an account at a venue, its test system, or decide without sending (--dry-run)'),
  entry('doctor', 'check this machine, a venue and an account before anything is traded', false),
  entry('record', 'record market data of venues into the archive, with a ledger of losses'),
  entry('import', 'read recorded market data into the archive'),
  entry('download', 'load history from public archives and by request'),
  entry('quality', 'report gaps, duplicates, disorder and bad prices of the archive'),
  entry('book', 'rebuild order books from a capture of a venue and check them', false),
  entry('fills', 'play an order schedule against recorded depth and trades', false),
  entry('features', 'compute features of candles, books and trades'),
  entry('train', 'train a model on the archive'),
  entry('model', 'list, show and roll back trained models'),
  entry('db', 'look into the record of a run'),
  entry('config', 'check, show and reload the configuration', false),
  entry('exchange', 'run the simulated exchange as a process of its own'),
  entry('bench', 'measure speed and memory'),
];

/** Imports the module of a command. @throws XY_USAGE when this build does not have it. */
export async function loadCommand(name: string): Promise<CommandModule> {
  const url = new URL(`../commands/${name}.ts`, import.meta.url).href;
  let module: unknown;
  try {
    module = await import(url);
  } catch (error) {
    if (!isMissing(error, url)) throw error;
    throw new XylenError('XY_USAGE', `the command '${name}' is not part of this build`, {
      fields: { command: name },
    });
  }
  return commandOf(module, name);
}

/** True when the module itself is missing, not one that it imports. */
function isMissing(error: unknown, url: string): boolean {
  const { code, url: missing } = error as { readonly code?: string; readonly url?: string };
  return code === 'ERR_MODULE_NOT_FOUND' && missing === url;
}

function commandOf(module: unknown, name: string): CommandModule {
  const { command } = module as { readonly command?: CommandModule };
  if (typeof command?.run !== 'function' || typeof command.define !== 'function')
    throw new TypeError(`src/app/commands/${name}.ts exports no 'command' with define and run`);
  return command;
}
