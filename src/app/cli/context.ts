/** Builds what a command gets from the shell. Loaded with the command, since config and log bring libraries with them. */
import { resolve } from 'node:path';
import { assert } from '#core';
import { type LogLevel, silentProgress } from '#telemetry';
import { type LogFormat, pinoLog } from '#telemetry/pino';
import { type LoadedConfig, type LoadRequest, loadConfig } from '../config/load.ts';
import { ConfigReloader } from '../config/reload.ts';
import type { CommandContext } from './command.ts';
import type { Host } from './host.ts';
import { ProgressLine } from './progress-line.ts';
import type { Terminal } from './terminal.ts';

/** What the context is made from. */
export interface ContextOptions {
  readonly host: Host;
  readonly terminal: Terminal;
  /** Parsed options of the command and the shell. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly needsConfig: boolean;
  /** Told when the JSON document is written. */
  readonly output: { hasDocument: boolean };
}

/** The context of a command that runs in the shell; the rest of what was loaded is reached by `loadedOf` and `reloaderOf`. */
interface ShellContext extends CommandContext {
  loaded(): LoadedConfig;
  reload(): LoadedConfig;
  readonly host: Host;
}

/** Returns how the configuration of a command came about, secrets included. */
export function loadedOf(context: CommandContext): LoadedConfig {
  return shellContext(context).loaded();
}

/** Returns a holder of the configuration that can read it again; make one for the life of a program. */
export function reloaderOf(context: CommandContext): ConfigReloader {
  const shell = shellContext(context);
  return new ConfigReloader(shell.loaded(), () => shell.reload());
}

/** Returns what a person types in answer to a question; `null` where nobody sits at a terminal. */
export function askPerson(context: CommandContext, question: string): Promise<string | null> {
  return shellContext(context).host.askLine(question);
}

/** Has a second signal call `listener` instead of ending the process; returns how to take that back. */
export function onUrge(context: CommandContext, listener: () => void): () => void {
  const { urge } = shellContext(context).host;
  urge.listener = listener;
  return () => {
    if (urge.listener === listener) urge.listener = null;
  };
}

function shellContext(context: CommandContext): ShellContext {
  assert('loaded' in context && 'reload' in context, 'the context was made by the shell');
  return context as ShellContext;
}

/**
 * Returns the context of a command. The configuration is loaded at once, or when it is first asked for where `needsConfig` is false.
 * @throws ConfigError (XY_CONFIG_INVALID) when it is not valid.
 */
export function createContext({
  host,
  terminal,
  options,
  needsConfig,
  output,
}: ContextOptions): ShellContext {
  const loaded = lazily(() => loadConfig(requestOf(host, options)));
  if (needsConfig) loaded();
  // A file that was there at the start must be there again: its loss is an error, not a return to the defaults.
  const reload = () => loadConfig({ ...requestOf(host, options), file: loaded().file ?? undefined });
  const isJson = options.json === true;
  const log = lazily(() => logOf(host, terminal, options, loaded));
  const progress = new ProgressLine({
    terminal,
    isTty: host.isErrTty,
    columns: host.columns,
    nowUs: () => host.nowUs(),
  });
  return {
    get config() {
      return loaded().config;
    },
    get dataDir() {
      const named = options.dataDir;
      return resolve(host.cwd, typeof named === 'string' ? named : loaded().config.storage.dataDir);
    },
    isJson,
    print: (line) => host.writeOut(`${line}\n`),
    printJson: (value) => {
      output.hasDocument = true;
      host.writeOut(`${JSON.stringify(value, plainJson)}\n`);
    },
    get log() {
      return log();
    },
    progress: isJson ? silentProgress : progress,
    wallNowUs: () => host.nowUs(),
    signal: host.signal,
    loaded,
    reload,
    host,
  };
}

function requestOf(host: Host, options: Readonly<Record<string, unknown>>): LoadRequest {
  const { config } = options;
  return {
    cwd: host.cwd,
    environment: host.environment,
    file: typeof config === 'string' ? config : undefined,
  };
}

function logOf(
  host: Host,
  terminal: Terminal,
  options: Readonly<Record<string, unknown>>,
  loaded: () => LoadedConfig,
) {
  const level = (options.logLevel ?? loaded().config.monitoring.logLevel) as LogLevel;
  const format = (options.logFormat ?? host.environment.XYLEN_LOG_FORMAT) === 'json' ? 'json' : 'text';
  return pinoLog({
    level,
    format: format satisfies LogFormat,
    nowUs: () => host.nowUs(),
    writeLine: (line) => terminal.line(line),
    redact: (text) => loaded().secrets.redact(text),
  });
}

/** Money beyond a double's exact integers is a bigint; JSON has no such thing, so that it is written as text. */
export function plainJson(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
