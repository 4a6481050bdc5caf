/**
 * The shell of `bin/xylen`: finds the command, parses its options, runs it, reports what it throws. Holds no business logic and, until a
 * command is called, loads nothing but commander.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { assert, XylenError } from '#core';
import type { LogLevel } from '#telemetry';
import type { CommandModule, ExitCode } from './command.ts';
import { errorDocument, errorLines, errorReport, isDebugCall } from './error-report.ts';
import type { Host } from './host.ts';
import { COMMANDS, type CommandEntry, loadCommand } from './registry.ts';
import { Terminal } from './terminal.ts';

/** Loads a command; replaced by tests. */
export type CommandLoader = (name: string) => Promise<CommandModule>;

/** What one call of the shell works with. */
interface Session {
  readonly host: Host;
  readonly terminal: Terminal;
  readonly output: Output;
  readonly load: CommandLoader;
}

/** What was written to stdout so far matters: with `--json` it is one document and no more. */
interface Output {
  hasDocument: boolean;
}

const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Runs one command line (without `node` and the script) and returns its exit code. Never throws. */
export async function runShell(argv: readonly string[], host: Host, load = loadCommand): Promise<ExitCode> {
  const session: Session = { host, terminal: new Terminal(host), output: { hasDocument: false }, load };
  try {
    return await parseAndRun(argv, session);
  } catch (error) {
    return report(error, argv, session);
  } finally {
    session.terminal.endBar();
  }
}

async function parseAndRun(argv: readonly string[], session: Session): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = programOf(session.host);
  const named = calledCommand(argv);
  for (const entry of COMMANDS) {
    const command = program.command(entry.name).summary(entry.summary).description(entry.summary);
    if (entry.name !== named) continue;
    const module = await session.load(entry.name);
    define(command, module);
    for (const leaf of leavesOf(command)) {
      leaf.action(async () => {
        exitCode = await call(entry, module, leaf, session);
      });
    }
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw usageError(error, named);
  }
  return exitCode;
}

/** The program with the options that every command has. */
function programOf(host: Host): Command {
  return new Command('xylen')
    .description(
      'Record crypto markets, learn from them, prove the models out of sample, back-test and trade on paper.',
    )
    .version(version(), '-V, --version', 'print the version')
    .option('--config <file>', 'configuration file (default: xylen.yaml where it exists)')
    .option(
      '--data-dir <dir>',
      'folder of everything that is written (default: XYLEN_DATA_DIR, then storage.data_dir)',
    )
    .option('--json', 'print one JSON document on stdout, everything else on stderr')
    .addOption(new Option('--log-level <level>', 'least level of the log').choices(LOG_LEVELS))
    .addOption(new Option('--log-format <format>', 'form of the log on stderr').choices(['text', 'json']))
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => host.writeOut(text),
      // Errors are reported by the shell, in one place and one form.
      writeErr: () => undefined,
      getOutHelpWidth: () => host.columns,
    })
    .addHelpText(
      'after',
      "\nExample:\n  xylen demo\n\nEach command has its own help: 'xylen COMMAND --help'.",
    )
    .exitOverride();
}

/** Returns the name of the command that is called, or that help is asked for; `undefined` when there is none of that name. */
function calledCommand(argv: readonly string[]): string | undefined {
  const scanner = new Command()
    .option('--config [file]')
    .option('--data-dir [dir]')
    .option('--json')
    .option('--log-level [level]')
    .option('--log-format [format]')
    .exitOverride();
  const { operands } = scanner.parseOptions([...argv]);
  const name = operands[0] === 'help' ? operands[1] : operands[0];
  return COMMANDS.find((entry) => entry.name === name)?.name;
}

function define(command: Command, module: CommandModule): void {
  module.define(command);
  const example = `\nExample:\n  ${module.example}`;
  command.addHelpText('after', example);
  for (const sub of command.commands) sub.addHelpText('after', example);
}

/** The commands that can be called: the sub-commands where there are any. */
function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands;
}

async function call(
  entry: CommandEntry,
  module: CommandModule,
  leaf: Command,
  session: Session,
): Promise<ExitCode> {
  const isSub = leaf.name() !== entry.name;
  const options: Readonly<Record<string, unknown>> = leaf.optsWithGlobals();
  const { createContext } = await import('./context.ts');
  const { host, terminal, output } = session;
  const context = createContext({ host, terminal, options, needsConfig: entry.needsConfig, output });
  const args: readonly unknown[] = leaf.processedArgs;
  const exitCode = await module.run(isSub ? [leaf.name(), ...args] : args, options, context);
  assert(exitCode >= 0 && exitCode <= 3, `a command ends with 0, 1, 2 or 3, was ${exitCode}`);
  return exitCode;
}

/** Commander says `error: unknown option '--jsn'\n(Did you mean --json?)`; the house says it in one line. */
function usageError(error: CommanderError, named: string | undefined): XylenError {
  const see = `see 'xylen ${named === undefined ? '' : `${named} `}--help'`;
  if (error.code === 'commander.help') return new XylenError('XY_USAGE', `a command is missing; ${see}`);
  const text = error.message.replace(/^error: /, '').trim();
  const [first = text, hint] = text.split('\n');
  const near = hint === undefined ? see : hint.replace(/^\((.*)\)$/, '$1').replace('Did', 'did');
  return new XylenError('XY_USAGE', `${first.replace(/\.$/, '')}; ${near}`);
}

function report(error: unknown, argv: readonly string[], session: Session): ExitCode {
  const found = errorReport(error);
  for (const line of errorLines(found, isDebugCall(argv))) session.terminal.line(line);
  if (argv.includes('--json') && !session.output.hasDocument)
    session.host.writeOut(`${JSON.stringify(errorDocument(found))}\n`);
  return found.exitCode;
}

function version(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { readonly version?: string }).version);
}
