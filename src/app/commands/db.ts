/** `xylen db ...`: looks into the records of runs, exports them, backs them up and brings them back. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { assert, XylenError } from '#core';
import {
  appendTable,
  databaseDocs,
  exportableTable,
  exportableTableNames,
  exportTable,
  hashRecord,
  migrateRecord,
  openRecord,
  type RecordReader,
} from '#store/sqlite';
import type { CommandContext, CommandModule, ExitCode } from '../cli/command.ts';
import { QUERIES, queryReport, type RecordReport, runsReport } from '../runs/record-report.ts';
import { backupRun, restoreRun } from '../runs/run-backup.ts';
import { LATEST_RUN, listRuns, openRun } from '../runs/run-folder.ts';
import { lockRun } from '../runs/run-lock.ts';

/** What the sub-commands need of the shell. */
type DbContext = Pick<CommandContext, 'dataDir' | 'isJson' | 'print' | 'printJson' | 'wallNowUs'>;

type Options = Readonly<Record<string, unknown>>;

const TRADES_SHOWN = 20;
const BACKUPS_KEPT = 7;

/** The sub-commands by name: each takes its positional argument, if it has one. */
const ACTIONS: Readonly<
  Record<string, (argument: unknown, options: Options, context: DbContext) => void | Promise<void>>
> = {
  runs: (_, _options, context) => show(runsReport(listRuns(context.dataDir)), context),
  hash: printHash,
  query: runQuery,
  export: exportCsv,
  backup: makeBackup,
  restore: bringBack,
  migrate,
  schema: (_, _options, context) =>
    show({ json: { markdown: databaseDocs() }, lines: [databaseDocs().trimEnd()] }, context),
};

/** The command. */
export const command: CommandModule = {
  summary: 'look into the record of a run',
  example: 'xylen db query recent-trades --limit 10',
  define,
  async run([action, argument], options, context: DbContext): Promise<ExitCode> {
    const act = ACTIONS[String(action)];
    assert(act !== undefined, `${String(action)} is a sub-command of db`);
    await act(argument, options, context);
    return 0;
  },
};

function define(db: Command): void {
  const sub = (name: string, description: string): Command => db.command(name).description(description);
  const ofRun = (command: Command): Command =>
    command.option('--run <id>', `id of the run, or '${LATEST_RUN}'`, LATEST_RUN);
  sub('runs', 'list the runs of the data directory');
  ofRun(sub('hash', 'print the SHA-256 of all that was recorded, wall-clock columns left out'));
  ofRun(sub('query <name>', `answer a question: ${QUERIES.join(', ')}`)).option(
    '--limit <rows>',
    'rows of a list',
    String(TRADES_SHOWN),
  );
  ofRun(sub('export <table>', `write a table as CSV: ${exportableTableNames().join(', ')}`))
    .requiredOption('--out <file>', 'file to write')
    .option('--append', 'add only the rows that the file does not have yet');
  ofRun(sub('backup', 'copy a record to DATA_DIR/backups and verify the copy')).option(
    '--keep <count>',
    'backups of the run to keep',
    String(BACKUPS_KEPT),
  );
  sub('restore <file>', 'put a backup in place of the record of its run; the replaced file is kept');
  ofRun(sub('migrate', "bring a record to this program's schema version"));
  sub('schema', 'print the documentation of all tables and columns');
}

function printHash(_: unknown, options: Options, context: DbContext): void {
  const runId = runOf(options, context).runId;
  const hash = withRecord(options, context, hashRecord);
  show({ json: { runId, hash }, lines: [hash] }, context);
}

function runQuery(name: unknown, options: Options, context: DbContext): void {
  const query = QUERIES.find((known) => known === name);
  if (query === undefined) throw usage(`expected one of ${QUERIES.join(', ')}, found '${String(name)}'`);
  const limit = countOf(options.limit, '--limit', 0);
  show(
    withRecord(options, context, (record) => queryReport(record, query, limit)),
    context,
  );
}

function exportCsv(name: unknown, options: Options, context: DbContext): void {
  const table = exportableTable(String(name));
  if (table === undefined) {
    throw usage(`expected one of ${exportableTableNames().join(', ')}, found '${String(name)}'`);
  }
  const path = resolve(String(options.out));
  const write = options.append === true ? appendTable : exportTable;
  const result = withRecord(options, context, (record) => write(record, table, path));
  const notes = [
    result.heldBack === 0
      ? ''
      : `, ${result.heldBack} held back because they or earlier ones may still change`,
    result.repairedBytes === 0 ? '' : `, ${result.repairedBytes} bytes of an interrupted export removed`,
  ];
  show(
    { json: { path, ...result }, lines: [`${result.rowCount} rows to ${path}${notes.join('')}`] },
    context,
  );
}

async function makeBackup(_: unknown, options: Options, context: DbContext): Promise<void> {
  const keep = countOf(options.keep, '--keep', 1);
  const folder = runOf(options, context);
  const made = await backupRun(context.dataDir, folder, { wallNowUs: context.wallNowUs(), keep });
  show(
    {
      json: made,
      lines: [`${made.path} (verified, hash ${made.hash})`, ...made.removed.map((path) => `removed ${path}`)],
    },
    context,
  );
}

async function bringBack(file: unknown, _: Options, context: DbContext): Promise<void> {
  const restored = await restoreRun(context.dataDir, resolve(String(file)), context.wallNowUs());
  const kept = restored.keptAs === null ? [] : [`the replaced record is kept as ${restored.keptAs}`];
  const done = `run ${restored.runId} restored to ${restored.path} (hash ${restored.hash})`;
  show({ json: restored, lines: [done, ...kept] }, context);
}

/** Under the lock of the run: a program that writes it must not find another schema under its feet. */
function migrate(_: unknown, options: Options, context: DbContext): void {
  const folder = runOf(options, context);
  const lock = lockRun(folder);
  try {
    const versions = migrateRecord(folder.recordPath, context.wallNowUs());
    const { from, to } = versions;
    const line = from === to ? `already at version ${to}` : `migrated from version ${from} to ${to}`;
    show({ json: { runId: folder.runId, from, to }, lines: [`run ${folder.runId}: ${line}`] }, context);
  } finally {
    lock.release();
  }
}

function runOf(options: Options, context: DbContext) {
  return openRun(context.dataDir, String(options.run ?? LATEST_RUN));
}

function withRecord<T>(options: Options, context: DbContext, use: (record: RecordReader) => T): T {
  const record = openRecord(runOf(options, context).recordPath);
  try {
    return use(record);
  } finally {
    record.close();
  }
}

function show({ json, lines }: RecordReport, context: DbContext): void {
  if (context.isJson) context.printJson(json);
  else for (const line of lines) context.print(line);
}

function countOf(text: unknown, option: string, min: number): number {
  const count = Number(text);
  if (typeof text === 'string' && /^\d{1,9}$/.test(text) && count >= min) return count;
  throw usage(`expected a whole number of at least ${min} for ${option}, found '${String(text)}'`);
}

function usage(message: string): XylenError {
  return new XylenError('XY_USAGE', message);
}
