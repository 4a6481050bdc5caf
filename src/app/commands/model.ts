/** `xylen model list | show | rollback`: looks into the registry of trained models, and takes a promotion back. */
import type { Command } from 'commander';
import { assert, formatIso, messageOf, XylenError } from '#core';
import { ModelRegistry, votesFromUs } from '#training';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { type Cell, textTable } from '../runs/text-table.ts';
import { trainingReport } from './train/training-report.ts';

type Options = Readonly<Record<string, unknown>>;
type ModelContext = Pick<CommandContext, 'dataDir' | 'isJson' | 'print' | 'printJson'>;

/** What a sub-command has to say, for programs and for people. */
interface Report {
  readonly json: unknown;
  readonly lines: readonly string[];
}

const ACTIONS: Readonly<
  Record<string, (registry: ModelRegistry, name: unknown, options: Options) => Report>
> = {
  list,
  show,
  rollback,
};

/** The command. */
export const command: CommandModule = {
  summary: 'list, show and roll back trained models',
  example: 'xylen model show gbm',
  define,
  async run([action, name], options, context: ModelContext): Promise<ExitCode> {
    const act = ACTIONS[String(action)];
    assert(act !== undefined, `${String(action)} is a sub-command of model`);
    const { json, lines } = act(new ModelRegistry(context.dataDir, String(process.pid)), name, options);
    if (context.isJson) context.printJson(json);
    else for (const line of lines) context.print(line);
    return 0;
  },
};

function define(model: Command): void {
  model.command('list').description('list all versions of all models; * = serves');
  model
    .command('show <name>')
    .description('show what a model was trained on and how it did on rows it has not seen')
    .option('--model-version <version>', 'version (default: the one that serves, else the newest)');
  model.command('rollback <name>').description('let the version serve that served before');
}

/** One version in the list; a damaged one says so instead of its figures. */
interface ListedModel {
  readonly name: string;
  readonly version: string;
  readonly isServing: boolean;
  readonly damage: string | null;
  readonly createdAtUs: number | null;
  readonly votesFromUs: number | null;
  readonly symbols: readonly string[];
  readonly isPassed: boolean | null;
  readonly logLoss: number | null;
  readonly priorLogLoss: number | null;
}

function list(registry: ModelRegistry): Report {
  const models = registry
    .names()
    .flatMap((name) => registry.versions(name).map((version) => listed(registry, name, version)))
    .sort((a, b) => (a.createdAtUs ?? 0) - (b.createdAtUs ?? 0));
  if (models.length === 0) return { json: { models }, lines: ["no model yet; see 'xylen train --help'"] };
  const rows = models.map((model): readonly Cell[] => [
    `${model.isServing ? '*' : ' '} ${model.name}`,
    model.version,
    model.damage ?? (model.isPassed === true ? 'passed the gate' : 'refused by the gate'),
    model.createdAtUs === null ? null : formatIso(model.createdAtUs).slice(0, 16),
    model.votesFromUs === null ? null : formatIso(model.votesFromUs).slice(0, 10),
    model.logLoss === null ? null : model.logLoss.toFixed(5),
    model.priorLogLoss === null ? null : model.priorLogLoss.toFixed(5),
    model.symbols.join(' '),
  ]);
  const header = ['  name', 'version', 'state', 'trained', 'votes from', 'log loss', 'prior', 'symbols'];
  return { json: { models }, lines: textTable(header, rows) };
}

function listed(registry: ModelRegistry, name: string, version: string): ListedModel {
  const none = { createdAtUs: null, votesFromUs: null, symbols: [], isPassed: null, logLoss: null };
  try {
    const isServing = registry.current(name)?.version === version;
    const { circumstances, content } = registry.load(name, version).manifest;
    const lossOf = (contender: string): number | null =>
      content.contenders.find((one) => one.name === contender)?.metrics?.logLoss ?? null;
    return {
      name,
      version,
      isServing,
      damage: null,
      createdAtUs: circumstances.createdAtUs,
      votesFromUs: votesFromUs(content),
      symbols: content.data.symbols,
      isPassed: circumstances.gate.isPassed,
      logLoss: lossOf('model'),
      priorLogLoss: lossOf('prior'),
    };
  } catch (thrown) {
    if (!(thrown instanceof XylenError) || thrown.code !== 'XY_MODEL_INVALID') throw thrown;
    const damage = `damaged: ${messageOf(thrown)}`;
    return { name, version, isServing: false, damage, priorLogLoss: null, ...none };
  }
}

function show(registry: ModelRegistry, name: unknown, options: Options): Report {
  const model = String(name);
  const asked = options.modelVersion;
  const version = typeof asked === 'string' ? asked : defaultVersion(registry, model);
  const { manifest } = registry.load(model, version);
  const isServing = registry.current(model)?.version === version;
  return {
    json: { serving: isServing, ...manifest },
    lines: [...trainingReport(manifest), isServing ? 'This version serves.' : 'This version does not serve.'],
  };
}

/** The serving version, else the one that was trained last. */
function defaultVersion(registry: ModelRegistry, name: string): string {
  const serving = registry.current(name);
  if (serving !== null) return serving.version;
  const newest = registry
    .versions(name)
    .map((version) => ({ version, at: registry.load(name, version).manifest.circumstances.createdAtUs }))
    .sort((a, b) => b.at - a.at)[0];
  if (newest !== undefined) return newest.version;
  const held = registry.names().join(', ') || 'none';
  throw new XylenError('XY_MODEL_MISSING', `there is no model '${name}'; there is ${held}`, {
    fields: { model: name },
  });
}

function rollback(registry: ModelRegistry, name: unknown): Report {
  const model = String(name);
  const from = registry.current(model)?.version ?? null;
  const { version } = registry.rollback(model);
  return {
    json: { name: model, from, to: version },
    lines: [`${model} ${version} serves again${from === null ? '' : `, instead of ${from}`}`],
  };
}
