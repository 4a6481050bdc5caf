/** `xylen config check | show | schema | reload`: the configuration from outside the programs that use it. */
import { setTimeout as wait } from 'node:timers/promises';
import { assert, US_PER_SECOND, XylenError } from '#core';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { loadedOf } from '../cli/context.ts';
import { runningProgram } from '../cli/pid-file.ts';
import { effectiveYaml } from '../config/effective-yaml.ts';
import { jsonSchemaText } from '../config/json-schema.ts';
import type { LoadedConfig } from '../config/load.ts';
import { ConfigError } from '../config/problems.ts';
import type { ConfigChange, ReloadOutcome } from '../config/reload.ts';
import { type ReloadReport, readReloadReport } from '../config/reload-signal.ts';

/** The command. */
export const command: CommandModule = {
  summary: 'check, show and reload the configuration',
  example: 'xylen config check --config xylen.yaml',
  define: (config) => {
    config
      .command('check')
      .description('say whether the configuration is valid, or everything that is wrong');
    config.command('show').description('print every key with the value in force and where it comes from');
    config.command('schema').description('print the JSON Schema of the file, for editors');
    config
      .command('reload')
      .description('let the program that runs in the data directory read its file again');
  },
  run: async ([name], _options, context) => {
    if (name === 'check') return check(context);
    if (name === 'show') return show(context);
    if (name === 'schema') return schema(context);
    assert(name === 'reload', `a sub-command of config, was ${String(name)}`);
    return reload(context);
  },
};

function check(context: CommandContext): ExitCode {
  let loaded: LoadedConfig;
  try {
    loaded = loadedOf(context);
  } catch (error) {
    if (!(error instanceof ConfigError && context.isJson)) throw error;
    context.printJson({ ok: false, problems: error.problems });
    return 2;
  }
  const count = (source: string) => loaded.keys.filter((key) => key.source === source).length;
  const keys = { file: count('file'), environment: count('environment'), default: count('default') };
  if (context.isJson) context.printJson({ ok: true, file: loaded.file, keys });
  else {
    const from = loaded.file === null ? 'no file' : `${loaded.file} with ${keys.file} keys`;
    context.print(`ok: ${from}, ${keys.environment} from the environment, ${keys.default} defaults`);
  }
  return 0;
}

function show(context: CommandContext): ExitCode {
  const { file, keys, secrets } = loadedOf(context);
  if (context.isJson) {
    const shown = keys.map(({ name, value, source, where }) => ({ key: name, value, source, where }));
    context.printJson({ file, dataDir: context.dataDir, keys: shown, secrets: secrets.names });
    return 0;
  }
  context.print(`# file: ${file ?? 'none'}`);
  context.print(`# data directory: ${context.dataDir}`);
  context.print(effectiveYaml(keys).trimEnd());
  for (const name of secrets.names) context.print(`# ${name}: [redacted]`);
  return 0;
}

function schema(context: CommandContext): ExitCode {
  context.print(jsonSchemaText().trimEnd());
  return 0;
}

const ANSWER_POLL_MS = 50;
const ANSWER_WITHIN_US = 10 * US_PER_SECOND;

async function reload(context: CommandContext): Promise<ExitCode> {
  const { dataDir } = context;
  const program = runningProgram(dataDir);
  if (program === undefined)
    throw new XylenError('XY_PROCESS_MISSING', 'no program runs in the data directory', {
      fields: { dataDir },
    });
  const before = readReloadReport(dataDir)?.seq ?? 0;
  process.kill(program.pid, 'SIGHUP');
  const { outcome } = await answerOf(program.pid, before, context);
  if (context.isJson) context.printJson({ pid: program.pid, command: program.command, ...outcome });
  else for (const line of outcomeLines(outcome)) context.print(line);
  return exitCodeOf(outcome);
}

/** Waits for the report that follows report number `before`. @throws XY_PROCESS_MISSING when none comes. */
async function answerOf(pid: number, before: number, context: CommandContext): Promise<ReloadReport> {
  const untilUs = context.wallNowUs() + ANSWER_WITHIN_US;
  while (context.wallNowUs() < untilUs && !context.signal.aborted) {
    const report = readReloadReport(context.dataDir);
    if (report?.pid === pid && report.seq > before) return report;
    await wait(ANSWER_POLL_MS);
  }
  throw new XylenError(
    'XY_PROCESS_MISSING',
    `process ${pid} did not answer the reload within 10s; see its log`,
    {
      fields: { dataDir: context.dataDir, pid },
    },
  );
}

function outcomeLines(outcome: ReloadOutcome): string[] {
  switch (outcome.kind) {
    case 'unchanged':
      return ['unchanged: the running program already has these values'];
    case 'applied':
      return ['applied:', ...outcome.changes.map(changeLine), ...restartLines(outcome.restartNeeded)];
    case 'restart-needed':
      return ['nothing applied', ...restartLines(outcome.restartNeeded)];
    case 'rejected':
      return [
        `rejected (${outcome.reason}), nothing applied:`,
        ...outcome.errors.map((error) => `  ${error}`),
      ];
  }
}

function restartLines(changes: readonly ConfigChange[]): string[] {
  return changes.length === 0 ? [] : ['needs a restart:', ...changes.map(changeLine)];
}

function changeLine({ key, from, to }: ConfigChange): string {
  return `  ${key}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`;
}

/** A file that is not valid is wrong config (2); a looser limit is refused by a safety rule (3). */
function exitCodeOf(outcome: ReloadOutcome): ExitCode {
  if (outcome.kind !== 'rejected') return 0;
  return outcome.reason === 'loosening' ? 3 : 2;
}
